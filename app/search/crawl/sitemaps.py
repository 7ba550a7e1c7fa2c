"""Addresses out of sitemaps, indexes of them, and robots.txt, as long as they are reasonable (sitemaps.org)."""

from __future__ import annotations

import re
import zlib
from html import unescape

MOST_BYTES = 10 * 1024 * 1024
MOST_URLS = 5000
_LOC = re.compile(r"<(?:\w+:)?loc>\s*(.*?)\s*</(?:\w+:)?loc>", re.S)


def unpacked(body: bytes) -> bytes:
    """Return a sitemap's bytes, inflated as far as a reasonable one goes: a bomb is cut, not swallowed."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:MOST_BYTES]
    try:
        return zlib.decompressobj(31).decompress(body, MOST_BYTES)
    except zlib.error:
        return b""


def addresses(body: bytes) -> tuple[list[str], list[str]]:
    """Return (pages, further sitemaps) of a sitemap, of an index of them, or of a plain list of addresses."""
    text = unpacked(body).decode("utf-8", "replace")
    if "<" not in text[:500]:
        return [line.strip() for line in text.splitlines()[:MOST_URLS] if line.startswith("http")], []
    # By pattern and not by a parser: an entity bomb in a sitemap is only text here.
    found = [unescape(match[1].removeprefix("<![CDATA[").removesuffix("]]>").strip()) for match in _LOC.finditer(text)]
    found = found[:MOST_URLS]
    return ([], found) if re.search(r"<(?:\w+:)?sitemapindex\b", text[:2000]) else (found, [])
