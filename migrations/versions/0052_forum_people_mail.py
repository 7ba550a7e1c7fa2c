"""How many letters of confirmation an address was sent is counted without reading all people of a site."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"

GIVEN = sa.text("email <> ''")


def upgrade() -> None:
    columns = ["site_id", sa.text("lower(email)")]
    op.create_index("ix_forum_people_email", "forum_people", columns, sqlite_where=GIVEN, postgresql_where=GIVEN)


def downgrade() -> None:
    op.drop_index("ix_forum_people_email", "forum_people")
