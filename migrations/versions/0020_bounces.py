"""Soft bounces are counted from the mails themselves, and mails are found by what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_index("ix_mails_fate", "mails", ["source", "state"])
    op.create_index("ix_subscribe_deliveries_mail_id", "subscribe_deliveries", ["mail_id"])
    with op.batch_alter_table("subscribe_subscribers") as table:
        table.drop_column("soft_bounces")


def downgrade() -> None:
    with op.batch_alter_table("subscribe_subscribers") as table:
        table.add_column(sa.Column("soft_bounces", sa.Integer(), nullable=False, server_default="0"))
    op.drop_index("ix_subscribe_deliveries_mail_id", "subscribe_deliveries")
    op.drop_index("ix_mails_fate", "mails")
