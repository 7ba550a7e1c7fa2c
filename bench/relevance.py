"""Relevance on a real Spanish site: pages typed by their titles, right and with one slip, and where they come.

    apt-get download gimp-help-es debian-reference-es     # or any folder of Spanish HTML
    dpkg-deb -x gimp-help-es_*.deb corpus
    python -m bench.relevance corpus --pages 50 --seed 1

Prints how many pages come first for their title, and for their title with a letter changed, dropped or doubled: first
at once, or first after did-you-mean.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from app.search import analysis
from app.search.engine import Document
from app.search.whoosh_engine import WhooshEngine

SITE = "corpus"
_NUMBER = re.compile(r"^\s*((capítulo|apéndice|parte)\s+)?([0-9]+|[A-Z]|[IVX]+)(\.[0-9]+)*\.\s+", re.IGNORECASE)


class _Page(HTMLParser):
    """The title and the text of a page, without scripts and, unless wanted, DocBook's navigation."""

    VOID = frozenset({"br", "hr", "img", "link", "meta", "input", "col"})

    def __init__(self, navigation: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.text: list[str] = []
        self._navigation, self._skipping, self._in_title = navigation, 0, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("class") or ""
        if self._skipping:
            self._skipping += tag not in self.VOID
        elif tag in ("script", "style") or (not self._navigation and name in ("navheader", "navfooter", "toc")):
            self._skipping = 1
        self._in_title = tag == "title"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        self._skipping = max(0, self._skipping - (tag not in self.VOID))
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._skipping:
            self.text.append(data)


@dataclass(frozen=True)
class Score:
    """How many of the pages came first."""

    asked: int
    first: int
    mended: int
    missed: list[str]


def read(folder: Path, navigation: bool = False) -> list[Document]:
    """Return the HTML pages of a folder as documents; a long page is also cut at its headings with an anchor."""
    documents = []
    for path in sorted(folder.rglob("*.html")):
        if re.search(r"\.(?!es)[a-z]{2}\.html$", path.name):
            continue
        html = path.read_text("utf-8", errors="replace")
        whole = _parsed(html, navigation)
        documents.append(Document(path.name, SITE, "page", whole.title.strip(), " ".join(whole.text), f"/{path.name}"))
    return documents


def _parsed(html: str, navigation: bool) -> _Page:
    page = _Page(navigation)
    page.feed(html)
    page.close()
    return page


def sections(folder: Path) -> list[Document]:
    """Return the headed sections of long DocBook pages, each as a document."""
    documents = []
    for path in sorted(folder.rglob("ch*.es.html")):
        pieces = re.split(r'(?=<h[2-5] class="title">)', path.read_text("utf-8", errors="replace"))
        for number, piece in enumerate(pieces[1:]):
            title = " ".join(_parsed(re.split(r"</h\d>", piece)[0], True).text)
            text = " ".join(_parsed(piece, True).text)
            documents.append(Document(f"{path.name}#{number}", SITE, "page", title.strip(), text, f"/{path.name}"))
    return documents


def slip(text: str, chance: random.Random) -> str:
    """Return the text with one letter changed, dropped or doubled, in a word of four letters or more."""
    places = [match.start() + at for match in re.finditer(r"[^\W\d_]{4,}", text) for at in range(len(match[0]))]
    at = chance.choice(places)
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz".replace(text[at].lower(), ""))
    return text[:at] + chance.choice([letter, "", text[at] * 2]) + text[at + 1 :]


def ask(engine: WhooshEngine, asked: list[tuple[str, Document]]) -> Score:
    """Return how many documents come first for the text beside them."""
    first, mended, missed = 0, 0, []
    for text, document in asked:
        results = engine.query(SITE, text)
        if _is_first(results.hits, document):
            first += 1
        elif results.did_you_mean and _is_first(engine.query(SITE, results.did_you_mean).hits, document):
            mended += 1
        else:
            top = results.hits[0].title if results.hits else "nothing"
            missed.append(f"{text!r}: {top!r} in place of {document.title!r}, offered {results.did_you_mean!r}")
    return Score(len(asked), first, mended, missed)


def _is_first(hits: tuple[object, ...], document: Document) -> bool:
    return bool(hits) and hits[0].id == document.id  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--navigation", action="store_true", help="index the links to other pages too")
    parser.add_argument("--sections", action="store_true", help="cut long pages at their headings")
    parser.add_argument("--numbers", action="store_true", help="type the numbers that titles begin with")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    documents = sections(args.folder) if args.sections else read(args.folder, args.navigation)
    texts = {document.id: document.body for document in documents}
    engine = WhooshEngine(Path(tempfile.mkdtemp()), lambda ids: {id: texts[id] for id in ids})
    engine.rebuild(documents)

    chance = random.Random(args.seed)
    typed = {document.id: document.title if args.numbers else _NUMBER.sub("", document.title) for document in documents}
    times: dict[str, int] = {}
    for text in typed.values():
        times[analysis.fold(text)] = times.get(analysis.fold(text), 0) + 1
    # Two pages of one title can't both be first, and a word of three letters can't be told from its slip.
    usable = [d for d in documents if times[analysis.fold(typed[d.id])] == 1 and re.search(r"[^\W\d_]{4}", typed[d.id])]
    chosen = chance.sample(usable, min(args.pages, len(usable)))
    right = ask(engine, [(typed[document.id], document) for document in chosen])
    plain = ask(engine, [(analysis.fold(typed[document.id]), document) for document in chosen])
    slipped = ask(engine, [(slip(typed[document.id], chance), document) for document in chosen])

    if args.json:
        scores = {"right": right.__dict__, "plain": plain.__dict__, "slip": slipped.__dict__}
        json.dump({"documents": len(documents)} | scores, sys.stdout, ensure_ascii=False, indent=1)
        return
    print(f"{len(documents)} documents, {len(chosen)} titles")
    for name, score in (("typed right", right), ("without accents", plain), ("one slip", slipped)):
        print(f"{name:16} first {score.first:4}  after did-you-mean {score.mended:3}  of {score.asked}")
        for line in score.missed if args.verbose else ():
            print("   ", line)


if __name__ == "__main__":
    main()
