"""Search side by side: this engine, Whoosh as its documentation shows it, and SQLite FTS5, in one run on one machine.

    python -m bench.search                 # 10,000 documents of 200 to 400 words; some minutes, most of them Whoosh's
    python -m bench.search --documents 2000 --json
    python -m bench.search --cpu           # queries by processor time, where others keep the machine busy

Each answers the same queries with the ten best documents and highlights. Quote the ratios: the machine sets the rest.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from whoosh.analysis import LanguageAnalyzer
from whoosh.fields import ID, TEXT, Schema
from whoosh.index import FileIndex
from whoosh.qparser import MultifieldParser
from whoosh.query import Query as WhooshQuery

from app.search import analysis
from app.search.engine import Add, Document
from app.search.query import parse
from app.search.snippets import Marker
from app.search.whoosh_engine import WhooshEngine

SITE = "tenjo"
ROOT = Path(__file__).parents[1]
GOAL_MS = (2.8, 12.0)
CPU = "--cpu"
MARK = re.compile(r"[^\W\d_]+")


@dataclass
class Row:
    """What one engine took, in milliseconds where nothing else is said."""

    name: str
    build_s: float = 0.0
    size_mb: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    publish_p50: float = 0.0
    publish_p95: float = 0.0
    recall: str = ""
    hits: int = field(default=0, repr=False)


def vocabulary(chance: random.Random) -> tuple[list[str], list[float]]:
    """Return words with their shares: those of public offices, common ones first, and a long tail of invented ones."""
    listed = (ROOT / "app/search/words/families.es.txt").read_text("utf-8").splitlines()
    known = [word for line in listed if not line.startswith("#") for word in MARK.findall(line)]
    known += MARK.findall((ROOT / "tests/search/pairs.txt").read_text("utf-8"))
    syllables = [a + b for a in [*"bcdfglmnprstv", "ch", "ll", "br", "tr"] for b in [*"aeiou", "an", "en", "ar", "or"]]
    tail = ["".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(25_000)]
    content = list(dict.fromkeys(known))
    chance.shuffle(content)
    content = list(dict.fromkeys(content + tail))
    # Zipf, beginning below the function words, which are near half of any Spanish text.
    shares = [1 / (rank + 12) for rank in range(len(content))]
    function = MARK.findall("de la que el en y a los se del las un por con no una su para es al lo como más o pero sus")
    whole = sum(shares)
    return function + content, [whole * 0.8 / (rank + 2.5) / 2.2 for rank in range(len(function))] + shares


def corpus(count: int, seed: int) -> tuple[list[Document], list[str]]:
    """Return documents and the queries that people put to them: one to three words that stand in a document."""
    chance = random.Random(seed)
    words, shares = vocabulary(chance)
    documents, queries = [], []
    for number in range(count):
        title = " ".join(chance.choices(words, shares, k=chance.randint(3, 7))).capitalize()
        body = chance.choices(words, shares, k=chance.randint(200, 400))
        documents.append(Document(f"d{number}", SITE, "page", title, " ".join(body), f"/d{number}"))
        telling = [word for word in body if not analysis.is_stop(word) and len(word) > 3]
        queries.append(" ".join(chance.sample(telling, min(len(telling), chance.randint(1, 3)))))
    return documents, chance.sample(queries, min(400, count))


def timed(ask: Callable[[str], int], queries: list[str]) -> tuple[float, float, int]:
    """Return the median, the 95th percentile and the number of hits, after a short warm-up of other queries."""
    for query in queries[:20]:
        ask(query)
    took, hits, clock = [], 0, time.process_time if CPU in sys.argv else time.perf_counter
    for query in queries[20:]:
        begun = clock()
        hits += ask(query)
        took.append((clock() - begun) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1], hits


def publishing(publish: Callable[[str, str], None], ask: Callable[[str], int], times: int = 30) -> tuple[float, float]:
    """Return how long after publishing a page is found, median and 95th percentile."""
    took = []
    for number in range(times):
        word = f"zzpub{'abcdefghijklmnopqrstuvwxyz'[number % 26]}{'xyzw'[number // 26]}q"
        begun = time.perf_counter()
        publish(f"p{number}", f"{word} nuevo aviso de la alcaldia con su texto " * 8)
        assert ask(word) == 1, word
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def pairs() -> list[tuple[str, str]]:
    """Return the tests' pairs of a word typed and the form that a page holds."""
    lines = (ROOT / "tests/search/pairs.txt").read_text("utf-8").splitlines()
    return [(pair[0], pair[1]) for line in lines if not line.startswith("#") and (pair := line.split())]


