"""A case as an officer's desk shows it: masked, with everything that hangs on it, in a fixed number of reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select, true, union

from app.cases import letters, reserve
from app.cases.acts import Act, acts_for
from app.cases.clocks import Explanation
from app.cases.count_words import day_words, due_words, kept_words, moved_words, rule_words, told_as
from app.cases.inbox import Choice
from app.cases.lights import Light, light_of
from app.cases.masking import mask_email, mask_name, mask_number, mask_text
from app.cases.models import QUIET, Case, CaseClock, CaseEvent, CaseMessage, CaseParty
from app.cases.terms import Terms, terms_of
from app.console.models import Grant, User
from app.console.roles import ROLES, Staff
from app.db import db
from app.files import FileInfo, files_of, find_file
from app.sites.models import Office
from app.words import find, t


@dataclass(frozen=True)
class Party:
    """Who asks: masked, or whole after a reveal; `fields` are (name of the field, value)."""

    identity: str
    fields: tuple[tuple[str, str], ...]
    whole: bool


@dataclass(frozen=True)
class Message:
    kind: str
    author: str
    name: str
    subject: str
    body: str
    next_step: str
    at: datetime
    read_at: datetime | None
    files: tuple[FileInfo, ...]
    # The number under which it left, or (of a transfer) that of its letter.
    radicado: str = ""


@dataclass(frozen=True)
class Reserved:
    """One thing of the reserved folder; what it holds stands there only once the folder was opened."""

    id: int
    what: str
    cause: str
    reason: str
    by: str
    at: datetime
    subject: str = ""
    body: str = ""
    files: tuple[FileInfo, ...] = ()


@dataclass(frozen=True)
class ReservedFolder:
    """The folder as this officer sees it: its list, whether they may open it, and what they may still put there."""

    things: tuple[Reserved, ...]
    may: bool
    holds_petition: bool
    is_open: bool
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Stretch:
    """One stretch of the clock's bar; `share` is its part of the whole, in per cent."""

    state: str
    start: date
    stop: date | None
    share: int


@dataclass(frozen=True)
class Count:
    """A clock in words: rule, each day (text, counts or not, passed or not), and the end.

    `kept` says why the case has another date, where it has.
    """

    rule: str
    days: tuple[tuple[str, bool, bool], ...]
    due: str
    kept: str
    stretches: tuple[Stretch, ...]
    elapsed: int


@dataclass(frozen=True)
class Event:
    kind: str
    actor: str
    at: datetime
    data: dict[str, Any]
    # The old and the new date, in words, where it moved one.
    moved: str = ""


@dataclass(frozen=True)
class Sheet:
    """Everything on the case page."""

    case: Case
    seen: int
    light: Light
    office: str
    assignee: str
    party: Party
    files: tuple[FileInfo, ...]
    messages: tuple[Message, ...]
    events: tuple[Event, ...]
    count: Count | None
    acts: dict[str, Act]
    related: tuple[Any, ...]
    zone: Any
    folder: ReservedFolder


def sheet_of(case: Case, staff: Staff, lang: str, *, opened: bool = False) -> Sheet:
    """Return the page of a case that this person may read (service.staff_case has looked).

    What is reserved stands in its folder, `opened` only after reserve.note_reading has written down who reads.
    """
    terms = terms_of(case.site_id)
    today = terms.today()
    party = db.session.get(CaseParty, case.id)
    messages = db.session.execute(
        select(CaseMessage, User.name)
        .outerjoin(User, User.id == CaseMessage.staff_id)
        .where(CaseMessage.case_id == case.id)
        .order_by(CaseMessage.id)
    ).all()
    attached = letters.letters_of([message for message, _ in messages])
    kept = reserve.folder_of(case.id)
    of_case = files_of("case", [case.id]).get(case.id, [])
    events = db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)).all()
    people = _names({event.actor for event in events} | {f"staff:{case.assignee_id}"})
    clock = db.session.scalar(select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.name == "answer"))
    return Sheet(
        case=case,
        seen=max((event.id for event in events if event.kind not in QUIET), default=0),
        light=light_of(case.state, case.target_on, case.due_on, today, terms.calendar),
        office=db.session.get_one(Office, case.office_id).name,
        assignee=people.get(f"staff:{case.assignee_id}", ""),
        party=masked(case, party),
        files=tuple(kept.open_files(of_case)),
        messages=tuple(
            Message(
                m.kind, m.author, name or "", m.subject, m.body, m.next_step, m.created_at, m.read_at,
                tuple(kept.open_files(attached[m.id])), m.radicado,
            )
            for m, name in messages
            if m.id not in kept.messages
        ),
        events=tuple(_event(e, people, lang) for e in reversed(events)),
        count=_count(terms.explain_clock(clock), case.due_on, lang, today) if clock else None,
        acts=acts_for(case, staff, today),
        related=tuple(_related(case, party, staff)),
        zone=terms.zone,
        folder=_folder(case, staff, lang, kept, of_case, [m for m, _ in messages], attached, opened),
    )  # fmt: skip


