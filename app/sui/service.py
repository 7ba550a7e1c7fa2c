"""Keep what only the report asks for of a case: its account, bill, cause, place and decision."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.audit import append_audit
from app.cases.models import CaseParty
from app.cases.service import staff_case
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid
from app.sui import lists
from app.sui.models import SuiFacts

DECISIONS = ("", "grants", "grants_partly", "denies", "confirms", "modifies", "revokes", "inadmissible", "archives")


def facts_of(case_id: int) -> SuiFacts | None:
    return db.session.get(SuiFacts, case_id)


def note_account(case_id: int, account: str) -> None:
    """Keep, inside the running write, the account that the person named when they filed."""
    db.session.add(SuiFacts(case_id=case_id, account=account[:40], changed_by="person"))


def municipality_of(case_id: int) -> str:
    """Return DANE's code of where the person said to be, "" where nothing was said."""
    return db.session.scalar(select(CaseParty.municipality).where(CaseParty.case_id == case_id)) or ""


@dataclass(frozen=True)
class Facts:
    """What only the report asks for of a case."""

    account: str = ""
    cause: str = ""
    decision: str = ""
    bill: str = ""
    centre: str = ""


def keep_facts(staff: Staff, site_id: int, case_id: int, given: Facts) -> None:
    """Write down what only the report asks for; the trail keeps who did and not what the account is. Raises Invalid.

    Where the entity keeps a list of causes, one of it is meant: any other would leave the case without a code.
    """
    cause, decision = " ".join(given.cause.split())[:120], given.decision
    wrong = {} if decision in DECISIONS else {"decision": ["errors.choice"]}
    causes = lists.causes_of(site_id)
    centres = {one.code for one in lists.centres_of(site_id, municipality_of(case_id))}
    with write():
        case = staff_case(staff, site_id, case_id, "cases.answer", lock=True)
        row = db.session.get(SuiFacts, case.id) or SuiFacts(case_id=case.id)
        if causes and cause not in {*causes, row.cause, ""}:
            wrong["cause"] = ["errors.choice"]
        if given.centre not in {*centres, row.centre, lists.SEAT, ""}:
            wrong["centre"] = ["errors.choice"]
        if wrong:
            raise Invalid(fields=wrong)
        row.account, row.cause, row.decision = given.account.strip()[:40], cause, decision
        row.bill, row.centre, row.changed_by = given.bill.strip()[:40], given.centre, staff.actor
        db.session.add(row)
        append_audit(site_id, staff.actor, "sui.facts", f"case:{case.id}", cause=row.cause, decision=decision)
