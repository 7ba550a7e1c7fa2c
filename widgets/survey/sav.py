"""Write a file that SPSS opens: rows go straight to the disk, and no library of data frames has to be installed.

Source: PSPP Developers' Guide, "System File Format" (2023). docs/decisions says why this is ours.
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

NOMINAL, ORDINAL, SCALE = 1, 2, 3
# A longer text is cut into pieces of 255 bytes; its width is counted as if each held 252.
PIECE, COUNTED = 255, 252
LONGEST = 32_000
_NOTHING = -sys.float_info.max
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Variable:
    """One column: `width` is 0 for a number, else the bytes that its longest text needs."""

    name: str
    label: str = ""
    width: int = 0
    measure: int = NOMINAL
    decimals: int = 0
    values: Mapping[float, str] = field(default_factory=dict)


def _int(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def fits(text: str, most: int) -> bytes:
    """Return a text in at most so many bytes, never half a letter."""
    return text.encode()[:most].decode(errors="ignore").encode()


def _padded(text: bytes, step: int) -> bytes:
    return text + b" " * (-len(text) % step)


def _pieces(width: int) -> list[int]:
    """Return the widths under which a text stands in the dictionary."""
    if width <= PIECE:
        return [max(width, 1)]
    count = -(-width // COUNTED)
    return [PIECE] * (count - 1) + [width - COUNTED * (count - 1)]


def _info(kind: int, size: int, data: bytes) -> bytes:
    return _int(7, kind, size, len(data) // size) + data


def write(out: BinaryIO, variables: Sequence[Variable], rows: Iterable[Sequence[Any]], count: int, at: datetime) -> int:
    """Write head and rows and return how many rows; `count` is what the head promises.

    A cell is a number or None, in a column of text a string. Texts beyond LONGEST bytes are cut.
    """
    out.write(_head(variables, count, at))
    written = 0
    for row in rows:
        out.write(b"".join(_cell(one, value) for one, value in zip(variables, row, strict=True)))
        written += 1
    return written


def _cell(one: Variable, value: Any) -> bytes:
    if not one.width:
        return struct.pack("<d", _NOTHING if value is None or value == "" else float(value))
    text = fits(str(value or ""), one.width)
    pieces = _pieces(one.width)
    parts = [text[place * PIECE : (place + 1) * PIECE] for place in range(len(pieces))]
    # Each piece takes whole words of 8 bytes: 256 where 255 are used.
    return b"".join(part.ljust(-(-piece // 8) * 8) for part, piece in zip(parts, pieces, strict=True))


def _head(variables: Sequence[Variable], count: int, at: datetime) -> bytes:
    records, display = bytearray(), bytearray()
    short_names, long_texts = [], []
    labelled: list[tuple[int, Variable]] = []
    place = number = 0
    for one in variables:
        for piece_number, piece in enumerate(_pieces(one.width) if one.width else [0]):
            number += 1
            short = f"V{number:07}"
            if piece_number == 0:
                short_names.append(f"{short}={one.name}")
                if one.width > PIECE:
                    long_texts.append(f"{short}={one.width:05}")
                if one.values:
                    labelled.append((place + 1, one))
            records += _variable(one, short, piece, first=piece_number == 0)
            display += _int(one.measure, min(max(piece, 8), 40), 0 if piece else 1)
            place += max(1, -(-piece // 8))
    labels = b"".join(_labels(index, one.values) for index, one in labelled)
    made = f"{at.day:02} {_MONTHS[at.month - 1]} {at.year % 100:02}{at:%H:%M:%S}".encode()
    title = b"@(#) SPSS DATA FILE Ventanilla".ljust(60)
    first = b"$FL2" + title + _int(2, place, 0, 0, count) + struct.pack("<d", 100.0) + made + b" " * 64 + b"\0" * 3
    return (
        first + bytes(records) + labels
        + _info(3, 4, _int(20, 0, 0, -1, 1, 1, 2, 65001))
        + _info(4, 8, struct.pack("<3d", _NOTHING, sys.float_info.max, math.nextafter(_NOTHING, 0)))
        + _info(11, 4, bytes(display))
        + _info(13, 1, "\t".join(short_names).encode())
        + (_info(14, 1, "".join(f"{one}\0\t" for one in long_texts).encode()) if long_texts else b"")
        + _info(20, 1, b"UTF-8")
        + _int(999, 0)
    )  # fmt: skip


def _variable(one: Variable, short: str, piece: int, first: bool) -> bytes:
    # F8.decimals for a number, A for a text: the kind of format, its width and its decimals in one number.
    shape = (1 << 16 | min(piece, PIECE) << 8) if piece else (5 << 16 | 8 << 8 | one.decimals)
    label = fits(one.label, 252) if first else b""
    made = _int(2, piece, 1 if label else 0, 0, shape, shape) + short.encode().ljust(8)
    if label:
        made += _int(len(label)) + _padded(label, 4)
    # A text wider than 8 bytes holds the places that it takes.
    return made + (_int(2, -1, 0, 0, 0, 0) + b" " * 8) * (max(1, -(-piece // 8)) - 1)


def _labels(index: int, values: Mapping[float, str]) -> bytes:
    made = _int(3, len(values))
    for value, text in values.items():
        label = fits(text, 120)
        made += struct.pack("<d", value) + _padded(bytes([len(label)]) + label, 8)
    return made + _int(4, 1, index)
