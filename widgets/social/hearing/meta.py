"""What Meta tells: Facebook pages, Instagram and the WhatsApp Cloud API, each in its own shape.

Source: Meta, Webhooks reference for Page (feed, messages), Instagram (comments, mentions, messages) and WhatsApp
Business Account (messages); the signature is the X-Hub-Signature-256 of "Validating payloads".
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from app.clock import now
from app.words import t
from widgets.social.hearing.heard import EDITED, REMOVED, SAID, Event, name_of
from widgets.social.register.reports import Said

# What people say; a like or a reaction says nothing.
_SPOKEN = frozenset(("comment", "post", "status", "photo", "video", "share"))
_VERBS = {"add": SAID, "edited": EDITED, "edit": EDITED, "remove": REMOVED, "delete": REMOVED}


def is_signed(secret: str, body: bytes, header: str) -> bool:
    """Return whether Meta signed exactly these bytes with the secret of the app."""
    made = hmac.new(secret.encode(), body, sha256).hexdigest()
    return hmac.compare_digest(f"sha256={made}".encode(), header.strip().lower().encode("utf-8", "replace"))


def events(told: Any) -> Iterator[Event | None]:
    """Yield what people said, edited and took away; None for a part of an unknown shape; nothing of what is not theirs.

    Likes, statuses of delivery and what the entity itself wrote are none of the register's business.
    """
    read = {"page": _page, "instagram": _instagram, "whatsapp_business_account": _whatsapp}
    if isinstance(told, list) and told:
        # The examples of Instagram stand in a list; other deliveries do not.
        for one in told:
            yield from events(one if isinstance(one, dict) else {})
        return
    told = told if isinstance(told, dict) else {}
    reader, entries = read.get(told.get("object", "")), told.get("entry")
    if reader is None or not isinstance(entries, list):
        yield None
        return
    for entry in entries:
        yield from _guarded(reader, entry)


def _guarded(reader: Any, *given: Any) -> Iterator[Event | None]:
    """Yield what a reader finds; a part that is not as it should be is one None, and the rest is read all the same."""
    try:
        yield from reader(*given)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        yield None


def _page(entry: dict[str, Any]) -> Iterator[Event | None]:
    for change in entry.get("changes", ()):
        yield from _guarded(_feed, entry, change)
    for one in _spoken(entry):
        yield from _guarded(_message, "facebook", one)


def _feed(entry: dict[str, Any], change: dict[str, Any]) -> Iterator[Event]:
    field, value = change["field"], change["value"]
    if field == "ratings":
        yield from _rating(entry, value)
    if field not in ("feed", "mention"):
        return
    item, kind, sender = value["item"], _VERBS.get(value["verb"]), value.get("from") or {}
    if item not in _SPOKEN or kind is None or sender.get("id") == entry["id"]:
        return
    number = value["comment_id"] if item == "comment" else value["post_id"]
    link = str(value.get("permalink_url") or f"https://www.facebook.com/{number}")
    yield _event(
        kind, "facebook", str(number), "tag" if field == "mention" else "comment", str(sender.get("name", "")),
        value.get("message"), item, _moment(value.get("created_time", entry.get("time"))), link,
        media=_media([(part, {"url": value.get(was)}) for was, part in (("photo", "image"), ("video", "video"))]),
    )  # fmt: skip


def _rating(entry: dict[str, Any], value: dict[str, Any]) -> Iterator[Event]:
    """Yield a recommendation of the page, or what somebody writes below one; stars alone say nothing."""
    kind, sender = _VERBS.get(value["verb"]), value.get("from") or {}
    author = str(value.get("reviewer_id") or sender.get("id") or "")
    words = value.get("review_text") or value.get("message")
    if kind is None or author == entry["id"] or (kind != REMOVED and not words):
        return
    number = str(value.get("comment_id") or value.get("post_id") or value["open_graph_story_id"])
    name = str(value.get("reviewer_name") or sender.get("name") or "")
    at = _moment(value.get("created_time", entry.get("time")))
    yield _event(kind, "facebook", number, "comment", name, words, "rating", at, f"https://www.facebook.com/{number}")


def _instagram(entry: dict[str, Any]) -> Iterator[Event | None]:
    # Where the app signs in by Instagram itself, the one change stands in the entry.
    for change in entry.get("changes") or ([entry] if "field" in entry else ()):
        yield from _guarded(_comment, entry, change)
    for one in _spoken(entry):
        yield from _guarded(_message, "instagram", one)


def _spoken(entry: dict[str, Any]) -> list[Any]:
    """Return the private messages; on "standby" stand those of a talk that another app of the page has taken over."""
    return [*entry.get("messaging", ()), *entry.get("standby", ())]


def _comment(entry: dict[str, Any], change: dict[str, Any]) -> Iterator[Event]:
    field, value = change["field"], change["value"]
    if field not in ("comments", "live_comments", "mentions"):
        return
    if isinstance(value, list):
        for one in value:
            yield from _comment(entry, {"field": field, "value": one})
        return
    sender = value.get("from") or {}
    if sender.get("id") == entry["id"] or sender.get("self_ig_scoped_id"):
        return
    if field == "mentions":
        # A mention carries no words: only where they stand.
        number, kind = str(value.get("comment_id") or value["media_id"]), "tag"
    else:
        number, kind = str(value["id"]), "comment"
    yield _event(
        SAID, "instagram", number, kind, f"@{sender['username']}" if sender.get("username") else "",
        value.get("text"), "mention" if kind == "tag" else "comment", _moment(entry.get("time")), "",
    )  # fmt: skip


def _message(network: str, one: dict[str, Any]) -> Iterator[Event]:
    """Yield a private message, or the words of a button that was pressed (a postback).

    What the page itself wrote comes back as an echo, and receipts carry no message.
    """
    pressed = one.get("postback")
    message = one.get("message") or one.get("message_edit") or (pressed and {**pressed, "text": pressed.get("title")})
    if message is None or message.get("is_echo"):
        return
    attached = [
        (str(one.get("type", "")), {"url": str((one.get("payload") or {}).get("url") or "")})
        for one in message.get("attachments") or ()
    ]
    kind = REMOVED if message.get("is_deleted") else EDITED if "message_edit" in one else SAID
    yield _event(
        kind, network, str(message["mid"]), "message", _sender(one["sender"]), message.get("text"),
        attached[0][0] if attached else "message", _moment(one.get("timestamp")),
        attached[0][1]["url"] if attached else "", media=_media(attached),
    )  # fmt: skip


def _sender(one: dict[str, Any]) -> str:
    # Who presses a button before the first message has no number yet.
    return str(one.get("id") or one["user_ref"])


def _whatsapp(entry: dict[str, Any]) -> Iterator[Event | None]:
    for change in entry.get("changes", ()):
        yield from _guarded(_chats, change)


def _chats(change: dict[str, Any]) -> Iterator[Event | None]:
    if change["field"] == "messages":
        names = {
            str(one.get("wa_id") or one.get("user_id")): str((one.get("profile") or {}).get("name") or "")
            for one in change["value"].get("contacts", ())
        }
        for message in change["value"].get("messages", ()):
            yield from _guarded(_chat, names, message)


def _chat(names: dict[str, str], message: dict[str, Any]) -> Iterator[Event]:
    kind, number, what = message["type"], message["id"], SAID
    # Who has a username may hide the number behind it.
    sender = str(message.get("from") or message["from_user_id"])
    if kind in ("reaction", "system"):
        return
    if kind == "revoke":
        number, what = message["revoke"]["original_message_id"], REMOVED
    if kind == "edit":
        edit = message["edit"]
        number, what, message = edit["original_message_id"], EDITED, {**message, **edit["message"]}
        kind = message["type"]
    part = message.get(kind)
    yield _event(
        what, "whatsapp", str(number), "message", names.get(sender, ""), _chat_words(kind, part), kind,
        _moment(message["timestamp"]), "", {"address": f"WhatsApp +{sender}"} if sender.isdecimal() else {},
        _media([(kind, part)] if isinstance(part, dict) else []),
    )  # fmt: skip


def _chat_words(kind: str, part: Any) -> str:
    """Return what a message says: its text, the words of its picture, the button that was pressed, a place, people."""
    if kind == "contacts" and isinstance(part, list):
        people = [str((one.get("name") or {}).get("formatted_name") or "") for one in part]
        return ", ".join(name for name in people if name)
    if not isinstance(part, dict):
        return ""
    if kind == "location":
        spot = f"{part.get('latitude', '')}, {part.get('longitude', '')}"
        return " ".join(str(one) for one in (part.get("name"), part.get("address"), spot) if one)
    pressed = part.get("button_reply") or part.get("list_reply") or {}
    return str(part.get("body") or part.get("caption") or part.get("text") or pressed.get("title") or "")


def _media(parts: list[tuple[str, Any]]) -> tuple[dict[str, str], ...]:
    """Return what hangs on a message and can be fetched: by a number at the Graph API, or at an address."""
    found = []
    for kind, part in parts:
        place = {name: str(part[name])[:2_000] for name in ("id", "url") if part.get(name)}
        if kind in ("image", "video", "audio", "document", "file", "sticker") and place:
            more = {"name": _clean(part.get("filename"))[:200], "mime": _clean(part.get("mime_type"))[:100]}
            found.append({"kind": kind, **place, **more})
    return tuple(found[:20])


def _event(
    kind: str, network: str, number: str, interaction: str, author: str, text: Any, what: str, at: datetime, link: str,
    evidence: dict[str, str] | None = None, media: tuple[dict[str, str], ...] = (),
) -> Event:  # fmt: skip
    if not number:
        raise ValueError("no number")
    body = _clean(text) or t("social.hooks.no_text", what=_clean(what)[:40])
    return Event(
        kind,
        Said(
            network, interaction, _clean(author), link if link.startswith("https://") and len(link) <= 500 else "",
            body[:20_000], at, evidence=evidence or {}, external_id=name_of(network, _clean(number)), media=media,
        ),
    )  # fmt: skip


def _clean(text: Any) -> str:
    """Return a text that any store takes: JSON can carry a NUL, or half of a sign."""
    return str(text or "").replace("\0", "").encode("utf-8", "replace").decode().strip()


def _moment(value: Any) -> datetime:
    """Return a moment of seconds or milliseconds, as number or text; now for none, and never later than now."""
    if value in (None, "", 0):
        return now()
    seconds = float(value)
    return min(datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC), now())
