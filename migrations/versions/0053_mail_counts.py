"""What is counted of mails comes out of an index alone: a site's by their state, and those of a case."""

from __future__ import annotations

from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.drop_index("ix_mails_site_id", table_name="mails")
    op.create_index("ix_mails_state", "mails", ["site_id", "state", "id"])
    op.drop_index("ix_mails_source", table_name="mails")
    op.create_index("ix_mails_source", "mails", ["source", "source_id", "state", "site_id"])


def downgrade() -> None:
    op.drop_index("ix_mails_source", table_name="mails")
    op.create_index("ix_mails_source", "mails", ["source", "source_id"])
    op.drop_index("ix_mails_state", table_name="mails")
    op.create_index("ix_mails_site_id", "mails", ["site_id"])
