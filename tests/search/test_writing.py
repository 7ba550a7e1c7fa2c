"""What was published is found, and what was taken away is not, whoever writes and whatever dies."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.search.engine import Add, Change, Document, Remove, Shrunk
from app.search.indexer import drain
from app.search.whoosh_engine import WhooshEngine
from tests.search.conftest import SITE, Town

FORK = multiprocessing.get_context("fork")  # quick to start, so that kills fall into commits and not into imports


def test_a_change_is_seen_at_once_here_and_in_another_process(town: Town) -> None:
    other = town.another_process()
    town.publish("a", "Predial", "predial")

    assert town.ids("predial") == ["a"]
    assert other.query(SITE, "predial").total == 1

    town.publish("a", "Vacunas", "vacunas")

    assert other.query(SITE, "predial").total == 0
    assert other.query(SITE, "vacunas").total == 1


def test_the_last_of_several_changes_in_a_batch_counts(town: Town) -> None:
    document = town.document("a", "Predial")

    town.engine.apply([Add(document), Remove("a"), Add(town.document("b", "Multas")), Add(document), Remove("b")])

    assert town.ids("predial") == ["a"]
    assert town.engine.count() == 1


def test_removing_what_is_not_there_changes_nothing(town: Town) -> None:
    town.engine.apply([Remove("ghost")])
    town.publish("a", "Predial")
    town.engine.apply([Remove("ghost")])

    assert town.engine.count() == 1


def test_many_small_commits_lose_nothing_and_leave_few_segments(town: Town) -> None:
    for number in range(120):
        town.publish(f"d{number % 100}", f"Acta {number}", "acta")

    assert town.ask("acta").total == town.engine.count() == 100
    assert len(list(town.root.glob("current/*.seg"))) < 20

    while town.engine.tidy():
        pass

    assert town.ask("acta").total == 100
    assert len(list(town.root.glob("current/*.seg"))) == 1


def test_a_document_that_cannot_be_indexed_leaves_the_index_as_it_was(town: Town) -> None:
    town.publish("a", "Predial")
    broken = Document("b", SITE, "page", None, "x", "/b")  # type: ignore[arg-type]

    with pytest.raises(TypeError):
        town.engine.apply([Remove("a"), Add(broken)])

    assert town.ids("predial") == ["a"]
    town.publish("c", "Multas")
    assert town.engine.count() == 2


def test_a_rebuild_is_swapped_in_while_others_search(town: Town) -> None:
    for number in range(20):
        town.publish(f"d{number}", "Acta", "acta")
    wrong: list[int] = []
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            total = town.ask("acta").total
            if total != 20:
                wrong.append(total)

    readers = [threading.Thread(target=search) for _ in range(3)]
    for reader in readers:
        reader.start()
    other = town.another_process()
    for _ in range(5):
        assert other.rebuild(town.document(f"d{n}", "Acta", "acta") for n in range(20)) == 20
    stop.set()
    for reader in readers:
        reader.join()

    assert wrong == []
    assert [path.name for path in town.root.iterdir() if path.is_dir() and not path.is_symlink()] == [
        (town.root / "current").readlink().name
    ]


def test_a_rebuild_that_would_lose_a_third_is_refused(town: Town) -> None:
    town.engine.rebuild(town.document(f"d{n}", "Acta") for n in range(10))
    six = [town.document(f"d{n}", "Acta") for n in range(6)]

    with pytest.raises(Shrunk, match="6 documents in place of 10"):
        town.engine.rebuild(six)
    assert town.engine.count() == 10

    assert town.engine.rebuild(six, allow_shrink=True) == 6
    assert town.ask("acta").total == 6


def test_a_rebuild_that_loses_less_goes_through(town: Town) -> None:
    town.engine.rebuild(town.document(f"d{n}", "Acta") for n in range(10))

    assert town.engine.rebuild(town.document(f"d{n}", "Acta") for n in range(7)) == 7


def test_an_index_begun_empty_asks_to_be_rebuilt(town: Town) -> None:
    assert town.engine.needs_rebuild()
    town.publish("a", "Acta")
    assert town.engine.needs_rebuild()

    town.engine.rebuild([town.document("a", "Acta")])

    assert not town.engine.needs_rebuild()


def test_an_index_of_an_older_version_is_not_read(town: Town) -> None:
    town.engine.rebuild([town.document("a", "Acta")])
    (town.root / "current").unlink()
    (town.root / "current").symlink_to("v0-000001")

    fresh = town.another_process()

    assert fresh.needs_rebuild()
    assert fresh.query(SITE, "acta").total == 0


def test_a_large_rebuild_is_cut_into_segments(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.search.writer.SEGMENT", 5)

    town.engine.rebuild(town.document(f"d{n}", f"Acta {n}", "acta") for n in range(12))

    assert len(list(town.root.glob("current/*.seg"))) == 3
    assert town.ask("acta").total == 12
    assert town.ids("acta 11")[0] == "d11"


def test_long_lists_in_several_blocks_are_read_whole(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.search.codec.BLOCK", 4)

    town.engine.rebuild(town.document(f"d{n}", f"Acta {n}", "acta") for n in range(18))
    town.publish("extra", "Acta extra", "acta")
    town.engine.tidy()

    assert town.ask("acta").total == 19
    assert town.ids('"acta 17"') == ["d17"]


def test_what_a_commit_needs_is_on_disk_before_it_counts(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.publish("a", "Acta")
    done: list[str] = []
    sync, rename = os.fsync, os.rename
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append(Path(f"/proc/self/fd/{fd}").readlink().name), sync(fd)))
    monkeypatch.setattr(os, "rename", lambda old, new: (done.append("renamed"), rename(old, new)))

    town.publish("b", "Acta")

    at = done.index("renamed")
    new = {path.name for path in town.root.glob("current/*.seg")} & set(done)
    assert len(new) == 1 and new <= set(done[:at])
    assert any(".toc" in name for name in done[:at])
    assert done[at + 1 :] == [(town.root / "current").resolve().name]


class Table:
    """The table of waiting changes, as the trunk's will be. Opened anew each time, since SQLite must not be forked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as db:
            db.execute("CREATE TABLE IF NOT EXISTS waiting (number INTEGER PRIMARY KEY, id TEXT, title TEXT)")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=30)) as db, db:
            yield db

    def publish(self, id: str, title: str) -> None:
        with self._open() as db:
            db.execute("INSERT INTO waiting (id, title) VALUES (?, ?)", (id, title))

    def take(self, most: int) -> Sequence[tuple[int, Change]]:
        with self._open() as db:
            rows = db.execute("SELECT number, id, title FROM waiting ORDER BY number LIMIT ?", (most,)).fetchall()
        return [(number, _change(id, title)) for number, id, title in rows]

    def done(self, numbers: Sequence[int]) -> None:
        with self._open() as db:
            db.executemany("DELETE FROM waiting WHERE number = ?", [(number,) for number in numbers])


