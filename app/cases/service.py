"""What may happen to a case after it was filed: each verb holds the law's guard, and is one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from app import events, files
from app.audit import append_audit
from app.cases.models import (
    ANNULLED,
    IN_PROCESS,
    OPEN,
    QUIET,
    RADICATED,
    WITHDRAWN,
    Case,
    CaseClock,
    CaseEvent,
    CaseMessage,
    CaseParty,
)  # fmt: skip
from app.clock import now
from app.console.auth import staff_of
from app.console.models import User
from app.console.roles import Staff
from app.dates import date_words
from app.db import after_commit, db, write
from app.documents import attachment
from app.errors import Conflict, Invalid, NotFound
from app.mail import outbox
from app.participation import offers
from app.sites.models import Office, Site
from app.systems import telling
from app.words import t


class ClosedCase(Conflict):
    """The case has ended, and this act belongs to one that has not."""

    code = "case-closed"


def load_case(site_id: int, case_id: int, *, lock: bool = False) -> Case:
    """Return a case of this site; NotFound for any other, whoever asks."""
    case = db.session.get(Case, case_id, with_for_update=lock)
    if case is None or case.site_id != site_id:
        raise NotFound
    return case


@dataclass(frozen=True)
class Seen:
    """The state in which an officer saw a case: its version, and the last event on the page."""

    version: int
    event: int


class StaleCase(Conflict):
    """Somebody has changed the case since the officer saw it; what they typed is theirs to send again."""

    code = "case-stale"


def staff_case(staff: Staff, site_id: int, case_id: int, permission: str, *, lock: bool = False) -> Case:
    """Return a case on which this person may do this; NotFound where they may not even read it."""
    case = load_case(site_id, case_id, lock=lock)
    if not staff.can("cases.read", site_id, case.office_id):
        raise NotFound
    staff.require(permission, site_id, case.office_id)
    return case


def unchanged(case: Case, seen: Seen | None) -> None:
    """Raise StaleCase where the case is no longer as it was seen; None stands for who did not look first."""
    if seen is None:
        return
    newer = select(CaseEvent.id).where(
        CaseEvent.case_id == case.id, CaseEvent.id > seen.event, CaseEvent.kind.not_in(QUIET)
    )
    if case.version != seen.version or db.session.scalar(newer.limit(1)) is not None:
        raise StaleCase


def record(case: Case, kind: str, actor: str, *, public: bool = True, **data: Any) -> None:
    """Add a line to the timeline and a link to the audit chain, inside the running write."""
    data = json.loads(json.dumps(data, default=str))
    event = CaseEvent(case_id=case.id, kind=kind, actor=actor, public=public, data=data)
    db.session.add(event)
    if kind in telling.TOLD:
        telling.tell(telling.listeners(case.site_id), lambda: _numbered(event))
    append_audit(case.site_id, actor, f"case.{kind}", f"case:{case.id}", **data)
    facts = {"site_id": case.site_id, "case_id": case.id, "kind": kind}
    after_commit(lambda: events.send("case.changed", **facts))


def _numbered(event: CaseEvent) -> int:
    db.session.flush()
    return event.id


def meet(case: Case) -> None:
    clock = db.session.scalar(select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.name == "answer"))
    if clock is not None and clock.met_at is None:
        clock.met_at = now()


# By the person who holds the code


@dataclass(frozen=True)
class Words:
    """What somebody wrote, with the receipts of its files."""

    body: str
    receipts: tuple[str, ...] = ()


def add_message(
    case: Case, kind: str, author: str, body: str, *, receipts: tuple[str, ...] = (), staff_id: int | None = None,
    subject: str = "", next_step: str = "",
) -> CaseMessage:  # fmt: skip
    """Add what somebody wrote, with its files, inside the running write."""
    message = CaseMessage(
        case_id=case.id, kind=kind, author=author, staff_id=staff_id, body=body, subject=subject, next_step=next_step
    )
    db.session.add(message)
    db.session.flush()
    files.claim(case.site_id, receipts, "case_message", message.id)
    return message


def add_from_person(site_id: int, case_id: int, words: Words) -> int:
    """Add what the person writes or attaches later; it is taken in every state but the annulled one (art. 15)."""
    with write():
        case = load_case(site_id, case_id, lock=True)
        if case.state == ANNULLED:
            raise ClosedCase
        message = add_message(case, "message", "person", words.body, receipts=words.receipts)
        record(case, "person_wrote", "person", message=message.id, files=len(words.receipts))
        return message.id


def withdraw(site_id: int, case_id: int, reason: str) -> None:
    """Withdraw a petition, at any time before its answer. Source: Ley 1437 de 2011, art. 18."""
    with write():
        case = load_case(site_id, case_id, lock=True)
        if case.state not in OPEN:
            raise ClosedCase
        case.state, case.closed_at = WITHDRAWN, now()
        meet(case)
        if reason:
            add_message(case, "message", "person", reason)
        record(case, "withdrawn", "person")
        tell_person(case, "withdrawn")


def rate(site_id: int, case_id: int, score: int, comment: str) -> None:
    """Keep what the person thinks of the answer, 1 to 5; the last opinion counts."""
    with write():
        case = load_case(site_id, case_id, lock=True)
        if case.answered_at is None:
            raise Conflict("errors.not-answered-yet")
        case.rating, case.rating_comment = score, comment
        record(case, "rated", "person", score=score)


# By staff


def assign(
    staff: Staff, site_id: int, case_id: int, *, office_id: int | None = None, assignee_id: int | None = None,
    seen: Seen | None = None,
) -> None:  # fmt: skip
    """Give a case to an office, and to a person of it; the person is told by mail in the same transaction."""
    with write():
        case = staff_case(staff, site_id, case_id, "cases.assign", lock=True)
        unchanged(case, seen)
        if case.state not in OPEN:
            raise ClosedCase
        before = None if case.state == RADICATED else case.office_id
        if office_id is not None:
            office = db.session.get(Office, office_id)
            if office is None or office.site_id != site_id or not office.active:
                raise Invalid(fields={"office_id": ["errors.choice"]})
            case.office_id = office_id
        if assignee_id is not None and not _may_answer(assignee_id, case):
            raise Invalid(fields={"assignee_id": ["errors.assignee"]})
        case.assignee_id = assignee_id
        if case.state == RADICATED:
            # What waits for the person, or for who decides a conflict, waits on: its clock stands still.
            case.state = IN_PROCESS
        record(case, "assigned", staff.actor, office=case.office_id, assignee=assignee_id)
        if case.office_id != before:
            office_name = db.session.get_one(Office, case.office_id).name
            tell_person(case, "assigned", reason=office_name)
        if assignee_id is not None and assignee_id != staff.id:
            tell_officer(case, assignee_id, "assigned")


def _may_answer(user_id: int, case: Case) -> bool:
    user = db.session.get(User, user_id)
    return user is not None and user.active and staff_of(user_id).can("cases.answer", case.site_id, case.office_id)


def tell_officer(case: Case, user_id: int, why: str) -> None:
    """Queue a mail to an officer about a case; the citizen's data stay out of it."""
    site, user = db.session.get_one(Site, case.site_id), db.session.get_one(User, user_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    params = {
        "radicado": case.radicado,
        "kind": t(f"kinds.{case.kind}.title", user.lang),
        "due": date_words(case.due_on, user.lang) if case.due_on else "—",
        "target": date_words(case.target_on, user.lang) if case.target_on else "—",
        "url": f"{base}/console/{site.key}/cases/{case.id}",
    }
    outbox.enqueue(
        site, user.email, t(f"cases.officer.{why}_subject", user.lang, **params),
        t(f"cases.officer.{why}", user.lang, name=user.name, **params), source="case_officer", source_id=case.id,
    )  # fmt: skip


def add_note(staff: Staff, site_id: int, case_id: int, body: str) -> int:
    """Add a note that only staff read."""
    with write():
        case = staff_case(staff, site_id, case_id, "cases.note", lock=True)
        if (before := _just_said(case, "note", staff, body)) is not None:
            return before
        message = add_message(case, "note", "staff", body, staff_id=staff.id)
        record(case, "noted", staff.actor, public=False, message=message.id)
        return message.id


def write_to_person(staff: Staff, site_id: int, case_id: int, words: Words) -> int:
    """Write to the person without answering yet; also to an anonymous one, who reads it with the code."""
    with write():
        case = staff_case(staff, site_id, case_id, "cases.answer", lock=True)
        if (before := _just_said(case, "message", staff, words.body)) is not None:
            return before
        message = add_message(case, "message", "staff", words.body, receipts=words.receipts, staff_id=staff.id)
        record(case, "staff_wrote", staff.actor, message=message.id)
        tell_person(case, "message")
        return message.id


# Nobody writes the same words twice in so little time, and sends them twice on purpose.
TWICE = timedelta(seconds=10)


def _just_said(case: Case, kind: str, staff: Staff, body: str) -> int | None:
    """Return the number of what this person has just written in the same words: a button that was pressed twice."""
    last = db.session.scalar(
        select(CaseMessage).where(CaseMessage.case_id == case.id).order_by(CaseMessage.id.desc()).limit(1)
    )
    if last is None or (last.kind, last.author, last.staff_id, last.body) != (kind, "staff", staff.id, body):
        return None
    return last.id if now() - last.created_at < TWICE else None


def tell_person(
    case: Case, what: str, *, until: date | None = None, reason: str = "", letter: int | None = None,
    attachments: Sequence[Any] = (),
) -> None:  # fmt: skip
    """Queue the mail that says what happened; what waits behind the code is read there, since access is the notice.

    A letter goes with it all the same: whoever keeps it has it on paper, and the notice stays the access (art. 56).
    `until` is None where the term stands still.
    """
    party = db.session.get(CaseParty, case.id)
    if party is None or not party.email or case.identity == "anonymous":
        return
    site = db.session.get_one(Site, case.site_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    outbox.enqueue(
        site, party.email, t(f"cases.mail.{what}_subject", case.lang, radicado=case.radicado),
        t(
            f"cases.mail.{what}", case.lang, name=party.name or t("cases.mail.citizen", case.lang),
            radicado=case.radicado, url=f"{base}/{site.key}/track?lang={case.lang}", entity=site.entity,
            until=date_words(until, case.lang) if until else "", reason=reason,
            offers=offers.in_mail(site.id, offers.CASE, case.tags, case.lang) if what.startswith("answer") else "",
        ),
        source="case", source_id=case.id, attachments=[*([attachment(letter)] if letter else []), *attachments],
    )  # fmt: skip


def annul(staff: Staff, site_id: int, case_id: int, reason: str) -> None:
    """Annul a radicado with its reason; the number stays taken for ever. Source: AGN, Acuerdo 001 de 2024."""
    with write():
        case = staff_case(staff, site_id, case_id, "cases.annul", lock=True)
        if not reason.strip():
            raise Invalid(fields={"reason": ["errors.required"]})
        if case.state not in OPEN:
            raise ClosedCase
        case.state, case.closed_at = ANNULLED, now()
        meet(case)
        # Who holds the number reads why it is none any more.
        add_message(case, "message", "staff", reason.strip(), staff_id=staff.id)
        record(case, "annulled", staff.actor)
        tell_person(case, "annulled", reason=reason.strip())


def set_tags(staff: Staff, site_id: int, case_id: int, tags: list[str]) -> None:
    with write():
        case = staff_case(staff, site_id, case_id, "cases.note", lock=True)
        case.tags = sorted({" ".join(tag.split())[:40] for tag in tags if tag.strip()})[:20]
        record(case, "tagged", staff.actor, public=False, tags=case.tags)


def reveal(staff: Staff, site_id: int, case_id: int, reason: str) -> CaseParty | None:
    """Return who asks, unmasked, and leave in the trail who looked and why (Ley 1581 de 2012, art. 4)."""
    with write():
        case = staff_case(staff, site_id, case_id, "people.reveal", lock=True)
        record(case, "revealed", staff.actor, public=False, why=reason[:200])
        return db.session.get(CaseParty, case.id)
