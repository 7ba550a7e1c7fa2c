"""Counts of a survey's answers, kept in memory and brought up to date by what is new; and how they are told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app.db import db
from app.words import t
from widgets.survey import service, statistics, targets, versions
from widgets.survey.definition import questions_of, text_of
from widgets.survey.models import Survey, SurveyAnswer
from widgets.survey.questions import COUNTED, NUMERIC, OTHER, built_in, option_keys

# A public cell with fewer people than this could be somebody whom a neighbour recognises.
SMALL_CELL = 5
# What one version asks: the key in its answers -> the question's name among all versions, and its kind.
Kinds = Mapping[str, tuple[str, str]]


@dataclass
class Tally:
    """The counts of one question."""

    n: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    rows: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass
class Tallies:
    """The counts of one survey up to an answer."""

    last_id: int = 0
    epoch: int = 0
    # A version that was opened may give an old question another name: then all is counted anew.
    version: int = 0
    n: int = 0
    channels: Counter[str] = field(default_factory=Counter)
    questions: dict[str, Tally] = field(default_factory=dict)
    # By group of the declared targets: how many answered, and the counts of (question, row, option); row and option
    # are "" for all who answered it. Weights are of a cell, so weighted shares need no second look at the answers.
    cells: dict[targets.Cell, int] = field(default_factory=dict)
    cell_counts: dict[targets.Cell, Counter[tuple[str, str, str]]] = field(default_factory=dict)

    def add(self, kinds: Kinds, values: Mapping[str, Any], channel: str, wanted: targets.Targets) -> None:
        self.n += 1
        if wanted:
            cell = targets.cell_of(wanted, values)
            self.cells[cell] = self.cells.get(cell, 0) + 1
            self.cell_counts.setdefault(cell, Counter()).update(_counted_in(kinds, values))
        self.channels[channel] += 1
        for source, value in values.items():
            if source not in kinds:
                continue
            key, kind = kinds[source]
            tally = self.questions.setdefault(key, Tally())
            tally.n += 1
            if kind == "matrix":
                for row, column in value.items():
                    tally.rows.setdefault(row, Counter())[column] += 1
            elif kind == "ranking":
                for place, option in enumerate(value, 1):
                    tally.rows.setdefault(option, Counter())[str(place)] += 1
            elif kind == "multiple":
                tally.counts.update(value)
            elif kind in COUNTED or kind == "number":
                tally.counts[str(value)] += 1


def _counted_in(kinds: Kinds, values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for source, value in values.items():
        key, kind = kinds.get(source, ("", ""))
        if kind == "matrix":
            for row, column in value.items():
                yield from ((key, row, ""), (key, row, column))
        elif kind == "ranking":
            for place, option in enumerate(value, 1):
                yield from ((key, option, ""), (key, option, str(place)))
        elif kind in COUNTED:
            yield key, "", ""
            for one in value if kind == "multiple" else [value]:
                yield key, "", str(one)


class Memory:
    """The tallies of one process, by survey. Throwing it away costs one slow page and nothing else."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, Tallies] = {}

    def tallies(self, survey: Survey) -> Tallies:
        """Return the counts with every answer in them; only answers newer than the last look are read."""
        with self._lock:
            kept = self._kept.get(survey.id)
            stale = kept is None or (kept.epoch, kept.version) != (survey.epoch, survey.version)
            if kept is None or stale or _count(survey.id, kept.last_id) != kept.n:
                kept = self._kept[survey.id] = Tallies(epoch=survey.epoch, version=survey.version)
            kinds: dict[int, dict[str, tuple[str, str]]] = {}
            for one in versions.asked(survey):
                for number in one.versions:
                    kinds.setdefault(number, {})[one.source] = (one.name, one.kind)
            query = (
                select(SurveyAnswer.id, SurveyAnswer.values, SurveyAnswer.channel, SurveyAnswer.version)
                .where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.id > kept.last_id)
                .order_by(SurveyAnswer.id)
            )
            for answer_id, values, channel, version in db.session.execute(query.execution_options(yield_per=2000)):
                kept.add(kinds.get(version, {}), values, channel, survey.targets)
                kept.last_id = answer_id
            return kept


