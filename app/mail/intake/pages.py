"""From the HTML of a mail to the text that its reader saw: without hidden words, and with where a link leads."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

_INLINE = {"a", "b", "i", "u", "s", "em", "strong", "span", "font", "small", "sub", "sup", "code", "img", "br", "hr"}
_BLOCKS = {
    "p", "div", "table", "tbody", "thead", "tr", "td", "th", "ul", "ol", "li", "blockquote", "pre", "center",
    "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
_VOID = {"img", "br", "hr"}
_CELLS = {"td", "th"}
# Quotes in quotes that are marked as such: each mark is written before every line inside it.
MOST_QUOTES = 20
_HIDDEN = re.compile(
    r"(?:^|;)(?:display:none|visibility:hidden|mso-hide:all"
    r"|transform:scale\(0(?:\.0*)?(?:,0(?:\.0*)?)?\)|clip:rect\((?:[01](?:px)?,?){4}\)"
    r"|(?:font-size|opacity|max-height|max-width|line-height):0(?:\.0*)?(?:px|pt|em|%)?(?:;|!|$)|font-size:[12]px"
    r"|(?:text-indent|left|top):-\d{3,}|margin-left:-\d{4,})"
)
# Elements in elements that a reader can tell apart; the tree of a page a hundred thousand deep takes half a minute.
MOST_DEEP = 500
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>", re.IGNORECASE)
# They end by themselves where the next begins, and writers of pages leave it at that.
_LOOSE = _VOID | {"p", "li", "td", "th", "tr", "dt", "dd", "option", "input", "meta", "link", "area", "col", "base"}


def text_of(html: str) -> tuple[str, bool]:
    """Return the text of a page, and whether something in it was hidden from the eye.

    nh3 builds the tree, as a browser would, whatever the bytes are; here its clean output is only walked.
    """
    clean = nh3.clean(
        _shallow(html), tags=_INLINE | _BLOCKS, link_rel=None,
        clean_content_tags={"script", "style", "title", "template"},
        attributes={"*": {"style", "hidden"}, "a": {"href"}, "img": {"alt"}, "blockquote": {"type", "class"}},
    )  # fmt: skip
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.text(), reader.hid


def _shallow(html: str) -> str:
    """Return a page whose elements stand in each other no deeper than MOST_DEEP; what they say stays."""
    depth = 0

    def one(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[2].lower() in _LOOSE:
            return tag[0]
        depth = max(0, depth - 1) if tag[1] else depth + 1
        return tag[0] if depth <= MOST_DEEP else "\n"

    return _TAG.sub(one, html)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.hid = False
        # For each open element: its name, whether it is hidden, where a link leads, where its text begins.
        self._open: list[tuple[str, bool, str, int]] = []
        self._hidden = self._quotes = 0
        self._pieces: list[str] = []

    def text(self) -> str:
        text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(self._pieces))
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            alt = known.get("alt", "").strip()
            self._say("\n" if tag != "img" else f"[{alt}]" if alt else "")
            return
        hidden = "hidden" in known or bool(_HIDDEN.search(re.sub(r"\s", "", known.get("style", "").lower())))
        if tag in _BLOCKS:
            self._say(" " if tag in _CELLS else "\n")
        marked = known.get("type") == "cite" or "gmail_quote" in known.get("class", "")
        cited = tag == "blockquote" and marked and self._quotes < MOST_QUOTES
        self._quotes += cited
        leads = ">" if cited else known.get("href", "").lstrip("> ") if tag == "a" else ""
        self._hidden += hidden
        self._open.append((tag, hidden, leads, len(self._pieces)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            return
        _, hidden, leads, began = self._open.pop()
        self._hidden -= hidden
        if leads == ">":
            self._quotes -= 1
            said = "".join(self._pieces[began:])
            self._pieces[began:] = ["\n", "\n".join(f"> {line.strip()}" for line in said.strip().split("\n")), "\n"]
        elif leads and not self._hidden:
            said = "".join(self._pieces[began:]).strip()
            where = leads.removeprefix("mailto:").removeprefix("tel:")
            if where.strip("/") not in said and said.strip("/") not in where:
                self._say(f" ({leads})")
        if tag in _BLOCKS:
            self._say(" " if tag in _CELLS else "\n\n" if tag == "p" else "\n")

    def handle_data(self, data: str) -> None:
        if self._hidden:
            self.hid = self.hid or bool(data.strip())
        else:
            self._say(re.sub(r"\s+", " ", data))

    def _say(self, text: str) -> None:
        if text and not self._hidden:
            self._pieces.append(text)
