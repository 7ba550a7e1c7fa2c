"""What was published is found, and what was taken away is not, whoever writes and whatever dies."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from whoosh.reading import SegmentReader

from app.console.roles import Staff
from app.content import service
from app.content.service import FaqText
from app.db import db
from app.search import feeding
from app.search.engine import Add, Document, Remove, Shrunk
from app.search.index import the_index
from app.search.indexer import drain
from tests.conftest import Cast
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


def test_publishing_goes_on_while_the_index_is_tidied(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for first in (0, 3):
        three = range(first, first + 3)
        town.engine.apply([Add(town.document(f"d{number}", f"Acta {number}", "acta")) for number in three])
    town.engine.apply([Remove("d1")])
    seen: list[list[str]] = []

    def read_meanwhile(*args: Any) -> Any:
        if not seen:
            publish = threading.Thread(target=lambda: town.publish("d3", "Multa", "multa"))
            publish.start()
            publish.join()
            town.engine.apply([Remove("d5"), Add(town.document("d9", "Feria", "feria"))])
            seen.append(town.ids("multa") + town.ids("feria"))
        return SegmentReader(*args)

    monkeypatch.setattr("app.search.writer.SegmentReader", read_meanwhile)

    assert town.engine.tidy()
    assert seen == [["d3", "d9"]]
    assert sorted(town.ids("acta")) == ["d0", "d2", "d4"]
    assert town.ids("multa") == ["d3"] and town.ids("feria") == ["d9"]
    assert town.engine.count() == 5
    assert len(list(town.root.glob("current/*.seg"))) == 3


def test_a_merge_that_was_overtaken_or_killed_changes_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        town.publish(f"d{number}", f"Acta {number}", "acta")
    (town.root / "merging").mkdir()
    (town.root / "merging" / "left").write_text("half a segment")

    def rebuild_meanwhile(*args: Any) -> Any:
        town.engine.rebuild(town.document(f"n{number}", "Acta", "acta") for number in range(4))
        return SegmentReader(*args)

    monkeypatch.setattr("app.search.writer.SegmentReader", rebuild_meanwhile)

    assert not town.engine.tidy()
    assert town.ask("acta").total == town.engine.count() == 4
    assert not (town.root / "merging").exists()


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


# The real store, the real feed, and processes that die


def _child(app: Flask, act: Callable[..., None], *args: Any) -> Any:
    """Return a started process that has the app with connections of its own: none may be shared through a fork."""
    db.session.remove()
    db.engine.dispose()

    def run() -> None:
        index: Any = app.extensions["ventanilla_index"]
        index._engine = None
        with app.app_context():
            act(*args)

    process = FORK.Process(target=run)
    process.start()
    return process


def _publish(staff: Staff, site_id: int, who: str, count: int) -> None:
    for number in range(count):
        service.save_faq(staff, site_id, FaqText(f"Acta {who} {number}", "Texto del acta."))
        the_index().update()
        assert the_index().engine.query(SITE, f"acta {who} {number}").total >= 1


def _index_for_ever() -> None:
    while True:
        drain(the_index().engine, feeding.SqlFeed(), batch=3)
        time.sleep(0.001)


@pytest.fixture
def indexed(app: Flask, cast: Cast) -> Flask:
    """An app whose index is there, and that may fork."""
    service.save_faq(cast.staff("comu"), cast.tenjo, FaqText("Acta cero", "Texto."))
    the_index().update()
    # On PostgreSQL it listens in a thread, which a fork would not take along.
    app.extensions["chat"].close()
    return app


def test_four_processes_publishing_at_once_lose_nothing(indexed: Flask, cast: Cast) -> None:
    staff = cast.staff("comu")
    processes = [_child(indexed, _publish, staff, cast.tenjo, who, 10) for who in ("uno", "dos", "tres", "cuatro")]
    for process in processes:
        process.join(120)

    assert [process.exitcode for process in processes] == [0] * 4
    assert the_index().engine.query(SITE, "acta").total == the_index().engine.count() == 41
    assert feeding.waiting() == 0


def test_a_killed_indexer_never_corrupts_and_is_never_behind_for_good(
    indexed: Flask, cast: Cast, request: pytest.FixtureRequest
) -> None:
    """Killed at a moment of its own each time, while questions are written, changed and hidden."""
    staff, moments, ids = cast.staff("comu"), random.Random(4), []
    for death in range(25 if request.config.getoption("--full") else 6):
        process = _child(indexed, _index_for_ever)
        until = time.monotonic() + moments.uniform(0.05, 0.25)
        enough = len(ids) + 3  # on a busy machine too, where the moment is over before the first is written
        while len(ids) < enough or time.monotonic() < until:
            ids.append(service.save_faq(staff, cast.tenjo, FaqText(f"Acta {len(ids)}", f"Muerte {death}.")))
        service.save_faq(staff, cast.tenjo, FaqText("Acta oculta", "Nada.", published=False), ids[-1])
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert the_index().engine.query(SITE, "acta").total <= len(ids) + 1

    the_index().update()

    shown = sum(row.published for row in service.faqs(cast.tenjo, only_published=False))
    root = indexed.extensions["ventanilla"].settings.instance / "index"
    assert the_index().engine.query(SITE, "acta").total == the_index().engine.count() == shown > len(ids) / 2
    assert feeding.waiting() == 0
    assert not list(root.glob("current/MAIN.tmp")) and len(list(root.glob("current/*.toc*"))) == 1
