"""What can be done in a case now, and of what can't, why: an act that the law forbids is shown with its article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.cases.models import ANNULLED, ARCHIVED, NOTIFIED, OPEN, WITHDRAWN, Case
from app.console.roles import Staff


@dataclass(frozen=True)
class Act:
    """One act; `why` is a key of the catalogue that says what forbids it, "" where nothing does."""

    name: str
    why: str = ""

    @property
    def allowed(self) -> bool:
        return not self.why


# act: the permission that it takes
PERMISSIONS = {
    "assign": "cases.assign", "note": "cases.note", "tag": "cases.note", "write": "cases.answer",
    "answer": "cases.answer", "archive": "cases.answer", "annul": "cases.annul", "reveal": "people.reveal",
}  # fmt: skip


def acts_for(case: Case, staff: Staff, today: date) -> dict[str, Act]:
    """Return every act on a case by its name; those that the person's role never does are left out."""
    return {
        name: Act(name, _why_not(name, case))
        for name, permission in PERMISSIONS.items()
        if staff.can(permission, case.site_id, case.office_id)
    }


def _why_not(name: str, case: Case) -> str:
    if name in {"note", "tag"}:
        return ""
    if name == "reveal":
        return "console.why.anonymous" if case.identity == "anonymous" else ""
    if case.state == ANNULLED:
        return "console.why.annulled"
    if name == "write":
        return ""
    if name == "archive":
        return "" if case.state in (NOTIFIED, WITHDRAWN) else _why_not_archived(case)
    if case.state in OPEN:
        return ""
    return "console.why.withdrawn" if case.state == WITHDRAWN else "console.why.answered"


def _why_not_archived(case: Case) -> str:
    return "console.why.archived" if case.state == ARCHIVED else "console.why.not_notified"
