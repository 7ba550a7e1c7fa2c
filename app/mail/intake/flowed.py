"""Text whose lines were broken on the way, as its writer had it. Source: RFC 3676, format=flowed."""

from __future__ import annotations

from email.message import Message


def is_flowed(part: Message) -> bool:
    return _said(part, "format") == "flowed"


def joined(text: str, part: Message) -> str:
    """Return paragraphs whole: a line that ends with a blank goes on below, in a quote of the same depth."""
    drops = _said(part, "delsp") == "yes"
    lines: list[str] = []
    open_at = -1
    for line in text.replace("\r\n", "\n").split("\n"):
        words = line.lstrip(">")
        depth = len(line) - len(words)
        # A blank more was put before what begins with one, "From " or ">".
        words = words.removeprefix(" ")
        goes_on = words.endswith(" ") and words != "-- "
        kept = words[:-1] if goes_on and drops else words
        if depth == open_at and words != "-- ":
            lines[-1] += kept
        else:
            lines.append(f"{'>' * depth} {kept}" if depth else kept)
        open_at = depth if goes_on else -1
    return "\n".join(lines)


def _said(part: Message, name: str) -> str:
    try:
        return str(part.get_param(name, "")).lower()
    except (LookupError, ValueError, TypeError):
        return ""
