"""What a person wrote in a mail, apart from what they quote and from the signature below it."""

from __future__ import annotations

import re
from dataclasses import dataclass

# "El mar, 3 feb 2026 a las 10:00, X <x@y> escribió:", "On … wrote:", and the heads of Outlook.
_QUOTE_HEAD = re.compile(
    r"^(?:>? ?(?:El|On)\b.{5,300}(?:escribió|wrote):\s*$|-{3,} ?(?:Mensaje original|Original Message|Mensaje reenviado"
    r"|Forwarded message) ?-{3,}\s*$|_{20,}\s*$|(?:De|From): .{3,200}$)",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(r"^(?:Enviado|Sent|Fecha|Date|Para|To|Asunto|Subject)(?: el)?: ", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"^(?:-- ?|Enviado desde mi .{1,60}|Sent from my .{1,60}|Obtener Outlook para .{1,40})\s*$", re.I
)


@dataclass(frozen=True)
class Folded:
    """The words of the mail, and what is folded away below them."""

    said: str
    rest: str


def fold(text: str) -> Folded:
    """Put the trailing quote and the signature aside; answers written between the quoted lines stay where they are.

    Nothing is lost: `said` and `rest` are the whole. A mail that is nothing but quote stays unfolded.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    cut = next((place for place in range(len(lines)) if _begins_rest(lines, place)), len(lines))
    if not any(line.strip() for line in lines[:cut]):
        return Folded(text.strip(), "")
    return Folded("\n".join(lines[:cut]).strip(), "\n".join(lines[cut:]).strip())


def _begins_rest(lines: list[str], place: int) -> bool:
    line = lines[place]
    if _SIGNATURE.match(line):
        return not _speaks(lines[place + 1 :], quoted_only=False, most=15)
    if line.startswith(">"):
        return not _speaks(lines[place:], quoted_only=True)
    # A head may be broken over two lines.
    head = line if _QUOTE_HEAD.match(line) else f"{line} {lines[place + 1]}" if place + 1 < len(lines) else ""
    if not _QUOTE_HEAD.match(head):
        return False
    if re.match(r"^(?:De|From): ", line, re.IGNORECASE):
        return any(_OUTLOOK.match(after) for after in lines[place + 1 : place + 4])
    after = [one for one in lines[place + 1 :] if one.strip()]
    quoted = any(one.startswith(">") for one in after)
    return not (quoted and _speaks(after[1:] if head != line else after, quoted_only=True))


def _speaks(lines: list[str], *, quoted_only: bool, most: int = 0) -> bool:
    """Return whether the person goes on to speak among these lines."""
    if not quoted_only:
        own = [line for line in lines if line.strip() and not line.startswith(">")]
        return len(own) > most
    return any(line.strip() and not line.startswith(">") and not _SIGNATURE.match(line) for line in lines)
