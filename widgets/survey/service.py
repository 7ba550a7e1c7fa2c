"""What staff do with a survey: make, change, open, close, put away. Each verb is one transaction."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from sqlalchemy import func, or_, select

from app.audit import append_audit
from app.cases.radicado import code_hash, derive_code, format_code
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Invalid, NotFound
from app.mail import outbox
from app.participation import closing
from app.participation.closing import Decision, Exercise
from app.sites import places
from app.sites.models import Site
from app.sites.service import SiteInfo, office_by_code, owner_office
from app.words import LANGUAGES, t
from widgets.survey import builder, finding, ready, targets
from widgets.survey.definition import Problem, for_person, political, problems, questions_of, text_of
from widgets.survey.models import Survey, SurveyAnswer, SurveyCode, SurveyVersion

DRAFT, OPEN, CLOSED, ARCHIVED = "draft", "open", "closed", "archived"
DESIGNS = ("open", "random", "quota", "census")
LEVELS = ("browser", "open", "codes", "document")
PACES = ("section", "question", "page")
CONFIDENCES = (90, 95, 99)
MAX_LANGUAGES = 5
MAX_CODES = 5_000
MAX_MAILED = 500
READ, WRITE = "surveys.read", "surveys.write"


class NotReady(Invalid):
    """The survey can't be opened yet; `problems` says why, question by question."""

    code = "not-ready"

    def __init__(self, found: list[Problem]) -> None:
        super().__init__("survey.errors.not-ready", n=len(found))
        self.problems = found


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


def secret(purpose: str) -> bytes:
    key: bytes = current_app.extensions["ventanilla"].settings.key(purpose)
    return key


def exercise(survey: Survey) -> Exercise:
    return Exercise(survey.site_id, "survey", survey.id)


# Reading


def surveys(site_id: int) -> list[Survey]:
    """Return a site's surveys, the newest first."""
    return list(db.session.scalars(select(Survey).where(Survey.site_id == site_id).order_by(Survey.id.desc())))


def the_survey(staff: Staff, site_id: int, survey_id: int, permission: str = READ) -> Survey:
    """Return a survey that this person may see; NotFound for another site's."""
    survey = db.session.get(Survey, survey_id)
    if survey is None or survey.site_id != site_id:
        raise NotFound
    staff.require(permission, site_id, survey.office_id)
    return survey


def is_open(survey: Survey, moment: datetime | None = None) -> bool:
    moment = moment or now()
    begun = survey.opens_at is None or survey.opens_at <= moment
    return survey.state == OPEN and begun and (survey.closes_at is None or moment < survey.closes_at)


def definition_of(survey: Survey, number: int | None = None) -> dict[str, Any]:
    """Return the definition of a version, the newest where none is named; the draft before the first."""
    version = db.session.scalar(
        select(SurveyVersion).where(
            SurveyVersion.survey_id == survey.id, SurveyVersion.number == (number or survey.version)
        )
    )
    return dict(version.definition) if version else whole_draft(survey)


def whole_draft(survey: Survey) -> dict[str, Any]:
    """Return the draft as it would be opened now: questions about where have the site's places for options."""
    if not any(question.get("from_site") for question in questions_of(survey.draft)):
        return dict(survey.draft)
    options = [{"key": one.key, "text": {"es": one.name}} for one in places.places(survey.site_id)]
    return builder.with_places(survey.draft, options)


def count_answers(survey_id: int) -> dict[str, int]:
    """Return how many answers came by each channel."""
    query = select(SurveyAnswer.channel, func.count()).where(SurveyAnswer.survey_id == survey_id)
    rows = db.session.execute(query.group_by(SurveyAnswer.channel))
    return {str(channel): int(count) for channel, count in rows}


def answers_by_survey(site_id: int) -> dict[int, int]:
    """Return how many answers each survey of a site has, all channels together; none where it has none."""
    query = select(SurveyAnswer.survey_id, func.count()).join(Survey).where(Survey.site_id == site_id)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(SurveyAnswer.survey_id))}


def count_codes(survey_id: int) -> tuple[int, int]:
    """Return how many codes were made, and how many of them have served."""
    query = select(func.count(), func.count(SurveyCode.used_at)).where(SurveyCode.survey_id == survey_id)
    made, used = db.session.execute(query).one()
    return int(made), int(used)


def listed(site: SiteInfo, lang: str) -> list[dict[str, Any]]:
    """Return the surveys that can be answered now, and those whose results or record are public."""
    query = select(Survey).where(Survey.site_id == site.id, Survey.state != DRAFT, Survey.state != ARCHIVED)
    found = []
    for survey in db.session.scalars(query.order_by(Survey.id.desc()).limit(50)):
        if is_open(survey) or survey.state == CLOSED:
            found.append(
                {
                    "key": survey.key,
                    "title": text_of(survey.title, lang),
                    "open": is_open(survey),
                    "closes_at": survey.closes_at.isoformat() if survey.closes_at else None,
                    "results": survey.show_results,
                }
            )
    return found


