"""How long after "publish" is pressed in the console the public search finds the page: `python -m bench.published`.

The server is the one that is deployed, asked over HTTP: the console's form is posted by somebody who has signed in, and
the search of the host page is asked again and again from that moment on. `--worker none` is the arrangement in which
jobs run in a process of their own.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from selectolax.lexbor import LexborHTMLParser

from tests.drills.served import SITE, Served

PASSWORD = secrets.token_urlsafe(18)
EMAIL = "comu@tenjo.example"
PAUSE_S = 0.01
PATIENCE_S = 10.0


class Browser:
    """A browser with a cookie jar; each call seems to come from another network: limits are tested elsewhere."""

    def __init__(self, port: int) -> None:
        self._port, self._cookies = port, {}  # type: int, dict[str, str]

    def call(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, where it leads, and the text."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        headers = {
            "Host": f"localhost:{self._port}", "Origin": f"http://localhost:{self._port}", "Accept-Language": "es",
            "Referer": f"http://localhost:{self._port}{path}", "X-Forwarded-For": f"10.1.{secrets.randbelow(250)}.7",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookies |= {name: cookie.value for name, cookie in SimpleCookie(line).items()}
        connection.close()
        return answer.status, answer.headers.get("Location", ""), text

    def send(self, page: str, path: str, form: dict[str, str]) -> str:
        """Post a form with the token of its page, and return where it leads."""
        status, where, text = self.call("POST", path, {**form, "csrf_token": self.csrf(page)})
        assert status == 302, f"{path}: {status} {text[:2000]}"
        return where

    def csrf(self, page: str) -> str:
        node = LexborHTMLParser(self.call("GET", page)[2]).css_first('input[name="csrf_token"]')
        assert node is not None, page
        return node.attributes["value"] or ""


def fill(count: int) -> None:
    """Write the person who publishes and the documents that are there already into the store of this environment."""
    from flask_security.utils import hash_password

    from app import create_app
    from app.config import load
    from app.console.models import Grant, User
    from app.content.service import ensure_topics
    from app.db import db, write
    from app.search import feeding
    from app.search.index import the_index
    from app.sites.service import find_site
    from bench.search import corpus

    with create_app(load()).app_context():
        site = find_site(SITE)
        assert site is not None
        ensure_topics(site.id)
        user = User(email=EMAIL, name="Comu", password=hash_password(sys.argv[2]), fs_uniquifier=secrets.token_hex(16))
        user.grants = [Grant(site_id=site.id, office_id=None, role="administrator")]
        with write():
            db.session.add(user)
        documents, _ = corpus(count, seed=1)
        for start in range(0, count, 500):
            with write():
                for document in documents[start : start + 500]:
                    feeding.put(site.id, document)
        the_index().rebuild()
        the_index().update()


def publish(browser: Browser, number: int) -> tuple[float, float]:
    """Publish a page that waits as a draft; return milliseconds until the answer and until it is found."""
    word = f"{70_000_000 + number}"  # as of a decree: nothing is like it, so that asking costs what a question costs
    new = f"/console/{SITE}/publications/new"
    page = LexborHTMLParser(browser.call("GET", new)[2])
    topic = page.css_first('select[name="topic_id"] option[value]:not([value=""])')
    assert topic is not None
    typed = {
        "title": f"Aviso {word}", "body": "Nuevo aviso de la alcaldía con su texto. " * 30, "kind": "news",
        "lang": "es", "topic_id": topic.attributes["value"] or "", "summary": "",
    }  # fmt: skip
    place = browser.send(new, new, typed)
    path = place[place.index("/console/") :]
    csrf = browser.csrf(path)
    begun = time.perf_counter()
    status, _, text = browser.call("POST", f"{path}/state", {"state": "published", "csrf_token": csrf})
    answered = (time.perf_counter() - begun) * 1000
    assert status == 302, text[:2000]
    while True:
        found = json.loads(browser.call("GET", f"/api/{SITE}/search/results?q={word}")[2])
        took = (time.perf_counter() - begun) * 1000
        if found.get("total"):
            return answered, took
        assert took < PATIENCE_S * 1000, found
        time.sleep(PAUSE_S)


def measure(documents: int, times: int, worker: str) -> tuple[list[float], list[float]]:
    """Return until the answer, and until found, in milliseconds, each in order of size."""
    with tempfile.TemporaryDirectory() as name:
        served = Served(Path(name) / "instance", VENTANILLA_WORKER=worker, VENTANILLA_TWO_FACTOR="0").create()
        made = [sys.executable, "-m", "bench.published", "--fill", PASSWORD, str(documents)]
        subprocess.run(made, env=served.env, check=True)
        served.start()
        run = [sys.executable, "-m", "app.cli", "worker"]
        beside = subprocess.Popen(run, env=served.env) if worker == "none" else None
        try:
            browser = Browser(served.port)
            browser.send("/console/login", "/console/login", {"email": EMAIL, "password": PASSWORD})
            took = [publish(browser, number) for number in range(times + 3)][3:]
        finally:
            if beside is not None:
                beside.terminate()
                beside.wait(15)
            served.stop()
    return sorted(one for one, _ in took), sorted(two for _, two in took)


def line(documents: int, times: int, worker: str) -> str:
    """Return the sentence that says it."""
    answered, found = measure(documents, times, worker)
    p95 = statistics.quantiles(found, n=20)[-1]
    return (
        f"through the console over HTTP, {documents} documents, worker {worker}: answered p50 "
        f"{statistics.median(answered):.0f} ms; found p50 {statistics.median(found):.0f}, p95 {p95:.0f} ms (goal 100)"
    )


def main() -> None:
    if "--fill" in sys.argv:
        fill(int(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--worker", choices=["embedded", "none"], default="embedded")
    args = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}: {line(args.documents, args.times, args.worker)}")


if __name__ == "__main__":
    main()
