"""Ready-made surveys, read from `data/`: the four items that Tenjo asks after each case, and a plain start."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@cache
def _all() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DATA / "ready.json").read_text("utf-8"))
    return read


def names() -> list[str]:
    return list(_all())


def definition(name: str) -> dict[str, Any] | None:
    """Return a fresh copy of a ready-made definition, or None for a name that there is not."""
    found = _all().get(name)
    return json.loads(json.dumps(found["definition"])) if found else None


def title(name: str, lang: str) -> str:
    return str(_all()[name]["title"][lang])
