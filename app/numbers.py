"""Numbers that somebody typed or put into an address: only what a row can have is one."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, Map

# The largest of a column of four bytes: PostgreSQL refuses more, and SQLite's driver refuses more than eight.
MOST = 2**31 - 1


def whole(text: Any) -> int | None:
    """Return the number that a text is, or None; `str.isdigit` alone takes "²", at which `int` fails."""
    text = str(text)
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        return None
    number = int(text)
    return number if number <= MOST else None


class RowNumber(IntegerConverter):
    """`<int:…>` of an address: a number that no row can have leads nowhere, as one that no row has."""

    def __init__(self, url_map: Map, **bounds: Any) -> None:
        super().__init__(url_map, **{"max": MOST, **bounds})
