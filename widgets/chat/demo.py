"""Two conversations of a past morning for the demo, made through the service's own verbs."""

from __future__ import annotations

from typing import Any

from widgets.chat import service
from widgets.chat.errors import ChatClosed


def fill(cast: Any) -> None:
    """Leave an example conversation where the demo begins within the hours; `cast` names the site (app.demo.Cast)."""
    for number, (name, _subject, body) in enumerate(cast.texts("chat")):
        new = service.NewConversation(
            name=name, office="", email=f"persona{number}@example.org", phone="", rules_version=1, notice_version=1,
            lang="es", origin="demo", material=f"demo/chat/{number}".encode(),
        )  # fmt: skip
        try:
            key = service.start(cast.site_id, new)["key"]
        except ChatClosed:
            return
        found = service.find(cast.site_id, key, service.secret_of(new.material))
        if found is not None:
            service.say(found.id, "person", f"demo-chat-{number}", body)