def _count(survey_id: int, last_id: int) -> int:
    """Return how many answers stand up to an id: one that committed late, with a lower id than its neighbour, shows."""
    query = select(func.count()).where(SurveyAnswer.survey_id == survey_id, SurveyAnswer.id <= last_id)
    return int(db.session.scalar(query) or 0)


def tallies(survey: Survey) -> Tallies:
    memory: Memory = current_app.extensions.setdefault("survey-results", Memory())
    return memory.tallies(survey)


@dataclass(frozen=True)
class Weighing:
    """What the weights are worth, or why there are none; `cells` is empty then."""

    raked: statistics.Raked | None = None
    cells: dict[targets.Cell, float] = field(default_factory=dict)
    empty: tuple[statistics.EmptyCell, ...] = ()


def weighing(survey: Survey, counted: Tallies) -> Weighing | None:
    """Return the weights of a survey; None where the staff declared no targets or nobody answered."""
    if not survey.targets or not counted.n:
        return None
    if empty := targets.empty_groups(survey.targets, counted.cells):
        return Weighing(empty=tuple(empty))
    return Weighing(*targets.weigh(survey.targets, counted.cells))


def weighted_view(survey: Survey, lang: str) -> dict[str, Any] | None:
    """Return what is to be read beside weighted numbers: effective n, design effect, trimming, or the empty groups."""
    counted = tallies(survey)
    weighed = weighing(survey, counted)
    if weighed is None:
        return None
    if weighed.raked is None:
        groups = ", ".join(f"{one.variable}: {one.group}" for one in weighed.empty)
        return {"text": t("survey.weights.empty", lang, groups=groups), "ok": False}
    raked = weighed.raked
    worth = round(raked.effective_n)
    facts = [
        ("n", str(counted.n)),
        ("effective", number(raked.effective_n, lang, 1)),
        ("effect", number(raked.design_effect, lang)),
        ("trimmed", str(raked.trimmed)),
        ("distance", number(raked.distance * 100, lang)),
    ]
    if is_probabilistic(survey):
        # Of as many equally weighted answers as these are worth (Kish).
        points = 100 * statistics.margin(raked.effective_n, survey.population, survey.confidence / 100)
        facts.append(("margin", t("survey.sheet.margin_value", lang, points=number(points, lang))))
    return {
        "text": t("survey.weights.worth", lang, n=counted.n, worth=worth), "ok": True,
        "apart": "" if raked.converged else t("survey.weights.apart", lang),
        "lines": [{"label": t(f"survey.weights.{name}", lang), "text": text} for name, text in facts],
    }  # fmt: skip


