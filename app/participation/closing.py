"""Write, publish and read the closing record of an exercise: «Qué dijeron, qué decidimos, qué hicimos».

The words documented, evaluated and materialised are those of the guidance (S0-16, S0-17, S1-12).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from app.audit import append_audit
from app.clock import now
from app.dates import date_words
from app.db import db, in_write
from app.errors import Conflict, Invalid, NotFound
from app.participation.models import ClosingRecord, ClosingTheme
from app.sites.models import Office
from app.words import t

PENDING, TAKEN, PART, NOT_TAKEN = "pending", "taken", "part", "not"
STATES = (PENDING, TAKEN, PART, NOT_TAKEN)


@dataclass(frozen=True)
class Exercise:
    """A forum or a survey, as the record names it: ("forum", 7) of a site."""

    site_id: int
    source: str
    source_id: int


@dataclass(frozen=True)
class Decision:
    """What staff write about one theme."""

    title: str
    said: str
    state: str
    answer: str
    reason: str = ""
    office_id: int | None = None
    decided_on: date | None = None
    done: str = ""
    done_url: str = ""
    done_on: date | None = None


def _check(exercise: Exercise, new: Decision) -> None:
    errors: dict[str, list[str]] = {}
    if not new.title.strip():
        errors["title"] = ["errors.required"]
    if new.state not in STATES:
        errors["state"] = ["errors.choice"]
    if new.state != PENDING and not new.answer.strip():
        errors["answer"] = ["participation.errors.answer"]
    # Refusing a contribution, even in part, takes a reason that its author can read (S0-17).
    if new.state in (PART, NOT_TAKEN) and not new.reason.strip():
        errors["reason"] = ["participation.errors.reason"]
    if new.done_url and urlsplit(new.done_url).scheme not in ("http", "https"):
        errors["done_url"] = ["participation.errors.url"]
    if new.office_id is not None:
        office = db.session.get(Office, new.office_id)
        if office is None or office.site_id != exercise.site_id:
            errors["office_id"] = ["errors.choice"]
    if errors:
        raise Invalid(fields=errors)


def themes(exercise: Exercise) -> list[ClosingTheme]:
    """Return the themes of an exercise in their order."""
    query = select(ClosingTheme).where(
        ClosingTheme.site_id == exercise.site_id,
        ClosingTheme.source == exercise.source,
        ClosingTheme.source_id == exercise.source_id,
    )
    return list(db.session.scalars(query.order_by(ClosingTheme.place, ClosingTheme.id)))


def theme_of(exercise: Exercise, theme_id: int) -> ClosingTheme:
    """Return one theme of this exercise; NotFound for any other's."""
    theme = db.session.get(ClosingTheme, theme_id)
    if theme is None or (theme.site_id, theme.source, theme.source_id) != (
        exercise.site_id, exercise.source, exercise.source_id,
    ):  # fmt: skip
        raise NotFound
    return theme


def save_theme(exercise: Exercise, actor: str, new: Decision, theme_id: int | None = None) -> int:
    """Add or change a theme inside the running write, and return its id.

    Raises Invalid: a decision wants its answer, and one that does not take a contribution in whole wants its reason.
    """
    if not in_write():
        raise RuntimeError("save_theme outside write()")
    _check(exercise, new)
    if theme_id is None:
        theme = ClosingTheme(
            site_id=exercise.site_id, source=exercise.source, source_id=exercise.source_id, place=len(themes(exercise))
        )
        db.session.add(theme)
    else:
        theme = theme_of(exercise, theme_id)
    for name in Decision.__dataclass_fields__:
        setattr(theme, name, getattr(new, name))
    if theme.state != PENDING and theme.decided_on is None:
        theme.decided_on = now().date()
    theme.changed_at = now()
    db.session.flush()
    append_audit(
        exercise.site_id, actor, "participation.theme", f"{exercise.source}:{exercise.source_id}",
        theme=theme.id, state=theme.state,
    )  # fmt: skip
    return theme.id


def record_of(exercise: Exercise) -> ClosingRecord | None:
    return db.session.scalar(
        select(ClosingRecord).where(
            ClosingRecord.site_id == exercise.site_id,
            ClosingRecord.source == exercise.source,
            ClosingRecord.source_id == exercise.source_id,
        )
    )


