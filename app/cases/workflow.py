"""What an office may do with a case on its way to the answer: each verb holds the law's guard and tells the person."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select, update

from app import files
from app.cases import children, guards, handing_over, ties
from app.cases.deadlines import Segment, explain, internal_due_on
from app.cases.guards import Situation
from app.cases.models import (
    IN_PROCESS,
    RADICATED,
    REQUIRED,
    RETURNED,
    TRANSFERRED,
    Case,
    CaseClock,
)  # fmt: skip
from app.cases.rules import CASE_KINDS, Rule
from app.cases.service import (
    Seen,
    Words,
    add_from_person,
    add_message,
    load_case,
    meet,
    record,
    staff_case,
    tell_person,
    unchanged,
)  # fmt: skip
from app.cases.tasks import BOUNCE, DELIVERY, LAPSE, REJECTION, close_tasks
from app.cases.terms import terms_of
from app.cases.workflow_models import CaseNotice
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid
from app.words import t

# Legal causes of priority. Source: Ley 1437 de 2011, art. 20.
PRIORITIES = ("fundamental_right", "imminent_danger", "journalist", "special_care")


def situation(case: Case) -> Situation:
    """Return the case as the guards look at it."""
    terms = terms_of(case.site_id)
    clocks = {clock.name: clock for clock in db.session.scalars(select(CaseClock).where(CaseClock.case_id == case.id))}
    return Situation(case, clocks, terms, terms.today())


def enter(staff: Staff, site_id: int, case_id: int, permission: str, seen: Seen | None) -> Situation:
    """Return a case, locked, for an act of this officer; StaleCase where it is not as they saw it."""
    case = staff_case(staff, site_id, case_id, permission, lock=True)
    unchanged(case, seen)
    return situation(case)


def needs(**values: Any) -> None:
    missing = {name: ["errors.required"] for name, value in values.items() if not value}
    if missing:
        raise Invalid(fields=missing)


def recount(at: Situation) -> None:
    """Set the dates of a case from the segments of its answer clock; the target never comes after the legal date."""
    explanation = at.terms.explain_clock(at.answer)
    at.case.due_on = at.answer.due_on = explanation.due_on
    at.answer.calendar_version = at.terms.calendar.version
    retarget(at)
    main = ties.main_of(at.case.id)
    if main is not None:
        retarget(situation(main))


def retarget(at: Situation) -> None:
    """Set the entity's own target of a case; none while its term stands still."""
    at.case.target_on = _target_of(at) if at.case.due_on is not None else None


def _target_of(at: Situation) -> date | None:
    """Return today for a priority, the legal date for a term that was started anew, else what reading A gives.

    Each joined case keeps its own date; the one answer is due by the earliest of them.
    """
    if at.case.priority:
        return min(at.today, at.case.due_on or at.today)
    if at.answer.started_on != at.case.radicated_on:
        own = at.case.due_on
    else:
        rule = Rule.from_dict(at.answer.rule)
        own = internal_due_on(
            at.case.received_at, rule, at.terms.hours, at.terms.calendar, segments=segments_of(at.answer)
        )
    return min((day for day in (own, ties.first_due(at.case.id)) if day is not None), default=None)


def change_segments(clock: CaseClock, segments: list[Segment]) -> None:
    # A new list: a JSON column doesn't notice a change inside the old one.
    clock.segments = [segment.to_dict() for segment in segments]


def segments_of(clock: CaseClock) -> list[Segment]:
    return [Segment.from_dict(row) for row in clock.segments]


def start_clock(at: Situation, name: str, kind: str, on: date | None = None) -> CaseClock:
    """Start another clock today, with the term in force on the day of radication, or on the day given.

    An earlier one of the same name is put aside.
    """
    if name in at.clocks:
        put_aside(at, name)
    rule = at.terms.rule(kind, on) if on else at.limit(kind)
    due_on = explain(at.today, rule, at.terms.calendar).due_on
    clock = CaseClock(
        case_id=at.case.id, name=name, rule=rule.to_dict(), started_on=at.today, due_on=due_on, segments=[],
        calendar_version=at.terms.calendar.version,
    )  # fmt: skip
    db.session.add(clock)
    return clock