def _folder(
    case: Case, staff: Staff, lang: str, kept: reserve.Folder, of_case: list[FileInfo], messages: list[CaseMessage],
    attached: dict[int, list[FileInfo]], opened: bool,
) -> ReservedFolder:  # fmt: skip
    may = staff.can("cases.reserved", case.site_id, case.office_id)
    by_id = {message.id: message for message in messages}
    mine = [*of_case, *(file for m in messages if m.kind in reserve.MESSAGES for file in attached[m.id])]
    who = _names({row.by for row in kept.rows}) if kept.rows else {}
    things = []
    for row in kept.rows:
        message = by_id.get(row.message_id or 0)
        held: dict[str, Any] = {}
        if opened and may:
            files = attached[message.id] if message else [file for file in mine if file.id == row.file_id]
            held = {"files": tuple(files)} | ({"subject": message.subject, "body": message.body} if message else {})
            if row.what == reserve.PETITION:
                held["body"] = case.body
            if row.subject is not None:
                held["subject"] = row.subject
        by = who.get(row.by, row.by)
        things.append(Reserved(row.id, row.what, row.cause, row.reason, by, row.created_at, **held))
    choices = [(f"file:{file.id}", file.name) for file in kept.open_files(mine)]
    choices += [
        (f"message:{m.id}", t(f"console.reserve.of_{m.author}", lang, words=" ".join(m.body.split())[:60]))
        for m in messages if m.kind in reserve.MESSAGES and m.id not in kept.messages
    ]  # fmt: skip
    own = [one for one in (reserve.PETITION, reserve.SUBJECT) if not kept.holds(one)]
    choices = [(one, t(f"console.reserve.of_{one}", lang)) for one in own] + choices
    may_put = staff.can("cases.reserve", case.site_id, case.office_id)
    return ReservedFolder(tuple(things), may, kept.petition, opened and may, tuple(choices) if may_put else ())


def _names(actors: set[str]) -> dict[str, str]:
    ids = {int(actor[6:]) for actor in actors if actor.startswith("staff:") and actor[6:].isdigit()}
    found = db.session.execute(select(User.id, User.name, User.email).where(User.id.in_(ids)))
    return {f"staff:{user_id}": name or email for user_id, name, email in found}


FIELDS = (
    ("person_type", None), ("name", mask_name), ("document_type", None), ("document_number", mask_number),
    ("represented_name", mask_name), ("represented_document", mask_number), ("email", mask_email),
    ("phone", mask_number), ("address", mask_text), ("neighbourhood", mask_text), ("municipality", None),
    ("country", None), ("user_class", None),
)  # fmt: skip


def masked(case: Case, party: CaseParty | None) -> Party:
    """Return who asks, as far as anybody who reads the case may know; of a reserved identity, nothing."""
    if party is None or case.identity != "identified":
        return Party(case.identity, (), False)
    shown = ((name, mask(getattr(party, name)) if mask else getattr(party, name)) for name, mask in FIELDS)
    return Party(case.identity, tuple((name, value) for name, value in shown if value), False)


def unmasked(case: Case, party: CaseParty | None) -> Party:
    """Return who asks, whole: only after service.reveal has written down who looked and why."""
    if party is None:
        return Party(case.identity, (), True)
    pairs = [(name, getattr(party, name)) for name, _ in FIELDS]
    pairs += [(f"characterisation.{name}", str(value)) for name, value in sorted(party.characterisation.items())]
    return Party(case.identity, tuple((name, value) for name, value in pairs if value), True)


