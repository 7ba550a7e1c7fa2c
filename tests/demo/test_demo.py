"""The demo fills a store through the ordinary verbs, in every state, and its past holds together."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click import ClickException
from flask import Flask
from sqlalchemy import func, select

from app import audit, create_app
from app.cases.models import ANSWERED, IN_PROCESS, RADICATED, Case, CaseEvent
from app.cases.terms import terms_of
from app.clock import now
from app.config import Settings
from app.console.models import Grant
from app.console.roles import ROLES
from app.content import sources
from app.db import db
from app.demo import places, serve
from app.demo.cast import HOURS, MAIN, is_loaded
from app.demo.load import load
from app.demo.mailbox import Box
from app.demo.press import FEED, HUB, RECORDING
from app.demo.website import PAGES, make_website
from app.mail.models import Mail
from app.search.crawl.addresses import normal
from app.sites.service import find_site, hours_rows

pytestmark = pytest.mark.xdist_group("demo")


# Half a minute each: the ordinary day in make test, the night of a weekend in make drills.
@pytest.fixture(
    params=[
        pytest.param("2026-11-20T15:30:00+00:00", id="a Friday"),
        pytest.param("2027-01-03T03:00:00+00:00", id="a Saturday night", marks=pytest.mark.full),
    ]
)
def demo(app: Flask, request: pytest.FixtureRequest) -> Iterator[int]:
    """The number of the municipality in a store with the demo in it."""
    with time_machine.travel(request.param):
        assert load() is True
        site = find_site(MAIN)
        assert site is not None
        yield site.id


def test_it_holds_some_two_hundred_cases_in_every_state_and_an_honest_past(demo: int) -> None:
    states: Counter[str] = Counter(
        dict(db.session.execute(select(Case.state, func.count()).group_by(Case.state)).all())
    )  # type: ignore[arg-type]
    open_now = select(Case.due_on).where(Case.site_id == demo, Case.state.in_((RADICATED, IN_PROCESS)))
    due = [day for day in db.session.scalars(open_now) if day]
    today = terms_of(demo).today()
    hours = find_site(HOURS)

    assert 200 <= states.total() <= 240
    assert set(states) == {
        "radicated", "in_process", "required", "returned", "in_conflict", "answered", "notified", "withdrawn", "lapsed",
        "transferred", "rejected", "archived", "annulled",
    }  # fmt: skip
    assert sum(day < today for day in due) >= 5
    assert today in due or not terms_of(demo).calendar.is_working(today)
    assert set(db.session.scalars(select(Grant.role))) == set(ROLES)
    assert hours is not None and hours_rows(hours.id)[:2] == [(0, 480, 720), (0, 840, 960)]
    # The past: nothing happens before its cause, nothing in the future, and the trail proves itself.
    assert db.session.scalar(select(func.max(CaseEvent.at))) < now()
    for case in db.session.scalars(select(Case).where(Case.state == ANSWERED)):
        assert case.received_at < case.answered_at  # type: ignore[operator]
    assert audit.verify(demo)[1] == ""
    assert is_loaded() and load() is False
    assert db.session.scalar(select(func.count()).select_from(Mail).where(Mail.state == "sent")) > 300  # type: ignore[operator]


def website(app: Flask, mail: str) -> Any:
    widgets = [(widget.name, widget.name) for widget in app.extensions["ventanilla"].widgets.values() if widget.element]
    site = make_website("http://localhost:1", "http://127.0.0.1:2", "http://localhost:2", mail, widgets)
    return site.test_client()


def test_every_page_of_the_website_answers_and_every_widget_is_pasted(app: Flask) -> None:
    client = website(app, "none")
    pages = {path: client.get(path) for path in PAGES}

    assert {answer.status_code for answer in pages.values()} == {200}
    for widget in app.extensions["ventanilla"].widgets.values():
        if widget.element:
            assert f"<ventanilla-{widget.name}>" in pages["/servicios-en-linea"].text


def test_the_website_has_news_a_recording_and_a_hub_to_be_followed(app: Flask) -> None:
    client = website(app, "none")
    items = sources.of_feed(client.get(FEED).data, "http://127.0.0.1:2")
    sound = client.head(RECORDING)
    client.post(HUB, data={"hub.mode": "publish", "hub.url": "http://localhost:1/piedraverde/feeds/todo.rss"})

    assert len(items) == 3 and all(item.at and normal(item.url, item.url, "http://127.0.0.1:2") for item in items)
    assert (sound.content_type, int(sound.headers["Content-Length"]) > 10_000) == ("audio/wav", True)
    assert client.get(HUB).text == "http://localhost:1/piedraverde/feeds/todo.rss"
    assert "Disallow: /buzon" in client.get("/robots.txt").text


def test_the_mailbox_shows_what_was_sent_and_runs_nothing_of_it(app: Flask, tmp_path: Any) -> None:
    import mailbox
    from email.message import EmailMessage

    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.org", "b@example.org", "<script>alert(1)</script>"
    letter["Date"] = "Fri, 20 Nov 2026 21:01:00 +0000"
    letter.set_content("<img src=x onerror=alert(1)>")
    letter.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="carta.pdf")
    mailbox.Maildir(str(tmp_path / "mail"), create=True).add(letter)
    [known] = Box(str(tmp_path / "mail")).letters()
    client = website(app, f"maildir:{tmp_path / 'mail'}")

    shown, listed = client.get(f"/buzon/{known.key}"), client.get("/buzon?q=alert")
    attached = client.get(f"/buzon/{known.key}/0")

    assert "carta.pdf" in shown.text and "<script>" not in shown.text + listed.text and "<img" not in shown.text
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    assert attached.headers["Content-Disposition"].startswith("attachment")
    assert "viernes 20 de noviembre de 2026, 4:01 p. m." in shown.text and "vie 20 nov 2026" in listed.text
    assert client.get("/buzon/..%2f..%2fsecret_key").status_code == 404


@pytest.mark.parametrize(("said", "lang"), [("en_US.UTF-8", "en"), ("es_CO.UTF-8", "es"), ("C.UTF-8", "es")])
def test_the_terminal_is_spoken_to_in_its_language(said: str, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", said)

    assert places.terminal_language() == lang


def test_a_folder_serves_one_demo_at_a_time(tmp_path: Path) -> None:
    with serve.hold(tmp_path) as tell:
        tell("http://127.0.0.1:8001")
        tell("http://127.0.0.1:8003")

        with pytest.raises(ClickException, match=": http://127.0.0.1:8003/$"), serve.hold(tmp_path):
            pytest.fail("two demos on one store")

    with serve.hold(tmp_path):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
def test_a_demo_that_is_killed_leaves_no_server_behind() -> None:
    script = "import os; from app.demo.serve import beside; print(beside(['sleep', '60'], os.environ).pid, flush=True)"
    starter = [sys.executable, "-c", f"{script}; input()"]
    with subprocess.Popen(starter, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().strip()
        assert child.exists()
        parent.kill()

    for _ in range(500):
        if not child.exists() or ") Z" in (child / "stat").read_text():
            return
        time.sleep(0.02)
    pytest.fail("the server outlived the demo")


def test_a_port_taken_while_the_demo_loads_is_left_to_who_took_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        found = places.still_free(places.Places(port, port + 1, ""))

        assert port < found.server_port < found.website_port


def test_production_has_no_address_of_the_demo(app: Flask) -> None:
    client = app.test_client()

    for path in ("/buzon", "/lado-a-lado", "/demo"):
        assert client.get(path).status_code == 404
    framed = client.get("/console/login").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in framed


def test_the_console_stands_beside_the_website_in_a_demo_alone(settings: Settings) -> None:
    demo = create_app(replace(settings, demo=True, demo_host="192.0.2.7"))

    framed = demo.test_client().get("/console/login").headers["Content-Security-Policy"]

    allowed = framed.partition("frame-ancestors ")[2].split()
    assert allowed == ["'self'", "http://localhost:*", "http://127.0.0.1:*", "http://192.0.2.7:*"]