def _change(id: str, title: str) -> Change:
    return Add(Document(id, SITE, "page", title, f"texto {title}", f"/{id}")) if title else Remove(id)


def _no_texts(ids: Sequence[str]) -> dict[str, str]:
    return {}


def _publish(root: Path, who: int, count: int) -> None:
    engine, table = WhooshEngine(root, _no_texts), Table(root.parent / "waiting.db")
    for number in range(count):
        table.publish(f"p{who}-{number}", f"Acta {who} {number}")
        drain(engine, table)
        assert engine.query(SITE, f"acta {who} {number}").total >= 1


def _index_for_ever(root: Path) -> None:
    engine, table = WhooshEngine(root, _no_texts), Table(root.parent / "waiting.db")
    while True:
        drain(engine, table, batch=3)
        time.sleep(0.001)


def test_four_processes_publishing_at_once_lose_nothing(tmp_path: Path) -> None:
    Table(tmp_path / "waiting.db")
    processes = [FORK.Process(target=_publish, args=(tmp_path / "index", who, 15)) for who in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)

    engine = WhooshEngine(tmp_path / "index", _no_texts)

    assert [process.exitcode for process in processes] == [0] * 4
    assert engine.query(SITE, "acta").total == engine.count() == 60


def test_a_killed_indexer_never_corrupts_and_is_never_behind_for_good(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root, table = tmp_path / "index", Table(tmp_path / "waiting.db")
    published = 0
    moments = random.Random(4)
    for _ in range(25 if request.config.getoption("--full") else 8):
        process = FORK.Process(target=_index_for_ever, args=(root,))
        process.start()
        until = time.monotonic() + moments.uniform(0.03, 0.2)
        while time.monotonic() < until:
            table.publish(f"k{published}", f"Acta {published}")
            published += 1
            time.sleep(0.002)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        assert WhooshEngine(root, _no_texts).query(SITE, "acta").total <= published

    engine = WhooshEngine(root, _no_texts)
    drain(engine, table)

    assert engine.query(SITE, "acta").total == engine.count() == published
    assert table.take(1) == []
    assert not list(root.glob("current/MAIN.tmp")) and len(list(root.glob("current/*.toc*"))) == 1
