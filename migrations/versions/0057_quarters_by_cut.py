"""Published quarters keep the cells of each cut, since there are more than two now; those of before keep their two."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"

QUARTERS = sa.table(
    "published_quarters", sa.column("site_id", sa.Integer), sa.column("period", sa.String), sa.column("cells", sa.JSON)
)


def upgrade() -> None:
    for row in _quarters():
        sums: Counter[tuple[str, str, str]] = Counter()
        for kind, channel, state, count in row.cells:
            sums["kind", kind, state] += count
            sums["channel", channel, state] += count
        _keep(row, [[*cell, count] for cell, count in sorted(sums.items())])


def downgrade() -> None:
    # The older count ties kinds to channels, which the cuts do not say: the quarter is counted anew when asked for.
    op.execute(QUARTERS.delete())


def _quarters() -> list[Any]:
    return list(op.get_bind().execute(sa.select(QUARTERS)))


def _keep(row: Any, cells: list[list[Any]]) -> None:
    which = (QUARTERS.c.site_id == row.site_id) & (QUARTERS.c.period == row.period)
    op.execute(QUARTERS.update().where(which).values(cells=cells))
