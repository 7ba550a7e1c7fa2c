"""Times what staff and people read of a survey with 1,000 answers, and with many, in one run; and its exports.

    python bench/survey.py                     1,000 against 20,000
    python bench/survey.py --answers 50000
    python bench/survey.py --json

Whole pages over HTTP, signed in, on SQLite, in processor time; "first look" is a process that has counted nothing yet:
with what the job has kept in the store, and with nothing kept, as after targets were changed.
The survey asks eight questions of seven kinds, with targets by two of them, so that everything is weighed too.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import event, insert

from app.db import db, write
from bench.console import enter, make_app

PAGES = {
    "results": "/console/bench/survey/1/results",
    "targets": "/console/bench/survey/1/targets",
    "cross table": "/console/bench/survey/1/cross?row=q1&column=q2",
    "texts, searched": "/console/bench/survey/1/texts?question=q8&q=via",
    "survey": "/console/bench/survey/1",
    "public results": "/bench/survey/obras/results",
}
EXPORTS = ("csv", "xlsx", "sav")
WRITTEN = "La vía a la vereda necesita placa huella y más alumbrado, señor alcalde."


def _question(key: str, kind: str, **more: Any) -> dict[str, Any]:
    options = [{"key": f"o{n}", "text": {"es": f"Opción {n}"}} for n in range(1, 6)]
    made = {"key": key, "kind": kind, "required": "no", "text": {"es": f"Pregunta {key}"}, "options": options}
    return {**made, **more}


DEFINITION = {
    "last": 8,
    "sections": [
        {
            "key": "s1",
            "title": {"es": "Única"},
            "questions": [
                _question("q1", "single"), _question("q2", "yes_no"), _question("q3", "multiple"),
                _question("q4", "likert", labels="quality"), _question("q5", "scale"), _question("q6", "number"),
                _question("q7", "matrix", rows=[{"key": f"r{n}", "text": {"es": f"Fila {n}"}} for n in (1, 2, 3)]),
                _question("q8", "long"),
            ],
        }
    ],
}  # fmt: skip
TARGETS = "\n".join([*(f"q1;o{n};2000" for n in range(1, 6)), "q2;yes;6000", "q2;no;4000"])


def make(folder: Path, answers: int) -> Any:
    """Return an app with a survey of so many answers."""
    from app.console.auth import staff_of
    from app.sites.service import save_office
    from widgets.survey import service, setting_up
    from widgets.survey.models import SurveyAnswer

    app, site, user_id = make_app(folder)
    rng = random.Random(7)
    with app.app_context():
        save_office(site, "system", code="150", name="Servicio", purpose="citizen")
        staff = staff_of(user_id)
        survey_id = service.create(staff, site, "Obras")
        service.edit(staff, site, survey_id, lambda _draft: DEFINITION)
        setup = setting_up.Setup(title={"es": "Obras"}, design="random", population=50_000, show_results=True)
        setting_up.save_setup(staff, site, survey_id, setup)
        service.open_survey(staff, site, survey_id)
        setting_up.save_targets(staff, site, survey_id, TARGETS, 1000)
        with write():
            for start in range(0, answers, 5_000):
                rows = [_answer(survey_id, rng) for _ in range(min(5_000, answers - start))]
                db.session.execute(insert(SurveyAnswer), rows)
        db.session.remove()
    return app


def _answer(survey_id: int, rng: random.Random) -> dict[str, Any]:
    one = lambda: f"o{rng.randint(1, 5)}"  # noqa: E731
    values = {
        "q1": one(), "q2": rng.choice(("yes", "no")), "q3": sorted({one(), one()}), "q4": rng.randint(1, 5),
        "q5": rng.randint(0, 10), "q6": rng.randint(18, 90), "q7": {f"r{n}": one() for n in (1, 2, 3)}, "q8": WRITTEN,
    }  # fmt: skip
    return {"survey_id": survey_id, "version": 1, "channel": "web", "values": values, "lang": "es", "marks": ""}


def time_pages(app: Any, rounds: int) -> dict[str, tuple[float, int]]:
    """Return the median of each page in milliseconds, and its statements."""
    from widgets.survey import counting

    client, asked = enter(app)
    taken: dict[str, tuple[float, int]] = {}

    def look(name: str, path: str, count: int, cold: bool = False) -> None:
        times = []
        for _ in range(count):
            if cold:
                app.extensions.pop("survey-results", None)
            asked.clear()
            begun = process_time()
            answer = client.get(path)
            times.append(process_time() - begun)
            assert answer.status_code == 200, (name, answer.status_code)
        taken[name] = round(1000 * median(times), 1), len(asked)

    client.get(PAGES["results"])  # Templates are compiled once.
    look("results, nothing kept", PAGES["results"], rounds, cold=True)
    with app.app_context():
        counting.keep(1)
        db.session.remove()
    look("results, first look", PAGES["results"], rounds, cold=True)
    for name, path in PAGES.items():
        look(name, path, rounds)
    return taken


def time_exports(app: Any) -> dict[str, tuple[float, int]]:
    """Return the milliseconds of each file, and how often it told how far it was."""
    from app.console.auth import staff_of
    from widgets.survey import exporting

    told: list[str] = []
    taken = {}
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute",
            lambda _c, _k, statement, *_: told.append(statement) if "survey_exports SET done" in statement else None,
        )  # fmt: skip
        staff = staff_of(1)
        for kind in EXPORTS:
            asked = exporting.ask(staff, 1, 1, kind, "es")
            told.clear()
            begun = process_time()
            exporting.make({"export": asked})
            taken[f"export {kind}"] = round(1000 * (process_time() - begun), 1), len(told)
            db.session.remove()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
        few, many = make(Path(small), 1000), make(Path(large), given.answers)
        first = {**time_pages(few, given.rounds), **time_exports(few)}
        then = {**time_pages(many, given.rounds), **time_exports(many)}
    rows = [
        {"what": name, "ms_1000": first[name][0], "ms": then[name][0],
         "ratio": round(then[name][0] / max(first[name][0], 0.1), 2), "asked_1000": first[name][1],
         "asked": then[name][1]}
        for name in then
    ]  # fmt: skip
    if given.json:
        print(json.dumps({"answers": given.answers, "rows": rows}, indent=2))
        return
    print(f"{'':22}{'1,000':>10}{f'{given.answers:,}':>10}{'ratio':>8}{'asked':>7}{'':>3}ms of processor time")
    for row in rows:
        print(
            f"{row['what']:22}{row['ms_1000']:>10}{row['ms']:>10}{row['ratio']:>8}{row['asked_1000']:>4}/{row['asked']}"
        )


if __name__ == "__main__":
    main()
