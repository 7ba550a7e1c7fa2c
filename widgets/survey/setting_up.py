"""What staff declare of a survey: whom it speaks of, how they are reached, how each counts once, whom to look for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import write
from app.errors import Conflict, Invalid
from app.sites.service import office_by_code
from app.words import LANGUAGES
from widgets.survey import finding, targets
from widgets.survey.definition import questions_of
from widgets.survey.results import option_texts
from widgets.survey.service import WRITE, count_answers, definition_of, keep_document_key, the_survey

DESIGNS = ("open", "random", "quota", "census")
LEVELS = ("browser", "open", "codes", "document")
PACES = ("section", "question", "page")
CONFIDENCES = (90, 95, 99)
MAX_LANGUAGES = 5


@dataclass(frozen=True)
class Setup:
    """What the staff declare about a survey: whom it speaks of, how they are reached, how each counts once."""

    title: dict[str, str]
    purpose: dict[str, str] = field(default_factory=dict)
    office: str = ""
    design: str = "open"
    universe: str = ""
    population: int = 0
    level: str = "browser"
    pace: str = "section"
    show_results: bool = False
    confidence: int = 95
    offers: dict[str, Any] = field(default_factory=dict)
    languages: tuple[tuple[str, str], ...] = ()
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def save_setup(staff: Staff, site_id: int, survey_id: int, setup: Setup) -> None:
    """Change what the staff declare; design and level can't change once somebody has answered under them."""
    _check_setup(setup)
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        answered = bool(count_answers(survey.id))
        if answered and (setup.level, setup.design) != (survey.level, survey.design):
            raise Conflict("survey.errors.has-answers")
        kept = dict(survey.title), dict(survey.purpose)
        office = office_by_code(site_id, setup.office)
        if office is not None:
            staff.require(WRITE, site_id, office.id)
            survey.office_id = office.id
        if setup.show_results != survey.show_results:
            survey.results_at = now() if setup.show_results else None
        for name in Setup.__dataclass_fields__:
            if name not in ("office", "languages"):
                setattr(survey, name, getattr(setup, name))
        survey.languages = [list(one) for one in setup.languages]
        # What stands in another language was written on its own page.
        survey.title, survey.purpose = (
            {**{lang: text for lang, text in before.items() if lang not in LANGUAGES}, **now_}
            for before, now_ in ((kept[0], setup.title), (kept[1], setup.purpose))
        )
        keep_document_key(survey)
        if survey.version:
            finding.publish(survey, definition_of(survey))
        append_audit(
            site_id, staff.actor, "survey.changed", f"survey:{survey.id}", design=setup.design, level=setup.level
        )


def _check_setup(setup: Setup) -> None:
    errors: dict[str, list[str]] = {}
    if not setup.title.get("es", "").strip():
        errors["title"] = ["errors.required"]
    for name, value, known in (
        ("design", setup.design, DESIGNS),
        ("level", setup.level, LEVELS),
        ("pace", setup.pace, PACES),
    ):
        if value not in known:
            errors[name] = ["errors.choice"]
    if setup.confidence not in CONFIDENCES:
        errors["confidence"] = ["errors.choice"]
    codes = [code for code, _ in setup.languages]
    plain = all(re.fullmatch(r"[a-z]{2,3}", code) and name for code, name in setup.languages)
    if not plain or len(codes) > MAX_LANGUAGES or len({*codes, *LANGUAGES}) != len(codes) + len(LANGUAGES):
        errors["languages"] = ["survey.errors.languages"]
    if setup.design in ("random", "census") and setup.population < 2:
        errors["population"] = ["survey.errors.population"]
    if setup.opens_at and setup.closes_at and setup.closes_at <= setup.opens_at:
        errors["closes_at"] = ["survey.errors.closes-first"]
    if errors:
        raise Invalid(fields=errors)


def save_targets(staff: Staff, site_id: int, survey_id: int, table: str, goal: int, lang: str = "es") -> None:
    """Keep how many people of each group there are; an empty table takes them away. Invalid with each line at fault.

    Nothing that was answered changes: only what is counted and weighed beside it.
    """
    if not 1 <= goal <= 1_000_000:
        raise Invalid(fields={"goal": ["survey.targets.errors.goal"]})
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        definition = definition_of(survey)
        names = {question["key"]: option_texts(question, lang) for question in questions_of(definition)}
        survey.targets = targets.parse(table, definition, names, goal) if table.strip() else {}
        survey.epoch += 1
        append_audit(site_id, staff.actor, "survey.targets", f"survey:{survey.id}", goal=goal)
        # What was counted is of other groups now: counted anew at once, so that who looks next need not wait for it.
        kept = f"survey.keep_counts:{survey.id}:{survey.epoch}"
        current_app.extensions["ventanilla"].jobs.enqueue("survey.keep_counts", dedupe=kept)
