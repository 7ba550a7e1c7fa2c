"""A case in a conflict of competence is open too: the indexes of what waits hold it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

BEFORE = "state IN ('radicated', 'in_process', 'required', 'returned')"
NOW = "state IN ('radicated', 'in_process', 'required', 'returned', 'in_conflict')"
URGENCY = "coalesce(target_on, '9999-12-31')"


def _index(open_states: str) -> None:
    where = {"sqlite_where": sa.text(open_states), "postgresql_where": sa.text(open_states)}
    urgency = sa.text(URGENCY)
    for name in ("ix_cases_open_urgency", "ix_cases_open_office", "ix_cases_open_kind"):
        op.drop_index(name, "cases")
    op.create_index("ix_cases_open_urgency", "cases", ["site_id", urgency, "id"], **where)
    op.create_index("ix_cases_open_office", "cases", ["site_id", "office_id", urgency, "id"], **where)
    op.create_index("ix_cases_open_kind", "cases", ["site_id", "office_id", "kind", "target_on"], **where)


def upgrade() -> None:
    _index(NOW)


def downgrade() -> None:
    _index(BEFORE)
