"""File a case: number, clock, party, files, acknowledgement and trail, all in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app import events, files
from app.audit import append_audit, personal
from app.cases.count_words import count_lines
from app.cases.deadlines import Explanation
from app.cases.finding import Shown, index_new
from app.cases.models import Case, CaseClock, CaseCounter, CaseEvent, CaseParty
from app.cases.radicado import BadRadicado, Pattern, code_hash, derive_code, format_code, opens, squeeze
from app.cases.rules import Rule
from app.cases.terms import Terms, terms_of
from app.clock import now
from app.dates import date_words, datetime_words
from app.db import after_commit, db, in_write, put, table
from app.errors import Invalid
from app.files import FileInfo
from app.mail import outbox
from app.sites.service import OfficeInfo, SiteInfo, office_by_code, owner_office, site_info
from app.sites.stamps import kept, stamp_of
from app.systems import telling
from app.words import find, t

_CASE, _PARTY = insert(table(Case)), insert(table(CaseParty))
_CLOCK, _EVENT = insert(table(CaseClock)), insert(table(CaseEvent))
# One statement, since two processes may file the first case of a year at once.
_NEXT = {
    name: dialect.insert(table(CaseCounter))
    .values(last=1)
    .on_conflict_do_update(index_elements=["site_id", "series", "year"], set_={"last": CaseCounter.last + 1})
    .returning(CaseCounter.last)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_pattern = lru_cache(maxsize=64)(Pattern)

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
    # Files that came earlier with what becomes a case: (source, ids).
    moved_files: tuple[str, tuple[int, ...]] | None = None
    failed_files: tuple[dict[str, str], ...] = ()
    notice_version: int = 0
    marks: tuple[str, ...] = ()
    # When it was first tried, where the entity's medium failed then: the person's proof of it (art. 62).
    failed_at: datetime | None = None
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
    # The same in words, a line a day.
    count: tuple[str, ...]
    rule: Rule
    files: list[FileInfo]
    missing: list[str]
    mailed: bool


def missing_parts(filing: Filing) -> list[str]:
    """Return what the law asks for and the filing lacks, as names of fields (art. 16; conditions in L8 and L11)."""
    facts = [] if filing.body else ["body"]
    if filing.identity == "anonymous" or filing.party is None:
        return facts
    party = filing.party
    missing = facts + [name for name in ASKED_BY_LAW if not getattr(party, name)]
    if filing.answer_channel == "electronic" and not party.email:
        missing.append("email")
    if filing.answer_channel == "postal" and not party.address:
        missing.append("address")
    if party.person_type == "representative" and not party.represented_name:
        missing.append("represented_name")
    return missing


def tracking_code(filing_material: bytes) -> str:
    return derive_code(_key("tracking"), filing_material)


def _key(purpose: str) -> bytes:
    key: bytes = current_app.extensions["ventanilla"].settings.key(purpose)
    return key


def next_number(site_id: int, series: str, year: int) -> int:
    """Return the next number of a series inside the running write; rolled back with it, so none is lost or doubled."""
    store = db.session.connection()
    return int(store.scalar(_NEXT[store.dialect.name], {"site_id": site_id, "series": series, "year": year}))


def raise_number(site_id: int, series: str, year: int, least: int) -> None:
    """Let a series go on after a number that came from elsewhere, inside the running write."""
    last = next_number(site_id, series, year)
    db.session.execute(
        update(CaseCounter)
        .where(CaseCounter.site_id == site_id, CaseCounter.series == series, CaseCounter.year == year)
        .values(last=max(least, last - 1))
    )


@dataclass(frozen=True)
class Prepared:
    """What a filing comes to by the law of its site under this stamp: worked out before the store is locked."""

    stamp: str
    filing: Filing
    site: SiteInfo
    office: OfficeInfo
    received_at: datetime
    radicated_on: date
    target_on: date
    rule: Rule
    explanation: Explanation
    count: tuple[str, ...]
    calendar_version: str
    missing: list[str]
    # What the acknowledgement says, all but number and files; None where there is nobody to write to.
    letter: dict[str, str] | None
    sealed_code: str
    code_hash: str


def prepare(site_id: int, filing: Filing, stamp: str = "") -> Prepared:
    """Return what `file_case` writes, as far as it does not depend on what others write meanwhile.

    `stamp` is that of the site as the caller has read it. Raises Invalid for a kind that has no term.
    """
    stamp = stamp or stamp_of(site_id, hold=in_write())
    site, terms = site_info(site_id, stamp), terms_of(site_id, stamp)
    received_at = filing.received_at or now()
    day_zero = terms.day_zero(received_at)
    filing = _by_authority(filing)
    rule = _rule(terms, filing.kind, day_zero)
    explanation = terms.explain(day_zero, rule)
    code = tracking_code(filing.code_material)
    count = terms.remember(("words", day_zero, rule, filing.lang), lambda: tuple(say_count(explanation, filing.lang)))
    mailed = filing.party is not None and filing.party.email and filing.identity != "anonymous"
    return Prepared(
        stamp=stamp,
        filing=filing,
        site=site,
        office=_office(site_id, filing.office_code, stamp),
        received_at=received_at,
        radicated_on=day_zero,
        target_on=terms.target(received_at, rule),
        rule=rule,
        explanation=explanation,
        count=count,
        calendar_version=terms.calendar.version,
        missing=missing_parts(filing),
        letter=_letter(site, filing, terms, received_at, explanation, count) if mailed else None,
        sealed_code=outbox.seal(format_code(code)) if mailed else "",
        code_hash=code_hash(_key("tracking"), code),
    )


def _by_authority(filing: Filing) -> Filing:
    """Return what an authority asks of another under its own term of ten days (Ley 1437 de 2011, art. 30)."""
    asks = filing.kind in ("informacion", "documentos") and filing.party is not None
    if asks and filing.party is not None and filing.party.person_type == "public_entity":
        return replace(filing, kind="entre_autoridades")
    return filing


def _office(site_id: int, code: str, stamp: str) -> OfficeInfo:
    return (office_by_code(site_id, code) if code else None) or owner_office(site_id, "pqr", "citizen", stamp)


def file_case(site_id: int, filing: Filing, prepared: Prepared | None = None) -> Filed:
    """File a case in the running write, and return what the filer is told.

    Never commits. Raises Invalid for a kind that has no term and for a receipt that is not the site's.
    Source: Ley 1437 de 2011, arts. 13 to 16, 54, 61 and 62.
    """
    if not in_write():
        raise RuntimeError("file_case outside write()")
    if prepared is None or prepared.stamp != stamp_of(site_id, hold=True):
        # Hours, calendar, rules or offices changed while this waited for its turn: it is counted by what holds now.
        moment = prepared.received_at if prepared else filing.received_at
        prepared = prepare(site_id, replace(filing, received_at=moment))
    return _write(site_id, prepared)


def _write(site_id: int, given: Prepared) -> Filed:
    """Write the rows of a case by one statement each: objects would cost three times as much under the lock."""
    filing, store = given.filing, db.session.connection()
    sequence = next_number(site_id, "pqrsd", given.radicated_on.year)
    radicado = _pattern(given.site.radicado_pattern).format(given.radicated_on, sequence, given.office.code)
    case_id = put(_CASE, _case_row(given, radicado, sequence))
    party = None if filing.identity == "anonymous" else filing.party
    if party is not None:
        store.execute(_PARTY, {"case_id": case_id, **vars(party)})
    index_new(case_id, Shown(radicado, sequence, filing.subject, filing.identity), party)
    store.execute(
        _CLOCK,
        {
            "case_id": case_id, "name": "answer", "rule": given.rule.to_dict(), "started_on": given.radicated_on,
            "due_on": given.explanation.due_on, "segments": [], "calendar_version": given.calendar_version,
        },
    )  # fmt: skip
    if filing.kind == "habeas_reclamo":
        _owe_label(case_id, given)
    taken = files.claim(site_id, filing.receipts, "case", case_id)
    if filing.moved_files is not None:
        taken += files.move(*filing.moved_files, "case", case_id)
    _record(case_id, radicado, given, taken)
    if given.letter is not None and party is not None:
        _acknowledge(given, given.letter, party.email, case_id, radicado, taken)
    facts = {"site_id": site_id, "case_id": case_id}
    after_commit(lambda: events.send("case.filed", **facts))
    return Filed(
        case_id, radicado, given.received_at, given.radicated_on, given.explanation, given.count, given.rule, taken,
        given.missing, mailed=given.letter is not None,
    )  # fmt: skip


def _owe_label(case_id: int, given: Prepared) -> None:
    """Start the two days in which the data bear the legend "reclamo en trámite" (Ley 1581 de 2012, art. 15)."""
    terms = terms_of(given.site.id, given.stamp)
    rule = terms.rule("habeas_leyenda", given.radicated_on)
    due_on = terms.explain(given.radicated_on, rule).due_on
    db.session.connection().execute(
        _CLOCK,
        {
            "case_id": case_id, "name": "label", "rule": rule.to_dict(), "started_on": given.radicated_on,
            "due_on": due_on, "segments": [], "calendar_version": given.calendar_version,
        },
    )  # fmt: skip


def _case_row(given: Prepared, radicado: str, sequence: int) -> dict[str, Any]:
    filing = given.filing
    return {
        "site_id": given.site.id,
        "radicado": radicado,
        "year": given.radicated_on.year,
        "sequence": sequence,
        "kind": filing.kind,
        "channel": filing.channel,
        "identity": filing.identity,
        "office_id": given.office.id,
        "subject": filing.subject,
        "body": filing.body,
        "lang": filing.lang,
        "received_at": given.received_at,
        "radicated_on": given.radicated_on,
        "due_on": given.explanation.due_on,
        "target_on": given.target_on,
        "code_hash": given.code_hash,
        "answer_channel": filing.answer_channel,
        "electronic_consent": filing.electronic_consent,
        "notice_version": filing.notice_version,
        "missing": given.missing,
        "failed_files": list(filing.failed_files),
        "marks": list(filing.marks),
        "source": filing.source,
        "source_id": filing.source_id,
    }


def _rule(terms: Terms, kind: str, day: date) -> Rule:
    try:
        return terms.rule(kind, day)
    except LookupError as error:
        raise Invalid(fields={"kind": ["errors.choice"]}) from error


def _record(case_id: int, radicado: str, given: Prepared, taken: list[FileInfo]) -> None:
    filing = given.filing
    # What another leaf took in before was the person's act; who made a case of it radicated it.
    who, by = ("person", filing.actor) if filing.source else (filing.actor, "system")
    received = {"at": given.received_at, "kind": "received", "actor": who, "data": {"channel": filing.channel}}
    radicated = {"at": now(), "kind": "radicated", "actor": by, "data": {"radicado": radicado}}
    db.session.connection().execute(_EVENT, [{"case_id": case_id, **received}, {"case_id": case_id, **radicated}])
    # Kept: most sites tell nobody, and each filing would ask.
    listeners = kept(given.site.id, given.stamp, "listeners", lambda: telling.listeners(given.site.id))
    telling.tell(listeners, lambda: _radicated(case_id))
    if filing.failed_at is not None:
        tried = {"at": now(), "kind": "tried_before", "actor": who, "data": {"first_at": filing.failed_at.isoformat()}}
        db.session.connection().execute(_EVENT, {"case_id": case_id, **tried})
    party = filing.party if filing.identity != "anonymous" else None
    append_audit(
        given.site.id, filing.actor, "case.filed", f"case:{case_id}",
        radicado=radicado, kind=filing.kind, channel=filing.channel, received_at=given.received_at.isoformat(),
        due_on=given.explanation.due_on, files=[file.sha256 for file in taken],
        document=personal(party.document_number) if party and party.document_number else "",
    )  # fmt: skip


def _radicated(case_id: int) -> int:
    query = select(CaseEvent.id).where(CaseEvent.case_id == case_id, CaseEvent.kind == "radicated")
    return int(db.session.scalars(query).one())


def say_count(explanation: Explanation, lang: str) -> list[str]:
    """Return the count in words, a line a day."""
    return list(count_lines(explanation, find("count", lang), lang))


def _letter(
    site: SiteInfo, filing: Filing, terms: Terms, received_at: datetime, explanation: Explanation, count: Sequence[str]
) -> dict[str, str]:
    """Return what art. 61 and Resolución 1519 ask the acknowledgement to hold, all but the number and the files."""
    assert filing.party is not None
    lang = filing.lang
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return {
        "name": filing.party.name or t("cases.mail.citizen", lang),
        "kind": t(f"kinds.{filing.kind}.title", lang),
        "subject": filing.subject,
        "received": datetime_words(received_at, lang, terms.zone),
        "radicated": date_words(explanation.radicated_on, lang, terms.zone),
        "due": date_words(explanation.due_on or explanation.radicated_on, lang, terms.zone),
        "citation": explanation.rule.citation,
        "count": "\n".join(f"  {line}" for line in count),
        "url": f"{base}/{site.key}/track?lang={lang}",
        "entity": site.entity,
        "code": outbox.SECRET,
    }


def _acknowledge(
    given: Prepared, letter: dict[str, str], to: str, case_id: int, radicado: str, taken: list[FileInfo]
) -> None:
    lang = given.filing.lang
    lines = [f"- {file.name} ({file.size_bytes} bytes, SHA-256 {file.sha256})" for file in taken]
    lines = lines or [t("cases.mail.no_files", lang)]
    if given.filing.failed_files:
        # Said in the proof too, with how to send them: the person may find out only when they read it again.
        lines += ["", t("cases.mail.failed_files", lang)]
        lines += [f"- {file['name']}: {file['reason']}" for file in given.filing.failed_files]
    text = t("cases.mail.acknowledgement", lang, radicado=radicado, files="\n".join(lines), **letter)
    subject = t("cases.mail.acknowledgement_subject", lang, radicado=radicado)
    outbox.enqueue(given.site, to, subject, text, source="case", source_id=case_id, sealed=given.sealed_code)


def case_by_code(site_id: int, radicado: str, code: str) -> Case | None:
    """Return the case that this radicado and tracking code open together, or None."""
    case = _case_of(site_id, radicado)
    # Asked even where there is no case, so that time tells nothing about which radicados exist.
    opened = opens(_key("tracking"), code, case.code_hash if case is not None else None)
    return case if opened else None


def _case_of(site_id: int, typed: str) -> Case | None:
    """Return the case of a number as it is printed, or typed from paper: without hyphens, with spaces.

    One question for both, so that a number that exists takes no less time than one that does not.
    """
    named: ColumnElement[bool] = Case.radicado == typed.strip()
    try:
        number = _pattern(site_info(site_id).radicado_pattern).parse(typed)
        named = named | ((Case.year == number.year) & (Case.sequence == number.sequence))
    except BadRadicado:
        pass  # Another pattern's number, from before it was changed, is found as it is printed.
    found = db.session.scalars(select(Case).where(Case.site_id == site_id, named))
    return next((case for case in found.all() if squeeze(case.radicado) == squeeze(typed)), None)
