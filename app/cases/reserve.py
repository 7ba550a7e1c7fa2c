"""The reserved folder of a case: what of it is kept apart by law, while the rest stays open to examination.

Source: Ley 1437 de 2011, arts. 24 and 36.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import Case, CaseMessage
from app.cases.service import record, staff_case
from app.clock import now
from app.console.roles import Staff
from app.db import Base, UtcDateTime, db, write
from app.errors import Conflict, Invalid, NotFound
from app.files import FileInfo, StoredFileRow

# What the law calls reserved, by its numbers. Source: Ley 1437 de 2011, art. 24, as Ley 1755 de 2015 has it.
CAUSES = ("defence", "diplomacy", "privacy", "credit", "financial", "trade", "professional", "genetic")
# What the person was told by law is theirs: an answer, an act, a requirement or a transfer can't be kept from them.
MESSAGES = ("note", "message")
# How a form names the text of the petition itself: what was told in confidence may be all of it.
PETITION = "petition"


class Reserve(Base):
    """One message or one file that lies in the reserved folder, and why; without either, the petition's own text."""

    __tablename__ = "case_reserves"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("case_messages.id", ondelete="CASCADE"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id", ondelete="CASCADE"))
    cause: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(200))
    by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (UniqueConstraint("case_id", "message_id"), UniqueConstraint("case_id", "file_id"))

    @property
    def what(self) -> str:
        """Which kind of thing it is: "message", "file" or the petition itself."""
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
        return any(row.what == PETITION for row in self.rows)

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
    """Put a message ("message:7"), a file ("file:3") or the petition's text into the reserved folder, with its cause.

    Whoever answers cases may: those at the counter read it first, and waiting would leave it open meanwhile. Only who
    may open the folder takes anything out of it again.
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
        kept = {"message": folder.messages, "file": folder.files}.get(name, {0} if folder.petition else ())
        if number in kept:
            raise Conflict("console.reserve.already")
        row = Reserve(case_id=case_id, cause=cause, reason=reason.strip()[:200], by=staff.actor)
        if name != PETITION:
            setattr(row, f"{name}_id", number)
        db.session.add(row)
        record(case, "reserved", staff.actor, public=False, what=what, cause=cause)


def _named(case: Case, what: str) -> tuple[str, int]:
    """Return what a form named, if it is this case's and may be reserved. Raises Invalid for anything else."""
    if what == PETITION:
        return PETITION, 0
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
        what = row.what if row.what == PETITION else f"{row.what}:{row.message_id or row.file_id}"
        db.session.delete(row)
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
