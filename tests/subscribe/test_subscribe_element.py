"""Subscribing in a citizen's browser, and the pages behind the links of mails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.content.service import ensure_topics
from tests.conftest import Cast
from tests.guest import Guest, guest_of
from tests.subscribe.conftest import kept
from widgets.subscribe import links

pytestmark = pytest.mark.browser

TAG = '<h1>Alcaldía</h1><ventanilla-subscribe open><a href="/elsewhere">Suscríbase</a></ventanilla-subscribe>'


@pytest.fixture
def guest(app: Flask, cast: Cast, browser: Any) -> Iterator[Guest]:
    ensure_topics(cast.tenjo)
    with guest_of(app, browser) as found:
        yield found


def test_a_person_subscribes_by_keyboard_alone(guest: Guest, cast: Cast, mails: Any) -> None:
    page = guest.show(TAG)
    page.get_by_label("Su correo").wait_for()
    faults = guest.faults()
    page.get_by_label("Su correo").press_sequentially("ana@example.org")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_label("Un resumen cada semana").press("Space")
    page.get_by_role("button", name="Suscribirme").press("Enter")
    page.get_by_role("heading", name="Revise su correo").wait_for()

    assert faults == guest.faults() == []
    assert guest.complaints == []
    found = kept(cast.tenjo, "ana@example.org")[0]
    assert (found["state"], found["frequency"], len(found["topics"])) == ("pending", "weekly", 1)
    assert len(mails()) == 1


def test_a_mistake_is_shown_at_its_field(guest: Guest) -> None:
    page = guest.show(TAG)
    page.get_by_label("Su correo").fill("ana@")
    page.get_by_role("button", name="Suscribirme").click()
    page.locator("#email-error").wait_for()

    assert page.get_by_label("Su correo").get_attribute("aria-invalid") == "true"
    assert guest.faults() == []


def test_feeds_are_explained_and_linked(guest: Guest) -> None:
    page = guest.show(TAG)
    page.get_by_text("En un lector de noticias").click()
    address = page.get_by_role("link", name="Todo, RSS").get_attribute("href")

    assert address.endswith("/tenjo/feeds/todo.rss")
    assert guest.faults() == []


def test_the_pages_without_script_are_right(guest: Guest, subscribed: Callable[..., int]) -> None:
    one = subscribed("ana@example.org")
    token = links.sign(links.PREFERENCES, one, 1)
    faults = []
    for path in (
        "subscribe",
        f"subscribe/preferences?t={token}",
        f"subscribe/confirm?t={links.sign('confirm', one, 1)}",
    ):
        guest.page.goto(f"{guest.server_url}/tenjo/{path}")
        faults += guest.faults()

    assert faults == []
