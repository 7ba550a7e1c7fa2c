"""Takes title and text out of what a host sends: HTML, PDF, DOCX, ODT; the menus of a page are not its text."""

from __future__ import annotations

import codecs
import io
import logging
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from html import unescape
from typing import Any

log = logging.getLogger("ventanilla.crawl")
MOST_TEXT = 400_000
MOST_LINKS = 500
_PDF_S = 20
_XML_BYTES = 20 * 1024 * 1024
_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?([\w-]+)""", re.I)
_CLUTTER = (
    "script, style, noscript, template, svg, nav, header, footer, aside, form, iframe, [role=navigation], "
    "[role=banner], [role=contentinfo], [role=search], [hidden], [aria-hidden=true], .breadcrumb, .menu, .cookie"
)
_MAIN = ("main", "[role=main]", "article", "#content", "#contenido", "#main", ".content", ".contenido")


@dataclass(frozen=True)
class Page:
    """What a page says, and what it says of itself: `canonical`, and whether it is to be kept and followed."""

    title: str
    text: str
    lang: str = "es"
    canonical: str = ""
    base: str = ""
    index: bool = True
    follow: bool = True
    links: tuple[str, ...] = ()


def decode(body: bytes, content_type: str, url: str = "") -> str:
    """Return the text of a page; one in Latin-1 that says UTF-8 is read as what it is, and said in the log."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    told = re.search(r"charset=\"?([\w-]+)", content_type, re.I)
    found = _CHARSET.search(body[:4096])
    names = [name for name in (told and told[1], found and found[1].decode("ascii", "ignore")) if name]
    for name in names:
        try:
            known = codecs.lookup(name).name
        except LookupError:
            continue
        if known not in {"utf-8", "ascii"}:
            return body.decode(known, "replace")
    if names and url:
        log.info("%s says that it is %s and is not: it was read as Windows-1252", url, names[0])
    return body.decode("cp1252", "replace")


def read_html(body: bytes, content_type: str, robots_header: str = "", url: str = "") -> Page:
    """Return what an HTML page says. Needs the extra `crawl`."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(decode(body, content_type, url))
    root = tree.css_first("html")
    said = [robots_header] + [
        node.attributes.get("content") or ""
        for node in tree.css("meta[name]")
        if (node.attributes.get("name") or "").lower() in {"robots", "ventanilla"}
    ]
    rules = {word.strip().lower() for text in said for word in text.replace(";", ",").split(",")}
    canonical = tree.css_first("link[rel=canonical]")
    base = tree.css_first("base[href]")
    links = [node.attributes.get("href") or "" for node in tree.css("a[href]")[: MOST_LINKS * 4]]
    title = _words(tree.css_first("title"))
    for node in tree.css(_CLUTTER):
        node.decompose()
    main = next((found for found in map(tree.css_first, _MAIN) if found is not None and _words(found)), tree.body)
    heading = _words(main.css_first("h1")) if main is not None else ""
    text = re.sub(r"\s+", " ", main.text(separator=" ")).strip() if main is not None else ""
    lang = ((root.attributes.get("lang") if root else "") or "es")[:2].lower()
    followed = [
        link for link in links if link and not link.startswith(("#", "javascript:", "mailto:", "tel:", "data:"))
    ]
    return Page(
        title=(heading or title)[:300], text=text[:MOST_TEXT], lang=lang if lang in {"es", "en"} else "es",
        canonical=(canonical.attributes.get("href") or "") if canonical else "",
        base=(base.attributes.get("href") or "") if base else "",
        index=not rules & {"noindex", "none"}, follow=not rules & {"nofollow", "none"},
        links=tuple(dict.fromkeys(followed))[:MOST_LINKS],
    )  # fmt: skip


def _words(node: Any) -> str:
    return re.sub(r"\s+", " ", node.text(separator=" ")).strip() if node is not None else ""


def read_office(body: bytes, name: str) -> Page | None:
    """Return what a DOCX or ODT says, or None for one that is broken or grows too large."""
    part = "word/document.xml" if name == "docx" else "content.xml"
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive, archive.open(part) as file:
            xml = file.read(_XML_BYTES + 1)
    except (OSError, KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
        return None
    if len(xml) > _XML_BYTES:
        return None
    # No parser of XML: entities and their bombs mean nothing to a search index.
    lines = re.sub(r"</(?:w:p|text:p|text:h)>", "\n", xml.decode("utf-8", "replace"))
    text = unescape(re.sub(r"<[^>]*>", "", lines))
    kept = [line for raw in text.splitlines() if (line := re.sub(r"\s+", " ", raw).strip())]
    return Page(kept[0][:200] if kept else "", "\n".join(kept)[:MOST_TEXT])


def read_pdf(body: bytes) -> Page | None:
    """Return what a PDF says, read by a process of its own: a PDF made to hurt can hurt only that one."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and the bytes go in as data
            [sys.executable, "-I", "-c", _PDF], input=body, capture_output=True, timeout=_PDF_S, check=True
        )
    except (subprocess.SubprocessError, OSError):
        return None
    title, _, text = done.stdout.decode("utf-8", "replace").partition("\x00")
    return Page(" ".join(title.split())[:200], re.sub(r"\s+", " ", text).strip()[:MOST_TEXT])


_PDF = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (15, 15))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)) if hasattr(resource, "RLIMIT_NPROC") else None
import pypdfium2
pdf = pypdfium2.PdfDocument(sys.stdin.buffer.read())
sys.stdout.reconfigure(encoding="utf-8", errors="replace")
sys.stdout.write(pdf.get_metadata_dict().get("Title", "") + "\\0")
left = 400000
for number in range(min(len(pdf), 300)):
    text = pdf[number].get_textpage().get_text_bounded()
    sys.stdout.write(text[:left] + "\\n")
    left -= len(text)
    if left <= 0:
        break
"""
