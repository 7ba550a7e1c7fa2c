"""A program of its own, importing nothing of ours: what stands in a winmail.dat (TNEF) on stdin, as JSON on stdout.

`winmail.py` runs it in a process that may take neither long nor much memory, nor write a file: the libraries read what
a stranger made, copy the rest of it at each piece, and believe its lengths and counts.
"""

from __future__ import annotations

import base64
import json
import logging
import resource
import sys
from contextlib import suppress
from typing import Any

MEMORY_BYTES = 768 * 1024 * 1024
MOST_FILES, MOST_LETTERS, MOST_TEXT = 100, 3, 400_000
# Properties of MAPI: the subject, and who wrote it as people read it.
SUBJECT, SENDER = 0x0037, 0x0C1A


def _limit(processor_s: int) -> None:
    """Let the system end what takes too long or too much; a file it can't write at all."""
    limits = {
        resource.RLIMIT_CPU: processor_s, resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_FSIZE: 0,
    }  # fmt: skip
    for what, most in limits.items():
        with suppress(ValueError, OSError):  # not every system knows all of them
            resource.setrlimit(what, (most, most))


def _text(value: object, codepage: str | None) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode(codepage or "cp1252", "replace").strip("\x00")[:MOST_TEXT]
        except LookupError:
            return value.decode("cp1252", "replace").strip("\x00")[:MOST_TEXT]
    return str(value or "").strip("\x00")[:MOST_TEXT]


def _rtf(packed: bytes) -> str:
    """Return the text of Outlook's own form of letter."""
    from compressed_rtf import decompress
    from striprtf.striprtf import rtf_to_text

    plain = decompress(packed + b"\x00")[: 4 * MOST_TEXT].decode("latin-1")
    return str(rtf_to_text(plain, errors="replace"))[:MOST_TEXT]


def _name(attachment: Any) -> str:
    try:
        return str(attachment.long_filename())
    except UnicodeDecodeError:
        # The short name is in the writer's code page, and the library takes it for UTF-8.
        return _text(attachment._name, attachment.codepage)


def _read(tnef: Any, found: dict[str, Any], depth: int) -> None:
    """Add what stands in a letter, and in the letters inside it, to what was found."""
    props = {one.name: one for one in tnef.mapiprops}
    letter = {"text": _text(tnef.body, tnef.codepage), "html": _text(tnef.htmlbody, tnef.codepage)}
    for key, number in (("subject", SUBJECT), ("from", SENDER)):
        letter[key] = _text(props[number].data, tnef.codepage) if number in props else ""
    if not letter["text"].strip() and not letter["html"].strip() and tnef._rtfbody:
        try:
            letter["text"] = _rtf(tnef._rtfbody)
        except Exception:  # noqa: BLE001 - the library raises bare ones, and the files are wanted all the same
            found["whole"] = False
    found["letters"].append(letter)
    for attachment in tnef.attachments:
        inside = getattr(attachment, "embed", None)
        if inside is not None and depth < MOST_LETTERS:
            _read(inside, found, depth + 1)
        elif len(found["files"]) < MOST_FILES:
            data = attachment.data if isinstance(attachment.data, bytes) else b""
            found["files"].append([_name(attachment)[:300], base64.b64encode(data).decode()])
        else:
            found["whole"] = False


def main() -> None:
    _limit(int(sys.argv[1]))
    logging.disable(logging.CRITICAL)
    from tnefparse import TNEF

    found: dict[str, Any] = {"letters": [], "files": [], "whole": True}
    _read(TNEF(sys.stdin.buffer.read(), do_checksum=False), found, 0)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
