"""Take one person's answers: the version they saw, the questions they were shown, and each person once."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app import files
from app.audit import append_audit
from app.cases.radicado import code_hash, normalise_code
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, DomainError, Invalid
from app.sanitize import clean_text
from app.words import t
from widgets.survey import service
from widgets.survey.branching import shown
from widgets.survey.models import Survey, SurveyAnswer, SurveyCode
from widgets.survey.questions import LENGTHS, OTHER, BadAnswer, complete, read

WEB, PAPER = "web", "paper"


class Answered(Conflict):
    """This person, code or browser has answered this survey before."""

    code = "answered"


class NewVersion(Conflict):
    """The survey has been opened anew since this person read it."""

    code = "new-version"


@dataclass(frozen=True)
class NewAnswer:
    """What one person sends; `device`, `code` or `document` as the survey's level asks."""

    survey: str
    version: int
    values: dict[str, Any]
    device: str = ""
    code: str = ""
    document: str = ""
    lang: str = "es"
    marks: tuple[str, ...] = ()
    # Soft questions were left open and the person was told so.
    skip_soft: bool = False
    channel: str = WEB
    extras: dict[str, str] = field(default_factory=dict)


def check_values(definition: Mapping[str, Any], values: Mapping[str, Any], skip_soft: bool) -> dict[str, Any]:
    """Return the answers in their stored form; Invalid with the message of each question that has one.

    An answer to a question that these answers do not bring into view is refused when it was never asked, and left out
    when it was: a person may have gone back and changed their mind.
    """
    errors: dict[str, list[str]] = {}
    by_key = {question["key"]: question for section in definition["sections"] for question in section["questions"]}
    extras = {name: value for name, value in values.items() if name.endswith("_other")}
    given: dict[str, Any] = {}
    for key, value in values.items():
        if key in extras:
            continue
        if key not in by_key:
            errors[str(key)[:20]] = ["survey.errors.unknown-question"]
            continue
        try:
            answer = read(by_key[key], value)
        except BadAnswer as error:
            errors[key] = [str(error)]
            continue
        if answer is not None:
            given[key] = answer
    visible = shown(definition, given)
    taken = {question["key"]: given[question["key"]] for question in visible if question["key"] in given}
    for question in visible:
        key, needed = question["key"], question.get("required", "no")
        if key in errors or complete(question, given.get(key)):
            continue
        if needed == "hard":
            errors[key] = ["survey.errors.required"]
        elif needed == "soft" and not skip_soft and given.get(key) is None:
            errors[key] = ["survey.errors.soft"]
    for name, value in extras.items():
        key = name.removesuffix("_other")
        if by_key.get(key, {}).get("other") and OTHER in _listed(taken.get(key)) and isinstance(value, str):
            try:
                taken[name] = clean_text(value, LENGTHS["short"])
            except DomainError:
                errors[key] = ["survey.errors.too-long"]
    if not errors and not taken:
        # A sheet without any answer counts nobody: a press by mistake must not use up a person's code, or their turn.
        errors[next((question["key"] for question in visible), "survey")] = ["survey.errors.nothing"]
    if errors:
        raise Invalid(fields=errors)
    return taken


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _keyed(key: bytes, *parts: str) -> str:
    return hmac.new(key, "\0".join(parts).encode(), sha256).hexdigest()


def plain_document(text: str) -> str:
    """Return a document number without what people put between its digits: 1.234.567 is 1234567."""
    return re.sub(r"[\s.,\-]", "", text).upper()[:20]


def _unit_of(survey: Survey, new: NewAnswer) -> str | None:
    """Return what makes this person count once, spending their code; None where the survey is open to repeats."""
    if survey.level == "browser":
        if new.channel == PAPER:
            return None
        if not 16 <= len(new.device) <= 64:
            raise Invalid(fields={"device": ["survey.errors.device"]})
        return _keyed(service.secret("survey-unit"), str(survey.id), new.device)
    if survey.level == "document":
        number = plain_document(new.document)
        if not re.fullmatch(r"[0-9A-Z]{4,20}", number):
            raise Invalid(fields={"document": ["survey.errors.document"]})
        return _keyed(bytes.fromhex(survey.document_key), number)
    if survey.level == "codes":
        _spend_code(survey, new.code)
    return None


def _spend_code(survey: Survey, typed: str) -> None:
    """Mark a code as used, to the day: neither its hash nor its hour may lead to the answer it opened."""
    plain = normalise_code(typed)
    hashed = code_hash(service.secret("survey-code"), plain) if plain else ""
    spent = db.session.execute(
        update(SurveyCode)
        .where(SurveyCode.survey_id == survey.id, SurveyCode.code_hash == hashed, SurveyCode.used_at.is_(None))
        .values(used_at=now().replace(hour=0, minute=0, second=0, microsecond=0))
    )
    if getattr(spent, "rowcount", 0) == 1:
        return
    known = db.session.scalar(
        select(SurveyCode.id).where(SurveyCode.survey_id == survey.id, SurveyCode.code_hash == hashed)
    )
    if known is not None:
        raise Answered("survey.errors.code-used")
    raise Invalid(fields={"code": ["survey.errors.code"]})


def answer(site_id: int, new: NewAnswer) -> dict[str, Any]:
    """Take the answers of one person.

    Raises Conflict for a survey that is closed or has a newer version, Answered for who has answered, Invalid with the
    message of each question otherwise. The same again gives the same.
    """
    with write():
        survey = service.by_key(site_id, new.survey)
        if not service.is_open(survey) and new.channel == WEB:
            raise Conflict("survey.errors.closed")
        if new.version != survey.version:
            raise NewVersion("survey.errors.new-version")
        return _store(survey, new, "person")


def type_in(staff: Staff, site_id: int, survey_id: int, new: NewAnswer) -> dict[str, Any]:
    """Type in a paper answer, with the code of its slip where the survey has codes; counted apart from the web's."""
    with write():
        survey = service.the_survey(staff, site_id, survey_id, service.WRITE)
        if survey.state not in (service.OPEN, service.CLOSED) or (
            survey.level == "document" and not service.is_open(survey)
        ):
            raise Conflict("survey.errors.not-open")
        return _store(survey, new, staff.actor)


def _store(survey: Survey, new: NewAnswer, actor: str) -> dict[str, Any]:
    definition = service.definition_of(survey)
    values = check_values(definition, new.values, new.skip_soft)
    unit = _unit_of(survey, new)
    known = select(SurveyAnswer.id).where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.unit_hash == unit)
    if unit is not None and db.session.scalar(known) is not None:
        raise Answered("survey.errors.answered")
    row = SurveyAnswer(
        survey_id=survey.id, version=survey.version, channel=new.channel, values=values, unit_hash=unit,
        lang=new.lang, marks=",".join(new.marks)[:60],
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        # Two at once from one person, on a store where both could look before either wrote.
        raise Answered("survey.errors.answered") from error
    for question in shown(definition, values):
        if question["kind"] == "file" and question["key"] in values:
            files.claim(survey.site_id, values[question["key"]], "survey_answer", row.id)
    append_audit(survey.site_id, actor, "survey.answered", f"survey:{survey.id}", channel=new.channel)
    return {
        "received_at": row.at.isoformat(),
        "text": t("survey.page.thanks", new.lang),
        "results": survey.show_results,
    }
