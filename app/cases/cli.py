"""The command that answers "when is it due?", so that any date can be checked without the console."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from app.cases.count_words import count_lines
from app.cases.deadlines import Explanation, Reading, Segment, explain, radicated_on
from app.cases.rules import DEFAULT_RULES, Regime, Rule, UnknownKind, rule_for
from app.dates import date_words, time_words
from app.sites.calendar import MONDAY_TO_FRIDAY, WorkingCalendar
from app.sites.hours import BOGOTA, Interval, WeeklyHours, parse_minutes


@lru_cache
def count_catalogue(language: str) -> Mapping[str, Any]:
    """Return the "count" words of a language."""
    path = Path(__file__).with_name("words") / f"{language}.json"
    words: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["count"]
    return words


# Help is drawn when the module loads, before a language is known.
_HELP = count_catalogue("es")["help"]


@click.command("deadline", help=_HELP["command"])
@click.argument("moment")
@click.option("--days", type=click.IntRange(1, 1000), help=_HELP["days"])
@click.option("--kind", help=_HELP["kind"])
@click.option("--regime", type=click.Choice(["general", "utility"]), default="general", help=_HELP["regime"])
@click.option("--reading", type=click.Choice(["A", "B"]), default="B", show_default=True, help=_HELP["reading"])
@click.option("--closing", default="24:00", help=_HELP["closing"])
@click.option("--zone", default=BOGOTA, show_default=True, help=_HELP["zone"])
@click.option("--closure", "closures", multiple=True, help=_HELP["closure"])
@click.option("--extra-day", "extra_days", multiple=True, help=_HELP["extra_day"])
@click.option("--saturdays", is_flag=True, help=_HELP["saturdays"])
@click.option("--suspend", "suspensions", multiple=True, help=_HELP["suspend"])
@click.option("--extend", type=click.IntRange(0, 1000), default=0, help=_HELP["extend"])
@click.option("--from-rules", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=_HELP["from_rules"])
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", show_default=True, help=_HELP["lang"])
def deadline(
    moment: str,
    days: int | None,
    kind: str | None,
    regime: Regime,
    reading: Reading,
    closing: str,
    zone: str,
    closures: Sequence[str],
    extra_days: Sequence[str],
    saturdays: bool,
    suspensions: Sequence[str],
    extend: int,
    from_rules: Path | None,
    lang: str,
) -> None:
    """Print the due date in ISO form on the first line, and the count in words below; "-" while suspended."""
    words = count_catalogue(lang)
    read = _Reader(words)
    if days is not None and kind is not None:
        raise click.UsageError(words["error"]["both"])
    hours = read.hours(closing, zone)
    received_at = read.moment(moment, hours.tz)
    try:
        calendar = WorkingCalendar(
            dict(map(read.dated, closures)),
            dict(map(read.dated, extra_days)),
            MONDAY_TO_FRIDAY | {5} if saturdays else MONDAY_TO_FRIDAY,
        )
        start = radicated_on(received_at, hours, calendar, reading)
        if days is not None:
            rule = Rule("", days, words["command_citation"], extension_max=days)
        else:
            rules = DEFAULT_RULES if from_rules is None else read.rules(from_rules)
            rule = read.rule(kind or "peticion_general", start, regime, rules)
        segments = [read.suspension(text) for text in suspensions]
        if extend:
            segments.append(Segment("extended", start, amount=extend))
        explanation = explain(start, rule, calendar, segments)
    except (ValueError, OverflowError) as wrong:
        raise click.UsageError(words["error"]["count"].format(value=wrong)) from wrong
    _print(received_at, explanation, reading, words, lang, hours.tz)


def _print(
    received_at: datetime, explanation: Explanation, reading: Reading, words: Mapping[str, Any], lang: str, tz: ZoneInfo
) -> None:
    due = explanation.due_on
    click.echo(due.isoformat() if due else "-")
    click.echo()
    click.echo(words["received"].format(date=date_words(received_at, lang, tz), time=time_words(received_at, lang, tz)))
    click.echo(words["radicated"][reading].format(date=date_words(explanation.radicated_on, lang)))
    for line in count_lines(explanation, words, lang):
        click.echo(line)


class _Reader:
    """Reads what was typed, and refuses it in the person's language."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.errors: Mapping[str, str] = words["error"]

    def refuse(self, key: str, value: object) -> click.UsageError:
        return click.UsageError(self.errors[key].format(value=value))

    def moment(self, text: str, tz: ZoneInfo) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as wrong:
            raise self.refuse("moment", text) from wrong
        if "T" not in text.upper() and " " not in text:
            raise self.refuse("moment", text)
        return moment if moment.tzinfo else moment.replace(tzinfo=tz)

    def hours(self, closing: str, zone: str) -> WeeklyHours:
        try:
            until = Interval(0, parse_minutes(closing))
        except ValueError as wrong:
            raise self.refuse("time", closing) from wrong
        try:
            return WeeklyHours(dict.fromkeys(range(7), (until,)), zone)
        except (LookupError, ValueError, OSError) as wrong:
            raise self.refuse("zone", zone) from wrong

    def dated(self, text: str) -> tuple[date, str]:
        day, equals, name = text.partition("=")
        if not (equals and name.strip()):
            raise self.refuse("dated", text)
        return self._date(day, "dated", text), name.strip()

    def suspension(self, text: str) -> Segment:
        start, dots, stop = text.partition("..")
        if not dots:
            raise self.refuse("span", text)
        end = self._date(stop, "span", text) if stop else None
        return Segment("suspended", self._date(start, "span", text), end, cause="requerimiento")

    def rules(self, path: Path) -> list[Rule]:
        try:
            return [Rule.from_dict(row) for row in json.loads(path.read_text(encoding="utf-8"))]
        except (ValueError, TypeError, AttributeError) as wrong:
            raise self.refuse("rules", path.name) from wrong

    def rule(self, kind: str, day: date, regime: Regime, rules: Sequence[Rule]) -> Rule:
        try:
            return rule_for(kind, day, regime, rules)
        except UnknownKind as wrong:
            raise self.refuse("kind", kind) from wrong

    def _date(self, day: str, key: str, whole: str) -> date:
        try:
            return date.fromisoformat(day)
        except ValueError as wrong:
            raise self.refuse(key, whole) from wrong
