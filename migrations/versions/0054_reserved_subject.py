"""The subject of a petition may lie in the reserved folder, too: its words are kept there meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.add_column("case_reserves", sa.Column("subject", sa.Text(), nullable=True))


def downgrade() -> None:
    # The case has its words back, or they would be lost.
    op.execute(
        "UPDATE cases SET subject = (SELECT r.subject FROM case_reserves r"
        " WHERE r.case_id = cases.id AND r.subject IS NOT NULL)"
        " WHERE id IN (SELECT case_id FROM case_reserves WHERE subject IS NOT NULL)"
    )
    op.execute("DELETE FROM case_reserves WHERE subject IS NOT NULL")
    op.drop_column("case_reserves", "subject")
