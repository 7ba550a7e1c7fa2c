"""One conversation over sockets, under a real gunicorn: talk, resume, restart, poll, and what is refused."""

from __future__ import annotations

import json
import secrets
import urllib.error
from datetime import timedelta
from typing import Any

import pytest

from app.clock import now
from app.config import Settings
from tests.chat.conftest import Client, Refused, Served
from tests.conftest import Cast
from widgets.chat import rooms


@pytest.fixture
def settings(standing_settings: Settings) -> Settings:
    """The store of the server that these tests share."""
    return standing_settings


def said(client: Client, what: str = "text") -> dict[str, Any]:
    while (message := client.read()) is not None:
        if message["kind"] == "said" and message["what"] == what:
            return message
    raise AssertionError(f"closed with {client.code}")


def say(client: Client, body: str, id: str = "") -> int:
    id = id or secrets.token_hex(16)
    client.send(kind="say", id=id, body=body)
    while True:
        answer = client.read()
        assert answer is not None, client.code
        if answer["kind"] in {"ack", "error"} and answer.get("id", answer.get("ref")) == id:
            return int(answer["seq"]) if answer["kind"] == "ack" else -1


def test_a_conversation_is_kept_and_resumed_after_the_server_was_killed(server: Served) -> None:
    opening = server.begin()
    person = server.person(opening)
    assert said(person, "greeting")["body"].endswith("¿En qué le puedo ayudar?")
    assert say(person, "¿Cuánto cuesta el predial?") > 1

    server.kill()
    server.start()

    again = server.person(opening)
    assert said(again)["body"] == "¿Cuánto cuesta el predial?"
    assert again.until("joined")["seq"] == 3


def test_the_cursor_skips_what_was_seen(server: Served) -> None:
    opening = server.begin()
    person = server.person(opening)
    person.until("joined")
    first, second = say(person, "uno"), say(person, "dos")

    again = server.person(opening, since=first)

    message = again.read()
    assert message is not None
    assert (message["kind"], message["seq"]) == ("said", second)


def test_the_same_message_twice_is_one_and_with_other_words_refused(server: Served) -> None:
    person = server.person(server.begin())
    person.until("joined")

    first = say(person, "hola", "same-id-1")

    assert say(person, "hola", "same-id-1") == first
    person.send(kind="say", id="same-id-1", body="otra cosa")
    assert person.until("error")["code"] == "id-reused"


def test_marks_reach_the_other_tab_and_nobody_goes_back(server: Served) -> None:
    opening = server.begin()
    one, other = server.person(opening), server.person(opening)
    one.until("joined")
    other.until("status")

    one.send(kind="mark", delivered=1, read=1)

    assert other.until("mark") == {"kind": "mark", "who": "person", "delivered": 1, "read": 1}


def test_where_sockets_are_blocked_it_goes_over_polling(server: Served) -> None:
    opening = server.begin()
    path = f"/api/tenjo/chat/conversations/{opening['key']}"
    token = {"X_Ventanilla_Token": f"{server.token()} {opening['secret']}"}

    message = {"kind": "say", "id": "by-polling-1", "body": "hola"}
    first = server.call("POST", f"{path}/messages", message, **token)
    second = server.call("POST", f"{path}/messages", message, **token)
    rows = server.call("GET", f"{path}/poll?after=0&wait=0", **token)["rows"]

    assert first == second
    assert [row["body"] for row in rows if row.get("what") == "text"] == ["hola"]
    assert rows[-1]["kind"] == "status"


def test_a_foreign_page_gets_no_socket(server: Served) -> None:
    opening = server.begin()

    for origin in ("https://evil.example", None):
        with pytest.raises(Refused) as refused:
            server.person(opening, origin=origin)
        assert refused.value.status == 403


