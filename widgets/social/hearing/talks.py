"""Private messages of Messenger and Instagram, which Meta tells in one shape.

Source: Meta, Messenger Platform webhooks (messages, message_edits, messaging_postbacks, standby); Instagram Messaging.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from widgets.social.hearing.heard import EDITED, REMOVED, SAID, Event
from widgets.social.hearing.shapes import event, guarded, media_of, moment_of

FIELDS = frozenset(("messages", "messaging_postbacks", "message_edit", "message_edits", "standby"))


def talk(network: str, entry: dict[str, Any]) -> Iterator[Event | None]:
    """Yield the messages of a talk; on "standby" stand those of one that another app of the page has taken over."""
    for one in (*entry.get("messaging", ()), *entry.get("standby", ())):
        yield from guarded(message, network, one)


def message(network: str, one: dict[str, Any]) -> Iterator[Event]:
    """Yield a private message, or the words of a button that was pressed (a postback).

    What the page itself wrote comes back as an echo, and receipts carry no message.
    """
    said = one.get("message") or one.get("message_edit") or _pressed(one)
    if said is None or said.get("is_echo"):
        return
    sender, hung = _sender(one["sender"]), [_attached(part) for part in said.get("attachments") or ()]
    kind = REMOVED if said.get("is_deleted") else EDITED if "message_edit" in one else SAID
    story = (said.get("reply_to") or {}).get("story") or {}
    # A button of before version 11 has no number of its own.
    number = str(said.get("mid") or f"{sender}_{one['timestamp']}")
    yield event(
        kind, network, number, "tag" if any(what == "story_mention" for what, *_ in hung) else "message", sender,
        said.get("text") or "\n".join(words for *_, words in hung if words),
        hung[0][0] if hung else "unsupported" if said.get("is_unsupported") else "message",
        moment_of(one.get("timestamp")), next((url for _, url, _ in hung if url), str(story.get("url") or "")),
        media=media_of([(what, {"url": url}) for what, url, _ in hung]),
    )  # fmt: skip


def _pressed(one: dict[str, Any]) -> dict[str, Any] | None:
    pressed = one.get("postback")
    return {**pressed, "text": pressed.get("title") or pressed.get("payload")} if pressed else None


def _attached(part: dict[str, Any]) -> tuple[str, str, str]:
    """Return kind, address and words of what hangs on a message: a file, a shared link, a place."""
    inside = part.get("payload") if isinstance(part.get("payload"), dict) else {}
    told = {**part, **(inside or {})}
    spot = told.get("coordinates") or {}
    words = f"{spot.get('lat')}, {spot.get('long')}" if spot else str(told.get("title") or "")
    return str(part.get("type", "")), str(told.get("url") or ""), words


def _sender(one: dict[str, Any]) -> str:
    # Who presses a button before the first message has no number yet.
    return str(one.get("id") or one["user_ref"])
