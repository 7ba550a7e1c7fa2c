"""A counted period as tables in words: on the page, in files, and in the printed report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.cases.reporting.counting import STATES, Report, Tally
from app.cases.reporting.periods import SEMESTER, Period
from app.sites.service import every_office
from app.words import find, t

MEASURES = ("received", *STATES, "median_days")


@dataclass(frozen=True)
class Table:
    """One way to cut the period: a label and the measures of each group, the largest first, then the whole."""

    name: str
    title: str
    rows: tuple[tuple[str, Tally], ...]
    whole: Tally

    @property
    def longest(self) -> int:
        return max((tally.received for _, tally in self.rows), default=1) or 1


def title_of(period: Period, lang: str) -> str:
    """Return "segundo semestre de 2026"."""
    length = "semester" if period.length == SEMESTER else "quarter"
    return t(f"reporting.{length}_{period.number}", lang, year=period.first.year)


def kind_words(kind: str, lang: str) -> str:
    return t(f"count.kinds.{kind}", lang)


def channel_words(channel: str, lang: str) -> str:
    """Return the name of a channel; one that no catalogue knows keeps its key, and is counted all the same."""
    known = find("console.channel", lang)
    return str(known[channel]) if channel in known else channel


def tables_of(site_id: int, report: Report, lang: str) -> tuple[Table, ...]:
    """Return the cuts of a report: by kind, by office and by channel."""
    offices = {office.id: office.name for office in every_office(site_id)}
    cuts = (
        ("kind", {kind_words(key, lang): tally for key, tally in report.kinds.items()}),
        ("office", {offices[key]: tally for key, tally in report.offices.items()}),
        ("channel", {channel_words(key, lang): tally for key, tally in report.channels.items()}),
    )
    return tuple(
        Table(name, t(f"reporting.by_{name}", lang), tuple(tallies.items()), report.whole) for name, tallies in cuts
    )


def head(table: Table, lang: str) -> list[str]:
    return [t(f"reporting.{table.name}", lang), *(t(f"reporting.measures.{name}", lang) for name in MEASURES)]


def cells(tally: Tally) -> list[int | None]:
    """Return the measures of a group, in the order of `MEASURES`; None for a median of nothing."""
    return [tally.received, *(tally.states[name] for name in STATES), tally.median_days]


def rows(table: Table, lang: str) -> list[list[Any]]:
    """Return the rows of a table with the whole at the end."""
    listed: Iterable[tuple[str, Tally]] = (*table.rows, (t("reporting.whole", lang), table.whole))
    return [[label, *cells(tally)] for label, tally in listed]
