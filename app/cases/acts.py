"""What can be done in a case now, and of what can't, why: an act that the law forbids is shown with its article."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from app.cases.effect import why_not_archived
from app.cases.models import ANNULLED, ARCHIVED, OPEN, WITHDRAWN, Case
from app.console.roles import Staff


@dataclass(frozen=True)
class Act:
    """One act; `why` is a key of the catalogue that says what forbids it, "" where nothing does."""

    name: str
    why: str = ""
    # What stands for the {variables} of it: the article of a guard.
    params: Mapping[str, str] = field(default_factory=dict)

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
        name: _act(name, case)
        for name, permission in PERMISSIONS.items()
        if staff.can(permission, case.site_id, case.office_id)
    }


def _act(name: str, case: Case) -> Act:
    if name == "archive" and case.state not in (ANNULLED, ARCHIVED):
        refusal = why_not_archived(case)
        return Act(name) if refusal is None else Act(name, refusal.message_key, refusal.params)
    return Act(name, _why_not(name, case))


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
        return "console.why.archived"
    if case.state in OPEN:
        return ""
    if case.state == WITHDRAWN:
        return "console.why.withdrawn"
    return "console.why.answered" if case.answered_at is not None else "console.why.ended"