def boot(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return what the element needs before it is touched: which surveys there are."""
    return {"surveys": listed(site, lang)[:10]}


def by_key(site_id: int, key: str) -> Survey:
    """Return a survey that the public may know of; NotFound for a draft or one put away without results."""
    survey = db.session.scalar(select(Survey).where(Survey.site_id == site_id, Survey.key == key))
    if survey is None or survey.state == DRAFT:
        raise NotFound("survey.errors.unknown")
    return survey


def public_view(survey: Survey, lang: str, asked_in: str = "") -> dict[str, Any]:
    """Return a survey as anyone may read it before answering; `asked_in` is another language of its questions."""
    listed = survey.languages
    words = asked_in if asked_in in {code for code, _ in listed} else lang
    return {
        "key": survey.key,
        "lang": words,
        "languages": [{"code": code, "name": name} for code, name in listed],
        "title": text_of(survey.title, words, lang),
        "purpose": text_of(survey.purpose, words, lang),
        "version": survey.version,
        "level": survey.level,
        "pace": survey.pace,
        "open": is_open(survey),
        "opens_at": survey.opens_at.isoformat() if survey.opens_at else None,
        "closes_at": survey.closes_at.isoformat() if survey.closes_at else None,
        "results": survey.show_results,
        "sections": for_person(definition_of(survey), words, lang),
        "record": closing.for_public(exercise(survey), lang),
    }


# Writing


def _free_key(site_id: int, title: str) -> str:
    base = closing.slug(title) or "encuesta"
    taken = set(
        db.session.scalars(
            select(Survey.key).where(Survey.site_id == site_id, or_(Survey.key == base, Survey.key.like(f"{base}-%")))
        )
    )
    number = 2
    key = base
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key


def create(staff: Staff, site_id: int, title: str, template: str = "") -> int:
    """Make a draft, empty or from a ready-made survey, and return its id."""
    staff.require(WRITE, site_id)
    definition = ready.definition(template) or builder.empty()
    with write():
        office = owner_office(site_id, "survey", "citizen")
        staff.require(WRITE, site_id, office.id)
        survey = Survey(
            site_id=site_id, key=_free_key(site_id, title), office_id=office.id, title={"es": title}, draft=definition
        )
        db.session.add(survey)
        db.session.flush()
        append_audit(site_id, staff.actor, "survey.created", f"survey:{survey.id}", template=template)
        return survey.id


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
        _keep_document_key(survey)
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
    from widgets.survey.results import option_texts

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


def edit(
    staff: Staff, site_id: int, survey_id: int, change: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """Apply a change of widgets.survey.builder to the draft, and return the new one.

    An open survey may be edited: what people answer stays the version that was opened until the next is.
    """
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.state == ARCHIVED:
            raise Conflict("survey.errors.archived")
        survey.draft = change(survey.draft)
        append_audit(site_id, staff.actor, "survey.draft", f"survey:{survey.id}")
        return dict(survey.draft)


def open_survey(staff: Staff, site_id: int, survey_id: int) -> int:
    """Freeze the draft as the next version and let people answer it; return its number.

    Raises NotReady with every problem of the draft.
    """
    with write():
        return open_by(the_survey(staff, site_id, survey_id, WRITE), staff.actor)


def open_by(survey: Survey, actor: str) -> int:
    """Open a survey inside the running write, and return the number of the version that people answer."""
    if survey.state == ARCHIVED:
        raise Conflict("survey.errors.archived")
    draft = whole_draft(survey)
    found = problems(draft)
    if found:
        raise NotReady(found)
    if survey.state == CLOSED and survey.level == "document":
        # Its key is gone: who answered before could answer again.
        raise Conflict("survey.errors.key-destroyed")
    if survey.version == 0 or draft != definition_of(survey):
        survey.version += 1
        db.session.add(SurveyVersion(survey_id=survey.id, number=survey.version, definition=draft))
    survey.state, survey.opened_at, survey.closed_at = OPEN, survey.opened_at or now(), None
    _keep_document_key(survey)
    finding.publish(survey, draft)
    append_audit(
        survey.site_id, actor, "survey.opened", f"survey:{survey.id}",
        version=survey.version, political=political(survey.draft, survey.title.get("es", "")),
    )  # fmt: skip
    return survey.version


def _keep_document_key(survey: Survey) -> None:
    if survey.level == "document" and survey.state in (DRAFT, OPEN) and not survey.document_key:
        survey.document_key = secrets.token_hex(32)


def close(staff: Staff, site_id: int, survey_id: int) -> None:
    """Take no more answers. The key of the documents' hashes is destroyed: nobody can be looked for in them."""
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.state != OPEN:
            raise Conflict("survey.errors.not-open")
        close_by(survey, staff.actor)


def close_by(survey: Survey, actor: str) -> None:
    """Close a survey inside the running write."""
    survey.state, survey.closed_at, survey.document_key = CLOSED, now(), ""
    append_audit(survey.site_id, actor, "survey.closed", f"survey:{survey.id}")


def close_due(_payload: dict[str, Any]) -> None:
    """Close the surveys whose time is over; a job, so that keys are destroyed though nobody looks."""
    due = select(Survey.id).where(Survey.state == OPEN, Survey.closes_at <= now())
    for survey_id in list(db.session.scalars(due)):
        with write():
            survey = db.session.get(Survey, survey_id, with_for_update=True)
            if survey is not None and survey.state == OPEN:
                close_by(survey, "system")


def archive(staff: Staff, site_id: int, survey_id: int) -> None:
    """Put a closed survey away; never before its closing record is public."""
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.state != CLOSED:
            raise Conflict("survey.errors.not-closed")
        if not closing.is_published(exercise(survey)):
            raise Conflict("participation.errors.unpublished")
        survey.state = ARCHIVED
        append_audit(site_id, staff.actor, "survey.archived", f"survey:{survey.id}")


def save_theme(staff: Staff, site_id: int, survey_id: int, new: Decision, theme_id: int | None = None) -> int:
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        return closing.save_theme(exercise(survey), staff.actor, new, theme_id)


def publish_record(staff: Staff, site_id: int, survey_id: int, summary: str) -> None:
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        closing.publish_record(exercise(survey), staff.actor, summary)


def translate(
    staff: Staff, site_id: int, survey_id: int, code: str, texts: Mapping[str, str]
) -> None:
    """Write what is asked in another language: texts by place (widgets.survey.builder.places_of); "" takes one away."""
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.state == ARCHIVED:
            raise Conflict("survey.errors.archived")
        if code not in {known for known, _ in survey.languages}:
            raise NotFound
        survey.title = builder.said(survey.title, code, texts.get("title", ""))
        survey.purpose = builder.said(survey.purpose, code, texts.get("purpose", ""))
        survey.draft = builder.translated(survey.draft, code, texts)
        append_audit(site_id, staff.actor, "survey.draft", f"survey:{survey.id}", lang=code)


# Codes


def make_codes(staff: Staff, site_id: int, survey_id: int, count: int, batch: str = "") -> list[str]:
    """Make one-use codes and return them, ready to print: only their hashes are kept, so this is the one time."""
    if not 1 <= count <= MAX_CODES:
        raise Invalid(fields={"count": ["survey.errors.code-count"]})
    key = secret("survey-code")
    made = [derive_code(key, secrets.token_bytes(16)) for _ in range(count)]
    rows = [(code, code_hash(key, code)) for code in dict.fromkeys(made)]
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.level != "codes":
            raise Conflict("survey.errors.no-codes")
        known = set(
            db.session.scalars(
                select(SurveyCode.code_hash).where(
                    SurveyCode.survey_id == survey.id, SurveyCode.code_hash.in_([hashed for _, hashed in rows])
                )
            )
        )
        rows = [row for row in rows if row[1] not in known]
        db.session.add_all([SurveyCode(survey_id=survey.id, code_hash=hashed, batch=batch[:60]) for _, hashed in rows])
        append_audit(site_id, staff.actor, "survey.codes", f"survey:{survey.id}", count=len(rows), batch=batch[:60])
    return [format_code(code) for code, _ in rows]


def mail_codes(staff: Staff, site_id: int, survey_id: int, addresses: str, lang: str = "es") -> int:
    """Send each address a code of its own, and return to how many; which code went where is kept nowhere.

    The code stands in its letter as a secret, forgotten when that is sent. Raises Invalid naming the lines that are no
    addresses: then nobody is written to.
    """
    lines = list(dict.fromkeys(line.strip().casefold() for line in re.split(r"[\n,;]", addresses) if line.strip()))
    if not 1 <= len(lines) <= MAX_MAILED:
        raise Invalid(fields={"addresses": [f"survey.errors.mail-count|most={MAX_MAILED}"]})
    wrong = [number for number, line in enumerate(lines, 1) if not _is_address(line)]
    if wrong:
        raise Invalid(fields={"addresses": [f"survey.errors.mail-address|lines={', '.join(map(str, wrong[:10]))}"]})
    key = secret("survey-code")
    made = [derive_code(key, secrets.token_bytes(16)) for _ in lines]
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.level != "codes":
            raise Conflict("survey.errors.no-codes")
        if not is_open(survey):
            raise Conflict("survey.errors.not-open")
        site = db.session.get_one(Site, site_id)
        base: str = current_app.extensions["ventanilla"].settings.base_url
        told = {"title": text_of(survey.title, lang), "entity": site.entity, "url": outbox.SECRET}
        db.session.add_all(
            [SurveyCode(survey_id=survey.id, code_hash=code_hash(key, code), batch="mail") for code in made]
        )
        # Shuffled: neither the order of the rows nor that of the letters leads from one to the other.
        for address, code in zip(lines, random.sample(made, len(made)), strict=True):
            outbox.enqueue(
                site, address, t("survey.mail.code_subject", lang, title=told["title"]),
                t("survey.mail.code", lang, **told), source="survey", source_id=survey.id,
                secret=f"{base}/{site.key}/survey/{survey.key}?lang={lang}&code={format_code(code)}",
            )  # fmt: skip
        append_audit(site_id, staff.actor, "survey.codes", f"survey:{survey.id}", count=len(made), batch="mail")
    return len(made)


def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
