"""The protocol coach: advice on what an official is about to send or publish, never a refusal.

Its rules are those of the municipality's protocols for chat and for virtual attention (S3-20, S4-12 to S4-20, S4-28
in docs/requirements.md): the official may know better, so each advice can be passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from app.coach import letters, offence, personal, tone
from app.words import t

__all__ = ["Advice", "Attachment", "Context", "advise", "say"]


@dataclass(frozen=True)
class Advice:
    """One remark. `start` and `end` count code points of the text (a browser counts UTF-16 units, so convert there).

    Its words stand in the catalogue under `coach.<code>`; `start == end` means the text as a whole.
    """

    code: str
    start: int
    end: int
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attachment:
    name: str
    size_bytes: int


@dataclass(frozen=True)
class Context:
    """What the coach must know of the text.

    `channel`: "chat", "letter" (mail or written answer), "public" (a reply that all can read) or "text" (a page,
    frequent question or rule of use). `official` holds the entity's own mails, telephones, addresses and numbers, which
    are nobody's personal data. `signature` is what the system adds below by itself. `asked` is what the person wrote.
    """

    channel: Literal["chat", "letter", "public", "text"] = "letter"
    official: frozenset[str] = frozenset()
    entity: str = ""
    signature: str = ""
    # Parts of the signature that the system itself fills, so that no pattern has to know them: "position".
    signed: frozenset[str] = frozenset()
    asked: str = ""
    attachments: tuple[Attachment, ...] = ()
    max_attachment_bytes: int = 10 * 1024 * 1024


def advise(text: str, *, lang: str = "es", context: Context | None = None) -> list[Advice]:
    """Return the advice on a text, in the order of its places. What only Spanish has is looked for in Spanish only."""
    context = context or Context()
    found = [Advice(code, start, end, params) for code, start, end, params in _remarks(text, lang, context)]
    return sorted(found, key=lambda advice: (advice.start, advice.end, advice.code))


def say(advice: Advice, lang: str) -> str:
    """Return a remark in words."""
    params = dict(advice.params)
    if "missing" in params:
        params["missing"] = ", ".join(t(f"coach.signature-part.{part}", lang) for part in params["missing"])
    return t(f"coach.{advice.code}", lang, **params)


def _remarks(text: str, lang: str, context: Context) -> Iterator[tuple[str, int, int, dict[str, Any]]]:
    body = text[: letters.signature_start(text)] if context.channel == "letter" else text
    yield from tone.remarks(body, lang, short=context.channel == "chat")
    yield from offence.remarks(body)
    if context.channel in ("public", "text"):
        yield from personal.remarks(text, context.official)
    if context.channel == "letter":
        if lang == "es":
            yield from letters.opening_remarks(text)
            yield from letters.impersonal_remarks(body)
        yield from letters.signature_remarks(text, context.signature, context.entity, context.signed)
        yield from letters.question_remarks(text, context.asked)
    for attachment in context.attachments:
        yield from letters.attachment_remarks(
            attachment.name, attachment.size_bytes, context.max_attachment_bytes, len(text)
        )
