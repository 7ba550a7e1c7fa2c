"""The verbs of the register CE-F05: capture, judge, hand over, acknowledge, turn into a case (S2-3 to S2-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app import files
from app.audit import append_audit
from app.cases.filing import Filed, Filing, Party, file_case, next_number
from app.cases.rules import PETITIONS
from app.cases.terms import terms_of
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Invalid, NotFound
from widgets.social.models import SocialReport
from widgets.social.register import people
from widgets.social.service import NETWORKS

INTERACTIONS = ("comment", "message", "tag")
CRITERIA = ("identification", "address", "object", "grounds")
STATES = CAPTURED, HANDED, ACKNOWLEDGED, RADICATED, ANSWERED = (
    "captured", "handed", "acknowledged", "radicated", "answered",
)  # fmt: skip
# What citizen service decided: a PQR, data were asked for, the person was oriented, it is another entity's.
DECISIONS = PETITION, ASKED, ORIENTED, FOREIGN = "petition", "asked", "oriented", "foreign"
KINDS = "peticion", "queja", "reclamo"
# The form's columns that the register itself never asks by; how long each may be.
DETAILS: Mapping[str, int] = {
    "user_class": 60, "name": 200, "document": 40, "account": 60, "place": 200, "service": 120, "kind": 20,
    "radicado": 60, "answer_channel": 60, "reply_link": 500, "remarks": 2_000,
}  # fmt: skip
# Those that a person fills in when a report is taken in.
ASKED_AT_CAPTURE = ("user_class", "name", "document", "account", "place", "service", "kind", "remarks")
# What may show one of the criteria.
LONGEST_EVIDENCE = 2_000
SOURCE = "social_report"
# Of what hangs on a message: only its place is known.
AT_NETWORK = "network"
SERIES = "social"


@dataclass(frozen=True)
class Said:
    """What somebody said on a network, as it was seen there."""

    network: str
    interaction: str
    author: str
    link: str
    body: str
    said_at: datetime
    # Of DETAILS, what is known.
    details: Mapping[str, str] = field(default_factory=dict)
    at_once: bool | None = None
    # Files that were kept before: the screenshot.
    receipts: tuple[str, ...] = ()
    # Of CRITERIA, what the message itself shows.
    evidence: Mapping[str, str] = field(default_factory=dict)
    external_id: str | None = None
    # What hangs on it at the network: {"kind", "id" or "url", "name", "mime"}.
    media: tuple[Mapping[str, str], ...] = ()


def check(said: Said) -> None:
    """Raise Invalid naming each field that can't stand in the register."""
    wrong: dict[str, list[str]] = {}
    if said.network not in NETWORKS:
        wrong["network"] = ["errors.choice"]
    if said.interaction not in INTERACTIONS:
        wrong["interaction"] = ["errors.choice"]
    if not said.body.strip():
        wrong["body"] = ["errors.required"]
    if said.link and not said.link.startswith("https://"):
        wrong["link"] = ["social.console.bad_link"]
    if said.details.get("kind", "") not in ("", *KINDS):
        wrong["kind"] = ["errors.choice"]
    if said.said_at > now() + timedelta(minutes=5):
        wrong["said_at"] = ["social.console.future"]
    if wrong:
        raise Invalid(fields=wrong)


def capture(site_id: int, said: Said, actor: str) -> str:
    """Put a report in the register and return its code; it is owed to citizen service on the next working day."""
    check(said)
    with write():
        return add(site_id, said, actor).code


