"""Whole cases a second over HTTP, beside what SQLite itself can commit: `python bench/filing.py [--json]`.

16 clients file complete petitions with mail acknowledgement; each is one transaction on the disk (synchronous=FULL)
before its answer leaves. The raw figure is one small row a commit, by Python's sqlite3 in the same folder and run; the
bare one is a Flask that checks the same body and writes one ORM row (bench/bare.py), asked by the same clients.
Form tokens are fetched before the clock starts: a person fetches theirs minutes before sending.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import secrets
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.drills.served import Filer, Served, a_case, percentile

PROCESSES = 2


def raw_commits(folder: Path, seconds: float) -> float:
    """Return rows a second that a bare connection inserts, each in a commit of its own, WAL and FULL."""
    connection = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE cases (id INTEGER PRIMARY KEY, subject TEXT, body TEXT)")
    body, count, end = a_case(0)["body"], 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        connection.execute("INSERT INTO cases (subject, body) VALUES (?, ?)", (f"case {count}", body))
        count += 1
    connection.close()
    return count / seconds


def _clients(port: int, clients: int, per_client: int, seconds: float, go: Any, results: Any) -> None:
    filers = [Filer(port) for _ in range(clients)]
    for filer in filers:
        filer.tokens = [filer.token() for _ in range(per_client)]
        filer.hang_up()  # an idle connection is closed by the server before the others are ready
    spent: list[float] = []
    statuses: Counter[int] = Counter()
    lock = threading.Lock()

    def work(filer: Filer) -> None:
        mine, said = [], Counter[int]()
        end = time.perf_counter() + seconds
        while filer.tokens and time.perf_counter() < end:
            started = time.perf_counter()
            status, _ = filer.file(secrets.token_hex(16), a_case(secrets.token_hex(4)), filer.tokens.pop())
            mine.append(time.perf_counter() - started)
            said[status] += 1
        with lock:
            spent.extend(mine)
            statuses.update(said)

    go.wait()
    threads = [threading.Thread(target=work, args=(filer,)) for filer in filers]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((spent, dict(statuses), time.perf_counter() - started))


def ask(served: Served, clients: int, seconds: float) -> tuple[list[float], dict[str, int], float]:
    """Return the times of all filings in order, how often each status came, and filings a second."""
    results: Any = multiprocessing.Queue()
    go = multiprocessing.Barrier(PROCESSES)
    each = (served.port, clients // PROCESSES, int(40 * seconds), seconds, go, results)
    made = [multiprocessing.Process(target=_clients, args=each) for _ in range(PROCESSES)]
    for process in made:
        process.start()
    parts = [results.get() for _ in made]
    for process in made:
        process.join()
    spent = sorted(one for part, _, _ in parts for one in part)
    statuses: Counter[str] = Counter()
    for _, said, _ in parts:
        statuses.update({str(status): count for status, count in said.items()})
    return spent, dict(statuses), len(spent) / max(took for _, _, took in parts)


def measure(clients: int, seconds: float, worker: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw = raw_commits(folder, min(seconds, 3))
        plain = Served(folder / "bare", VENTANILLA_WORKER="none", BARE_STORE=str(folder / "bare.sqlite3"))
        plain.application = "bench.bare:app"
        ours = Served(folder / "instance", VENTANILLA_WORKER=worker).create()
        found = []
        for served in (plain, ours):
            served.start()
            try:
                found.append(ask(served, clients, seconds))
            finally:
                served.stop()
        trouble = ours.log.read_text()
    (_, _, bare), (spent, statuses, rate) = found
    return {
        "clients": clients, "worker": worker, "cases": len(spent), "cases_s": round(rate, 1),
        "p50_ms": round(1000 * percentile(spent, 0.5), 1), "p95_ms": round(1000 * percentile(spent, 0.95), 1),
        "p99_ms": round(1000 * percentile(spent, 0.99), 1), "statuses": statuses,
        "locked": trouble.count("database is locked"), "raw_commits_s": round(raw, 1),
        "raw_for_one": round(raw / rate, 1), "bare_s": round(bare, 1), "part_of_bare": round(rate / bare, 2),
    }  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--clients", type=int, default=16)
    arguments.add_argument("--seconds", type=float, default=6)
    arguments.add_argument("--worker", choices=["embedded", "none"], default="embedded", help="deliver mail meanwhile")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    found = measure(given.clients, given.seconds, given.worker)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:>14}  {value}")


if __name__ == "__main__":
    main()
