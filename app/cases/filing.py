"""File a case: number, clock, party, files, acknowledgement and trail, all in the caller's transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app import files
from app.audit import append_audit, personal
from app.cases.count_words import count_lines
from app.cases.deadlines import Explanation, explain
from app.cases.finding import index_case
from app.cases.models import Case, CaseClock, CaseCounter, CaseEvent, CaseParty
from app.cases.radicado import BadRadicado, Pattern, code_hash, derive_code, format_code, opens, squeeze
from app.cases.rules import Rule
from app.cases.terms import Terms, terms_of
from app.clock import now
from app.dates import date_words, datetime_words
from app.db import after_commit, db, in_write
from app.errors import Invalid
from app.files import FileInfo
from app.mail import outbox
from app.sites.models import Site
from app.sites.service import office_by_code, owner_office
from app.words import find, t

# What art. 16 of Ley 1437 de 2011 asks of an identified petitioner; none of it stops a filing (art. 15, par. 2).
ASKED_BY_LAW = ("name", "document_number")


@dataclass(frozen=True)
class Party:
    """Who asks. Every field may be empty: what lacks is noted, never a reason to refuse."""

    person_type: str = "person"
    user_class: str = ""
    name: str = ""
    document_type: str = ""
    document_number: str = ""
    represented_name: str = ""
    represented_document: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    neighbourhood: str = ""
    municipality: str = ""
    country: str = ""
    characterisation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Filing:
    """What is filed, whatever door it came through."""

    kind: str
    subject: str
    body: str
    channel: str
    # Bytes that only the filer can make again: the tracking code is derived from them and only its hash is kept.
    code_material: bytes
    party: Party | None = None
    identity: str = "identified"
    answer_channel: str = "electronic"
    electronic_consent: bool = False
    office_code: str = ""
    received_at: datetime | None = None
    receipts: tuple[str, ...] = ()
    failed_files: tuple[dict[str, str], ...] = ()
    notice_version: int = 0
    marks: tuple[str, ...] = ()
    lang: str = "es"
    source: str = ""
    source_id: int | None = None
    actor: str = "person"


@dataclass(frozen=True)
class Filed:
    """What the filer is told: everything but the code, which the caller derives again from its material."""

    case_id: int
    radicado: str
    received_at: datetime
    radicated_on: date
    explanation: Explanation
    rule: Rule
    files: list[FileInfo]
    missing: list[str]
    mailed: bool


def missing_parts(filing: Filing) -> list[str]:
    """Return what the law asks for and the filing lacks, as names of fields (art. 16; conditions in L8 and L11)."""
    facts = [] if filing.body else ["body"]
    if filing.identity == "anonymous" or filing.party is None:
        return facts
    party = asdict(filing.party)
    missing = facts + [name for name in ASKED_BY_LAW if not party[name]]
    if filing.answer_channel == "electronic" and not party["email"]:
        missing.append("email")
    if filing.answer_channel == "postal" and not party["address"]:
        missing.append("address")
    if party["person_type"] == "representative" and not party["represented_name"]:
        missing.append("represented_name")
    return missing


def tracking_code(filing_material: bytes) -> str:
    return derive_code(_key("tracking"), filing_material)


def _key(purpose: str) -> bytes:
    key: bytes = current_app.extensions["ventanilla"].settings.key(purpose)
    return key


def next_number(site_id: int, series: str, year: int) -> int:
    """Return the next number of a series inside the running write; rolled back with it, so none is lost or doubled."""
    # One statement, since two processes may file the first case of a year at once.
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    first = insert(CaseCounter).values(site_id=site_id, series=series, year=year, last=1)
    number = db.session.scalar(
        first.on_conflict_do_update(
            index_elements=["site_id", "series", "year"], set_={"last": CaseCounter.last + 1}
        ).returning(CaseCounter.last)
    )
    assert number is not None  # an upsert always returns its row
    return int(number)


def file_case(site_id: int, filing: Filing) -> Filed:
    """File a case in the running write, and return what the filer is told.

    Never commits. Raises Invalid for a kind that has no term and for a receipt that is not the site's.
    Source: Ley 1437 de 2011, arts. 13 to 16, 54, 61 and 62.
    """
    if not in_write():
        raise RuntimeError("file_case outside write()")
    site = db.session.get_one(Site, site_id)
    terms = terms_of(site_id)
    received_at = filing.received_at or now()
    day_zero = terms.day_zero(received_at)
    rule = _rule(terms, filing.kind, day_zero)
    explanation = explain(day_zero, rule, terms.calendar)
    office = office_by_code(site_id, filing.office_code) or owner_office(site_id, "pqr", "citizen")
    sequence = next_number(site_id, "pqrsd", day_zero.year)
    missing = missing_parts(filing)
    case = Case(
        site_id=site_id,
        radicado=Pattern(site.radicado_pattern).format(day_zero, sequence, office.code),
        year=day_zero.year,
        sequence=sequence,
        kind=filing.kind,
        channel=filing.channel,
        identity=filing.identity,
        office_id=office.id,
        subject=filing.subject,
        body=filing.body,
        lang=filing.lang,
        received_at=received_at,
        radicated_on=day_zero,
        due_on=explanation.due_on,
        target_on=terms.target(received_at, rule),
        code_hash=code_hash(_key("tracking"), tracking_code(filing.code_material)),
        answer_channel=filing.answer_channel,
        electronic_consent=filing.electronic_consent,
        notice_version=filing.notice_version,
        missing=missing,
        failed_files=list(filing.failed_files),
        marks=list(filing.marks),
        source=filing.source,
        source_id=filing.source_id,
    )
    db.session.add(case)
    db.session.flush()
    party = None
    if filing.party is not None and filing.identity != "anonymous":
        party = CaseParty(case_id=case.id, **asdict(filing.party))
        db.session.add(party)
    index_case(case, party)
    db.session.add(
        CaseClock(
            case_id=case.id, name="answer", rule=rule.to_dict(), started_on=day_zero, due_on=explanation.due_on,
            calendar_version=terms.calendar.version,
        )
    )  # fmt: skip
    taken = files.claim(site_id, filing.receipts, "case", case.id)
    _record(case, filing, taken)
    filed = Filed(
        case.id, case.radicado, received_at, day_zero, explanation, rule, taken, missing,
        mailed=bool(filing.party and filing.party.email and filing.identity != "anonymous"),
    )  # fmt: skip
    if filed.mailed:
        _acknowledge(site, case, filing, filed, terms)
    from app import events

    facts = {"site_id": site_id, "case_id": case.id}
    after_commit(lambda: events.send("case.filed", **facts))
    return filed


def _rule(terms: Terms, kind: str, day: date) -> Rule:
    try:
        return terms.rule(kind, day)
    except LookupError as error:
        raise Invalid(fields={"kind": ["errors.choice"]}) from error


def _record(case: Case, filing: Filing, taken: list[FileInfo]) -> None:
    db.session.add(
        CaseEvent(
            case_id=case.id, at=case.received_at, kind="received", actor=filing.actor, data={"channel": case.channel}
        )
    )
    db.session.add(CaseEvent(case_id=case.id, kind="radicated", actor="system", data={"radicado": case.radicado}))
    party = filing.party if filing.identity != "anonymous" else None
    append_audit(
        case.site_id, filing.actor, "case.filed", f"case:{case.id}",
        radicado=case.radicado, kind=case.kind, channel=case.channel, received_at=case.received_at.isoformat(),
        due_on=case.due_on, files=[file.sha256 for file in taken],
        document=personal(party.document_number) if party and party.document_number else "",
    )  # fmt: skip


def say_count(explanation: Explanation, lang: str) -> list[str]:
    """Return the count in words, a line a day."""
    return list(count_lines(explanation, find("count", lang), lang))


def _acknowledge(site: Site, case: Case, filing: Filing, filed: Filed, terms: Terms) -> None:
    """Queue the acknowledgement with everything art. 61 and Resolución 1519 ask it to hold."""
    assert filing.party is not None
    lang = filing.lang
    lines = [f"- {file.name} ({file.size_bytes} bytes, SHA-256 {file.sha256})" for file in filed.files]
    base: str = current_app.extensions["ventanilla"].settings.base_url
    text = t(
        "cases.mail.acknowledgement",
        lang,
        name=filing.party.name or t("cases.mail.citizen", lang),
        radicado=case.radicado,
        kind=t(f"kinds.{case.kind}.title", lang),
        received=datetime_words(filed.received_at, lang, terms.zone),
        radicated=date_words(filed.radicated_on, lang, terms.zone),
        due=date_words(filed.explanation.due_on or filed.radicated_on, lang, terms.zone),
        citation=filed.rule.citation,
        count="\n".join(f"  {line}" for line in say_count(filed.explanation, lang)),
        files="\n".join(lines) or t("cases.mail.no_files", lang),
        url=f"{base}/{site.key}/track?lang={lang}",
        entity=site.entity,
        code=outbox.SECRET,
    )
    outbox.enqueue(
        site,
        filing.party.email,
        t("cases.mail.acknowledgement_subject", lang, radicado=case.radicado),
        text,
        source="case",
        source_id=case.id,
        secret=format_code(tracking_code(filing.code_material)),
    )


def case_by_code(site_id: int, radicado: str, code: str) -> Case | None:
    """Return the case that this radicado and tracking code open together, or None."""
    case = _case_of(site_id, radicado)
    # Asked even where there is no case, so that time tells nothing about which radicados exist.
    opened = opens(_key("tracking"), code, case.code_hash if case is not None else None)
    return case if case is not None and opened and case.state != "annulled" else None


def _case_of(site_id: int, typed: str) -> Case | None:
    """Return the case of a number as it is printed, or typed from paper: without hyphens, with spaces."""
    cases = select(Case).where(Case.site_id == site_id)
    case = db.session.scalar(cases.where(Case.radicado == typed.strip()))
    if case is not None:
        return case
    try:
        number = Pattern(db.session.get_one(Site, site_id).radicado_pattern).parse(typed)
    except BadRadicado:
        return None
    case = db.session.scalar(cases.where(Case.year == number.year, Case.sequence == number.sequence))
    return case if case is not None and squeeze(case.radicado) == squeeze(typed) else None
