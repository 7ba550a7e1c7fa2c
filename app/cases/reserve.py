"""The reserved folder of a case: what of it is kept apart by law, while the rest stays open to examination.

Source: Ley 1437 de 2011, arts. 24 and 36.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.finding import index_again
from app.cases.models import Case, CaseMessage
from app.cases.service import record, staff_case
from app.clock import now
from app.console.roles import Staff
from app.db import Base, UtcDateTime, db, write
from app.errors import Conflict, Invalid, NotFound
from app.files import FileInfo, StoredFileRow
from app.words import t

# What the law calls reserved, by its numbers. Source: Ley 1437 de 2011, art. 24, as Ley 1755 de 2015 has it.
CAUSES = ("defence", "diplomacy", "privacy", "credit", "financial", "trade", "professional", "genetic")
# What the person was told by law is theirs: an answer, an act, a requirement or a transfer can't be kept from them.
MESSAGES = ("note", "message")
# How a form names the text of the petition itself: what was told in confidence may be all of it.
PETITION = "petition"
SUBJECT = "subject"


class Reserve(Base):
    """One message or one file that lies in the reserved folder, and why; without either, the petition's own text.

    A subject is moved here: the case bears other words meanwhile, and so does whatever shows or sends a case.
    """

    __tablename__ = "case_reserves"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("case_messages.id", ondelete="CASCADE"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id", ondelete="CASCADE"))
    subject: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(200))
    by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (UniqueConstraint("case_id", "message_id"), UniqueConstraint("case_id", "file_id"))

    @property
    def what(self) -> str:
        """Which kind of thing it is: "message", "file", the subject or the petition itself."""
        if self.subject is not None:
            return SUBJECT
        return "message" if self.message_id is not None else "file" if self.file_id is not None else PETITION


@dataclass(frozen=True)
class Folder:
    """What lies in the reserved folder of a case."""

    rows: tuple[Reserve, ...]
    messages: frozenset[int]
    files: frozenset[int]

    @property
    def petition(self) -> bool:
        """Whether the text of the petition lies in it."""
        return self.holds(PETITION)

    def holds(self, what: str) -> bool:
        """Return whether something of this kind lies in it."""
        return any(row.what == what for row in self.rows)

    def open_files(self, found: list[FileInfo] | tuple[FileInfo, ...]) -> list[FileInfo]:
        """Return those of these files that everybody may read who reads the case."""
        return [file for file in found if file.id not in self.files]


def folder_of(case_id: int) -> Folder:
    """Return what of a case is reserved: marked files, marked messages, and the files of these."""
    rows = tuple(db.session.scalars(select(Reserve).where(Reserve.case_id == case_id).order_by(Reserve.id)))
    messages = frozenset(row.message_id for row in rows if row.message_id is not None)
    kept = {row.file_id for row in rows if row.file_id is not None}
    if messages:
        theirs = (StoredFileRow.source == "case_message", StoredFileRow.source_id.in_(messages))
        kept |= set(db.session.scalars(select(StoredFileRow.id).where(*theirs)))
    return Folder(rows, messages, frozenset(kept))


def put_apart(staff: Staff, site_id: int, case_id: int, what: str, cause: str, reason: str) -> None:
    """Put a message ("message:7"), a file ("file:3"), the petition's text or its subject apart, with its cause.

    Whoever answers cases may: those at the counter read it first, and waiting would leave it open meanwhile. Only who
    may open the folder takes anything out of it again. A subject that only repeats the text goes with the text.
    """
    wrong = {name: ["errors.required"] for name, value in (("reason", reason.strip()),) if not value}
    if cause not in CAUSES:
        wrong["cause"] = ["errors.choice"]
    if wrong:
        raise Invalid(fields=wrong)
    with write():
        case = staff_case(staff, site_id, case_id, "cases.reserve", lock=True)
        name, number = _named(case, what)
        folder = folder_of(case_id)
        # The case is locked, so nobody else puts the same thing there meanwhile.
        if number in {"message": folder.messages, "file": folder.files}.get(name, ()) or (
            name in (PETITION, SUBJECT) and folder.holds(name)
        ):
            raise Conflict("console.reserve.already")
        whole = {name}
        if name == PETITION and not folder.holds(SUBJECT) and _repeats(case):
            whole.add(SUBJECT)
        for one in sorted(whole):
            row = Reserve(case_id=case_id, cause=cause, reason=reason.strip()[:200], by=staff.actor)
            if one == SUBJECT:
                row.subject, case.subject = case.subject, t("cases.page.reserved_subject", case.lang)
            elif one != PETITION:
                setattr(row, f"{one}_id", number)
            db.session.add(row)
            record(case, "reserved", staff.actor, public=False, what=what if one == name else one, cause=cause)
        if SUBJECT in whole:
            db.session.flush()
            index_again(case_id)


def _repeats(case: Case) -> bool:
    """Return whether the subject stands in the text: of a chat or a network it was cut from there."""
    return " ".join(case.subject.split()) in " ".join(case.body.split())


def _named(case: Case, what: str) -> tuple[str, int]:
    """Return what a form named, if it is this case's and may be reserved. Raises Invalid for anything else."""
    if what in (PETITION, SUBJECT):
        return what, 0
    name, _, typed = what.partition(":")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
    mine = select(CaseMessage.id).where(CaseMessage.case_id == case.id, CaseMessage.kind.in_(MESSAGES))
    if name == "message" and number in set(db.session.scalars(mine)):
        return name, number
    if name == "file":
        row = db.session.get(StoredFileRow, number)
        of_case = row is not None and (row.source, row.source_id) == ("case", case.id)
        of_message = row is not None and row.source == "case_message" and row.source_id in set(db.session.scalars(mine))
        if of_case or of_message:
            return name, number
    raise Invalid(fields={"what": ["errors.choice"]})


