"""What is owed of the register of social networks is counted on every page of the console: by an index, then."""

from __future__ import annotations

from alembic import op

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.create_index("ix_social_reports_owed", "social_reports", ["site_id", "state", "hand_over_on"])


def downgrade() -> None:
    op.drop_index("ix_social_reports_owed", "social_reports")
