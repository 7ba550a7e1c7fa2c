"""The dashboard's index holds all that it counts: SQLite read each open case to see that it is open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

OPEN = "state IN ('radicated', 'in_process', 'required', 'returned', 'in_conflict')"
BEFORE = ["site_id", "office_id", "kind", "target_on"]


def _index(columns: list[str]) -> None:
    op.drop_index("ix_cases_open_kind", "cases")
    op.create_index(
        "ix_cases_open_kind", "cases", columns, sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN)
    )


def upgrade() -> None:
    _index([*BEFORE, "state"])


def downgrade() -> None:
    _index(BEFORE)
