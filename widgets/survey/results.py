"""How the counts of a survey's answers are told: shares, intervals, weights, and the ficha that says what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.numbers import whole
from app.words import t
from widgets.survey import service, statistics, targets, versions
from widgets.survey.counting import Tallies, Tally, by_question, settled, tallies
from widgets.survey.definition import questions_of, text_of
from widgets.survey.hiding import hide_small
from widgets.survey.models import Survey
from widgets.survey.questions import COUNTED, NUMERIC, built_in, option_keys


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


def weighted_view(survey: Survey, lang: str, counted: Tallies | None = None) -> dict[str, Any] | None:
    """Return what is to be read beside weighted numbers: effective n, design effect, trimming, or the empty groups."""
    counted = counted or tallies(survey)
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


def _add_weighted(
    survey: Survey, view: dict[str, Any], one: versions.Asked, tally: Tally, weighed: Tally, worth: float, lang: str
) -> None:
    """Put the weighted share beside the unweighted one in each line; `worth` is the effective n by n."""
    rows = [("", view["lines"])] if "lines" in view else [(row["key"], row["lines"]) for row in view.get("rows", [])]
    for row, lines in rows:
        for line in lines:
            among = _among(one, line["key"])
            base, n = weighed.n(row, among), tally.n(row, among)
            share = weighed.counts[row, line["key"]] / base if base else 0.0
            line |= {"weighted": round(100 * share, 2), "weighted_text": percent(share, lang)}
            if is_probabilistic(survey) and n:
                # Source: Kish (1965); the interval of as many equally weighted answers as these are worth.
                interval = statistics.wilson(share * n * worth, n * worth, survey.confidence / 100)
                line["weighted_interval"] = f"{number(interval.low * 100, lang)}–{number(interval.high * 100, lang)}"


def _among(one: versions.Asked, option: str) -> tuple[int, ...]:
    """Return the versions that offered an option: its share is of who answered in these."""
    known = one.columns if one.kind == "matrix" else {} if one.kind == "ranking" else one.offered
    return known.get(option, one.versions)


def is_probabilistic(survey: Survey) -> bool:
    """Return whether the design lets a margin be told: only a random draw from a list does."""
    return survey.design == "random"


def word_for(survey: Survey) -> str:
    """Return "encuesta" for a census or a random draw, "sondeo" for any other design.

    The split is that of Ley 2494 de 2025, written for political polls and used here for every one: only who was drawn,
    or everybody, can stand for the rest.
    """
    return "encuesta" if survey.design in ("random", "census") else "sondeo"


def sheet(survey: Survey, site_entity: str, lang: str, counted: Tallies | None = None) -> dict[str, Any]:
    """Return the ficha técnica: what anybody needs to judge the results, and what may not be read into them."""
    counted = counted or tallies(survey)
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
    own = question.get("words") or {}
    words = {
        value: own.get(value, {}).get(lang) or t(key, lang, n=whole(value) or 0)
        for value, key in built_in(question).items()
    }  # fmt: skip
    if kind in ("yes_no", "likert", "stars"):
        return words
    if kind == "scale":
        return {key: key for key in option_keys(question)}
    texts = {str(one["key"]): text_of(one["text"], lang) for one in question.get("options") or []}
    return texts | words


def _line(survey: Survey, key: str, text: str, count: int, n: int, lang: str) -> dict[str, Any]:
    line: dict[str, Any] = {"key": key, "text": text, "count": count, "share": round(100 * count / n, 2) if n else 0.0}
    if is_probabilistic(survey) and n:
        interval = statistics.wilson(count, n, survey.confidence / 100)
        line |= {"low": round(interval.low * 100, 2), "high": round(interval.high * 100, 2)}
        line["interval"] = f"{number(interval.low * 100, lang)}–{number(interval.high * 100, lang)}"
    line["share_text"] = percent(count / n if n else 0.0, lang)
    return line


def _lines(
    survey: Survey, one: versions.Asked, tally: Tally, texts: Mapping[str, str], lang: str, row: str = ""
) -> list[dict[str, Any]]:
    """Return the line of each option; of one that some versions did not offer, with the people whom it was offered."""
    whole, lines = tally.n(row), []
    for key, text in texts.items():
        n = tally.n(row, _among(one, key))
        line = _line(survey, key, text, int(tally.counts[row, key]), int(n), lang)
        if n != whole:
            line |= {"n": n, "offered_text": t("survey.results.offered", lang, n=n)}
        lines.append(line)
    return lines


def question_view(survey: Survey, one: versions.Asked, tally: Tally, lang: str) -> dict[str, Any]:
    """Return the result of one question: its lines, or the rows of lines of a matrix or a ranking."""
    question, kind, texts = one.question, one.kind, option_texts(one.question, lang)
    view: dict[str, Any] = {
        "key": question["key"], "kind": kind, "text": text_of(question.get("text"), lang), "n": int(tally.n()),
    }  # fmt: skip
    if kind in ("matrix", "ranking"):
        names = {row["key"]: text_of(row["text"], lang) for row in question.get("rows") or []}
        columns = texts if kind == "matrix" else {str(place): f"{place}.º" for place in range(1, len(texts) + 1)}
        view["columns"] = list(columns.values())
        view["rows"] = [
            {"key": row, "text": name, "n": int(tally.n(row)), "lines": _lines(survey, one, tally, columns, lang, row)}
            for row, name in (names or texts).items()
        ]
    elif kind in COUNTED:
        view["lines"] = _lines(survey, one, tally, texts, lang)
    if kind in NUMERIC and view["n"]:
        counts = {float(value): count for (_, value), count in tally.counts.items()}
        found = statistics.moments(counts, survey.population, survey.confidence / 100)
        view["mean"] = round(found.mean, 2)
        view["mean_text"] = t(
            "survey.results.mean", lang, mean=number(found.mean, lang), sd=number(found.deviation, lang)
        )
        if is_probabilistic(survey) and found.n > 1:
            view["mean_text"] += f" ± {number(found.margin, lang)}"
    return view


def view(survey: Survey, lang: str, counted: Tallies | None = None) -> list[dict[str, Any]]:
    """Return every question's result as staff see it."""
    counted, asked = counted or tallies(survey), versions.asked(survey)
    weighed, found = weighing(survey, counted), by_question(counted, asked)
    raked = weighed.raked if weighed else None
    weights = by_question(counted, asked, weighed.cells) if weighed and raked else {}
    views = []
    for one in asked:
        told = question_view(survey, one, found[one.name], lang)
        if survey.version and len(one.versions) < survey.version:
            told["versions_text"] = t("survey.results.versions", lang, versions=versions.spans(one.versions))
        if raked:
            worth = raked.effective_n / counted.n
            _add_weighted(survey, told, one, found[one.name], weights[one.name], worth, lang)
        views.append(told)
    return views


def published(survey: Survey, lang: str) -> list[dict[str, Any]]:
    """Return every question's result as it may be published: of settled answers, small cells hidden."""
    live = survey.state == service.OPEN
    return [hide_small(one, live) for one in view(survey, lang, settled(survey))]


def published_sheet(survey: Survey, site_entity: str, lang: str) -> dict[str, Any]:
    """Return the ficha of what is published, which says so where answers are left out."""
    ficha = sheet(survey, site_entity, lang, settled(survey))
    if survey.state == service.OPEN:
        ficha["notice"] += " " + t("survey.sheet.live", lang)
    elif ficha["n"] < tallies(survey).n:
        ficha["notice"] += " " + t("survey.sheet.late", lang)
    return ficha


def public_view(survey: Survey, site_entity: str, lang: str) -> dict[str, Any]:
    """Return what anyone may see at any moment: ficha and counted questions."""
    counted = [one for one in published(survey, lang) if "lines" in one or "rows" in one]
    return {"sheet": published_sheet(survey, site_entity, lang), "questions": counted}
