"""What the readers of Meta's deliveries share: one event of what they found, in texts that any store takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from app.clock import now
from app.words import t
from widgets.social.hearing.heard import Event, name_of
from widgets.social.register.reports import Said

Media = tuple[dict[str, str], ...]
FETCHED = ("image", "video", "audio", "document", "file", "sticker")


def guarded(reader: Callable[..., Iterator[Event | None]], *given: Any) -> Iterator[Event | None]:
    """Yield what a reader finds; a part that is not as it should be is one None, and the rest is read all the same."""
    try:
        yield from reader(*given)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        yield None


def event(
    kind: str, network: str, number: str, interaction: str, author: str, text: Any, what: str, at: datetime,
    link: str = "", evidence: Mapping[str, str] | None = None, media: Media = (),
) -> Event:  # fmt: skip
    """Return what happened to a message; where it has no words, `what` says of which kind it is."""
    number = clean(number)
    if not number:
        raise ValueError("no number")
    link = link if link.startswith("https://") and len(link) <= 500 else ""
    body = (clean(text) or t("social.hooks.no_text", what=_kind_word(clean(what)[:40])))[:20_000]
    said = Said(
        network, interaction, clean(author), link, body, at, evidence=evidence or {},
        external_id=name_of(network, number), media=media,
    )  # fmt: skip
    return Event(kind, said)


def _kind_word(what: str) -> str:
    """Return what officers call a kind of message; one that no catalogue knows keeps the network's name."""
    key = f"social.hooks.kinds.{what}"
    word = t(key) if what.isidentifier() else key
    return what if word == key else word


def media_of(parts: list[tuple[str, Any]]) -> Media:
    """Return what hangs on a message and can be fetched, each once: by a number at the Graph API, or at an address."""
    found = []
    for kind, part in parts:
        place = {name: str(part[name])[:2_000] for name in ("id", "url") if part.get(name)}
        if kind in FETCHED and place:
            more = {"name": clean(part.get("filename"))[:200], "mime": clean(part.get("mime_type"))[:100]}
            one = {"kind": kind, **place, **more}
            if one not in found:
                found.append(one)
    return tuple(found[:20])


def clean(text: Any) -> str:
    """Return a text that any store takes: JSON can carry a NUL, or half of a sign."""
    return str(text or "").replace("\0", "").encode("utf-8", "replace").decode().strip()


def moment_of(value: Any) -> datetime:
    """Return a moment of seconds or milliseconds, as number or text; now for none, and never later than now."""
    if value in (None, "", 0):
        return now()
    seconds = float(value)
    return min(datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC), now())
