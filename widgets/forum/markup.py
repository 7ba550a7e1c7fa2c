"""Turn what a person wrote into safe HTML, once, when it is written: readers only ever get what is stored."""

from __future__ import annotations

import re
from html import unescape

import mistune
import nh3

from app.sanitize import fewer_marks, is_seen

# Small on purpose: no pictures (they call elsewhere), no headings (the page has its own), no tables.
TAGS = {"p", "br", "strong", "em", "del", "ul", "ol", "li", "blockquote", "a", "code", "pre"}
MAX_QUOTES = 5
_QUOTES = re.compile(r"^((?: {0,3}> ?){" + str(MAX_QUOTES) + r"})(?: {0,3}> ?)+", re.MULTILINE)

_markdown = mistune.create_markdown(escape=True, hard_wrap=True, plugins=["strikethrough", "url"])


def render(text: str) -> str:
    """Return safe HTML of a text in a small Markdown; whatever else is in it comes out as text.

    Quotes deeper than MAX_QUOTES are brought up: a parser must not climb down a thousand levels.
    """
    flat = _QUOTES.sub(r"\1", calm(text))
    return nh3.clean(
        str(_markdown(flat)),
        tags=TAGS,
        attributes={"a": {"href"}},
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto"},
        # The text stands in pages of other hosts too: an address without one would lead into them.
        url_relative="deny",
        link_rel="nofollow ugc noopener",
    ).strip()


# "https:console/logout" names no host: on a page of that scheme a browser takes it for an address of the page's own.
_WHOLE = re.compile(r"(?:https?://[^/\\?#]|mailto:)", re.IGNORECASE)


def _kept(tag: str, attribute: str, value: str) -> str | None:
    return value if (tag, attribute) != ("a", "href") or _WHOLE.match(value.strip()) else None


def says_nothing(html: str) -> bool:
    """Return whether nobody could read anything in what was made of a text, as of one that is all asterisks."""
    return not is_seen(unescape(nh3.clean(html, tags=set())))


def calm(text: str) -> str:
    """Return the text with at most two combining marks on a letter, as many as any language here needs.

    More make a tower that covers the neighbours: zalgo.
    """
    return fewer_marks(text, 2)


def excerpt(text: str, length: int = 200) -> str:
    """Return the beginning of a text in one line, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[:length].rsplit(" ", 1)[0] + "…"
