"""How another system finds out that a request is ours, in the languages that entities' programs are written in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LANGUAGES = {"Python": "verify.py.txt", "Node": "verify.mjs.txt", "PHP": "verify.php.txt"}


@cache
def all_of_them() -> dict[str, str]:
    """Return the examples by language; the tests run them against what we send."""
    return {name: (Path(__file__).parent / file).read_text("utf-8") for name, file in LANGUAGES.items()}
