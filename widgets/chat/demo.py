"""Conversations of a past hour for the demo, made through the service's own verbs: answered, and one that was cut."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from widgets.chat import desk, log, service, shifts


def fill(cast: Any) -> None:
    """Talk on the demo's main site, which is always open; an unanswered question becomes a task of the desk."""
    ana = cast.staff("ana")
    for number, (name, question, answer) in enumerate(cast.texts("chat")):
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