def pending(exercise: Exercise) -> int:
    """Return how many themes wait for a decision."""
    return sum(theme.state == PENDING for theme in themes(exercise))


def publish_record(exercise: Exercise, actor: str, summary: str) -> ClosingRecord:
    """Make the record public inside the running write; it stays open to what is done later.

    Raises Conflict where there is no theme, or one without a decision.
    """
    if not in_write():
        raise RuntimeError("publish_record outside write()")
    if not themes(exercise):
        raise Conflict("participation.errors.no-themes")
    if pending(exercise):
        raise Conflict("participation.errors.undecided", n=pending(exercise))
    record = record_of(exercise)
    if record is None:
        record = ClosingRecord(site_id=exercise.site_id, source=exercise.source, source_id=exercise.source_id)
        db.session.add(record)
    record.summary = summary
    record.published_at = record.published_at or now()
    db.session.flush()
    append_audit(
        exercise.site_id, actor, "participation.published", f"{exercise.source}:{exercise.source_id}",
        themes=len(themes(exercise)),
    )  # fmt: skip
    return record


def is_published(exercise: Exercise) -> bool:
    record = record_of(exercise)
    return record is not None and record.published_at is not None


def for_public(exercise: Exercise, lang: str) -> dict[str, Any] | None:
    """Return the published record as anyone reads it, or None while it is not public."""
    record = record_of(exercise)
    if record is None or record.published_at is None:
        return None
    listed = themes(exercise)
    ids = [theme.office_id for theme in listed if theme.office_id]
    offices = {row.id: row.name for row in db.session.scalars(select(Office).where(Office.id.in_(ids)))}
    return {
        "summary": record.summary,
        "published_at": record.published_at.isoformat(),
        "published_text": date_words(record.published_at, lang),
        "themes": [
            {
                "id": theme.id,
                "title": theme.title,
                "said": theme.said,
                "state": theme.state,
                "state_text": t(f"participation.states.{theme.state}", lang),
                "answer": theme.answer,
                "reason": theme.reason,
                "office": offices.get(theme.office_id or 0, ""),
                "decided_text": date_words(theme.decided_on, lang) if theme.decided_on else "",
                "done": theme.done,
                "done_url": theme.done_url,
                "done_text": date_words(theme.done_on, lang) if theme.done_on else "",
            }
            for theme in listed
        ],
    }


def slug(title: str) -> str:
    """Return a title as it can stand in an address; "" where nothing of it can."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")


def count_published(site_id: int, source: str) -> int:
    query = select(func.count()).where(
        ClosingRecord.site_id == site_id, ClosingRecord.source == source, ClosingRecord.published_at.is_not(None)
    )
    return int(db.session.scalar(query) or 0)


def matrix(
    exercise: Exercise, contributions: list[tuple[int | None, str, str]], lang: str
) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the matriz de observaciones y respuestas: a row a contribution, with its theme's answer.

    `contributions` are (theme id, who, text); a theme without any has a row of its own.
    """
    names = ("contribution_n", "author", "contribution", "theme", "state", "answer", "reason", "office", "decided_on",
             "did", "document", "done_on")  # fmt: skip
    listed = themes(exercise)
    ids = [theme.office_id for theme in listed if theme.office_id]
    offices = {row.id: row.name for row in db.session.scalars(select(Office).where(Office.id.in_(ids)))}
    told = {
        theme.id: [
            theme.title, t(f"participation.states.{theme.state}", lang), theme.answer, theme.reason,
            offices.get(theme.office_id or 0, ""), theme.decided_on.isoformat() if theme.decided_on else "",
            theme.done, theme.done_url, theme.done_on.isoformat() if theme.done_on else "",
        ]
        for theme in listed
    }  # fmt: skip
    rows = [
        [str(number), who, text, *told.get(theme_id or 0, [""] * 9)]
        for number, (theme_id, who, text) in enumerate(contributions, 1)
    ]
    spoken_of = {theme_id for theme_id, _, _ in contributions}
    rows += [["", "", theme.said, *told[theme.id]] for theme in listed if theme.id not in spoken_of]
    return [t(f"participation.{name}", lang) for name in names], rows
