"""The traffic light of a case: a colour, always with its text and the days left, by the entity's own target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.cases.models import OPEN
from app.sites.calendar import WorkingCalendar

SOON_DAYS = 3


@dataclass(frozen=True)
class Light:
    """`tone` is a colour of the console, `key` a text of the catalogue that takes `n` working days."""

    tone: str
    key: str
    n: int = 0


def light_of(state: str, target_on: date | None, due_on: date | None, today: date, calendar: WorkingCalendar) -> Light:
    """Return the light of a case today.

    The target counts by reading A, the stricter one, so a case can be past its target and still within the law: that
    is said apart, since the answer is then due at once and not yet late.
    """
    if state not in OPEN:
        return Light("secondary", f"console.light.{state}")
    if target_on is None:
        return Light("info", "console.light.suspended")
    if target_on < today:
        if due_on is not None and due_on >= today:
            return Light("danger", "console.light.target_missed", calendar.working_days_between(today, due_on))
        late = calendar.working_days_between(target_on, today)
        # On the days off after its last day nothing has passed that counts.
        return Light("danger", "console.light.overdue" if late else "console.light.just_overdue", late)
    left = calendar.working_days_between(today, target_on)
    if left == 0:
        return Light("danger", "console.light.today")
    return Light("warning" if left <= SOON_DAYS else "success", "console.light.left", left)
