"""Writing through the door that the element uses: read before publishing, safe, once, and by person."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.clock import now
from app.config import Settings
from app.db import db
from app.db import write as in_store
from app.errors import NotFound
from app.sites.service import publish_rules, site_info
from tests.conftest import Cast, HostPage
from tests.forum.conftest import Opener, post, write
from widgets.forum import holding, moderation, people, service
from widgets.forum.models import ForumPerson, ForumPost, ForumVote


def _posts() -> list[ForumPost]:
    db.session.rollback()
    return list(db.session.scalars(select(ForumPost).order_by(ForumPost.id)))


def _later(seconds: int = 60) -> Any:
    return time_machine.travel(now() + timedelta(seconds=seconds), tick=True)


def test_a_contribution_waits_until_somebody_has_read_it(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened()

    said = write(host)
    before = host.get("/forum/forums/parque").json
    moderation.decide(cast.staff("comu"), cast.tenjo, said.json["post"], publish=True)
    after = host.get("/forum/forums/parque").json

    assert (said.status_code, said.json["state"]) == (201, "waiting")
    assert before["threads"] == []  # type: ignore[index]
    assert [thread["title"] for thread in after["threads"]] == ["Más sombra"]  # type: ignore[index]
    assert after["counts"] == {"received": 1, "published": 1, "waiting": 0, "withheld": {}}  # type: ignore[index]


def test_a_forum_may_publish_at_once(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")

    said = write(host)

    thread = host.get(f"/forum/threads/{said.json['thread']}").json
    assert thread is not None
    assert thread["post"]["html"] == "<p>Faltan <strong>árboles</strong>.</p>"


def test_a_foreign_origin_is_refused(host: HostPage, opened: Opener) -> None:
    opened()

    answer = host.client.post("/api/tenjo/forum/posts", json=post(), headers={"Origin": "https://x.example"})

    assert answer.status_code == 403
    assert _posts() == []


def test_the_same_key_is_one_post_of_one_person(host: HostPage, opened: Opener) -> None:
    opened()

    first = host.send("/forum/posts", post(), key="k" * 32)
    again = host.send("/forum/posts", post(), key="k" * 32)

    assert first.json == again.json
    assert len(_posts()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": "x" * 5001}, "body"),
        ({"body": "x" * 100_000}, "body"),
        ({"body": 7}, "body"),
        ({"title": ""}, "title"),
        ({"name": ""}, "name"),
        ({"email": "no"}, "email"),
        ({"body": "*" * 400}, "body"),
        ({"body": "`" * 41}, "body"),
        ({"parent": "uno"}, "parent"),
        ({"parent": 10**30}, "parent"),
        ({"extra": 1}, "extra"),
    ],
)
def test_what_cannot_be_taken_is_said_by_field(
    host: HostPage, opened: Opener, changes: dict[str, Any], field: str
) -> None:
    opened()

    answer = write(host, **changes)

    assert answer.status_code == 422, answer.text
    assert list(answer.json["error"]["fields"]) == [field]
    assert _posts() == []


def test_two_hundred_people_behind_one_address_can_each_write(app: Flask, cast: Cast, opened: Opener) -> None:
    opened()

    for number in range(200):
        new = service.NewPost(
            forum="parque", title=f"Idea {number}", body="Hola.", name=f"Vecina {number}", material=b"%d" % number
        )
        service.write_post(cast.tenjo, new, service.prepare(site_info(cast.tenjo), new))

    assert len(_posts()) == 200


def test_one_person_who_writes_too_fast_is_slowed_and_nobody_else(host: HostPage, opened: Opener) -> None:
    opened()
    person = write(host).json["person"]

    again = write(host, person=person)
    other = write(host, name="Otra")

    assert (again.status_code, other.status_code) == (429, 201)
    assert again.headers["Retry-After"]


def test_a_reply_to_what_is_not_public_is_refused(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened()
    said = write(host).json
    moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=False, reason="insult")

    answer = write(host, parent=said["post"], name="Otra")

    assert answer.status_code == 409


def test_replies_stand_two_levels_deep(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    root = write(host).json["post"]
    first = write(host, parent=root, name="B").json["post"]
    second = write(host, parent=first, name="C").json["post"]
    write(host, parent=second, name="D")

    thread = host.get(f"/forum/threads/{root}").json

    assert thread is not None
    assert [one["author"] for one in thread["replies"]] == ["B"]
    assert [one["author"] for one in thread["replies"][0]["replies"]] == ["C", "D"]
    assert thread["count"] == 3


def test_personal_data_are_warned_of_before_they_are_public(host: HostPage, opened: Opener) -> None:
    opened()
    text = "Mi celular es 310 555 1234."

    warned = write(host, body=text)
    sent = write(host, body=text, despite_personal=True)

    assert (warned.status_code, warned.json["error"]["code"]) == (422, "personal-data")
    assert "310" not in warned.json["error"]["message"]
    assert sent.status_code == 201
    assert _posts()[0].marks == "fast,personal"


def test_one_edits_within_a_quarter_of_an_hour_and_it_is_read_again(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened()
    said = write(host).json
    moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], publish=True)
    mine = {"person": said["person"], "post": said["post"]}

    edited = host.send("/forum/edits", {**mine, "body": "Faltan bancas."})
    with _later(16 * 60):
        late = host.send("/forum/edits", {**mine, "body": "Tarde."})

    assert (edited.status_code, edited.json["state"]) == (200, "waiting")  # type: ignore[index]
    assert late.status_code == 409
    assert _posts()[0].html == "<p>Faltan bancas.</p>"


def test_nobody_edits_or_deletes_what_is_not_theirs(host: HostPage, opened: Opener) -> None:
    opened()
    said = write(host).json
    other = write(host, name="Otra").json["person"]

    edited = host.send("/forum/edits", {"person": other, "post": said["post"], "body": "x"})
    deleted = host.send("/forum/deletions", {"person": "f" * 40, "post": said["post"]})

    assert (edited.status_code, deleted.status_code) == (404, 403)


def test_deleting_leaves_the_place_and_none_of_the_words(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    said = write(host).json
    write(host, parent=said["post"], name="Otra")

    host.send("/forum/deletions", {"person": said["person"], "post": said["post"]})

    thread = host.get(f"/forum/threads/{said['post']}").json
    assert thread is not None
    assert thread["post"]["gone"] == "deleted"
    assert "Luz" not in str(thread)
    assert (_posts()[0].body, _posts()[0].author) == ("", "")


@pytest.mark.store
def test_fifty_votes_at_once_by_one_person_count_once(app: Flask, host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    said = write(host).json
    person = host.send("/forum/people", {}).json["person"]  # type: ignore[index]
    statuses: list[int] = []

    def press() -> None:
        page = HostPage(app.test_client())
        statuses.append(page.send("/forum/votes", {"person": person, "post": said["post"]}).status_code)

    threads = [threading.Thread(target=press) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    assert set(statuses) == {200}
    assert db.session.scalar(select(func.count()).select_from(ForumVote)) == 1
    assert _posts()[0].votes == 1


def test_a_vote_is_taken_back_and_nobody_votes_for_themselves(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    said = write(host).json
    person = host.send("/forum/people", {}).json["person"]  # type: ignore[index]
    host.send("/forum/votes", {"person": person, "post": said["post"]})

    back = host.send("/forum/votes", {"person": person, "post": said["post"], "on": False})
    own = host.send("/forum/votes", {"person": said["person"], "post": said["post"]})

    assert back.json["votes"] == 0  # type: ignore[index]
    assert own.status_code == 409


def test_a_flag_counts_once_and_takes_nothing_down(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened(moderation="after")
    said = write(host).json
    person = host.send("/forum/people", {}).json["person"]  # type: ignore[index]

    for _ in range(3):
        host.send("/forum/flags", {"person": person, "post": said["post"], "reason": "insult"})

    assert (_posts()[0].flags, _posts()[0].state) == (1, "published")
    assert moderation.waiting(cast.tenjo, None) == 1


def test_the_rules_are_accepted_once_a_version(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened()
    version = publish_rules(cast.tenjo, "forum", "Sea amable.", "", "system")

    refused = write(host)
    taken = write(host, rules_version=version)
    with _later():
        again = write(host, person=taken.json["person"])

    assert (refused.status_code, taken.status_code, again.status_code) == (422, 201, 201)


def test_an_address_is_confirmed_before_anything_goes_on(
    host: HostPage, cast: Cast, mails: Any, opened: Opener
) -> None:
    opened(identity="mail")
    said = write(host, email="luz@example.org").json
    [mail] = mails()
    code = mail.get_content().replace("=\n", "").split("code=")[1].split()[0]

    looked = host.client.get(f"/tenjo/forum/confirm?code={code}")
    with pytest.raises(NotFound):
        moderation.decide(cast.staff("comu"), cast.tenjo, said["post"], True)
    people.forget({})  # a month has not passed
    waiting_before = moderation.waiting(cast.tenjo, None)
    done = people.confirm(cast.tenjo, code)

    assert said["state"] == "unconfirmed"
    assert looked.status_code == 200
    assert (waiting_before, done, moderation.waiting(cast.tenjo, None)) == (0, 1, 1)


def test_who_only_supported_is_asked_for_name_and_address_when_they_write(
    host: HostPage, mails: Any, opened: Opener
) -> None:
    opened(identity="mail")
    person = host.send("/forum/people", {}).json["person"]  # type: ignore[index]

    refused = write(host, person=person, name="", email="")
    taken = write(host, person=person, name="Luz", email="luz@example.org")
    letters = [mail["To"] for mail in mails()]
    with time_machine.travel(now() + timedelta(minutes=5)):
        again = write(host, person=person, name="", email="")

    assert refused.status_code == 422 and set(refused.json["error"]["fields"]) == {"name", "email"}
    assert (taken.status_code, taken.json["state"], again.status_code) == (201, "unconfirmed", 201)
    assert letters == ["luz@example.org"] == [mail["To"] for mail in mails()]
    assert {post.author for post in db.session.scalars(select(ForumPost))} == {"Luz"}


def test_an_address_that_nobody_confirmed_in_a_month_is_forgotten(host: HostPage, cast: Cast, opened: Opener) -> None:
    opened(identity="mail", moderation="after")
    write(host, email="luz@example.org")
    write(host, name="Otra", email="otra@example.org")
    with in_store():
        db.session.scalars(select(ForumPerson).where(ForumPerson.name == "Otra")).one().confirmed_at = now()

    with time_machine.travel(now() + timedelta(days=31), tick=False):
        people.forget({})

    kept = {one.name: (one.email, one.confirm_hash != "") for one in db.session.scalars(select(ForumPerson))}
    assert kept == {"Luz": ("", False), "Otra": ("otra@example.org", True)}
    assert [post.state for post in db.session.scalars(select(ForumPost))] == ["unconfirmed"]


def test_a_closed_forum_is_read_and_not_written_in(host: HostPage, cast: Cast, opened: Opener) -> None:
    forum_id = opened(moderation="after")
    said = write(host).json
    holding.close(cast.staff("comu"), cast.tenjo, forum_id)

    assert write(host, name="Otra").status_code == 409
    assert host.get(f"/forum/threads/{said['thread']}").status_code == 200


def test_a_reader_who_has_the_thread_gets_304_until_it_changes(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    root = write(host).json["post"]
    path = f"/api/tenjo/forum/threads/{root}"
    etag = host.client.get(path, headers=host.headers()).headers["ETag"]

    same = host.client.get(path, headers=host.headers(**{"If-None-Match": etag}))
    write(host, parent=root, name="B")
    changed = host.client.get(path, headers=host.headers(**{"If-None-Match": etag}))

    assert (same.status_code, same.data) == (304, b"")
    assert changed.status_code == 200
    assert changed.json["count"] == 1  # type: ignore[index]


def test_a_thread_that_has_not_changed_takes_two_looks_at_the_store(
    host: HostPage, opened: Opener, statements: list[str]
) -> None:
    opened(moderation="after")
    path = f"/forum/threads/{write(host).get_json()['thread']}"
    etag = host.get(path).headers["ETag"]

    for headers in ({}, {"If-None-Match": etag}):
        statements.clear()
        answer = host.client.get(f"/api/{host.site}{path}", headers=host.headers(**headers))
        assert answer.status_code in (200, 304)
        assert [line.partition(" ")[0] for line in statements] == ["SELECT", "SELECT"], statements


def test_a_contribution_takes_few_statements(host: HostPage, opened: Opener, statements: list[str]) -> None:
    opened()
    assert write(host).status_code == 201
    token = host.token()
    statements.clear()

    assert host.send("/forum/posts", post(), token=token).status_code == 201

    # The site and the answer given before; then, each once: key, token, forum, person, post and its thread, the trail's
    # three, the answer.
    assert sum(not statement.startswith("BEGIN") for statement in statements) <= 12, statements


@pytest.mark.store
def test_what_another_process_withholds_is_gone_at_once(
    host: HostPage, cast: Cast, opened: Opener, settings: Settings
) -> None:
    opened(moderation="after")
    root = write(host).json["post"]
    reply = write(host, parent=root, name="B", body="Texto que ofende.").json["post"]
    path = f"/api/tenjo/forum/threads/{root}"
    seen = host.client.get(path, headers=host.headers())

    with create_app(replace(settings)).app_context() as other:
        moderation.decide(cast.staff("comu"), cast.tenjo, reply, publish=False, reason="insult")
        db.session.remove()
        db.engine.dispose()
        other.app.extensions["chat"].close()
    after = host.client.get(path, headers=host.headers(**{"If-None-Match": seen.headers["ETag"]}))

    assert b"Texto que ofende" in seen.data
    assert after.status_code == 200
    assert b"Texto que ofende" not in after.data
    assert after.json["replies"][0]["gone"] == "withheld"  # type: ignore[index]


def test_another_site_sees_nothing_of_it(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    said = write(host).json
    host.site, host.origin = "other", "https://www.otra.example"

    assert host.get("/forum/forums/parque").status_code == 404
    assert host.get(f"/forum/threads/{said['thread']}").status_code == 404
    assert host.get("/forum/forums").json == {"forums": []}


def test_it_is_found_by_its_words(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    write(host, body="El 100% de las bancas está roto")
    write(host, name="B", title="Otra cosa", body="Nada")

    found = host.get("/forum/forums/parque?q=100%25").json

    assert [one["title"] for one in found["threads"]] == ["Más sombra"]  # type: ignore[index]


def test_a_petition_is_filed_with_the_date_on_which_it_was_written(host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    said = write(host, body="Solicito que reparen el puente.").json
    mine = {"person": said["person"], "post": said["post"]}
    with _later(3600):
        filed = host.send("/forum/radicate", mine)
        again = host.send("/forum/radicate", mine)

    thread = host.get(f"/forum/threads/{said['post']}").json
    assert said["petition"] is True
    assert filed.status_code == 201, filed.text
    assert filed.json["received_at"] == said["received_at"]  # type: ignore[index]
    assert again.status_code == 409
    assert thread["post"]["radicated"] is True  # type: ignore[index]
    assert filed.json["radicado"] not in str(thread)  # type: ignore[index]
    tracked = host.ask("/cases/track", {"radicado": filed.json["radicado"], "code": filed.json["code"]})  # type: ignore[index]
    assert tracked.status_code == 200


def _links(mails: Any) -> list[str]:
    return [mail.get_content().replace("=\n", "").split("code=")[1].split()[0] for mail in mails()]


def test_somebody_elses_address_gets_few_letters_and_its_owner_confirms_from_any_of_them(
    host: HostPage, cast: Cast, opened: Opener, mails: Any
) -> None:
    opened(identity="mail", moderation="after")
    for n in range(7):
        email = ("Eva" if n % 2 else "eva") + "@example.org"
        new = service.NewPost(
            forum="parque", body="Ajeno", name="Otro", material=str(n).encode(), title="Uno", email=email
        )
        service.write_post(cast.tenjo, new, service.Prepared("<p>Texto</p>", ()))
    owner = write(host, email="eva@example.org", body="Lo mío")
    codes = _links(mails)
    page = host.client.get(f"/tenjo/forum/confirm?code={codes[0]}").text
    boxes = re.findall(r'name="wish" value="(\d+)"( checked)?> <span>([^<]+)<', page)
    [mine] = [number for number, _, what in boxes if what == "Luz: Más sombra Lo mío"]

    none = host.client.post("/tenjo/forum/confirm", data={"code": codes[0], "choose": "1"})
    done = host.client.post("/tenjo/forum/confirm", data={"code": codes[0], "choose": "1", "wish": mine})

    assert (owner.status_code, len(codes)) == (201, 5)
    assert "abra cualquiera de ellos" in owner.json["text"]
    assert [ticked for _, ticked, _ in boxes] == [" checked", *[""] * 7]
    assert (none.status_code, "1 aporte sigue" in done.text) == (422, True)
    [thread] = host.get("/forum/forums/parque").json["threads"]  # type: ignore[index]
    assert thread["author"] == "Luz"


def test_who_lost_the_letter_asks_for_it_again(host: HostPage, opened: Opener, mails: Any) -> None:
    opened(identity="mail")
    person = {"person": write(host, email="luz@example.org").json["person"]}

    at_once = host.send("/forum/letters", person)
    with time_machine.travel(now(), tick=True) as clock:
        clock.shift(301)
        again = host.send("/forum/letters", person)
        codes = _links(mails)
        said = host.ask("/forum/mine", person).json["posts"]
        for _ in range(4):
            clock.shift(301)
            last = host.send("/forum/letters", person)
        in_all = len(mails())
        clock.shift(86_400)
        tomorrow = host.send("/forum/letters", person)
        done = host.client.post("/tenjo/forum/confirm", data={"code": codes[0]})
        nothing = host.send("/forum/letters", person)

    assert (at_once.status_code, again.status_code, last.status_code) == (429, 200, 429)
    assert (len(codes), len(set(codes)), in_all, tomorrow.status_code) == (2, 1, 5, 200)
    assert said[0]["letter"] is True and "1 aporte sigue" in done.text and nothing.status_code == 409


def test_without_script_the_letter_is_asked_for_on_the_page_that_says_it_was_sent(
    host: HostPage, opened: Opener, mails: Any
) -> None:
    opened(identity="mail")
    form = host.client.get("/tenjo/forum/parque").text
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    typed = {**hidden, "title": "Uno", "body": "Texto", "name": "Luz", "email": "luz@example.org"}
    sent = host.client.post("/tenjo/forum/parque", data=typed).text
    again = dict(re.findall(r'name="(\w+)" value="([^"]*)"', sent))

    soon = host.client.post("/tenjo/forum/letter", data=again)
    with time_machine.travel(now() + timedelta(seconds=301), tick=True):
        later = host.client.post("/tenjo/forum/letter", data=again)
        letters = len(mails())

    assert (soon.status_code, later.status_code, letters) == (429, 200, 2)
    assert "Le enviamos otra vez el correo" in later.text
