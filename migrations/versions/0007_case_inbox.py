"""Find cases by their words, and list the open ones without reading the rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

OPEN = "state IN ('radicated', 'in_process', 'required', 'returned')"
FOLDED = "áéíóúüñ", "aeiouun"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    where = {"sqlite_where": sa.text(OPEN), "postgresql_where": sa.text(OPEN)}
    answered = {key: sa.text("answered_at IS NOT NULL") for key in where}
    urgency = sa.text("coalesce(target_on, '9999-12-31')")
    op.create_index("ix_cases_open_urgency", "cases", ["site_id", urgency, "id"], **where)
    op.create_index("ix_cases_open_office", "cases", ["site_id", "office_id", urgency, "id"], **where)
    op.create_index("ix_cases_open_kind", "cases", ["site_id", "office_id", "kind", "target_on"], **where)
    op.create_index("ix_cases_answered", "cases", ["site_id", "answered_at", "received_at", "office_id"], **answered)
    if sqlite:
        op.execute(
            "CREATE VIRTUAL TABLE case_search USING fts5(radicado, subject, person, document,"
            " tokenize=\"unicode61 remove_diacritics 2\", prefix='3 4')"
        )
        op.execute(
            "INSERT INTO case_search (rowid, radicado, subject, person, document)"
            " SELECT c.id, c.radicado || ' ' || c.sequence, c.subject,"
            " coalesce(p.name || ' ' || p.represented_name, ''), coalesce(replace(p.document_number, '.', ''), '')"
            " FROM cases c LEFT JOIN case_parties p ON p.case_id = c.id AND c.identity = 'identified'"
        )
        return
    op.execute("CREATE TABLE case_search (rowid integer PRIMARY KEY, words tsvector NOT NULL)")
    op.execute("CREATE INDEX ix_case_search_words ON case_search USING gin (words)")
    op.execute(
        "INSERT INTO case_search (rowid, words) SELECT c.id, to_tsvector('simple',"
        " translate(lower(c.radicado || ' ' || c.sequence || ' ' || c.subject || ' ' || coalesce(p.name, '') || ' ' ||"
        f" coalesce(p.represented_name, '') || ' ' || coalesce(replace(p.document_number, '.', ''), '')), '{FOLDED[0]}', '{FOLDED[1]}'))"
        " FROM cases c LEFT JOIN case_parties p ON p.case_id = c.id AND c.identity = 'identified'"
    )


def downgrade() -> None:
    op.execute("DROP TABLE case_search")
    for name in ("ix_cases_answered", "ix_cases_open_kind", "ix_cases_open_office", "ix_cases_open_urgency"):
        op.drop_index(name, "cases")
