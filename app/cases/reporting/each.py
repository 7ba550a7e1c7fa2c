"""Every petition of a period on a line of its own, by number and without anything about its person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import exists, select

from app.cases import retention
from app.cases.models import TRANSFERRED, Case, CaseMessage
from app.cases.reporting.counting import within
from app.cases.reporting.periods import Period
from app.cases.reporting.tables import channel_words, kind_words
from app.cases.terms import terms_of
from app.cases.workflow_models import PART, CaseLink
from app.db import db
from app.sites.service import every_office
from app.words import t

COLUMNS = (
    "radicado", "kind", "office", "channel", "received_on", "due_on", "answered_on", "days", "transferred", "denied",
    "series", "closed_on", "office_until", "central_until",
)  # fmt: skip


def head(lang: str) -> list[str]:
    return [t(f"reporting.columns.{name}", lang) for name in COLUMNS]


def rows(
    site_id: int, period: Period, lang: str, offices: frozenset[int] | None = None, kinds: tuple[str, ...] = ()
) -> Iterator[list[Any]]:
    """Return a line for each petition, the oldest first; read in chunks, so that a big town's fit."""
    terms = terms_of(site_id)
    names = {office.id: office.name for office in every_office(site_id)}
    denied = exists().where(
        CaseMessage.case_id == Case.id, CaseMessage.kind == "answer", CaseMessage.recourse == "insistence"
    )
    in_part = exists().where(CaseLink.main_id == Case.id, CaseLink.kind == PART)
    query = select(
        Case.radicado, Case.kind, Case.office_id, Case.channel, Case.received_at, Case.due_on, Case.answered_at,
        Case.state, Case.closed_at, denied.label("denied"), in_part.label("in_part"),
    ).where(*within(site_id, period, terms, offices, kinds))  # fmt: skip
    table = retention.table_of(site_id)
    yes, no = t("reporting.yes", lang), t("reporting.no", lang)
    for row in db.session.execute(query.order_by(Case.received_at, Case.id)).yield_per(1000):
        received, answered, closed = (
            terms.day_of(moment) if moment else None
            for moment in (row.received_at, row.answered_at, row.closed_at)
        )
        line = table.get(row.kind)
        over = [day.isoformat() for day in line.until(closed)] if line and closed else ["", ""]
        yield [
            row.radicado, kind_words(row.kind, lang), names[row.office_id], channel_words(row.channel, lang),
            received.isoformat() if received else "", row.due_on.isoformat() if row.due_on else "",
            answered.isoformat() if answered else "",
            (answered - received).days if answered and received else "",
            yes if row.state == TRANSFERRED or row.in_part else no, yes if row.denied else no,
            f"{line.code} {line.series}" if line else "", closed.isoformat() if closed else "", *over,
        ]  # fmt: skip
