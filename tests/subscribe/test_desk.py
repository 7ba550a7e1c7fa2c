"""The console's page of subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.sites.service import widget_choice
from tests.conftest import Cast
from tests.content.conftest import Press


def test_it_shows_how_far_a_run_is_and_the_lines_for_the_host(
    sign_in: Any, press: Press, subscribed: Callable[..., int]
) -> None:
    subscribed("ana@example.org")
    press.publish("Feria del libro")

    page = sign_in("comu").get("/subscribe").text

    assert "Feria del libro" in page
    assert "1 de 1" in page
    assert "&lt;link rel=&#34;alternate&#34; type=&#34;application/rss+xml&#34;" in page
    assert "ana@example.org" not in page


def test_it_is_closed_to_everyone_else(app: Flask, sign_in: Any) -> None:
    for method, path in (("get", "/subscribe"), ("post", "/subscribe/hours")):
        assert getattr(sign_in("ana").client, method)(f"/console/tenjo{path}").status_code == 403
        assert getattr(app.test_client(), method)(f"/console/tenjo{path}").status_code == 302
        assert getattr(sign_in("olga").client, method)(f"/console/tenjo{path}").status_code == 404


def test_what_is_kept_of_an_address_is_handed_out_and_deleted(sign_in: Any, subscribed: Callable[..., int]) -> None:
    subscribed("ana@example.org")
    desk = sign_in("comu")
    given = desk.post("/subscribe/person", {"email": "Ana@example.org", "what": "export"})
    gone = desk.post("/subscribe/person", {"email": "ana@example.org", "what": "erase"}, follow_redirects=True)
    again = desk.post("/subscribe/person", {"email": "ana@example.org", "what": "export"}, follow_redirects=True)

    assert [row["email"] for row in given.json] == ["ana@example.org"]
    assert "Se borró" in gone.text and "no se guarda nada" in again.text


def test_the_hour_of_digests_is_set(sign_in: Any, cast: Cast) -> None:
    sign_in("comu").post("/subscribe/hours", {"hour": "18", "weekday": "4"})

    assert widget_choice(cast.tenjo, "subscribe").options == {"hour": 18, "weekday": 4}


@pytest.mark.parametrize("data", [{"hour": "24", "weekday": "0"}, {"hour": "x", "weekday": "0"}, {}])
def test_an_hour_that_is_none_is_refused(sign_in: Any, cast: Cast, data: dict[str, str]) -> None:
    assert sign_in("comu").post("/subscribe/hours", data).status_code == 422
    assert widget_choice(cast.tenjo, "subscribe").options == {}
