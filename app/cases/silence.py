"""What the law says of an entity that kept silent: the copies are owed, or the claim is granted."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from app.cases import guards
from app.cases.deadlines import due_on, expires_after_hours, expires_at
from app.cases.models import Case, CaseClock
from app.cases.rules import Rule
from app.cases.service import Seen, add_message, record, tell_person
from app.cases.terms import Terms, terms_of
from app.cases.workflow import enter, needs
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid

INFORMATION = ("informacion", "documentos")
# Of these, a utility's silence grants what was asked (Ley 142 de 1994, art. 158).
GRANTED = ("reclamo_facturacion", "peticion_general", "peticion_particular", "queja", "reclamo", "recurso")


def after_expiry(case: Case) -> None:
    """Record, inside the running write, what follows from an expired term; once for a case.

    A request of information counts as accepted and its copies are due in three days (Ley 1437 de 2011, art. 14,
    num. 1). A utility must recognise the effects of its silence within 72 hours.
    """
    terms = terms_of(case.site_id)
    if case.due_on is None or case.due_on >= terms.today():
        return
    if terms.regime == "utility" and case.kind in GRANTED:
        rule = terms.rule("silencio_positivo", case.radicated_on)
        ends_at = expires_after_hours(expires_at(case.due_on, terms.zone) + timedelta(seconds=1), rule)
        # The 72 hours end at a midnight, which still belongs to the day before.
        ends_on = terms.day_of(ends_at - timedelta(seconds=1))
        if _add(case, "positive_silence", rule, ends_on):
            record(case, "positive_silence", "system", until=ends_at)
    elif case.kind in INFORMATION:
        rule = terms.rule("copias", case.radicated_on)
        if _add(case, "copies", rule, due_on(case.due_on, rule, terms.calendar)):
            record(case, "deemed_accepted", "system", until=due_on(case.due_on, rule, terms.calendar))


def silence_on(case: Case, terms: Terms) -> date | None:
    """Return the day from which silence counts as a refusal; it informs, and never ends the duty to decide.

    Three months from the filing, of a recourse two. Source: Ley 1437 de 2011, arts. 83 and 86.
    """
    kind = "silencio_recurso" if case.kind == "recurso" else "silencio_negativo"
    try:
        return due_on(case.radicated_on, terms.rule(kind, case.radicated_on), terms.calendar)
    except LookupError:
        return None


def comply(staff: Staff, site_id: int, case_id: int, which: str, text: str, seen: Seen | None = None) -> None:
    """Record that what was owed apart from the answer was done, and tell the person how.

    The legend "reclamo en trámite", the copies of a request accepted by silence, or the effects of a utility's silence.
    """
    needs(which=which, text=text.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_comply(at)
        clock = at.clocks.get(which)
        if which not in guards.OWED or clock is None or clock.met_at is not None:
            raise Invalid(fields={"which": ["errors.choice"]})
        clock.met_at = now()
        in_time = clock.due_on is None or at.today <= clock.due_on
        message = add_message(at.case, "message", "staff", text.strip(), staff_id=staff.id)
        record(at.case, f"complied_{which}", staff.actor, message=message.id, in_time=in_time)
        tell_person(at.case, "message")


def hours_left(case: Case, clock: CaseClock) -> int | None:
    """Return the hours in which a utility may still recognise the effects of its silence; None for another clock."""
    if clock.name != "positive_silence" or clock.met_at is not None:
        return None
    terms = terms_of(case.site_id)
    ends_at = expires_after_hours(
        expires_at(clock.started_on, terms.zone) + timedelta(seconds=1), Rule.from_dict(clock.rule)
    )
    return max(int((ends_at - now()).total_seconds() // 3600), 0)


def _add(case: Case, name: str, rule: Rule, ends_on: date | None) -> bool:
    if db.session.scalar(select(CaseClock.id).where(CaseClock.case_id == case.id, CaseClock.name == name)):
        return False
    terms = terms_of(case.site_id)
    db.session.add(
        CaseClock(
            case_id=case.id, name=name, rule=rule.to_dict(), started_on=case.due_on, due_on=ends_on, segments=[],
            calendar_version=terms.calendar.version,
        )
    )  # fmt: skip
    return True
