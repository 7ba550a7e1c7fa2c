"""The public calculator counts as the engine does, by the site's own law, and says what it can't count."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.sites.service import set_calendar_day
from tests.conftest import Cast


@pytest.fixture
def client(app: Any, cast: Cast) -> FlaskClient:
    return app.test_client()  # type: ignore[no-any-return]


@pytest.mark.store
@pytest.mark.parametrize(
    ("asked", "due"),
    [
        # The vectors of the law: office hours of 8 to 12 and 14 to 16, reading B.
        ("received=2026-11-20T15:59&days=15", "lunes 14 de diciembre de 2026"),
        ("received=2026-11-20T16:01&days=15", "martes 15 de diciembre de 2026"),
        ("received=2026-11-22T10:00&days=5&reading=A", "viernes 27 de noviembre de 2026"),
        ("received=2026-12-18T11:00&kind=consulta", "miércoles 3 de febrero de 2027"),
        ("received=2026-11-25T09:00&kind=complementar", "lunes 28 de diciembre de 2026"),
        ("received=2022-05-17T10:00&kind=informacion", "miércoles 15 de junio de 2022"),
        ("received=2026-11-20T10:00&kind=queja&extend=15", "miércoles 6 de enero de 2027"),
    ],
)
def test_it_says_the_date_of_the_law_and_counts_it_out(client: FlaskClient, asked: str, due: str) -> None:
    answer = client.get(f"/tenjo/deadline?{asked}")

    assert answer.status_code == 200
    assert f"Vence el {due}" in answer.text
    assert "día 0, no cuenta" in answer.text


def test_a_suspended_term_has_no_date_until_the_person_complies(client: FlaskClient) -> None:
    asked = "received=2026-11-20T10:00&kind=queja&suspended_from=2026-11-24"

    assert "El término está suspendido" in client.get(f"/tenjo/deadline?{asked}").text
    # Two days had run; the other 13 go on the day after.
    assert "Vence el lunes 21 de diciembre" in client.get(f"/tenjo/deadline?{asked}&suspended_to=2026-12-01").text


def test_each_site_counts_by_its_own_calendar_and_language_keeps_the_question(client: FlaskClient, cast: Cast) -> None:
    from datetime import date

    set_calendar_day(cast.other, date(2026, 11, 23), works=False, name="Fiesta del pueblo", actor="system")
    asked = "received=2026-11-20T10:00&days=1"

    assert "lunes 23" in client.get(f"/tenjo/deadline?{asked}").text
    closed = client.get(f"/other/deadline?{asked}")
    assert "martes 24" in closed.text
    assert "Fiesta del pueblo" in closed.text
    assert "days=1&amp;lang=en" in closed.text
    assert "Due on Tuesday 24 November 2026" in client.get(f"/other/deadline?{asked}&lang=en").text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("received=ayer&days=3", "received"),
        ("kind=queja", "received"),
        ("received=9999-12-31T10:00&days=3", "received"),
        ("received=2026-11-20T10:00", "kind"),
        ("received=2026-11-20T10:00&kind=poema", "kind"),
        ("received=1999-11-20T10:00&kind=queja", "kind"),
        ("received=2026-11-20T10:00&days=0", "days"),
        ("received=2026-11-20T10:00&days=٣", "days"),
        ("received=2026-11-20T10:00&days=99999", "days"),
        ("received=2026-11-20T10:00&days=5&reading=Z", "reading"),
        ("received=2026-11-20T10:00&days=5&suspended_to=2026-11-24", "suspended_from"),
        ("received=2026-11-20T10:00&days=5&suspended_from=2027-11-24", "suspended_from"),
        ("received=2026-11-20T10:00&days=5&suspended_from=2026-11-24&suspended_to=2026-11-20", "suspended_from"),
    ],
)
def test_what_can_not_be_counted_is_named_and_kept(client: FlaskClient, asked: str, field: str) -> None:
    answer = client.get(f"/tenjo/deadline?{asked}")

    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
