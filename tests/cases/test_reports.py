"""What the law wants reported: periods, the count, the files of it, and open data that leads back to nobody."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from app.cases import answering, service
from app.cases.filing import Filing, Party, file_case
from app.cases.models import Case
from app.cases.reporting import counting, open_data
from app.cases.reporting.periods import before, parse, period_of
from app.db import db, write
from app.errors import NotFound
from tests.conftest import Cast
from tests.documents.reading import read

# Wednesday of the third quarter, 10:00 in Bogotá.
DAY = datetime(2026, 8, 5, 15, 0, tzinfo=UTC)


@pytest.fixture
def received(cast: Cast) -> Callable[..., int]:
    """File one case on a moment and return its id."""
    made = iter(range(10_000))

    def file(at: datetime = DAY, kind: str = "queja", channel: str = "web") -> int:
        with time_machine.travel(at, tick=False), write():
            filed = file_case(
                cast.tenjo,
                Filing(
                    kind=kind, subject="Ruido", body="De noche.", channel=channel,
                    party=Party(name="Luz Peña", email="luz@example.org"),
                    code_material=f"report/{next(made)}".encode(),
                ),
            )  # fmt: skip
        return filed.case_id

    return file


@pytest.fixture
def answered(cast: Cast, received: Callable[..., int]) -> Callable[..., int]:
    """File one case and answer it so many days later."""

    def act(days: int, recourse: str = "", **more: Any) -> int:
        number = received(**more)
        with time_machine.travel(more.get("at", DAY) + timedelta(days=days), tick=False):
            given = answering.Answer("Respuesta", "Así es.", "Nada más.", recourse=recourse)
            answering.answer(cast.staff("ana"), cast.tenjo, number, given)
        return number

    return act


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [("2026-S1", date(2026, 1, 1), date(2026, 6, 30)), ("2026-S2", date(2026, 7, 1), date(2026, 12, 31)),
     ("2024-T1", date(2024, 1, 1), date(2024, 3, 31)), ("2026-T4", date(2026, 10, 1), date(2026, 12, 31))],
)  # fmt: skip
def test_a_period_has_its_first_and_its_last_day(key: str, first: date, last: date) -> None:
    period = parse(key)

    assert (period.first, period.last) == (first, last)
    assert period_of(last, key[5]) == period
    assert before(period).last == first - timedelta(days=1)


@pytest.mark.parametrize("key", ["2026-S3", "2026-T0", "1999-S1", "2026", "2026-S1x", "²026-S1"])
def test_what_is_no_period_is_nothing(key: str) -> None:
    with pytest.raises(NotFound):
        parse(key)


@pytest.mark.store
def test_each_case_of_a_period_is_counted_once_and_as_it_stands(
    cast: Cast, received: Callable[..., int], answered: Callable[..., int]
) -> None:
    answered(2)
    answered(9, kind="informacion", channel="chat")
    # Due on 28 August by reading A; 23:30 of that day in Bogotá is the 29th in UTC, and still in time.
    answered(23, at=datetime(2026, 8, 6, 4, 30, tzinfo=UTC))
    answered(60)
    received(kind="documentos")
    gone = received()
    received(at=datetime(2026, 7, 1, 4, 59, tzinfo=UTC))  # still 30 June in Bogotá: another period
    with time_machine.travel(DAY + timedelta(days=1), tick=False):
        service.withdraw(cast.tenjo, gone, "Ya no hace falta.")

    with time_machine.travel(datetime(2026, 10, 10, tzinfo=UTC), tick=False):
        report = counting.report_of(cast.tenjo, parse("2026-S2"))

    whole = report.whole
    assert whole.received == 6
    assert whole.states == {"in_time": 3, "late": 1, "expired": 1, "closed": 1}
    assert [(kind, tally.received) for kind, tally in report.kinds.items()] == [
        ("queja", 4), ("documentos", 1), ("informacion", 1),
    ]  # fmt: skip
    assert report.channels["chat"].median_days == 9
    assert whole.median_days == 9


def test_information_that_was_denied_and_marks_are_counted(cast: Cast, answered: Callable[..., int]) -> None:
    answered(3, recourse="insistence", kind="informacion")
    rated = answered(2, kind="informacion")
    with write():
        db.session.get_one(Case, rated).rating = 4

    report = counting.report_of(cast.tenjo, parse("2026-T3"), None, counting.INFORMATION)

    assert (report.denied, report.satisfaction.n, report.satisfaction.mean) == (1, 1, 4.0)


def test_the_report_is_a_page_a_table_and_a_printed_document(answered: Callable[..., int], sign_in: Any) -> None:
    answered(2)
    answered(60, kind="reclamo")
    desk = sign_in("ana")

    page = desk.get("/reports?period=2026-S2").text
    lines = list(csv.reader(io.StringIO(desk.get("/reports/2026-S2.csv").get_data().decode("utf-8-sig"))))
    each = list(csv.reader(io.StringIO(desk.get("/reports/2026-S2/each.csv").get_data().decode("utf-8-sig"))))
    sheet = desk.get("/reports/2026-S2.xlsx")
    printed = read(desk.get("/reports/2026-S2.pdf").get_data())

    assert "segundo semestre de 2026" in page and "Ley 1474 de 2011, art. 76" in page
    assert ["Por tipo", "Queja", "1", "1", "0", "0", "0", "0", "0", "2"] in lines
    assert [line[7] for line in each[1:]] == ["2", "60"]
    assert not any("Luz" in cell for line in each for cell in line)
    assert sheet.data[:2] == b"PK"
    assert printed.ua and "segundo semestre de 2026" in printed.title
    assert any("Queja: 1" in alt for alt in printed.alts)


def test_what_is_no_report_is_not_found(sign_in: Any) -> None:
    desk = sign_in("ana")

    wrong = ("?period=2026-S9", "/x.csv", "/2026-S1.txt")

    assert [desk.get(f"/reports{path}").status_code for path in wrong] == [404] * 3


@pytest.mark.store
def test_open_data_tells_of_no_group_so_small_that_it_leads_to_somebody(
    app: Flask, cast: Cast, answered: Callable[..., int], received: Callable[..., int]
) -> None:
    for _ in range(7):
        answered(2)
    for _ in range(2):
        answered(60)
    answered(2, kind="reclamo")
    browser = app.test_client()

    with time_machine.travel(datetime(2026, 11, 15, 12, tzinfo=UTC), tick=False):
        running = browser.get("/tenjo/open-data/pqrsd.json").json
        text = browser.get("/tenjo/open-data/pqrsd.csv").get_data().decode("utf-8-sig")
        page = browser.get("/tenjo/open-data").text
    with time_machine.travel(datetime(2026, 11, 14, 12, tzinfo=UTC), tick=False):
        before_its_end = browser.get("/tenjo/open-data/pqrsd.json").json

    told = [(row["grupo"], row["estado"], row["peticiones"]) for row in running["rows"] if row["corte"] == "Tipo"]
    # Two late ones would be told by what is left of nine, and one claim by the sum of the channels.
    assert told == [("Otros, juntos", "Respondidas, a tiempo o tarde", 10)]
    assert before_its_end["rows"] == []
    assert text.startswith("trimestre,corte,grupo,estado,peticiones")
    assert {row["corte"]: row["grupo"] for row in running["rows"]} == {
        "Tipo": "Otros, juntos", "Dependencia": "Servicio al Ciudadano", "Canal": "Página web",
        "Tiempo de respuesta": "Otros, juntos", "Calificación": "Sin calificación",
    }  # fmt: skip
    assert all(f"<code>{name}</code>" in page for name in open_data.COLUMNS)
    assert "Luz" not in text and "Reclamo" not in text


@pytest.mark.store
def test_two_downloads_of_a_quarter_tell_the_same_whatever_happened_between(
    app: Flask, answered: Callable[..., int]
) -> None:
    cases = [answered(2) for _ in range(12)]
    browser = app.test_client()

    def download() -> Any:
        return browser.get("/tenjo/open-data/pqrsd.json").json["rows"]

    with time_machine.travel(datetime(2026, 11, 15, 12, tzinfo=UTC), tick=False):
        first = download()
        with write():
            db.session.execute(update(Case).where(Case.id.in_(cases[:6])).values(kind="reclamo", answered_at=None))
        second = download()

    assert [row["peticiones"] for row in first] == [12] * len(open_data.CUTS)
    assert second == first
    assert {row["estado"] for row in second} == {"Respondidas a tiempo"}


@pytest.mark.store
def test_the_first_two_who_ask_at_once_are_told_one_and_the_same(
    app: Flask, answered: Callable[..., int], monkeypatch: Any
) -> None:
    """Both count before either has published, and between their counts a case is answered."""
    for _ in range(12):
        answered(2)
    together, counted = threading.Barrier(2, timeout=30), iter(("in_time", "late"))

    def counts(*_: Any) -> open_data.Cells:
        state = next(counted)
        together.wait()
        return [("kind", "queja", state, 12)]

    monkeypatch.setattr(open_data, "_counted", counts)
    monkeypatch.setattr(open_data, "closed_quarters", lambda site: [parse("2026-T3")])

    def download() -> bytes:
        return app.test_client().get("/tenjo/open-data/pqrsd.csv").get_data()

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: download(), range(2))

    assert first == second == download()
    assert first.count(b",12") == 1
