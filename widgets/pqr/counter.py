"""Take down at the counter what somebody says or brings on paper, with the constancia that Decreto 1166 asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, url_for
from sqlalchemy import select

from app.cases import workflow
from app.cases.filing import Filed, Filing, Party, case_by_code, file_case, missing_parts
from app.cases.models import Case
from app.cases.spoken import answer_aloud
from app.cases.terms import terms_of
from app.clock import now
from app.console.models import User
from app.console.roles import Staff
from app.dates import date_words, datetime_words
from app.db import db
from app.documents import Template, attachment, issue, paper, render
from app.documents.models import Document
from app.embed.gate import Submission, once
from app.errors import Invalid, NotFound
from app.mail import outbox
from app.sites.service import SiteInfo
from app.widget import CasePanel
from app.words import ROOT, t
from widgets.pqr.models import CounterFiling
from widgets.pqr.service import MissingParts, acknowledgement, code_for, filing_of, say_party

PAGES = ROOT / "widgets" / "pqr" / "templates" / "pqr"
CONSTANCIA = Template("constancia", PAGES / "constancia.typ", "AC-FO-02", "pqr.documents.constancia")
SLIP = Template("slip", PAGES / "slip.typ", "AC-FO-03", "pqr.documents.slip")
DOCUMENTS = (CONSTANCIA, SLIP)
# Channels of a voice, and those of paper; the case keeps which.
SPOKEN = ("in_person", "phone", "verbal")
PAPER = ("window", "postal")
COPIES = ("", "printed", "mail")
# The clocks of two machines differ a little.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class Taken:
    """How it reached the counter, beside what the petition itself says."""

    channel: str
    # In the site's own time, as the officer typed it.
    received_at: datetime
    language: str = ""
    sheets: int = 0
    copy: str = ""
    # What was answered at once and aloud; "" where the answer comes later.
    answered: str = ""
    priority: str = ""

    @property
    def spoken(self) -> bool:
        return self.channel in SPOKEN


def file(staff: Staff, sent: Submission, data: dict[str, Any], taken: Taken) -> dict[str, Any]:
    """File once what was taken down, in one transaction with its constancia; return the acknowledgement without code.

    Raises MissingParts, naming each, until the officer says that the person insists (Ley 1437 de 2011, art. 15).
    """
    staff.require("cases.file", sent.site.id)
    received_at = _moment(sent.site.id, taken)
    filing = replace(
        filing_of(data, sent), channel=taken.channel, received_at=received_at, source="pqr", actor=staff.actor, marks=()
    )
    missing = missing_parts(filing)
    if not taken.spoken and not filing.receipts:
        missing.append("scan")
    if missing and not data["despite_missing"]:
        raise MissingParts(
            "pqr.page.missing_parts", fields={name: [f"pqr.counter.missing.{name}"] for name in missing}
        )
    return once(sent, "pqr.counter", lambda: _file(staff, sent, filing, taken))


def _moment(site_id: int, taken: Taken) -> datetime:
    received_at = taken.received_at.replace(tzinfo=terms_of(site_id).zone)
    if received_at > now() + AHEAD:
        raise Invalid(fields={"received_at": ["pqr.counter.errors.future"]})
    return min(received_at, now())


def _file(staff: Staff, sent: Submission, filing: Filing, taken: Taken) -> dict[str, Any]:
    site = sent.site
    row = CounterFiling(
        site_id=site.id, spoken=taken.spoken, language=taken.language, sheets=taken.sheets, copy=taken.copy,
        taken_by=staff.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    filed = file_case(site.id, replace(filing, source_id=row.id))
    row.case_id = filed.case_id
    if taken.priority:
        workflow.prioritise(staff, site.id, filed.case_id, taken.priority)
    if taken.answered:
        answer_aloud(staff, site.id, filed.case_id, taken.answered, t("pqr.counter.answered_next", filing.lang))
    if taken.spoken:
        row.document_id = _certify(staff, site, filed, filing, taken)
        if taken.copy == "mail" and filing.party is not None and filing.party.email:
            lang = filing.lang
            outbox.enqueue(
                site, filing.party.email, t("pqr.counter.copy_subject", lang, radicado=filed.radicado),
                t("pqr.counter.copy_text", lang, radicado=filed.radicado, entity=site.entity), source="case",
                source_id=filed.case_id, attachments=[attachment(row.document_id)],
            )  # fmt: skip
    return {**acknowledgement(filed, filing, sent), "case_id": filed.case_id, "filing_id": row.id}


def _certify(staff: Staff, site: SiteInfo, filed: Filed, filing: Filing, taken: Taken) -> int:
    """Issue the constancia of a petition that was said aloud. Source: Decreto 1069 de 2015, art. 2.2.3.12.3."""
    lang, zone = filing.lang, terms_of(site.id).zone

    def row(name: str, text: str) -> tuple[str, str]:
        return t(f"pqr.counter.constancia.{name}", lang), text or t("pqr.counter.constancia.not_given", lang)

    facts = [
        row("radicado", filed.radicado),
        row("received", datetime_words(filed.received_at, lang, zone)),
        row("way", t(f"pqr.counter.ways.{filing.channel}", lang)),
        row("kind", t(f"kinds.{filing.kind}.title", lang)),
        *(row(name, text) for name, text in _person(filing, lang)),
        row("officer", ", ".join(part for part in (staff.name, staff.position) if part)),
        row("due", date_words(filed.explanation.due_on, lang) if filed.explanation.due_on else ""),
    ]
    if taken.language:
        facts.append(row("language", taken.language))
    handed = [f"{one.name} (SHA-256 {one.sha256})" for one in filed.files]
    missing = [t(f"pqr.counter.missing.{name}", lang) for name in filed.missing]
    data = {
        "said": t("pqr.counter.constancia.said", lang, entity=site.entity),
        "facts": facts,
        "object": [t("pqr.counter.constancia.object", lang), filing.subject],
        "reasons": [t("pqr.counter.constancia.reasons", lang), filing.body or t("pqr.counter.constancia.none", lang)],
        "files": [t("pqr.counter.constancia.files", lang), handed],
        "no_files": t("pqr.counter.constancia.no_files", lang),
        "missing": [t("pqr.counter.constancia.missing", lang), missing],
        "answered": [t("pqr.counter.constancia.answered", lang), taken.answered],
        "copy": t(f"pqr.counter.constancia.copy.{taken.copy or 'none'}", lang),
    }  # fmt: skip
    issued = issue(
        CONSTANCIA, site, CONSTANCIA.title(lang), lang, data, source="case", source_id=filed.case_id,
        on=terms_of(site.id).today(),
    )  # fmt: skip
    return issued.id


def _person(filing: Filing, lang: str) -> list[tuple[str, str]]:
    """Return who asks, as the paper names them: nobody of an anonymous or reserved petition."""
    party = filing.party
    if filing.identity != "identified" or party is None:
        return [("name", t(f"pqr.page.identities.{filing.identity}", lang))]
    number = " ".join(part for part in (party.document_type, party.document_number) if part)
    found = [("name", party.name), ("document", number), ("address", _place(party, lang)), ("contact", _contact(party))]
    if party.represented_name:
        found.append(("represented", f"{party.represented_name} {party.represented_document}".strip()))
    return found


def _contact(party: Party) -> str:
    return ", ".join(part for part in (party.email, party.phone) if part)


def _place(party: Party, lang: str) -> str:
    town = say_party("municipality", party.municipality, lang) or ""
    return ", ".join(part for part in (party.address, party.neighbourhood, town, party.country) if part)


def slip(site: SiteInfo, sent: Submission, radicado: str) -> bytes:
    """Return the paper that the person takes along, with the code that only whoever has just filed can make again."""
    code = code_for(sent)
    case: Case | None = case_by_code(site.id, radicado, code)
    if case is None:
        raise NotFound
    lang, zone = case.lang, terms_of(site.id).zone
    base: str = current_app.extensions["ventanilla"].settings.base_url
    facts = [
        (t("pqr.page.radicado", lang), case.radicado),
        (t("pqr.page.code", lang), code),
        (t("pqr.page.kind", lang), t(f"kinds.{case.kind}.title", lang)),
        (t("pqr.page.received", lang), datetime_words(case.received_at, lang, zone)),
        (t("pqr.page.radicated", lang), date_words(case.radicated_on, lang)),
        (t("pqr.page.due", lang), date_words(case.due_on, lang) if case.due_on else "–"),
    ]
    data = {"facts": facts, "body": t("pqr.counter.slip", lang, url=f"{base}/{site.key}/track")}
    return render(SLIP, paper(SLIP, site, SLIP.title(lang), lang), data)


def case_panel(site: SiteInfo, filing_id: int, _staff: Staff, lang: str) -> CasePanel | None:
    """Return how a case reached the counter, for its page."""
    row = db.session.get(CounterFiling, filing_id)
    if row is None or row.site_id != site.id:
        return None
    officer = db.session.get(User, row.taken_by)
    lines = [t("pqr.counter.panel.spoken" if row.spoken else "pqr.counter.panel.paper", lang)]
    if officer is not None:
        lines.append(t("pqr.counter.panel.officer", lang, name=officer.name or officer.email))
    if row.language:
        lines.append(t("pqr.counter.panel.language", lang, language=row.language))
    if row.sheets:
        lines.append(t("pqr.counter.panel.sheets", lang, n=row.sheets))
    # By its name: among the files of the case it stands under its number.
    paper_id = db.session.scalar(select(Document.file_id).where(Document.id == row.document_id))
    to = "console.site.cases.file"
    href = url_for(to, site_key=site.key, case_id=row.case_id, file_id=paper_id) if paper_id is not None else ""
    return CasePanel(t("pqr.counter.panel.title", lang), tuple(lines), href, t("pqr.counter.panel.constancia", lang))