def _add_weighted(survey: Survey, views: list[dict[str, Any]], counted: Tallies, weighed: Weighing, lang: str) -> None:
    """Put the weighted share beside the unweighted one in each line."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for cell, weight in weighed.cells.items():
        for key, count in counted.cell_counts[cell].items():
            sums[key] += weight * count  # type: ignore[assignment]
    worth = weighed.raked.effective_n / counted.n if weighed.raked else 1.0
    for one in views:
        for row, lines, n in (
            [("", one["lines"], one["n"])]
            if "lines" in one
            else [(row["key"], row["lines"], row["n"]) for row in one.get("rows", [])]
        ):
            base = sums[one["key"], row, ""]
            for line in lines:
                share = sums[one["key"], row, line["key"]] / base if base else 0.0
                line |= {"weighted": round(100 * share, 2), "weighted_text": percent(share, lang)}
                if is_probabilistic(survey) and n:
                    # Source: Kish (1965); the interval of as many equally weighted answers as these are worth.
                    interval = statistics.wilson(share * n * worth, n * worth, survey.confidence / 100)
                    line["weighted_interval"] = (
                        f"{number(interval.low * 100, lang)}–{number(interval.high * 100, lang)}"
                    )


def is_probabilistic(survey: Survey) -> bool:
    """Return whether the design lets a margin be told: only a random draw from a list does."""
    return survey.design == "random"


def word_for(survey: Survey) -> str:
    """Return "encuesta" for a census or a random draw, "sondeo" for any other design.

    The split is that of Ley 2494 de 2025, written for political polls and used here for every one: only who was drawn,
    or everybody, can stand for the rest.
    """
    return "encuesta" if survey.design in ("random", "census") else "sondeo"


def sheet(survey: Survey, site_entity: str, lang: str) -> dict[str, Any]:
    """Return the ficha técnica: what anybody needs to judge the results, and what may not be read into them."""
    counted = tallies(survey)
    word = word_for(survey)
    lines = [
        ("kind", t(f"survey.sheet.{word}", lang)),
        ("entity", site_entity),
        ("title", text_of(survey.title, lang)),
        ("design", t(f"survey.designs.{survey.design}", lang)),
        ("universe", survey.universe),
        ("population", _thousands(survey.population, lang) if survey.population else t("survey.sheet.unknown", lang)),
        ("n", _thousands(counted.n, lang)),
        (
            "channels",
            t("survey.sheet.channels_value", lang, web=counted.channels["web"], paper=counted.channels["paper"]),
        ),
        ("once", t(f"survey.levels.{survey.level}", lang)),
        ("dates", _dates(survey, lang)),
        ("questions", str(sum(1 for _ in questions_of(service.definition_of(survey))))),
    ]
    if survey.design == "census" and survey.population:
        lines.append(("response", percent(counted.n / survey.population, lang)))
    margin = None
    if is_probabilistic(survey) and counted.n:
        margin = statistics.margin(counted.n, survey.population, survey.confidence / 100) * 100
        lines.append(("confidence", f"{survey.confidence} %"))
        lines.append(("margin", t("survey.sheet.margin_value", lang, points=number(margin, lang))))
        lines.append(("intervals", t("survey.sheet.intervals_value", lang)))
    return {
        "word": word,
        "n": counted.n,
        "margin": margin,
        "notice": t(f"survey.sheet.notice_{survey.design}", lang),
        "lines": [{"label": t(f"survey.sheet.{name}", lang), "text": text} for name, text in lines if text],
    }


def number(value: float, lang: str, places: int = 2) -> str:
    text = f"{value:.{places}f}"
    return text if lang == "en" else text.replace(".", ",")


def percent(share: float, lang: str) -> str:
    return f"{number(share * 100, lang, 1)} %"


def _thousands(value: int, lang: str) -> str:
    return f"{value:,}" if lang == "en" else f"{value:,}".replace(",", ".")


def _dates(survey: Survey, lang: str) -> str:
    from app.dates import date_words

    begun = survey.opened_at
    if begun is None:
        return ""
    ended = survey.closed_at or survey.closes_at
    if ended is None:
        return t("survey.sheet.dates_open", lang, begun=date_words(begun, lang))
    return t("survey.sheet.dates_value", lang, begun=date_words(begun, lang), ended=date_words(ended, lang))


def option_texts(question: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Return what each value of a counted question is called."""
    kind = question["kind"]
    if words := built_in(question):
        own = question.get("words") or {}
        return {value: own.get(value, {}).get(lang) or t(key, lang) for value, key in words.items()}
    if kind == "stars":
        return {str(point): t("survey.page.stars", lang, n=point) for point in range(1, 6)}
    if kind == "scale":
        return {key: key for key in option_keys(question)}
    texts = {str(one["key"]): text_of(one["text"], lang) for one in question.get("options") or []}
    if question.get("other"):
        texts[OTHER] = t("survey.page.other", lang)
    return texts


def _line(survey: Survey, key: str, text: str, count: int, n: int, lang: str) -> dict[str, Any]:
    line: dict[str, Any] = {"key": key, "text": text, "count": count, "share": round(100 * count / n, 2) if n else 0.0}
    if is_probabilistic(survey) and n:
        interval = statistics.wilson(count, n, survey.confidence / 100)
        line |= {"low": round(interval.low * 100, 2), "high": round(interval.high * 100, 2)}
        line["interval"] = f"{number(interval.low * 100, lang)}–{number(interval.high * 100, lang)}"
    line["share_text"] = percent(count / n if n else 0.0, lang)
    return line


