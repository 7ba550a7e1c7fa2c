"""What Meta tells: the signature, and what people write in public on a Facebook page and on Instagram.

Source: Meta, Webhooks reference for Page (feed, mention, ratings) and Instagram (comments, live_comments, mentions);
the signature is the X-Hub-Signature-256 of "Validating payloads".
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from widgets.social.hearing import talks, whatsapp
from widgets.social.hearing.heard import EDITED, REMOVED, SAID, Event
from widgets.social.hearing.shapes import Media, event, guarded, media_of, moment_of

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
    read = {"page": _page, "instagram": _instagram, "whatsapp_business_account": whatsapp.entry_of}
    if isinstance(told, list) and told:
        # The examples of Instagram stand in a list; other deliveries do not.
        for one in told:
            yield from events(one if isinstance(one, dict) else {})
        return
    told = told if isinstance(told, dict) else {}
    reader, entries = read.get(str(told.get("object", ""))), told.get("entry")
    if reader is None or not isinstance(entries, list):
        yield None
        return
    for entry in entries:
        yield from guarded(reader, entry)


def _page(entry: dict[str, Any]) -> Iterator[Event | None]:
    for change in entry.get("changes", ()):
        yield from guarded(_change, "facebook", entry, change)
    yield from talks.talk("facebook", entry)


def _instagram(entry: dict[str, Any]) -> Iterator[Event | None]:
    # Where the app signs in by Instagram itself, the one change stands in the entry.
    for change in entry.get("changes") or ([entry] if "field" in entry else ()):
        yield from guarded(_change, "instagram", entry, change)
    yield from talks.talk("instagram", entry)


def _change(network: str, entry: dict[str, Any], change: dict[str, Any]) -> Iterator[Event | None]:
    field, readers = change["field"], {"feed": _feed, "mention": _feed, "ratings": _rating}
    if field in talks.FIELDS:
        # So the button "Test" of the app's dashboard sends them.
        yield from guarded(talks.message, network, change["value"])
    elif network == "instagram":
        if field in ("comments", "live_comments", "mentions"):
            value = change["value"]
            for one in value if isinstance(value, list) else [value]:
                yield from guarded(_comment, entry, field, one)
    elif field in readers:
        yield from readers[field](entry, field, change["value"])


def _writer(value: dict[str, Any]) -> tuple[str, str]:
    """Return number and name of who wrote; versions of the API before 2.12 tell them apart from each other."""
    sender = value.get("from") or {}
    number, name = sender.get("id") or value.get("sender_id"), sender.get("name") or value.get("sender_name")
    return str(number or ""), str(name or "")


def _feed(entry: dict[str, Any], field: str, value: dict[str, Any]) -> Iterator[Event]:
    item, kind, (writer, name) = value["item"], _VERBS.get(value["verb"]), _writer(value)
    if item not in _SPOKEN or kind is None or writer == str(entry["id"]):
        return
    number = str(value["comment_id"] if item == "comment" else value["post_id"])
    yield event(
        kind, "facebook", number, "tag" if field == "mention" else "comment", name, value.get("message"), item,
        moment_of(value.get("created_time", entry.get("time"))),
        str(value.get("permalink_url") or f"https://www.facebook.com/{number}"), media=_pictures(item, value),
    )  # fmt: skip


def _pictures(item: str, value: dict[str, Any]) -> Media:
    """Return the pictures of a post or comment: one, several, or where the post itself is one."""
    found = [("image", value.get("photo")), ("video", value.get("video"))]
    found += [("image", one) for one in value.get("photos") or ()]
    found += [(kind, value.get("link")) for what, kind in (("photo", "image"), ("video", "video")) if item == what]
    return media_of([(kind, {"url": url}) for kind, url in found])


def _rating(entry: dict[str, Any], _field: str, value: dict[str, Any]) -> Iterator[Event]:
    """Yield a recommendation of the page, or a comment below one, whose words Meta leaves out; stars alone say nothing.

    Likes and reactions come with the number of the recommendation: taken back, they take nothing else away.
    """
    item, kind, (writer, name) = value["item"], _VERBS.get(value["verb"]), _writer(value)
    words = value.get("review_text") or value.get("message")
    writer = str(value.get("reviewer_id") or writer)
    if item not in ("rating", "comment") or kind is None or writer == str(entry["id"]):
        return
    if item == "rating" and kind != REMOVED and not words:
        return
    number = value["comment_id"] if item == "comment" else value.get("open_graph_story_id") or value["post_id"]
    yield event(
        kind, "facebook", str(number), "comment", str(value.get("reviewer_name") or name), words, item,
        moment_of(value.get("created_time", entry.get("time"))), f"https://www.facebook.com/{number}",
    )  # fmt: skip


def _comment(entry: dict[str, Any], field: str, value: dict[str, Any]) -> Iterator[Event]:
    sender = value.get("from") or {}
    if str(sender.get("id")) == str(entry["id"]) or sender.get("self_ig_scoped_id"):
        return
    # A mention carries no words: only where they stand.
    tagged = field == "mentions"
    number = (value.get("comment_id") or value["media_id"]) if tagged else value["id"]
    yield event(
        SAID, "instagram", str(number), "tag" if tagged else "comment",
        f"@{sender['username']}" if sender.get("username") else "", value.get("text"),
        "mention" if tagged else "comment", moment_of(entry.get("time")),
    )  # fmt: skip
