"""Draws Markdown as HTML that is safe on anybody's page, and as the plain text that is searched and mailed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from html import unescape
from typing import Any

import mistune
import nh3

# Begins the address of a picture of the same publication: ![Plaza](imagen:3).
PICTURE = re.compile(r"(?:imagen|image):(\d{1,9})")
TAGS = {
    "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "a", "strong", "em", "del", "blockquote", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td", "hr", "br", "img",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "th": {"align"}, "td": {"align"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_BLOCK_END = re.compile(r"</(?:p|h[2-6]|li|tr|blockquote|pre)>|<[bh]r>", re.I)
_SPACES = re.compile(r"[ \t]+")

PictureOf = Callable[[int, str], tuple[str, str] | None]
"""Gives (address, alternative text) of a picture by its number and the text typed, or None: then it is left out."""


class _Renderer(mistune.HTMLRenderer):
    """Headings begin at h2 under the page's own h1; a picture must be one of the publication's."""

    def __init__(self, picture: PictureOf) -> None:
        super().__init__(escape=True)
        self._picture = picture

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return super().heading(text, min(level + 1, 6), **attrs)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        match = PICTURE.fullmatch(url)
        found = self._picture(int(match[1]), text) if match else None
        # A picture of somebody else's server would tell it who reads us; and a strict page blocks it.
        return f'<img src="{mistune.escape(found[0])}" alt="{mistune.escape(found[1])}">' if found else ""


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener", strip_comments=True,
        clean_content_tags={"script", "style"},
    )  # fmt: skip


def to_html(markdown: str, picture: PictureOf = lambda _number, _alt: None) -> str:
    """Return safe HTML; tags typed into the text come out as text."""
    draw = mistune.create_markdown(renderer=_Renderer(picture), plugins=["table", "strikethrough", "url"])
    return str(_cleaner().clean(str(draw(markdown))))


def to_text(html: str) -> str:
    """Return the words of HTML that `to_html` made, a line for each block."""
    lines = _BLOCK_END.sub("\n", re.sub(r'<img[^>]*alt="([^"]*)"[^>]*>', r" \1 ", html))
    bare = unescape(re.sub(r"<[^>]*>", "", lines))
    return "\n".join(line for raw in bare.splitlines() if (line := _SPACES.sub(" ", raw).strip()))


def pictures_in(markdown: str) -> set[int]:
    """Return the numbers of the pictures that a text shows."""
    return {int(number) for number in re.findall(r"\]\((?:imagen|image):(\d{1,9})\)", markdown)}