def suspend(at: Situation, cause: str) -> None:
    change_segments(at.answer, [*segments_of(at.answer), Segment("suspended", at.day_of_term, cause=cause)])
    recount(at)


def resume(at: Situation) -> None:
    """Let the term run again from the day after, with the days that were left. Source: Ley 1437 de 2011, art. 17."""
    segments = [
        replace(one, stop=at.day_of_term) if one.state == "suspended" and one.stop is None else one
        for one in segments_of(at.answer)
    ]
    change_segments(at.answer, segments)
    recount(at)


# Requirement, completion, return


def require(staff: Staff, site_id: int, case_id: int, items: list[str], reason: str, seen: Seen | None = None) -> date:
    """Ask the person for what lacks and why, suspend the term, and return the last day to complete.

    Raises LawForbids after ten days, a second time, or when it is not running. Source: Ley 1437 de 2011, art. 17.
    """
    asked = [item.strip() for item in items if item.strip()]
    needs(items=asked, reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        case = at.case
        guards.can_require(at)
        clock = start_clock(at, "completion", "complementar")
        suspend(at, "requirement")
        case.state = REQUIRED
        body = "\n".join(f"- {item}" for item in asked) + f"\n\n{reason.strip()}"
        message = add_message(case, "request", "staff", body, staff_id=staff.id)
        record(case, "required", staff.actor, message=message.id, until=clock.due_on)
        asked_more = "request" if Rule.from_dict(clock.rule).extension_max else "request_once"
        tell_person(case, asked_more, until=clock.due_on, reason=clock.rule["citation"])
        assert clock.due_on is not None  # a month always ends
        return clock.due_on


def send_back(staff: Staff, site_id: int, case_id: int, reason: str, seen: Seen | None = None) -> date:
    """Return a petition whose object is not understood, for ten working days. Source: Ley 1437 de 2011, art. 19."""
    needs(reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        case = at.case
        guards.can_return(at)
        clock = start_clock(at, "clarification", "aclarar")
        suspend(at, "clarification")
        case.state = RETURNED
        message = add_message(case, "request", "staff", reason.strip(), staff_id=staff.id)
        record(case, "returned", staff.actor, message=message.id, until=clock.due_on)
        tell_person(case, "request_once", until=clock.due_on, reason=clock.rule["citation"])
        assert clock.due_on is not None
        return clock.due_on


def complete(site_id: int, case_id: int, actor: str = "person") -> bool:
    """Take what the person sent as the completion: the term goes on the day after. Return whether it does.

    In time it resumes by itself; late, only an officer may take it (`actor` "staff:…"): the law leaves that to them.
    """
    with write():
        case = load_case(site_id, case_id, lock=True)
        if case.state not in (REQUIRED, RETURNED):
            return False
        at = situation(case)
        clock = at.clocks["completion" if case.state == REQUIRED else "clarification"]
        late = clock.due_on is not None and at.today > clock.due_on
        if late and actor == "person":
            record(case, "completed_late", actor, public=False)
            return False
        clock.met_at = now()
        resume(at)
        case.state = IN_PROCESS if case.assignee_id else RADICATED
        record(case, "completed", actor, due=case.due_on, late=late)
        close_tasks(case, LAPSE, actor)
        tell_person(case, "completed", until=case.due_on)
        return True


def write_from_person(site_id: int, case_id: int, words: Words) -> int:
    """Add what the person writes; where something was required of them, it is the completion."""
    with write():
        message = add_from_person(site_id, case_id, words)
        complete(site_id, case_id)
        return message


def take_late(staff: Staff, site_id: int, case_id: int, seen: Seen | None = None) -> bool:
    """Take what came by another door, or after its month, as the completion."""
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_take(at)
        return complete(site_id, case_id, staff.actor)


def ask_for_time(site_id: int, case_id: int) -> date:
    """Give the person who asks before expiry as much time again, once. Source: Ley 1437 de 2011, art. 17."""
    with write():
        case = load_case(site_id, case_id, lock=True)
        at = situation(case)
        guards.can_ask_for_time(at)
        clock = at.clocks["completion"]
        rule = Rule.from_dict(clock.rule)
        change_segments(clock, [Segment("extended", at.today, amount=rule.extension_max)])
        due_on = explain(clock.started_on, rule, at.terms.calendar, segments_of(clock)).due_on
        assert due_on is not None
        clock.due_on = due_on
        record(case, "more_time", "person", until=due_on)
        tell_person(case, "more_time", until=due_on)
        return due_on


# Term, type, competence


def extend(staff: Staff, site_id: int, case_id: int, more: int, reason: str, seen: Seen | None = None) -> date:
    """Extend the term by so many of its days and tell the person why, before it expires; return the new date.

    Raises LawForbids after expiry, a second time, or beyond double. Source: Ley 1437 de 2011, art. 14, parágrafo.
    """
    needs(reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.supervise", seen)
        case = at.case
        guards.can_extend(at, more)
        old = case.due_on
        change_segments(at.answer, [*segments_of(at.answer), Segment("extended", at.day_of_term, amount=more)])
        recount(at)
        message = add_message(case, "message", "staff", reason.strip(), staff_id=staff.id)
        record(case, "extended", staff.actor, old=old, new=case.due_on, message=message.id)
        tell_person(case, "extended", until=case.due_on, reason=reason.strip())
        assert case.due_on is not None  # a running clock has a date
        return case.due_on


@dataclass(frozen=True)
class Transfer:
    """To whom a petition goes, by which letter, and which of its questions (all of them where empty)."""

    entity: str
    address: str
    letter: str
    reason: str
    receipts: tuple[str, ...] = ()
    questions: str = ""


def transfer(staff: Staff, site_id: int, case_id: int, to: Transfer, seen: Seen | None = None) -> bool:
    """Send a petition to the competent entity with a copy of the letter to the person; return whether it was in time.

    The letter must be there, as its number and its file. A partial one leaves our own clock running, and what went is a
    case of its own that hangs on this one. Late transfers are owed all the same, so they are recorded and not refused.
    Where a mail address is given, the entity gets petition, files and letter in the same act (S4-7). Source: Ley 1437
    de 2011, art. 21.
    """
    needs(entity=to.entity.strip(), letter=to.letter.strip(), files=to.receipts, reason=to.reason.strip())
    mail_to = handing_over.mail_address(to.address)
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        case = at.case
        guards.can_transfer(at)
        in_time = not guards.transfer_is_late(at)
        body = "\n\n".join(part for part in (to.reason.strip(), to.questions.strip()) if part)
        message = add_message(case, "transfer", "staff", body, staff_id=staff.id, subject=to.entity.strip()[:200])
        message.radicado = to.letter.strip()[:40]
        files.claim(site_id, to.receipts, "case_message", message.id)
        facts: dict[str, Any] = {"entity": to.entity.strip()[:80], "letter": to.letter.strip()[:40], "in_time": in_time}
        if to.questions.strip():
            child = children.transferred_part(staff, case, message, to.questions.strip(), facts)
            record(case, "transferred_in_part", staff.actor, child=child.radicado, **facts)
        else:
            case.state, case.closed_at = TRANSFERRED, now()
            meet(case)
            record(case, "transferred", staff.actor, **facts)
        if mail_to:
            handing_over.send(case, message, mail_to)
        # The law gives the person a copy of the letter, and not only an address where it can be read.
        tell_person(case, "transferred", attachments=handing_over.attached_to(message))
        return in_time


def reclassify(
    staff: Staff, site_id: int, case_id: int, kind: str, reason: str, seen: Seen | None = None
) -> date | None:
    """Change the type and count again from the original radication; never later without a supervisor."""
    needs(reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.classify", seen)
        case = at.case
        rule = _rule_of(at, kind)
        # What was added to the old term can't be more than the new one takes.
        segments = [
            replace(one, amount=min(one.amount, rule.extension_max)) if one.state == "extended" else one
            for one in segments_of(at.answer)
        ]
        segments = _of_its_time(at, rule, segments)
        due_on = explain(at.answer.started_on, rule, at.terms.calendar, segments).due_on
        guards.can_reclassify(at, due_on, staff.can("cases.supervise", site_id, case.office_id))
        old, case.kind = case.kind, kind
        at.answer.rule = rule.to_dict()
        change_segments(at.answer, segments)
        recount(at)
        label = at.clocks.get("label")
        if kind == "habeas_reclamo" and label is None:
            _owe_label(at)
        elif kind != "habeas_reclamo" and label is not None and label.met_at is None:
            db.session.delete(label)  # it was never owed
        record(case, "reclassified", staff.actor, old=old, new=kind, due=case.due_on)
        tell_person(case, "reclassified", until=case.due_on, reason=t(f"kinds.{kind}.title", case.lang))
        return case.due_on


def _of_its_time(at: Situation, rule: Rule, segments: list[Segment]) -> list[Segment]:
    """Leave out what stopped the term after this rule had ended it: it was late by then."""
    kept: list[Segment] = []
    for one in sorted(segments, key=lambda segment: segment.start):
        ended_on = explain(at.answer.started_on, rule, at.terms.calendar, kept).due_on
        if one.state != "suspended" or ended_on is None or one.start <= ended_on:
            kept.append(one)
    return kept


def _rule_of(at: Situation, kind: str) -> Rule:
    """Return the term of a type that a case may have; a clock of the office's own is none."""
    if kind in CASE_KINDS:
        with contextlib.suppress(LookupError):
            return at.terms.rule(kind, at.case.radicated_on)
    raise Invalid(fields={"kind": ["errors.choice"]})


def _owe_label(at: Situation) -> None:
    """Start the two days of the legend "reclamo en trámite" (Ley 1581 de 2012, art. 15), from the radication."""
    label = start_clock(at, "label", "habeas_leyenda")
    label.started_on = at.case.radicated_on
    label.due_on = explain(at.case.radicated_on, Rule.from_dict(label.rule), at.terms.calendar).due_on


def prioritise(staff: Staff, site_id: int, case_id: int, cause: str, seen: Seen | None = None) -> None:
    """Put a case first, for a cause that the law knows. Source: Ley 1437 de 2011, art. 20."""
    if cause not in PRIORITIES:
        raise Invalid(fields={"cause": ["errors.choice"]})
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_prioritise(at)
        at.case.priority = cause
        retarget(at)
        record(at.case, "prioritised", staff.actor, public=False, cause=cause)


def reopen(
    staff: Staff, site_id: int, case_id: int, reason: str, *, restart: bool = False, seen: Seen | None = None
) -> None:
    """Open an ended case again, by a supervisor and with a reason.

    Its term goes on as it was, late if it is late; `restart` gives it a whole new one from today, and the old clock
    stays beside it. What stood still runs again from tomorrow.
    """
    needs(reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.supervise", seen)
        guards.can_reopen(at)
        case, old = at.case, at.case.due_on
        case.state = IN_PROCESS if case.assignee_id else RADICATED
        case.closed_at = case.answered_at = case.notified_at = None
        if restart:
            at.clocks["answer"] = start_clock(at, "answer", case.kind, on=at.today)
        at.answer.met_at = None
        if restart or old is None or old >= at.today:
            resume(at)  # a date that was missed stays, whatever calendar there is since
        _undo_notices(case, staff.actor)
        message = add_message(case, "note", "staff", reason.strip(), staff_id=staff.id)
        record(case, "reopened", staff.actor, message=message.id, old=old, new=case.due_on, restarted=restart)
        tell_person(case, "reopened")


def _undo_notices(case: Case, actor: str) -> None:
    """Take back what was to bring the decision to the person, and what was proposed before it.

    It is no decision any more, and must not notify the next one.
    """
    for kind in (BOUNCE, DELIVERY, LAPSE, REJECTION):
        close_tasks(case, kind, actor)
    hanging = (CaseNotice.case_id == case.id, CaseNotice.done_at.is_(None))
    db.session.execute(update(CaseNotice).where(*hanging).values(done_at=now()))


def put_aside(at: Situation, name: str) -> None:
    """Keep a clock that has ended under a number, so that another can take its name."""
    ended = at.clocks.pop(name)
    ended.name = f"{name}_{sum(other.startswith(f'{name}_') for other in at.clocks) + 1}"
    at.clocks[ended.name] = ended
    db.session.flush()
