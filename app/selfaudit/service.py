"""What of a self-audit stays: that it was printed, by whom, and how it came out."""

from __future__ import annotations

from app.audit import append_audit
from app.console.roles import Staff
from app.db import write


def note_printed(staff: Staff, site_id: int, good: int, total: int) -> None:
    """Write into the trail that a self-audit left the console on paper."""
    with write():
        append_audit(site_id, staff.actor, "selfaudit.printed", f"site:{site_id}", good=good, total=total)
