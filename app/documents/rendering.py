"""From data to an accessible PDF: the only module that knows typst and segno, both imported on use."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from app.cores import anywhere
from app.db import in_write
from app.documents.paper import Paper, Template, words_of
from app.errors import DomainError

SHEET = Path(__file__).with_name("sheet.typ")
# A sign that no font of ours draws is shown as this; the PDF would otherwise be refused for it.
UNDRAWN = "\u25af"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]")
_LACKING = re.compile(r'the text `"((?:[^"\\]|\\.)+)"` could not')
ROUNDS = 5


class DocumentsMissing(DomainError):
    """The extra `letters` (typst, segno) is not installed on this server."""

    status = 503
    code = "missing"
    family = "documents"


class NotRendered(RuntimeError):
    """The template could not be set: a fault of ours, never of what a person typed."""


def available() -> bool:
    return find_spec("typst") is not None and find_spec("segno") is not None


def render(template: Template, sheet: Paper, data: Mapping[str, Any]) -> bytes:
    """Return the document as PDF/UA-1; the same input gives the same bytes within a release and a second.

    Raises DocumentsMissing without the extra, NotRendered for a template that can't be set.
    """
    if in_write():
        raise RuntimeError("render inside write()")
    if not available():
        raise DocumentsMissing
    frame = words_of(sheet)
    if frame["verify"]:
        frame["verify"]["qr"] = _qr(frame["verify"]["url"])
    given = _plain({"frame": frame, "data": dict(data)})
    lacking: set[str] = set()
    for _ in range(ROUNDS):
        pdf, more = _compile(template, _without(given, lacking))
        if pdf is not None:
            return pdf
        lacking |= more
    raise NotRendered(f"{template.name}: signs that no font draws remain after {ROUNDS} rounds")


def _compile(template: Template, given: Any) -> tuple[bytes | None, set[str]]:
    """Return the file, or the signs for which no font is there."""
    import typst

    # A folder of files in memory: the library takes it, its type hints don't know it yet.
    files: Any = {"main.typ": template.path.read_bytes(), "sheet.typ": SHEET.read_bytes()}
    try:
        with anywhere():
            return typst.compile(
                files, sys_inputs={"given": json.dumps(given, ensure_ascii=False)}, pdf_standards=["ua-1"],
                ignore_system_fonts=True,
            ), set()  # fmt: skip
    except typst.TypstError as error:
        lacking = {sign for text in _LACKING.findall(error.diagnostic or str(error)) for sign in _signs(text)}
        if not lacking:
            # The class alone reaches a log: a diagnostic quotes what the document says.
            raise NotRendered(f"{template.name}: {_place(error.diagnostic or '')}") from None
        return None, lacking


def _signs(text: str) -> str:
    """Return the signs of a text that a diagnostic quotes, its escapes undone."""
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), text)


def _place(diagnostic: str) -> str:
    found = re.search(r"\w+\.typ:\d+:\d+", diagnostic)
    return found[0] if found else "no place is known"


def _plain(value: Any) -> Any:
    """Return the data without signs that only steer a terminal or turn the direction of a line."""
    if isinstance(value, str):
        return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def _without(value: Any, lacking: set[str]) -> Any:
    if not lacking:
        return value
    if isinstance(value, str):
        return value.translate(dict.fromkeys(map(ord, lacking), UNDRAWN))
    if isinstance(value, dict):
        return {key: _without(one, lacking) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, lacking) for one in value]
    return value


def _qr(url: str) -> str:
    import segno

    drawn = BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=2, scale=4)
    return drawn.getvalue().decode()
