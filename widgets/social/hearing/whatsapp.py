"""What people write on WhatsApp, as the Cloud API tells it.

Source: Meta, WhatsApp Business Platform, messages webhook reference, a page for each kind of message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from widgets.social.hearing.heard import EDITED, REMOVED, SAID, Event
from widgets.social.hearing.shapes import event, guarded, media_of, moment_of

# They say nothing: a heart, a number that changed, a chat that was opened.
_SILENT = frozenset(("reaction", "system", "request_welcome"))


def entry_of(entry: dict[str, Any]) -> Iterator[Event | None]:
    for change in entry.get("changes", ()):
        yield from guarded(_change, change)


def _change(change: dict[str, Any]) -> Iterator[Event | None]:
    if change["field"] != "messages":
        return
    value = change["value"]
    names = {
        str(one.get("wa_id") or one.get("user_id")): str((one.get("profile") or {}).get("name") or "")
        for one in value.get("contacts", ())
    }
    for message in value.get("messages", ()):
        yield from guarded(_message, names, message)
    # The platform says that it could not bring something: counted, so that somebody looks on the telephone.
    yield from (None for _ in value.get("errors", ()))


def _message(names: dict[str, str], message: dict[str, Any]) -> Iterator[Event]:
    kind, number, what = message["type"], message["id"], SAID
    if kind in _SILENT:
        return
    # Who has a username may hide the number behind it; who only shares a contact may be told beside the message alone.
    sender = str(message.get("from") or message.get("from_user_id") or (next(iter(names)) if len(names) == 1 else ""))
    if kind == "revoke":
        number, what = message["revoke"]["original_message_id"], REMOVED
    if kind == "edit":
        edit = message["edit"]
        number, what, message = edit["original_message_id"], EDITED, {**message, **edit["message"]}
        kind = message["type"]
    part = message.get(kind)
    yield event(
        what, "whatsapp", str(number), "message", names.get(sender, ""), _words(kind, part), kind,
        moment_of(message["timestamp"]), evidence={"address": f"WhatsApp +{sender}"} if sender.isdecimal() else {},
        media=media_of([(kind, part)] if isinstance(part, dict) else []),
    )  # fmt: skip


def _words(kind: str, part: Any) -> str:
    """Return what a message says: its text, a picture's words, what was pressed or filled in, a place, people."""
    if kind == "contacts" and isinstance(part, list):
        return "\n".join(_contact(one) for one in part)
    if not isinstance(part, dict):
        return ""
    if kind == "location":
        spot = f"{part.get('latitude', '')}, {part.get('longitude', '')}"
        return " ".join(str(one) for one in (part.get("name"), part.get("address"), spot) if one)
    if form := part.get("nfm_reply"):
        return " ".join(str(form[name]) for name in ("body", "response_json") if form.get(name))
    pressed = part.get("button_reply") or part.get("list_reply") or {}
    return str(part.get("body") or part.get("caption") or part.get("text") or pressed.get("title") or "")


def _contact(one: dict[str, Any]) -> str:
    card = re.search(r"^FN[^:\n]*:(.+)$", str(one.get("vcard") or ""), re.M)
    name = (one.get("name") or {}).get("formatted_name") or (card[1].strip() if card else "")
    ways = [way.get("phone") for way in one.get("phones") or ()] + [way.get("email") for way in one.get("emails") or ()]
    return " ".join(str(part) for part in (name, *ways) if part)