def _related(case: Case, party: CaseParty | None, staff: Staff) -> Any:
    """Return other cases of the same person that this officer may read, the newest first.

    None for a reserved identity: the list would say who it is.
    """
    if party is None or case.identity != "identified" or not (party.document_number or party.email):
        return []
    # Each by its own index: with an "or" between them every case of the site would be looked at.
    same = []
    if party.document_number:
        document = (CaseParty.document_number == party.document_number, CaseParty.document_type == party.document_type)
        same.append(select(CaseParty.case_id).where(*document))
    if party.email:
        same.append(select(CaseParty.case_id).where(CaseParty.email == party.email))
    query = (
        select(Case.id, Case.radicado, Case.subject, Case.state, Case.received_at)
        .where(Case.id.in_(union(*same)), Case.site_id == case.site_id)
        .where(Case.id != case.id, Case.identity == "identified")
    )
    offices = staff.offices("cases.read", case.site_id)
    if offices is not None:
        query = query.where(Case.office_id.in_(sorted(offices)))
    return db.session.execute(query.order_by(Case.id.desc()).limit(10)).all()


def _event(event: CaseEvent, people: dict[str, str], lang: str) -> Event:
    kind = told_as(event.kind, event.data)
    moved = moved_words(event.data, find("count", lang), lang)
    return Event(kind, people.get(event.actor, event.actor), event.at, event.data, moved)


def _count(explanation: Explanation, due_on: date | None, lang: str, today: date) -> Count:
    words = find("count", lang)
    last = explanation.due_on or today
    whole = max((last - explanation.radicated_on).days, 1)
    return Count(
        rule=rule_words(explanation.rule, words),
        days=tuple((day_words(row, words, lang), row.counted, row.day <= today) for row in explanation.days),
        due=due_words(explanation, words, lang),
        kept=kept_words(explanation, due_on, words, lang),
        stretches=_stretches(explanation, last, whole),
        elapsed=min(max(round(100 * (today - explanation.radicated_on).days / whole), 0), 100),
    )


def _stretches(explanation: Explanation, last: date, whole: int) -> tuple[Stretch, ...]:
    """Return the bar's parts in order; the days that an extension added stand at its end, as they are counted."""
    added_from = next((row.day for row in explanation.days if row.key == "extended"), None)
    parts: list[tuple[str, date, date | None]] = []
    for one in explanation.segments:
        stop = one.stop or last
        if one.state == "extended":
            continue
        if one.state == "running" and added_from is not None and one.start < added_from <= stop:
            parts += [("running", one.start, added_from), ("extended", added_from, stop)]
        elif one.state == "running" and added_from is not None and added_from <= one.start:
            parts.append(("extended", one.start, stop))
        else:
            parts.append((one.state, one.start, one.stop))
    return tuple(
        Stretch(state, start, stop, max(round(100 * ((stop or last) - start).days / whole), 1))
        for state, start, stop in parts
    )


def colleagues(site_id: int, office_id: int | None = None) -> list[Choice]:
    """Return who may be given a case of this office, or (None) of any: whoever answers for it today."""
    # A right ends with its last day here, and not where it is evening already.
    today = terms_of(site_id).today()
    answering = [role for role, permissions in ROLES.items() if "cases.answer" in permissions]
    query = (
        select(User.id, User.name, User.email)
        .join(Grant, Grant.user_id == User.id)
        .where(
            Grant.site_id == site_id, Grant.role.in_(answering), User.active,
            or_(Grant.office_id.is_(None), Grant.office_id == office_id) if office_id is not None else true(),
            or_(Grant.until.is_(None), Grant.until >= today),
        )
        .group_by(User.id, User.name, User.email)
        .order_by(func.lower(User.name))
    )  # fmt: skip
    return [Choice(user_id, name or email) for user_id, name, email in db.session.execute(query)]


def file_of(case: Case, file_id: int) -> FileInfo | None:
    """Return a file of this case, notes included; None for any other."""
    mine = select(CaseMessage).where(CaseMessage.case_id == case.id)
    return find_file(file_id, "case", [case.id]) or letters.find_file(file_id, list(db.session.scalars(mine)))


def changes_since(case: Case, seen: int) -> list[Event]:
    """Return what happened in a case after the event `seen`, oldest first."""
    rows = db.session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id == case.id, CaseEvent.id > seen, CaseEvent.kind.not_in(QUIET))
        .order_by(CaseEvent.id)
    ).all()
    people = _names({row.actor for row in rows})
    return [Event(row.kind, people.get(row.actor, row.actor), row.at, row.data) for row in rows]


__all__ = ["Sheet", "Terms", "changes_since", "colleagues", "file_of", "masked", "sheet_of", "unmasked"]