def recall(publish: Callable[[str, str], None], ask: Callable[[str], int]) -> str:
    """Return how many of the pairs' written forms are found by the typed ones."""
    found = 0
    for number, (typed, written) in enumerate(pairs()):
        before = ask(typed)
        publish(f"r{number}", written)
        found += ask(typed) > before
    return f"{found}/{len(pairs())}"


def ours(folder: Path, documents: list[Document], queries: list[str]) -> Row:
    """Measure this engine, its texts in a table of SQLite as in the product."""
    store = texts(documents)

    def load(ids: list[str]) -> dict[str, str]:
        marks = ",".join("?" * len(ids))
        return dict(store.execute(f"SELECT id, body FROM doc WHERE id IN ({marks})", ids).fetchall())

    engine = WhooshEngine(folder / "ours", load)  # type: ignore[arg-type]
    row = Row("Ventanilla")
    begun = time.perf_counter()
    engine.rebuild(documents)
    row.build_s, row.size_mb = time.perf_counter() - begun, size_mb(folder / "ours")

    def publish(id: str, body: str) -> None:
        store.execute("INSERT INTO doc VALUES (?, ?)", (id, body))
        engine.apply([Add(Document(id, SITE, "page", "Aviso", body, f"/{id}"))])

    row.p50, row.p95, row.hits = timed(lambda query: len(engine.query(SITE, query).hits), queries)
    row.publish_p50, row.publish_p95 = publishing(publish, lambda query: engine.query(SITE, query).total)
    empty = WhooshEngine(folder / "pairs", lambda ids: {})
    row.recall = recall(
        lambda id, body: empty.apply([Add(Document(id, SITE, "page", "", body, ""))]),
        lambda query: empty.query(SITE, query).total,
    )
    return row


def documented(folder: Path, documents: list[Document], queries: list[str], keep_open: bool) -> Row:
    """Measure Whoosh as its documentation shows it: stored text, a parser, a searcher, its highlights."""
    analyzer = LanguageAnalyzer("es")
    schema = Schema(
        id=ID(stored=True, unique=True),
        title=TEXT(analyzer=analyzer, stored=True, field_boost=4.0),
        body=TEXT(analyzer=analyzer, stored=True),
    )
    row = Row("Whoosh as documented" + (", searcher kept" if keep_open else ""))
    begun = time.perf_counter()
    index = whoosh_index(folder / row.name, schema)
    fill(index, documents)
    row.build_s, row.size_mb = time.perf_counter() - begun, size_mb(folder / row.name)
    parser = MultifieldParser(["title", "body"], schema)

    def answer(searcher: object, query: WhooshQuery) -> int:
        hits = searcher.search(query, limit=10)  # type: ignore[attr-defined]
        return len([hit.highlights("body") for hit in hits])

    if keep_open:
        searcher = index.searcher()
        row.p50, row.p95, row.hits = timed(lambda query: answer(searcher, parser.parse(query)), queries)
        return row

    def ask(query: str) -> int:
        with index.searcher() as searcher:
            return answer(searcher, parser.parse(query))

    def publish(id: str, body: str) -> None:
        writer = index.writer()
        writer.update_document(id=id, title="Aviso", body=body)
        writer.commit()

    row.p50, row.p95, row.hits = timed(ask, queries)
    row.publish_p50, row.publish_p95 = publishing(publish, ask)
    index = whoosh_index(folder / "whoosh-pairs", schema)

    def count(query: str) -> int:
        with index.searcher() as searcher:
            return len(searcher.search(parser.parse(query), limit=None))

    row.recall = recall(publish, count)
    return row


