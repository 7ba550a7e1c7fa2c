"""What stands in a winmail.dat: Outlook packs a letter and its files in one of its own (TNEF), which few can open."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger("ventanilla.mail")

KINDS = {"application/ms-tnef", "application/vnd.ms-tnef"}
NAME = "winmail.dat"
# Of the processor, and of the clock; a large one that is honest takes a fifth of a second.
PROCESSOR_S, CLOCK_S = 10, 60
_PROGRAM = Path(__file__).with_name("unpacking.py")


@dataclass(frozen=True)
class Inside:
    """One letter of it: text, or HTML, with the subject and who wrote it where it came attached."""

    text: str
    html: str
    subject: str
    sender: str


@dataclass(frozen=True)
class Unpacked:
    """The letter first, then those attached to it; the files of all of them."""

    letters: tuple[Inside, ...]
    files: tuple[tuple[str, bytes], ...] = field(repr=False)
    # Whether all that it holds is here.
    whole: bool


def is_one(kind: str, name: str) -> bool:
    return kind in KINDS or name.lower() == NAME


def unpack(content: bytes) -> Unpacked | None:
    """Return what stands in it; None where it can't be opened: broken, hostile, or the libraries are not installed.

    In a process of its own, without our settings in its environment: `unpacking.py` says why.
    """
    try:
        ran = subprocess.run(  # noqa: S603 - our own program, and nothing of the mail in its arguments
            [sys.executable, "-I", str(_PROGRAM), str(PROCESSOR_S)],
            input=content, capture_output=True, timeout=CLOCK_S, env={}, check=True,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as error:
        log.info("a winmail.dat could not be opened: %s", type(error).__name__)
        return None
    found = json.loads(ran.stdout)
    letters = (Inside(one["text"], one["html"], one["subject"], one["from"]) for one in found["letters"])
    files = ((name, base64.b64decode(data)) for name, data in found["files"])
    return Unpacked(tuple(letters), tuple(files), found["whole"])