def question_view(survey: Survey, question: Mapping[str, Any], tally: Tally, lang: str) -> dict[str, Any]:
    """Return the result of one question: its lines, or the rows of lines of a matrix or a ranking."""
    kind, texts = question["kind"], option_texts(question, lang)
    view: dict[str, Any] = {
        "key": question["key"], "kind": kind, "text": text_of(question.get("text"), lang), "n": tally.n,
    }  # fmt: skip
    if kind in ("matrix", "ranking"):
        names = {row["key"]: text_of(row["text"], lang) for row in question.get("rows") or []}
        names = names or texts
        columns = texts if kind == "matrix" else {str(place): f"{place}.º" for place in range(1, len(texts) + 1)}
        view["columns"] = list(columns.values())
        view["rows"] = []
        for key, name in names.items():
            counts = tally.rows.get(key, Counter())
            n = sum(counts.values())
            view["rows"].append(
                {
                    "key": key,
                    "text": name,
                    "n": n,
                    "lines": [_line(survey, c, text, counts[c], n, lang) for c, text in columns.items()],
                }
            )
    elif kind in COUNTED:
        view["lines"] = [_line(survey, key, text, tally.counts[key], tally.n, lang) for key, text in texts.items()]
    if kind in NUMERIC and tally.n:
        found = statistics.moments(
            {float(value): count for value, count in tally.counts.items()}, survey.population, survey.confidence / 100
        )
        view["mean"] = round(found.mean, 2)
        view["mean_text"] = t(
            "survey.results.mean", lang, mean=number(found.mean, lang), sd=number(found.deviation, lang)
        )
        if is_probabilistic(survey) and found.n > 1:
            view["mean_text"] += f" ± {number(found.margin, lang)}"
    return view


def view(survey: Survey, lang: str) -> list[dict[str, Any]]:
    """Return every question's result as staff see it."""
    counted = tallies(survey)
    views = []
    for one in versions.asked(survey):
        told = question_view(survey, one.question, counted.questions.get(one.name, Tally()), lang)
        if survey.version and len(one.versions) < survey.version:
            told["versions_text"] = t("survey.results.versions", lang, versions=versions.spans(one.versions))
        views.append(told)
    weighed = weighing(survey, counted)
    if weighed is not None and weighed.raked is not None:
        _add_weighted(survey, views, counted, weighed, lang)
    return views


def public_view(survey: Survey, lang: str) -> list[dict[str, Any]]:
    """Return the results that anyone may see: counted questions only, with small cells hidden."""
    return [hide_small(one) for one in view(survey, lang) if "lines" in one or "rows" in one]


def hide_small(view: dict[str, Any]) -> dict[str, Any]:
    """Return a question's view without the cells that could point at a person."""
    out = dict(view)
    if view["n"] < SMALL_CELL:
        # The mean of two people tells each what the other said.
        out.pop("mean_text", None), out.pop("mean", None)
    if "lines" in view:
        out["lines"] = _hidden(view["lines"], view["n"])
    if "rows" in view:
        out["rows"] = [{**row, "lines": _hidden(row["lines"], row["n"])} for row in view["rows"]]
    return out


def _hidden(lines: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    """Return the lines with counts under SMALL_CELL left out, and one more where one alone could be worked out.

    Source of the second step: complementary suppression, Hundepool et al., Statistical Disclosure Control (2012), 4.
    """
    small = [line["key"] for line in lines if 0 < line["count"] < SMALL_CELL]
    if len(small) == 1 and n:
        larger = sorted((line for line in lines if line["count"] >= SMALL_CELL), key=lambda line: line["count"])
        small += [line["key"] for line in larger[:1]]
    return [
        {"key": line["key"], "text": line["text"], "hidden": True} if line["key"] in small else dict(line)
        for line in lines
    ]
