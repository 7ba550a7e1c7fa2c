"""What was counted is kept, thrown away and made anew; shares are of who was offered; the public derives no one."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.db import db, write
from app.jobs import Job
from tests.conftest import Cast, HostPage
from tests.survey.conftest import Opener, question, survey_of
from widgets.survey import counting, hiding, report, results, service, setting_up
from widgets.survey.models import Survey, SurveyAnswer, SurveyCount
from widgets.survey.writing import sheet_of


def the_survey() -> Survey:
    db.session.rollback()
    return db.session.scalars(select(Survey)).one()


def fill(version: int, many: list[dict[str, Any]]) -> None:
    survey_id = the_survey().id
    with write():
        db.session.add_all([SurveyAnswer(survey_id=survey_id, version=version, values=values) for values in many])


def names(line: dict[str, Any]) -> Any:
    return "hidden" if line.get("hidden") else line["count"]


QUESTIONS = (question("q1", "single"), question("q2", "matrix"), question("q3", "ranking"), question("q4", "multiple"))


@pytest.mark.store
def test_kept_counts_are_read_by_a_new_process_and_made_anew_when_thrown_away(
    app: Flask, cast: Cast, opened: Opener, monkeypatch: Any
) -> None:
    monkeypatch.setattr(counting, "BEHIND", 3)
    opened(*QUESTIONS, question("q5", "short"))
    setting_up.save_targets(cast.staff("comu"), cast.tenjo, the_survey().id, "q1;o1;1\nq1;o2;1\nq1;o3;2", 100)
    whole = {"q1": "o1", "q2": {"r1": "o2"}, "q3": ["o2", "o1"], "q4": ["o1", "o3"], "q5": "Sí"}
    fill(1, [whole, {**whole, "q1": "o2"}, *[{"q1": "o3"}] * 8])
    app.extensions["ventanilla"].jobs.run_due(50)
    fill(1, [whole])
    counted = counting.tallies(the_survey())
    app.extensions.pop("survey-results")
    with write():
        # What an old answer says now shows who looks at it again.
        first = db.session.scalars(select(SurveyAnswer).order_by(SurveyAnswer.id)).first()
        assert first is not None
        first.values = {"q1": "o3"}

    kept = counting.tallies(the_survey())
    with write():
        db.session.execute(delete(SurveyCount))
    app.extensions.pop("survey-results")
    anew = [line["count"] for line in results.view(the_survey(), "es")[0]["lines"]]

    assert kept == counted and kept.n == 11
    assert anew == [1, 1, 9]


@pytest.mark.parametrize("change", ["targets", "late"])
def test_kept_counts_that_are_not_of_these_answers_are_not_believed(
    cast: Cast, opened: Opener, app: Flask, change: str
) -> None:
    opened(*QUESTIONS)
    survey_id = the_survey().id
    with write():
        known = [SurveyAnswer(id=n, survey_id=survey_id, version=1, values={"q1": "o1"}) for n in (11, 12, 13)]
        db.session.add_all(known)
    counting.keep(the_survey().id)
    if change == "targets":
        setting_up.save_targets(cast.staff("comu"), cast.tenjo, the_survey().id, "q1;o1;1\nq1;o2;1\nq1;o3;2", 100)
    else:
        # One that began earlier and committed later than its neighbour.
        with write():
            db.session.add(SurveyAnswer(id=5, survey_id=survey_id, version=1, values={"q1": "o1"}))
    app.extensions.pop("survey-results")
    jobs = list(db.session.scalars(select(Job.dedupe).where(Job.dedupe == f"survey.keep_counts:{survey_id}:1")))

    counted = counting.tallies(the_survey())

    # Who looks next need not wait for the recount: it is begun where the targets are saved.
    assert len(jobs) == (change == "targets")
    assert dict(counted.cells) == ({("o1",): 3} if change == "targets" else {(): 4})


def test_a_late_option_is_set_against_who_was_offered_it_on_page_file_and_report(
    host: HostPage, cast: Cast, sign_in: Any, opened: Opener, app: Flask
) -> None:
    opened(question("q1", "single"), question("q2", "matrix"), design="random", population=900, show_results=True)
    staff, survey_id = cast.staff("comu"), the_survey().id
    fill(1, [{"q1": "o1", "q2": {"r1": "o1"}}] * 30)
    more = [{"key": "o4", "text": {"es": "Opción 4"}}]
    asked = question("q1", "single"), question("q2", "matrix")
    later = [{**one, "options": [*one["options"], *more]} for one in asked]
    service.edit(staff, cast.tenjo, survey_id, lambda _draft: survey_of(*later))
    service.open_survey(staff, cast.tenjo, survey_id)
    fill(2, [{"q1": "o1", "q2": {"r1": "o4"}}] * 10 + [{"q1": "o4"}] * 10)
    setting_up.save_targets(staff, cast.tenjo, survey_id, "q1;o1;1\nq1;o2;0\nq1;o3;0\nq1;o4;1", 100)

    single, matrix = results.view(the_survey(), "es")
    desk = sign_in("comu").get(f"/survey/{survey_id}/results").text
    service.close(staff, cast.tenjo, survey_id)
    page = host.client.get("/tenjo/survey/obras/results")
    open_rows = {(row[0], row[2], row[3]): row[4:] for row in sheet_of(the_survey(), "open", "es").open_rows}
    drawn = report._question(hiding.hide_small(single), "es")["charts"][0]["table"]["rows"]

    late = single["lines"][3]
    assert (late["count"], late["n"], late["share"], late["share_text"]) == (10, 20, 50.0, "50,0 %")
    assert (late["low"], late["high"]) == (29.93, 70.07)
    # 25 of 50 by weight in all; of those in version 2, 10 weigh 0.625 and 10 weigh 2.5.
    assert late["weighted"] == 80.0 and single["lines"][0]["share"] == 80.0 and "n" not in single["lines"][0]
    row = matrix["rows"][0]
    assert (row["n"], row["lines"][3]["share"], row["lines"][0]["share"]) == (40, 100.0, 75.0)
    told = "de 20 a quienes se ofreció"
    assert told in desk and told in page.text
    assert open_rows["q1", "", "Opción 4"] == [20, 10, 50.0, 80.0, told]
    assert f"50,0 % {told}" in drawn[3]


def shown(counts: tuple[int, ...], live: bool = False) -> tuple[Any, ...]:
    lines = [{"key": str(place), "text": "", "count": count} for place, count in enumerate(counts)]
    found = hiding.hide_small({"lines": lines, "n": sum(counts), "mean_text": "Promedio 3,25"}, live)
    told = tuple(map(names, found["lines"]))
    assert ("mean_text" in found) is (sum(counts) >= hiding.SMALL_CELL and "hidden" not in told)
    return told


H = "hidden"


@pytest.mark.parametrize(
    ("counts", "closed", "live"),
    [
        # Options go by neighbours: of two with a small one neither is told.
        ((3, 60, 9, 10), (H, H, 9, 10), (H, H, 9, 10)),
        # Nobody is no small cell at the end; while answers come in a pair must not vanish with its first.
        ((3, 60, 9, 0), (H, H, 9, 0), (H, H, H, H)),
        ((7, 5, 0, 0), (7, 5, 0, 0), (7, 5, H, H)),
        # Two people who said one of two things are few as well.
        ((1, 1, 30, 40, 9, 9), (H, H, 30, 40, H, H), (H, H, 30, 40, H, H)),
        # Of four people nothing is told, not even which answer nobody gave.
        ((4, 0, 0, 0), (H, H, H, H), (H, H, H, H)),
    ],
)
def test_lines_are_hidden_by_neighbours(counts: tuple[int, ...], closed: Any, live: Any) -> None:
    assert (shown(counts), shown(counts, live=True)) == (closed, live)


@pytest.mark.parametrize("live", [False, True])
def test_no_small_count_follows_for_who_knows_the_rule(live: bool) -> None:
    alike: dict[Any, list[tuple[int, ...]]] = {}
    for counts in product(range(13), repeat=4):
        if sum(counts) <= 12:
            alike.setdefault((sum(counts), shown(counts, live)), []).append(counts)

    derivable = [
        (told, place)
        for told, many in alike.items()
        for place in range(4)
        if len({counts[place] for counts in many}) == 1 and 0 < many[0][place] < hiding.SMALL_CELL
    ]

    assert len(alike) > 20 and derivable == []


def test_live_results_go_by_fives_and_all_are_told_at_the_end(host: HostPage, cast: Cast, opened: Opener) -> None:
    key = opened(question("q1", "yes_no"), show_results=True)
    address, seen, staff, site = f"/survey/surveys/{key}/results", [], cast.staff("comu"), cast.tenjo

    def look(many: int) -> int:
        fill(1, [*[{"q1": "yes"}] * min(1, many), *[{"q1": "no"}] * (many - 1)])
        told = host.get(address).json
        files = [sum(row[5] or 0 for row in sheet_of(the_survey(), "open", "es").open_rows), _printed()]
        assert files == [sum(line.get("count", 0) for line in told["questions"][0]["lines"]), told["sheet"]["n"]]
        return int(told["sheet"]["n"])

    seen = [look(many) for many in (9, 1, 4, 1, 4)]
    known = results.sheet(the_survey(), "Alcaldía", "es")["n"]
    service.close(staff, site, the_survey().id)
    told = host.get(address).json
    # Slips that are typed in late, another opening and its end: each step is one of five people at least.
    late = [look(4), look(1)]
    service.open_survey(staff, site, the_survey().id)
    again = [look(many) for many in (0, 4, 1, 4, 1)]
    service.close(staff, site, the_survey().id)
    last = look(0)

    assert seen == [0, 5, 5, 10, 10] and known == told["sheet"]["n"] == 19
    assert [line["count"] for line in told["questions"][0]["lines"]] == [5, 14]
    assert late == [19, 24] and again == [24, 24, 24, 24, 29] and last == 34


def _printed() -> int:
    """Return the n of the printed report as it would be made now."""
    sheet = results.published_sheet(the_survey(), "Alcaldía", "es")
    return int(next(line["text"] for line in sheet["lines"] if line["label"] == "Respuestas (n)"))


def test_no_place_of_a_ranking_follows_from_the_other_options(cast: Cast, opened: Opener) -> None:
    opened(question("q1", "ranking"), show_results=True)
    orders = {"123": 20, "132": 3, "213": 30, "231": 12, "312": 2, "321": 1}
    fill(1, [{"q1": [f"o{one}" for one in order]} for order, count in orders.items() for _ in range(count)])

    [view] = results.published(the_survey(), "es")

    table = [list(map(names, row["lines"])) for row in view["rows"]]
    # Three options stand together: what is small of one takes all places of all three with it.
    assert table == [["hidden"] * 3] * 3
