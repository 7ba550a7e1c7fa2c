"""What a report counts of a case, in one index; and the few answers that keep something back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

COUNTED = [
    "site_id", "received_at", "state", "kind", "office_id", "channel", "answered_at", "due_on", "rating",
]  # fmt: skip


def upgrade() -> None:
    op.create_index("ix_cases_report", "cases", COUNTED)
    kept_back = sa.text("recourse = 'insistence'")
    op.create_index(
        "ix_case_messages_insistence", "case_messages", ["case_id"],
        sqlite_where=kept_back, postgresql_where=kept_back,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_case_messages_insistence", "case_messages")
    op.drop_index("ix_cases_report", "cases")
