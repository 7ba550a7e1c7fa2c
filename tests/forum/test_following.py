"""A forum or a thread is followed by mail, confirmed by its owner and left with one click; and by feed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import feedparser
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.clock import now
from app.db import db
from app.participation.asking import MOST_LETTERS
from app.participation.closing import Decision
from tests.conftest import Cast, HostPage
from tests.forum.conftest import Opener, write
from widgets.forum import following, holding, moderation, recording
from widgets.forum.models import Forum, ForumFollower


def ask(host: HostPage, email: str = "eva@example.org", **more: Any) -> Any:
    return host.send("/forum/follows", {"forum": "parque", "email": email, **more})


def rows() -> list[ForumFollower]:
    db.session.rollback()
    return list(db.session.scalars(select(ForumFollower).order_by(ForumFollower.id)))


def press(host: HostPage, text: str, what: str) -> Any:
    """Open the link of a letter as a person does, and press the button of its page."""
    link = re.search(rf"http://localhost:8000(/tenjo/forum/follow/{what}\S+)", text)
    assert link, text
    looked = host.client.get(link[1])
    assert looked.status_code == 200, looked.text
    return host.client.post(link[1].partition("?")[0], data={"t": link[1].rpartition("t=")[2]})


Told = Callable[[], list[Any]]


@pytest.fixture
def told(mails: Any) -> Told:
    """`told()` lets a quarter of an hour pass, and returns the letters to followers that are not questions."""

    def letters() -> list[Any]:
        db.session.rollback()
        with time_machine.travel(now() + timedelta(minutes=20), tick=True):
            following.tell_due({})
            following.tell_due({})
            found = mails()
        return [mail for mail in found if mail["List-Unsubscribe"] and "Confirme" not in mail["Subject"]]

    return letters


@pytest.mark.store
def test_a_follower_is_asked_first_then_told_once_and_leaves_with_one_click(
    host: HostPage, cast: Cast, mails: Any, told: Told, opened: Opener
) -> None:
    opened(moderation="after")
    assert ask(host).status_code == 202
    write(host, title="Antes de confirmar")
    unasked = told()
    [question] = mails()
    done = press(host, question.get_content(), "confirm")
    write(host, title="Más sombra", name="Luz", body="Faltan árboles.")

    [letter] = told()
    text = letter.get_content()
    address = str(letter["List-Unsubscribe"]).strip("<>").removeprefix("http://localhost:8000")
    # The letter was signed then.
    with time_machine.travel(now() + timedelta(hours=1), tick=True):
        looked = host.client.get(address)
        still = len(rows())
        clicked, again = (host.client.post(address, data={"List-Unsubscribe": "One-Click"}) for _ in range(2))
    write(host, title="Otra", name="Rosa")
    left = rows()

    assert unasked == [] and done.status_code == 200
    assert "Luz en «Más sombra»" in text and "Faltan árboles." in text and "Antes de confirmar" not in text
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (looked.status_code, still, clicked.status_code, again.status_code) == (303, 1, 200, 200)
    assert (left, len(told())) == ([], 1)


def test_a_threads_follower_hears_of_its_replies_alone(
    host: HostPage, cast: Cast, mails: Any, told: Told, opened: Opener
) -> None:
    forum_id = opened(moderation="after")
    thread, other = write(host, name="Luz").json["post"], write(host, title="Otro", name="Rosa").json["post"]
    ask(host, thread=thread)
    press(host, mails()[-1].get_content(), "confirm")
    staff = cast.staff("comu")
    moderation.official(staff, cast.tenjo, forum_id, "Sembraremos cien.", thread)
    moderation.official(staff, cast.tenjo, forum_id, "De otra cosa.", other)

    [letter] = told()

    assert "Respuesta oficial de Comu en «Más sombra»" in letter.get_content()
    assert "De otra cosa" not in letter.get_content()


def test_what_waited_for_a_moderator_is_told_when_it_is_public(
    host: HostPage, cast: Cast, mails: Any, told: Told, opened: Opener
) -> None:
    opened()
    early = write(host, name="Luz", title="Retenido").json["post"]
    waiting = write(host, name="Rosa", title="Publicado").json["post"]
    ask(host)
    press(host, mails()[-1].get_content(), "confirm")
    moderation.decide(cast.staff("comu"), cast.tenjo, waiting, publish=True)
    moderation.decide(cast.staff("comu"), cast.tenjo, early, publish=False, reason="off-topic")

    [letter] = told()

    assert "Publicado" in letter.get_content() and "Retenido" not in letter.get_content()


def test_the_closing_record_reaches_every_follower_once(host: HostPage, cast: Cast, mails: Any, opened: Opener) -> None:
    forum_id = opened(moderation="after")
    thread = write(host, name="Luz").json["post"]
    for more in ({}, {"thread": thread}):
        ask(host, **more)
    ask(host, "nunca@example.org")
    for mail in mails():
        if mail["To"] == "eva@example.org":
            press(host, mail.get_content(), "confirm")
    staff = cast.staff("comu")
    holding.close(staff, cast.tenjo, forum_id)
    theme = recording.save_theme(staff, cast.tenjo, forum_id, Decision("Sombra", "Árboles", "taken", "Sí."))
    recording.put_under(staff, cast.tenjo, forum_id, {thread: theme})
    recording.publish_record(staff, cast.tenjo, forum_id, "")

    told = [mail for mail in mails() if "Qué decidimos" in mail["Subject"]]

    assert [mail["To"] for mail in told] == ["eva@example.org"]
    assert "/tenjo/forum/parque" in told[0].get_content() and told[0]["List-Unsubscribe"]
    press(host, told[0].get_content(), "leave")
    assert [row.thread_id for row in rows() if row.email == "eva@example.org"] == [thread]


def test_asking_says_the_same_to_all_and_floods_no_mailbox(
    host: HostPage, cast: Cast, mails: Any, opened: Opener
) -> None:
    opened()
    first = ask(host)
    press(host, mails()[0].get_content(), "confirm")
    for number in range(8):
        opened(title=f"Foro {number}")
        said = host.send("/forum/follows", {"forum": f"foro-{number}", "email": "EVA@example.org"})
    again = ask(host, "Eva@Example.org")

    assert first.json == said.json == again.json
    assert len(mails()) == 1 + MOST_LETTERS


@pytest.mark.store
def test_who_asks_at_once_is_one_row_and_one_letter(
    app: Flask, cast: Cast, mails: Any, opened: Opener
) -> None:
    forum = db.session.get_one(Forum, opened())
    start = threading.Barrier(6)

    def wish(n: int) -> None:
        with app.app_context():
            start.wait(10)
            following.ask(cast.tenjo, forum, None, "Eva@example.org" if n % 2 else "eva@example.org", "es")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(wish, range(6)))

    assert (len(rows()), len(mails())) == (1, 1)


def test_who_lost_the_letter_gets_another_in_five_minutes_and_not_without_end(
    host: HostPage, mails: Any, opened: Opener
) -> None:
    opened()
    ask(host)
    ask(host)
    at_once = len(mails())
    with time_machine.travel(now(), tick=True) as clock:
        for _ in range(MOST_LETTERS + 3):
            clock.shift(301)
            ask(host)
        in_all = len(mails())
        # The first letter opens, and so does the last.
        late = press(host, mails()[0].get_content(), "confirm")
        clock.shift(86_400)
        ask(host)

    assert (at_once, in_all, late.status_code, len(mails())) == (1, MOST_LETTERS, 200, MOST_LETTERS)


def test_the_owner_of_an_abused_address_says_yes_to_their_own_from_a_strangers_letter(
    host: HostPage, mails: Any, opened: Opener
) -> None:
    opened()
    for number in range(MOST_LETTERS):
        opened(title=f"Foro {number}")
        ask(host, forum=f"foro-{number}")
    asked = ask(host, "Eva@example.org")
    letters = mails()
    address = re.search(r"http://localhost:8000(/tenjo/forum/follow/confirm\S+)", letters[0].get_content())
    assert address
    page = host.client.get(address[1]).text
    boxes = dict(re.findall(r'name="wish" value="(\d+)"(?: checked)?> <span>([^<]+)<', page))
    mine = next(number for number, what in boxes.items() if what == "Parque")
    path, token = address[1].partition("?")[0], address[1].rpartition("t=")[2]

    none = host.client.post(path, data={"t": token, "choose": "1"})
    strange = host.client.post(path, data={"t": token, "choose": "1", "wish": "999"})
    done = host.client.post(path, data={"t": token, "choose": "1", "wish": mine})

    assert (asked.status_code, len(letters)) == (202, MOST_LETTERS)
    assert sorted(boxes.values()) == ["Foro 0", "Foro 1", "Foro 2", "Foro 3", "Foro 4", "Parque"]
    assert page.count(" checked>") == 1
    assert (none.status_code, "Marque al menos uno" in none.text) == (422, True)
    assert "«Parque»" in done.text and "«Foro" not in done.text and "«" not in strange.text
    assert [row.email for row in rows() if row.confirmed_at] == ["Eva@example.org"]


@pytest.mark.parametrize(
    ("more", "status"),
    [({"email": "eva"}, 422), ({"forum": "nada"}, 404), ({"thread": 999}, 404), ({"email": ""}, 422)],
)
def test_bad_wishes_get_a_clear_answer(host: HostPage, opened: Opener, more: dict[str, Any], status: int) -> None:
    opened()

    answer = host.send("/forum/follows", {"forum": "parque", "email": "eva@example.org", **more})

    assert (answer.status_code, rows()) == (status, [])


def test_links_open_only_their_purpose_and_their_row(host: HostPage, cast: Cast, mails: Any, opened: Opener) -> None:
    opened()
    ask(host)
    text = mails()[0].get_content()
    token = text.partition("&t=")[2].split()[0]

    assert host.client.get(f"/tenjo/forum/follow/leave?t={token}").status_code == 404
    assert host.client.get(f"/other/forum/follow/confirm?t={token}").status_code == 404
    with time_machine.travel(now() + timedelta(days=8)):
        assert host.client.get(f"/tenjo/forum/follow/confirm?t={token}").status_code == 404
        following.FOLLOWING.purge({})
    assert rows() == []


def test_without_script_one_follows_by_a_form_that_keeps_what_was_typed(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    thread = write(host).json["post"]
    page = host.client.get(f"/tenjo/forum/parque/{thread}").text
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    wrong = host.client.post("/tenjo/forum/parque/follow", data={**hidden, "follow_email": "eva@", "thread": thread})
    right = host.client.post(
        "/tenjo/forum/parque/follow", data={**hidden, "follow_email": "eva@example.org", "thread": thread}
    )

    assert f"parque/{thread}/feed.atom" in page
    assert wrong.status_code == 422 and 'value="eva@"' in wrong.text
    assert right.status_code == 200, right.text
    assert [row.thread_id for row in rows()] == [thread]


def test_feeds_of_forum_and_thread_are_read_by_programs_and_not_sent_twice(
    app: Flask, host: HostPage, cast: Cast, opened: Opener
) -> None:
    forum_id = opened()
    shown = write(host, body="Sombra <script>x</script>").json["post"]
    write(host, title="Espera", name="Rosa")
    moderation.decide(cast.staff("comu"), cast.tenjo, shown, publish=True)
    moderation.official(cast.staff("comu"), cast.tenjo, forum_id, "Sembraremos.", shown)
    client = host.client

    for form in ("atom", "rss"):
        for path in ("parque", f"parque/{shown}"):
            answer = client.get(f"/tenjo/forum/{path}/feed.{form}")
            read = feedparser.parse(answer.data)
            same = client.get(f"/tenjo/forum/{path}/feed.{form}", headers={"If-None-Match": answer.headers["ETag"]})
            assert not read.bozo, (form, path)
            assert [one.title for one in read.entries] == ["Comu en «Más sombra»", "Más sombra"]
            assert same.status_code == 304
            assert b"<script" not in answer.data.lower()
    moderation.official(cast.staff("comu"), cast.tenjo, forum_id, "Ya.", shown)
    newer = client.get(f"/tenjo/forum/parque/{shown}/feed.rss", headers={"If-None-Match": answer.headers["ETag"]})
    assert newer.status_code == 200
    assert client.get(f"/tenjo/forum/otro/{shown}/feed.rss").status_code == 404
