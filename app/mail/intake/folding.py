"""What a person wrote in a mail, apart from what they quote and from the signature below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

# "El mar, 3 feb 2026 a las 10:00, X <x@y> escribió:", "On … wrote:", and the heads of Outlook.
_QUOTE_HEAD = re.compile(
    r"^\s*(?:(?:>? ?(?:El|En|On)\b(?=.*(?:\d:\d\d|@)).{5,400}(?:escribió|wrote):"
    r"|-{3,} ?(?:Mensaje original|Original Message) ?-{3,}|_{20,})\s*$|\*?(?:De|From):\*? .{3,200}$)",
    re.IGNORECASE,
)
# A new letter for whoever gets it: what is forwarded is what its sender wants read.
_FORWARD_HEAD = re.compile(r"^\s*-{3,} ?(?:Mensaje reenviado|Forwarded message) ?-{3,}\s*$", re.IGNORECASE)
# Only where a line below tells a date is "De: …" the head of a letter, and not a person's words.
_OUTLOOK = re.compile(r"^\s*\*?(?:Enviado(?: el)?|Sent|Fecha|Date):\*? ", re.IGNORECASE)
_BEGINS_HEAD = re.compile(r"^\s*>? ?(?:El|En|On)\b.{5,}", re.IGNORECASE)
_PROGRAMS = r"(?:Outlook|Yahoo|Gmail|Mail|Correo|Proton|Samsung|Huawei|Xiaomi|BlackBerry|BlueMail|Spark|Edison|Nine)\b"
_SIGNATURE = re.compile(
    r"^(?:-- ?|-----BEGIN PGP SIGNATURE-----"
    rf"|(?:Enviado (?:desde|con|por)|Sent (?:from|with|via)) (?:mi\b|my\b|correo seguro|secure|{_PROGRAMS}).{{0,80}}"
    rf"|(?:Obtener|Obtenga|Descargar|Descargue|Consiga|Get) {_PROGRAMS}.{{1,80}})\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Folded:
    """The words of the mail, and what is folded away below them."""

    said: str
    rest: str


def fold(text: str, *, forwarded: bool = False) -> Folded:
    """Put the trailing quote and the signature aside; answers written between the quoted lines stay where they are.

    Nothing is lost: `said` and `rest` are the whole. A mail that is nothing but quote stays unfolded, and so does one
    that was `forwarded`: what it quotes is news to us.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if forwarded or any(_FORWARD_HEAD.match(line) for line in lines):
        return Folded(text.strip(), "")
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
    # A head may be broken over some lines.
    head = next((found for more in (1, 2, 3) if _QUOTE_HEAD.match(found := " ".join(lines[place : place + more]))), "")
    if not head or (head != line and not _BEGINS_HEAD.match(line)):
        return False
    if re.match(r"^\s*\*?(?:De|From):", line, re.IGNORECASE):
        return any(_OUTLOOK.match(after) for after in lines[place + 1 : place + 6])
    below = lines[place + 1 :]
    # A signature below the quote is no answer to it.
    end = next((number for number, one in enumerate(below) if one.rstrip() == "--"), len(below))
    after = [one for one in below[:end] if one.strip()]
    quoted = any(one.startswith(">") for one in after)
    broken = max(0, next((n for n, one in enumerate(after) if one.startswith(">")), 0))
    return not (quoted and _speaks(after[broken if head != line else 0 :], quoted_only=True))


def _speaks(lines: list[str], *, quoted_only: bool, most: int = 0) -> bool:
    """Return whether the person goes on to speak among these lines."""
    if not quoted_only:
        # No further than needed: a mail of nothing but signatures would be read through at each.
        own = (line for line in lines if line.strip() and not line.startswith(">"))
        return next(islice(own, most, None), None) is not None
    return any(line.strip() and not line.startswith(">") and not _SIGNATURE.match(line) for line in lines)
