"""Conversations of a past hour for the demo, and two public rooms, made through the service's own verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from widgets.chat import desk, log, rooms, service, shifts


def fill(cast: Any) -> None:
    """Talk on the demo's main site, which is always open; an unanswered question becomes a task of the desk."""
    ana = cast.staff("ana")
    texts = cast.texts("chat")
    for number, (topic, about, *said) in enumerate(row for row in texts if len(row) == 5):
        _room(cast, number, _text(cast, topic, about, over=number == 0), said)
    for number, (name, question, answer) in enumerate(row for row in texts if len(row) == 3):
        with cast.at(cast.moment - timedelta(hours=6 - number)):
            shifts.check_in(ana, cast.site_id, most=12)
            new = service.NewConversation(
                name=name, office="", email=f"persona{number}@example.org", phone="", rules_version=1,
                notice_version=1, lang="es", origin="demo", material=f"demo/chat/{number}".encode(),
            )  # fmt: skip
            key = service.start(cast.site_id, new)["key"]
            found = service.find(cast.site_id, key, service.secret_of(new.material))
            assert found is not None
            conversation_id = found.id
            service.say(conversation_id, log.PERSON, f"demo-question-{number}", question)
            if answer:
                service.say(conversation_id, log.STAFF, f"demo-answer-{number}", answer, staff_id=ana.id, name=ana.name)
                card = desk.ask_satisfied(ana, cast.site_id, conversation_id)
                service.confirm(conversation_id, f"demo-yes-{number}", card, True)
                desk.end(ana, cast.site_id, conversation_id, "done")
                scores = {"kindness": 5, "quality": 4 + number % 2, "timeliness": 4, "competence": 5}
                service.rate(conversation_id, scores, "")
            else:
                service.leave(conversation_id, f"demo-leave-{number}")
            shifts.check_out(ana, cast.site_id)


def _text(cast: Any, topic: str, about: str, *, over: bool) -> rooms.RoomText:
    """One room of yesterday, and one that is open for the whole day."""
    starts = cast.moment - timedelta(hours=26 if over else 1)
    hours = 1 if over else 24
    return rooms.RoomText(topic, about, starts, starts + timedelta(hours=hours), not over, cast.people["rita"])


def _room(cast: Any, number: int, text: rooms.RoomText, said: list[str]) -> None:
    """Announce, open, ask and answer; the first room ended and has its record."""
    rita, name = cast.staff("rita"), said[0]
    with cast.at(text.starts_at):
        room_id = rooms.save_room(rita, cast.site_id, text)
        rooms.open_room(rita, cast.site_id, room_id)
        key = rooms.room_of(cast.site_id, room_id).key
        material = f"demo/room/{number}".encode()
        person = rooms.join(cast.site_id, key, name, 1, origin=f"demo-room-{number}", material=material, lang="es")
        found = rooms.find_person(room_id, person["key"], service.secret_of(material))
        assert found is not None
        asked = rooms.say(room_id, found, f"demo-room-question-{number}", said[1])
        if asked["waiting"]:
            rooms.decide(rita, cast.site_id, room_id, asked["seq"], True)
        rooms.answer(rita, cast.site_id, room_id, f"demo-room-answer-{number}", said[2])
    if not text.approval:
        with cast.at(text.ends_at):
            rooms.close_room(cast.site_id, room_id, rita.actor)