def release(staff: Staff, site_id: int, case_id: int, reserve_id: int, reason: str) -> None:
    """Take something out of the reserved folder again, with the reason."""
    if not reason.strip():
        raise Invalid(fields={"reason": ["errors.required"]})
    with write():
        case = staff_case(staff, site_id, case_id, "cases.reserved", lock=True)
        row = db.session.get(Reserve, reserve_id)
        if row is None or row.case_id != case.id:
            raise NotFound
        what = f"{row.what}:{row.message_id or row.file_id}" if row.message_id or row.file_id else row.what
        if row.subject is not None:
            case.subject = row.subject
        db.session.delete(row)
        db.session.flush()
        if what == SUBJECT:
            index_again(case_id)
        record(case, "released", staff.actor, public=False, what=what, why=reason.strip()[:200])


def note_reading(staff: Staff, site_id: int, case_id: int, what: str) -> None:
    """Leave in the trail that somebody read the reserved folder, or took a file of it; nobody else may."""
    with write():
        case = staff_case(staff, site_id, case_id, "cases.reserved", lock=True)
        record(case, "reserve_read", staff.actor, public=False, what=what)


def bars(staff: Staff, site_id: int, source: str, source_id: int | None) -> bool:
    """Return whether what a case came from, or came to it (("contact", 12), ("case", 7)), is closed to this person.

    The raw mail holds the words and the files that were set apart, so whoever may not open the folder may not read it.
    """
    if source_id is None:
        return False
    mine = Case.id == source_id if source == "case" else (Case.source == source) & (Case.source_id == source_id)
    query = select(Case.office_id).join(Reserve, Reserve.case_id == Case.id).where(Case.site_id == site_id, mine)
    return any(not staff.can("cases.reserved", site_id, office) for office in set(db.session.scalars(query)))


def with_folder(case_ids: Iterable[int | None]) -> frozenset[int]:
    """Return which of these cases have anything in their folder: what they came from shows no words of theirs."""
    wanted = {one for one in case_ids if one is not None}
    if not wanted:
        return frozenset()
    return frozenset(db.session.scalars(select(Reserve.case_id).where(Reserve.case_id.in_(wanted)).distinct()))


def closed_of(site_id: int) -> frozenset[int]:
    """Return all cases of a site with anything in their folder, for lists of everything."""
    query = select(Reserve.case_id).join(Case, Case.id == Reserve.case_id).where(Case.site_id == site_id)
    return frozenset(db.session.scalars(query.distinct()))
