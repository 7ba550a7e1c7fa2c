"""What leaves by the feeds beside publications, and who is told that it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import feedparser
import pytest
from flask import Flask, Response, request

from app.clock import now
from app.db import db, write
from app.jobs import Job
from app.sites.service import office_by_code
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press
from tests.guest import served
from tests.subscribe.test_feeds import get
from widgets.forum.models import Forum
from widgets.subscribe import feeds
from widgets.survey import service as surveys


def titles(host: HostPage) -> list[str]:
    return [entry.title for entry in feedparser.parse(get(host, "todo.atom").data).entries]


def test_a_survey_is_told_when_it_opens_and_when_it_ends(cast: Cast, host: HostPage, press: Press) -> None:
    made = surveys.create(press.staff, cast.tenjo, "Parques", "six")
    before = titles(host)
    surveys.open_survey(press.staff, cast.tenjo, made)
    opened = titles(host)
    surveys.close(press.staff, cast.tenjo, made)

    assert (before, opened) == ([], ["Encuesta: Parques"])
    assert titles(host) == ["Terminó la encuesta: Parques", "Encuesta: Parques"]


def test_a_forum_that_has_ended_is_told_and_one_of_another_site_is_not(cast: Cast, host: HostPage) -> None:
    office = office_by_code(cast.tenjo, "120")
    assert office is not None
    with write():
        for site, state in ((cast.tenjo, "closed"), (cast.other, "closed"), (cast.tenjo, "draft")):
            db.session.add(
                Forum(site_id=site, key=f"k{state}", office_id=office.id, title=f"Agua {state}", state=state,
                      created_at=now() - timedelta(days=9), closed_at=now())
            )  # fmt: skip

    assert titles(host) == ["Terminó el foro: Agua closed", "Foro: Agua closed"]


def test_what_a_leaf_tells_is_kept_and_not_built_again(
    cast: Cast, host: HostPage, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    surveys.open_survey(press.staff, cast.tenjo, surveys.create(press.staff, cast.tenjo, "Parques", "six"))
    first = get(host, "todo.rss")
    monkeypatch.setattr(feeds, "build", lambda *_: pytest.fail("built again"))

    assert get(host, "todo.rss", **{"If-None-Match": first.headers["ETag"]}).status_code == 304


# WebSub


@pytest.fixture
def hub(app: Flask) -> Iterator[tuple[list[dict[str, Any]], list[int]]]:
    """A hub on this machine: what it was told, and what it answers."""
    told: list[dict[str, Any]] = []
    answers: list[int] = []
    made = Flask("hub")

    @made.post("/")
    def publish() -> Response:
        told.append(parse_qs(request.get_data(as_text=True)))
        return Response("", answers.pop(0) if answers else 204)

    with served(made) as url:
        ventanilla = app.extensions["ventanilla"]
        allow = frozenset({url.removeprefix("http://")})
        ventanilla.settings = replace(ventanilla.settings, websub_hub=f"{url}/", crawl_allow=allow)
        yield told, answers


def test_the_hub_is_told_which_feeds_have_changed_and_each_feed_names_it(
    app: Flask, host: HostPage, press: Press, hub: tuple[list[dict[str, Any]], list[int]]
) -> None:
    press.publish("Feria")
    where = app.extensions["ventanilla"].settings.websub_hub
    atom, rss, json = (get(host, f"todo.{form}") for form in ("atom", "rss", "json"))
    [said] = hub[0]

    assert said["hub.mode"] == ["publish"]
    assert "http://localhost:8000/tenjo/feeds/todo.rss" in said["hub.url"] and len(said["hub.url"]) == 6
    assert [link.href for link in feedparser.parse(atom.data).feed.links if link.rel == "hub"] == [where]
    assert json.json["hubs"] == [{"type": "WebSub", "url": where}]
    assert rss.headers["Link"] == f'<{where}>; rel="hub", <http://localhost:8000/tenjo/feeds/todo.rss>; rel="self"'


def test_a_hub_that_is_down_is_told_again_and_one_that_refuses_is_not(
    press: Press, hub: tuple[list[dict[str, Any]], list[int]]
) -> None:
    hub[1].extend([503, 400])
    for title in ("Feria", "Otra"):
        press.publish(title)
    db.session.rollback()

    assert sorted(job.state for job in db.session.query(Job).filter_by(kind="subscribe.websub")) == ["done", "ready"]


def test_without_a_hub_nothing_names_one(host: HostPage, press: Press) -> None:
    press.publish("Feria")

    assert "Link" not in get(host, "todo.rss").headers
    assert db.session.query(Job).filter_by(kind="subscribe.websub").count() == 0


def test_the_snippet_page_gives_the_lines_by_which_feeds_are_found(sign_in: Any, cast: Cast) -> None:
    page = sign_in("web").get("/snippet").text
    only = sign_in("web").get("/snippet?w=contact").text

    assert "/tenjo/feeds/todo.rss&#34;&gt;" in page
    assert "feeds/todo" not in only
