"""What a reader of a PDF is given: its title, language, tags and alternative texts, as pdfium sees them."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Read:
    """A PDF as assistive technology meets it."""

    title: str
    lang: str
    tagged: bool
    ua: bool
    text: str
    pages: int
    tags: list[str] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)


def _text(page: Any) -> str:
    words = page.get_textpage()
    text = str(words.get_text_range())
    words.close()
    return text


def read(pdf: bytes) -> Read:
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    def said(get: Any, element: Any) -> str:
        size = get(element, None, 0)
        buffer = ctypes.create_string_buffer(size)
        get(element, buffer, size)
        return buffer.raw.decode("utf-16-le").rstrip("\0")

    def walk(element: Any, found: Read) -> None:
        found.tags.append(said(raw.FPDF_StructElement_GetType, element))
        if alt := said(raw.FPDF_StructElement_GetAltText, element):
            found.alts.append(alt)
        for place in range(raw.FPDF_StructElement_CountChildren(element)):
            if child := raw.FPDF_StructElement_GetChildAtIndex(element, place):
                walk(child, found)

    document = pdfium.PdfDocument(pdf)
    text = "\n".join(_text(page) for page in document)
    lang = re.search(rb"/Type/Catalog.*?/Lang ?\(([\w-]+)\)", pdf, re.DOTALL)
    found = Read(
        document.get_metadata_value("Title"), lang[1].decode() if lang else "",
        bool(raw.FPDFCatalog_IsTagged(document)), b"pdfuaid:part" in pdf, text, len(document),
    )  # fmt: skip
    for number in range(len(document)):
        page = document[number]
        tree = raw.FPDF_StructTree_GetForPage(page)
        for place in range(raw.FPDF_StructTree_CountChildren(tree)):
            walk(raw.FPDF_StructTree_GetChildAtIndex(tree, place), found)
        raw.FPDF_StructTree_Close(tree)
        page.close()
    document.close()
    return found
