"""What people wrote in their own words: read page by page, searched, and put under tags that are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from app.audit import append_audit
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Invalid, NotFound
from app.search.analysis import fold
from widgets.survey import exports, service
from widgets.survey.models import Survey, SurveyAnswer, SurveyTag

PAGE = 50
MOST_TAGS, LONGEST = 60, 40


@dataclass(frozen=True)
class Said:
    """One text of one person, with the tags that staff put on it."""

    answer_id: int
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A page of texts, and how many there are in all."""

    texts: list[Said]
    total: int


def asked(survey: Survey, lang: str) -> dict[str, str]:
    """Return the columns in which people write freely, by name."""
    return {name: one.label for name, one in _written(survey, lang).items()}


def _written(survey: Survey, lang: str) -> dict[str, exports.Column]:
    return {one.name: one for one in exports.columns(survey, lang) if one.kind in ("short", "long")}


def tags_of(survey_id: int, column: str) -> Counter[str]:
    """Return how many texts stand under each tag, the most first."""
    query = select(SurveyTag.tag, func.count()).where(SurveyTag.survey_id == survey_id, SurveyTag.column == column)
    return Counter({tag: int(count) for tag, count in db.session.execute(query.group_by(SurveyTag.tag))})


def find(survey: Survey, column: str, words: str = "", tag: str = "", page: int = 0) -> Found:
    """Return the texts of a column that hold every word, without regard to accents or case, and stand under the tag."""
    wanted = fold(words).split()
    tagged: dict[int, list[str]] = {}
    query = select(SurveyTag.answer_id, SurveyTag.tag).where(
        SurveyTag.survey_id == survey.id, SurveyTag.column == column
    )
    for answer_id, one in db.session.execute(query.order_by(SurveyTag.tag)):
        tagged.setdefault(answer_id, []).append(one)
    found, total = [], 0
    known = _written(survey, "es")[column]
    texts = select(SurveyAnswer.id, SurveyAnswer.values[known.source]).where(
        SurveyAnswer.survey_id == survey.id, SurveyAnswer.version.in_(known.versions)
    )
    for answer_id, text in db.session.execute(texts.order_by(SurveyAnswer.id).execution_options(yield_per=2000)):
        if not text or (tag and tag not in tagged.get(answer_id, ())):
            continue
        folded = fold(str(text)) if wanted else ""
        if all(word in folded for word in wanted):
            if PAGE * page <= total < PAGE * (page + 1):
                found.append(Said(answer_id, str(text), tuple(tagged.get(answer_id, ()))))
            total += 1
    return Found(found, total)


def mark(staff: Staff, site_id: int, survey_id: int, column: str, answers: Iterable[int], tag: str, on: bool) -> int:
    """Put a tag on texts, or take it off, and return on how many; the same again changes nothing."""
    tag, ids = " ".join(tag.split())[:LONGEST], set(answers)
    with write():
        survey = service.the_survey(staff, site_id, survey_id, service.WRITE)
        if column not in asked(survey, "es"):
            raise NotFound
        if not tag or not ids:
            raise Invalid(fields={"tag": ["errors.required"]})
        mine = (SurveyTag.survey_id == survey.id, SurveyTag.column == column, SurveyTag.tag == tag)
        if not on:
            db.session.execute(delete(SurveyTag).where(*mine, SurveyTag.answer_id.in_(ids)))
            return len(ids)
        known = set(tags_of(survey.id, column))
        if tag not in known and len(known) >= MOST_TAGS:
            raise Conflict("survey.errors.too-many-tags", most=MOST_TAGS)
        here = select(SurveyAnswer.id).where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.id.in_(ids))
        there = set(db.session.scalars(select(SurveyTag.answer_id).where(*mine)))
        new = sorted(set(db.session.scalars(here)) - there)
        db.session.add_all([SurveyTag(survey_id=survey.id, answer_id=one, column=column, tag=tag) for one in new])
        append_audit(site_id, staff.actor, "survey.tagged", f"survey:{survey.id}", texts=len(new))
        return len(new)