def add(site_id: int, said: Said, actor: str) -> SocialReport:
    """Add a report in the running write; `check` has been asked before."""
    terms, year = terms_of(site_id), now().year
    row = SocialReport(
        site_id=site_id, code=code_of(year, next_number(site_id, SERIES, year)), network=said.network,
        interaction=said.interaction, author=said.author.strip()[:120], link=said.link[:500], body=tidy(said.body),
        said_at=said.said_at, hand_over_on=terms.calendar.add_working_days(terms.today(), 1),
        evidence=dict(said.evidence), details=trimmed(said.details), answers_at_once=said.at_once,
        consolidated_by=actor, external_id=said.external_id,
        media=[{**one, "state": AT_NETWORK} for one in said.media],
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    files.claim(site_id, said.receipts, SOURCE, row.id)
    append_audit(site_id, actor, "social.captured", f"social:{row.id}", code=row.code)
    return row


def code_of(year: int, number: int) -> str:
    return f"RS{year}-{number:06d}"


def trimmed(details: Mapping[str, Any]) -> dict[str, str]:
    """Return the details of the form that are known, each as long as it may be."""
    found = {name: str(details.get(name) or "").strip()[:longest] for name, longest in DETAILS.items()}
    return {name: text for name, text in found.items() if text}


def tidy(text: str) -> str:
    """Return a text as a sheet of the register can carry it there and back."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def is_filed(row: SocialReport) -> bool:
    """Return whether it has a radicado: here, or in the sheet that it came from."""
    return row.case_id is not None or row.state == RADICATED


def held(site_id: int, report_id: int) -> SocialReport:
    row = db.session.get(SocialReport, report_id, with_for_update=True)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def lacking(row: SocialReport) -> list[str]:
    """Return the criteria that nothing shows; what lacks is asked for, and never a reason to drop a report (S2-5)."""
    return [name for name in CRITERIA if not (row.evidence or {}).get(name)]


def judge(
    staff: Staff, site_id: int, report_id: int, evidence: dict[str, str], is_petition: bool, at_once: bool,
    details: Mapping[str, str] | None = None, decision: str = "",
) -> None:  # fmt: skip
    """Keep the criteria with what shows each, and what the person decides beside the computed result.

    A criterion or detail that is not given stays as it is: who has not seen it can't have changed it.
    """
    staff.require("social.reports", site_id)
    with write():
        row = held(site_id, report_id)
        if is_filed(row):
            raise Conflict("social.console.already")
        given = {name: tidy(evidence[name])[:LONGEST_EVIDENCE] for name in CRITERIA if name in evidence}
        row.evidence = {**(row.evidence or {}), **given}
        row.is_petition, row.answers_at_once = is_petition, at_once
        # Confirmed as a petition it is one; a decision that says otherwise would contradict it.
        row.decision = PETITION if is_petition else decision if decision in DECISIONS[1:] else ""
        row.analysed_at, row.analysed_by = now(), staff.actor
        if details is not None:
            row.details = {**(row.details or {}), **dict.fromkeys(details, ""), **trimmed(details)}
        append_audit(
            site_id, staff.actor, "social.judged", f"social:{row.id}",
            petition=is_petition, at_once=at_once, decision=row.decision, lacking=lacking(row),
        )  # fmt: skip


def hand_over(staff: Staff, site_id: int) -> int:
    """Hand everything that is still captured to citizen service, and return how many (S2-4)."""
    staff.require("social.reports", site_id)
    with write():
        query = select(SocialReport).where(SocialReport.site_id == site_id, SocialReport.state == CAPTURED)
        rows = list(db.session.scalars(query.with_for_update()))
        for row in rows:
            row.state, row.handed_at, row.handed_by = HANDED, now(), staff.actor
        append_audit(site_id, staff.actor, "social.handed", f"site:{site_id}", codes=[row.code for row in rows])
        if rows:
            office = [one for one in people.of_role(site_id, people.CITIZEN) if f"staff:{one.id}" != staff.actor]
            people.tell(site_id, office, "handed", "reports", n=len(rows))
        return len(rows)


def acknowledge(staff: Staff, site_id: int, report_id: int) -> None:
    """Say that citizen service has it: somebody else than who handed it over, where there is somebody (S2-4)."""
    staff.require("social.reports", site_id)
    with write():
        row = held(site_id, report_id)
        if row.state != HANDED:
            raise Conflict("social.console.not_handed")
        may = people.receivers(site_id, row.handed_by)
        if may is not None and staff.actor not in may:
            raise Conflict("social.console.not_receiver")
        row.state, row.acknowledged_at, row.acknowledged_by = ACKNOWLEDGED, now(), staff.actor
        append_audit(site_id, staff.actor, "social.acknowledged", f"social:{row.id}")


def radicate(staff: Staff, site_id: int, report_id: int, kind: str) -> Filed:
    """Make a case of a report, received when it was said; what lacks is asked for there (Ley 1437 de 2011, art. 17)."""
    staff.require("social.reports", site_id)
    with write():
        # The row first: whose it is not must not learn that it is there.
        row = held(site_id, report_id)
        if kind not in PETITIONS:
            raise Invalid(fields={"kind": ["errors.choice"]})
        if is_filed(row):
            raise Conflict("social.console.already")
        filed = file_case(
            site_id,
            Filing(
                kind=kind, subject=" ".join(row.body.split())[:120], body=row.body, channel="social",
                code_material=f"social/{site_id}/{row.id}".encode(), answer_channel="postal",
                party=_party(row), moved_files=(SOURCE, (row.id,)),
                received_at=row.said_at, source="social", source_id=row.id, actor=staff.actor,
            ),
        )  # fmt: skip
        row.case_id, row.state, row.is_petition, row.decision = filed.case_id, RADICATED, True, PETITION
        append_audit(site_id, staff.actor, "social.radicated", f"social:{row.id}", case=filed.case_id)
        return filed


def _party(row: SocialReport) -> Party:
    shown, more = row.evidence or {}, row.details or {}
    return Party(
        name=(more.get("name", "") or shown.get("identification", "") or row.author)[:200],
        document_number=more.get("document", ""), address=shown.get("address", "")[:200],
        user_class=more.get("user_class", ""), neighbourhood=more.get("place", "")[:120],
    )  # fmt: skip


def reveal(staff: Staff, site_id: int, codes: list[str], reason: str) -> None:
    """Write down who looked at whose data and why, before a list shows them (Ley 1581 de 2012, art. 4 f to h)."""
    staff.require("social.reports", site_id)
    if not reason.strip():
        raise Invalid(fields={"reason": ["errors.required"]})
    with write():
        append_audit(site_id, staff.actor, "social.revealed", f"site:{site_id}", codes=codes, why=reason.strip()[:200])


def note_file(staff: Staff, site_id: int, code: str, file_id: int) -> None:
    """Write down who took a screenshot: it shows whoever spoke."""
    staff.require("social.reports", site_id)
    with write():
        append_audit(site_id, staff.actor, "social.file_taken", f"site:{site_id}", codes=[code], file=file_id)


def note_export(staff: Staff, site_id: int, shape: str) -> None:
    """Write down who took the register with them."""
    staff.require("social.reports", site_id)
    with write():
        append_audit(site_id, staff.actor, "social.exported", f"site:{site_id}", shape=shape)