def fts5(documents: list[Document], queries: list[str], stems: bool) -> Row:
    """Measure SQLite FTS5, with its own tokenizer and snippets, or over our stems with our snippets."""
    row = Row("SQLite FTS5" + (" over our stems" if stems else ""))
    store = texts(documents)

    def terms(text: str) -> str:
        return " ".join(analysis.term(word) for word in analysis.words(text)) if stems else text

    begun = time.perf_counter()
    make = "CREATE VIRTUAL TABLE {} USING fts5(id UNINDEXED, title, body, tokenize='unicode61 remove_diacritics 2')"
    store.execute(make.format("found"))
    add = "INSERT INTO found VALUES (?, ?, ?)"
    store.executemany(add, ((doc.id, terms(doc.title), terms(doc.body)) for doc in documents))
    store.commit()
    row.build_s = time.perf_counter() - begun
    best = "FROM found WHERE found MATCH ? ORDER BY bm25(found, 0, 4, 1) LIMIT 10"

    def match(query: str) -> str:
        return " ".join(f'"{terms(word)}"' for word in parse(query).words())

    def ask(query: str) -> int:
        if not stems:
            marked = "snippet(found, 2, '<b>', '</b>', '…', 30)"
            return len(store.execute(f"SELECT id, {marked} {best}", [match(query)]).fetchall())
        ids = [id for (id,) in store.execute(f"SELECT id {best}", [match(query)])]
        bodies = store.execute(f"SELECT body FROM doc WHERE id IN ({','.join('?' * len(ids))})", ids).fetchall()
        marker = Marker(parse(query).words(), "es")
        return len([marker.snippet(body) for (body,) in bodies])

    def publish(id: str, body: str) -> None:
        store.execute("INSERT INTO doc VALUES (?, ?)", (id, body))
        store.execute(add, (id, "", terms(body)))
        store.commit()

    row.p50, row.p95, row.hits = timed(ask, queries)
    row.publish_p50, row.publish_p95 = publishing(publish, ask)
    store.execute("DELETE FROM found")
    row.recall = recall(publish, lambda query: len(store.execute(f"SELECT 1 {best[:-9]}", [match(query)]).fetchall()))
    return row


def texts(documents: list[Document]) -> sqlite3.Connection:
    """Return a database with the bodies, as SQL holds them in the product."""
    store = sqlite3.connect(Path(tempfile.mkdtemp()) / "store.db")
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("CREATE TABLE doc (id TEXT PRIMARY KEY, body TEXT)")
    store.executemany("INSERT INTO doc VALUES (?, ?)", ((doc.id, doc.body) for doc in documents))
    store.commit()
    return store


def whoosh_index(folder: Path, schema: Schema) -> FileIndex:
    """Return an empty index of Whoosh."""
    from whoosh.index import create_in

    folder.mkdir()
    return create_in(str(folder), schema)


def fill(index: FileIndex, documents: list[Document]) -> None:
    """Index the documents with Whoosh's own writer."""
    writer = index.writer(limitmb=256)
    for doc in documents:
        writer.add_document(id=doc.id, title=doc.title, body=doc.body)
    writer.commit()


def size_mb(folder: Path) -> float:
    """Return the size of a folder's files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def rows(count: int, seed: int) -> Iterator[Row]:
    """Yield what each engine took."""
    documents, queries = corpus(count, seed)
    folder = Path(tempfile.mkdtemp())
    yield ours(folder, documents, queries)
    yield documented(folder, documents, queries, keep_open=False)
    yield documented(folder, documents, queries, keep_open=True)
    yield fts5(documents, queries, stems=False)
    yield fts5(documents, queries, stems=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument(CPU, action="store_true")
    parser.add_argument("--no-service", action="store_true", help="leave out the page published through the console")
    args = parser.parse_args()

    measured = list(rows(args.documents, args.seed))
    if args.json:
        json.dump([row.__dict__ for row in measured], sys.stdout, ensure_ascii=False, indent=1)
        return
    base = measured[0]
    print(f"{args.documents} documents; goal {GOAL_MS[0]} / {GOAL_MS[1]} ms")
    heads = ("build s", 8), ("MB", 6), ("p50 ms", 8), ("p95 ms", 8), ("ratio", 12), ("publish ms", 17), ("recall", 9)
    print(" " * 38 + "".join(f"{head:>{width}}" for head, width in heads) + "  hits")
    for row in measured:
        ratio = f"{row.p50 / base.p50:.1f} / {row.p95 / base.p95:.1f}"
        found = f"{row.publish_p50:.1f} / {row.publish_p95:.1f}" if row.publish_p50 else ""
        print(
            f"{row.name:38}{row.build_s:8.1f}{row.size_mb:6.0f}{row.p50:8.2f}{row.p95:8.2f}{ratio:>12}{found:>17}"
            f"{row.recall:>9}{row.hits:6}"
        )
    if not args.no_service:
        from bench import published

        print(published.line(args.documents, 40, "embedded"))


if __name__ == "__main__":
    main()
