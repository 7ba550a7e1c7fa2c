"""One call at a time to each address that is told, and when administrators were told that it fails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("system_hooks", sa.Column("busy_until", UtcDateTime()))
    op.add_column("system_hooks", sa.Column("warned_at", UtcDateTime()))
    op.add_column("system_sends", sa.Column("try_at", UtcDateTime()))
    op.create_index("ix_system_sends_waiting", "system_sends", ["hook_id", "state", "attempts", "id"])


def downgrade() -> None:
    op.drop_index("ix_system_sends_waiting", "system_sends")
    op.drop_column("system_sends", "try_at")
    op.drop_column("system_hooks", "warned_at")
    op.drop_column("system_hooks", "busy_until")
