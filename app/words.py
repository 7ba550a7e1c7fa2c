"""Every text that a person reads, from the JSON catalogues that stand beside the code that speaks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("es", "en")
ROOT = Path(__file__).resolve().parent.parent


@cache
def catalogue(lang: str) -> dict[str, Any]:
    """Return all words of a language: the trunk's sections at the top, each leaf's under its own name.

    Raises ValueError where two catalogues of the trunk claim the same section, since one would hide the other.
    """
    merged: dict[str, Any] = {}
    for path in sorted((ROOT / "app").rglob(f"words/{lang}.json")):
        for section, texts in json.loads(path.read_text(encoding="utf-8")).items():
            if section in merged:
                raise ValueError(f"the section {section!r} of {path} is claimed twice")
            merged[section] = texts
    for path in sorted((ROOT / "widgets").glob(f"*/words/{lang}.json")):
        merged[path.parent.parent.name] = json.loads(path.read_text(encoding="utf-8"))
    return merged


def find(key: str, lang: str) -> Any:
    """Return what stands under a dotted key, a text or a section; KeyError where nothing does."""
    node: Any = catalogue(lang)
    for part in key.split("."):
        node = node[part]
    return node


def t(key: str, lang: str = "es", **params: Any) -> str:
    """Return the text of `key` in `lang`, filled; a text of {"one", "other"} chooses by the parameter `n`.

    A key that no catalogue has comes back as itself: a test walks the sources for such keys, a citizen meets no 500.
    """
    lang = lang if lang in LANGUAGES else "es"
    try:
        text = find(key, lang)
    except (KeyError, TypeError):
        return key
    if isinstance(text, dict):
        # A number may come as text, from a message of a schema ("errors.many|n=1").
        text = text.get("one" if str(params.get("n")) == "1" else "other", key)
    return str(text).format(**params) if params else str(text)


def pick_language(asked: str | None, default: str = "es") -> str:
    """Return the language to speak for an Accept-Language header or a `lang` attribute."""
    for part in (asked or "").split(","):
        lang = part.split(";")[0].strip().lower()[:2]
        if lang in LANGUAGES:
            return lang
    return default