def test_who_has_no_right_is_closed_with_4401(server: Served) -> None:
    opening = server.begin()
    foreign = server.call("POST", "/api/other/token", {}, Origin="https://www.otra.example")["token"]
    token = f"{server.token()} {opening['secret']}"
    first_words = {
        "no token": {"kind": "hello"},
        "bad secret": {"kind": "hello", "token": f"{token[:-3]}xyz"},
        "other site": {"kind": "hello", "token": f"{foreign} {opening['secret']}"},
        "not hello": {"kind": "say", "token": token},
    }

    for how, words in first_words.items():
        client = server.socket(f"/api/tenjo/chat/conversations/{opening['key']}/socket")
        client.send(**words)

        assert client.drained() == [], how
        assert client.code == 4401, how


def test_bad_frames_are_answered_and_the_conversation_goes_on(server: Served) -> None:
    person = server.person(server.begin())
    person.until("joined")
    bad: list[tuple[Any, str]] = [
        ("[1]", "not-an-object"),
        ("{", "bad-json"),
        ('{"kind": "shout"}', "unknown-kind"),
        ('{"kind": "say", "body": "sin id"}', "validation"),
        (json.dumps({"kind": "say", "id": "long-text-1", "body": "a" * 4001}), "validation"),
        ('{"kind": "say", "id": "no-words-1", "body": "  "}', "validation"),
        ('{"kind": "confirm", "id": "card-of-1e30", "ref": 10000000000000000000000000, "yes": true}', "validation"),
        ('{"kind": "say", "id": "a-file-never-sent", "files": ["nothing"]}', "validation"),
        ('{"kind": "say", "id": "private-1", "body": "x", "private": true}', "validation"),
    ]

    for text, code in bad:
        person.text(text)
        assert person.until("error")["code"] == code, text

    assert say(person, "<script>alert(1)</script>") > 0
    assert said(server.person({**server.begin()}), "greeting")


def test_a_name_of_ten_thousand_letters_is_refused_with_words(server: Served) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.begin("a" * 10_000)

    error = json.load(refused.value)["error"]
    assert (refused.value.code, list(error["fields"])) == (422, ["name"])


def test_nothing_is_said_after_the_end(server: Served) -> None:
    person = server.person(server.begin())
    person.until("joined")

    person.send(kind="leave", id="leaving-1")
    assert said(person, "ended")["data"]["reason"] == "left"
    person.send(kind="say", id="too-late-1", body="¿Siguen ahí?")

    assert person.until("error")["code"] == "chat-ended"


def test_many_speak_and_one_who_only_reads_hears_all(server: Served, cast: Cast) -> None:
    rita = cast.staff("rita")
    text = rooms.RoomText("Vías y andenes", "", now(), now() + timedelta(hours=1), False, rita.id)
    number = rooms.save_room(rita, cast.tenjo, text)
    rooms.open_room(rita, cast.tenjo, number)
    key = rooms.room_of(cast.tenjo, number).key
    path = f"/api/tenjo/chat/rooms/{key}"
    token = server.token()

    def client(own: str) -> Any:
        made = server.socket(f"{path}/socket")
        made.send(kind="hello", token=f"{token}{own}", since=0)
        made.until("joined")
        return made

    people = []
    for name in ("Luz", "Beatriz"):
        headers = {"X_Ventanilla_Token": server.token(), "Idempotency_Key": f"{name * 8}-0123456789"}
        opened = server.call("POST", f"{path}/people", {"name": name}, **headers)
        people.append(client(f" {opened['key']} {opened['secret']}"))
    reader = client("")

    people[0].send(kind="say", id="from-luz-1", body="hola")
    people[1].send(kind="say", id="from-bea-1", body="buenas")
    heard = [(row["name"], row["body"]) for row in (reader.until("said"), reader.until("said"))]
    reader.send(kind="say", id="from-reader", body="yo también")

    assert sorted(heard) == [("Beatriz", "buenas"), ("Luz", "hola")]
    assert reader.until("error")["ref"] == "from-reader"


def test_a_restart_tells_every_client_to_come_back(server: Served) -> None:
    people = [server.person(server.begin(f"Luz {number}")) for number in range(5)]
    for person in people:
        person.until("joined")

    server.process.terminate()

    for person in people:
        person.drained()
    assert [person.code for person in people] == [1012] * 5
