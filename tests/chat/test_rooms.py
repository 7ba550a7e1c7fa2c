"""A public room: announced, opened, moderated, closed with a record that is found (S1-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.clock import now
from app.db import db
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.search.models import SearchDocument
from tests.conftest import Cast, HostPage
from widgets.chat import live, room_own, rooms
from widgets.chat.errors import ChatEnded, OtherWords, Silenced
from widgets.chat.room_models import ChatRoom


def text(cast: Cast, **changes: Any) -> rooms.RoomText:
    facts = {
        "topic": "Plan de movilidad", "about": "Ciclorrutas y andenes.", "starts_at": now(),
        "ends_at": now() + timedelta(hours=1), "approval": False, "host": cast.people["rita"], **changes,
    }  # fmt: skip
    return rooms.RoomText(**facts)


@pytest.fixture
def room(clock: Any, cast: Cast) -> Callable[..., ChatRoom]:
    def make(**changes: Any) -> ChatRoom:
        rita = cast.staff("rita")
        number = rooms.save_room(rita, cast.tenjo, text(cast, **changes))
        rooms.open_room(rita, cast.tenjo, number)
        return rooms.room_of(cast.tenjo, number)

    return make


def enter(room: ChatRoom, name: str = "Luz") -> int:
    opened = rooms.join(
        room.site_id, room.key, name, 1, origin="192.0.2.0/24", material=name.encode(), lang="es"
    )  # fmt: skip
    found = rooms.find_person(room.id, opened["key"], rooms.secret_of(name.encode()))
    assert found is not None
    return found


def public(room: ChatRoom) -> list[str]:
    return [frame["body"] for _, frame in live.live().load(f"{live.ROOM}{room.id}", 0, 100) if frame["what"] == "text"]


def test_what_waits_for_approval_is_seen_by_advisers_alone_until_it_passes(room: Any, cast: Cast) -> None:
    made, ana = room(approval=True), cast.staff("ana")
    luz = enter(made)

    said = rooms.say(made.id, luz, "question-1", "¿Habrá ciclorruta?")
    other = rooms.say(made.id, luz, "question-2", "Compre en mi tienda")
    assert (said["waiting"], public(made)) == (True, [])
    rooms.decide(ana, cast.tenjo, made.id, said["seq"], True)
    with pytest.raises(Invalid):
        rooms.decide(ana, cast.tenjo, made.id, other["seq"], False)
    rooms.decide(ana, cast.tenjo, made.id, other["seq"], False, "Es publicidad")

    frames = [frame for _, frame in live.live().load(f"{live.ROOM}{made.id}", 0, 100)]
    assert [(frame["id"], frame["body"]) for frame in frames if frame["what"] == "text"] == [
        ("question-1", "¿Habrá ciclorruta?")
    ]
    own = room_own.frame(made.id, luz)["messages"]
    assert [(one["id"], one["verdict"], one["reason"]) for one in own] == [("question-2", "refused", "Es publicidad")]
    assert room_own.frame(made.id, enter(made, "Beatriz"))["messages"] == []
    with pytest.raises(Conflict):
        rooms.decide(ana, cast.tenjo, made.id, said["seq"], True)


def test_a_verdict_reaches_its_author_where_sockets_are_blocked(room: Any, cast: Cast, host: HostPage) -> None:
    made = room(approval=True)
    path = f"/chat/rooms/{made.key}"
    me = host.send(f"{path}/people", {"name": "Luz"}).json
    assert me is not None
    headers = host.headers(**{"X-Ventanilla-Token": f"{host.token()} {me['key']} {me['secret']}"})

    def own() -> list[tuple[str, str]]:
        rows = host.client.get(f"/api/tenjo{path}/poll?after=0&wait=0", headers=headers).json["rows"]  # type: ignore[index]
        return [(one["verdict"], one["reason"]) for one in rows[-1]["messages"]]

    said = host.client.post(f"/api/tenjo{path}/messages", json={"id": "question-1", "body": "Vendo"}, headers=headers)
    assert said.json is not None
    assert own() == [("waiting", "")]
    rooms.decide(cast.staff("ana"), cast.tenjo, made.id, said.json["seq"], False, "Es publicidad")
    assert own() == [("refused", "Es publicidad")]


def test_the_same_id_is_one_message_and_never_with_other_words(room: Any) -> None:
    made = room()
    luz = enter(made)

    assert rooms.say(made.id, luz, "same-id-1", "uno") == rooms.say(made.id, luz, "same-id-1", "uno")
    assert public(made) == ["uno"]
    with pytest.raises(OtherWords):
        rooms.say(made.id, luz, "same-id-1", "otra cosa")


def test_who_is_silenced_reads_on_and_what_is_withdrawn_leaves_a_tombstone(room: Any, cast: Cast) -> None:
    made, ana = room(), cast.staff("ana")
    luz = enter(made)
    said = rooms.say(made.id, luz, "question-1", "idiotas")

    marked = live.live().load(f"{live.ROOM_STAFF}{made.id}", 0, 100)[-1][1]
    rooms.withdraw(ana, cast.tenjo, made.id, said["seq"], "Insulto")
    rooms.silence(ana, cast.tenjo, made.id, luz, "Insulto")

    assert marked["offends"] == ["idiotas"]
    assert public(made) == [""]
    with pytest.raises(Silenced):
        rooms.say(made.id, luz, "question-2", "más")


@pytest.mark.store
def test_closing_publishes_a_record_that_the_search_holds_and_nobody_writes_after(
    room: Any, cast: Cast, host: HostPage, clock: Any
) -> None:
    made = room()
    luz = enter(made)
    rooms.say(made.id, luz, "question-1", "¿Habrá ciclorruta?")
    rooms.answer(cast.staff("ana"), cast.tenjo, made.id, "answer-01", "Sí, el próximo año.")

    clock.shift(100 * 60)
    rooms.close_late({})

    page = host.client.get(f"/tenjo/chat/rooms/{made.key}").text
    record = db.session.get_one(SearchDocument, f"chat-room:{made.id}")
    assert "¿Habrá ciclorruta?" in page
    assert "Ana, por la entidad" in page
    assert "Sí, el próximo año." in record.body
    with pytest.raises(ChatEnded):
        rooms.say(made.id, luz, "question-2", "tarde")

    rooms.withdraw(cast.staff("ana"), cast.tenjo, made.id, 2, "Datos de otra persona")
    db.session.refresh(record)
    assert "¿Habrá ciclorruta?" not in record.body
    assert "¿Habrá ciclorruta?" not in host.client.get(f"/tenjo/chat/rooms/{made.key}").text


def test_only_who_supervises_announces_and_no_other_site_looks_in(room: Any, cast: Cast, sign_in: Any) -> None:
    made = room()

    with pytest.raises(Forbidden):
        rooms.save_room(cast.staff("ana"), cast.tenjo, text(cast))
    with pytest.raises(NotFound):
        rooms.room_of(cast.other, made.id)
    assert sign_in("ana").get("/chat/rooms/new").status_code == 403
    boss = sign_in("rita")
    form = {"topic": "Vías", "about": "", "host": str(cast.people["ana"]), "starts_at": "2026-12-01T10:00"}
    assert boss.post("/chat/rooms/new", {**form, "ends_at": "2026-12-01T09:00"}).status_code == 422
    assert boss.post("/chat/rooms/new", {**form, "ends_at": "2026-12-01T11:00"}).status_code == 302
    assert "Vías" in boss.get("/chat/rooms").text
