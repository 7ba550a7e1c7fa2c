"""The crawler over a real Spanish website of hundreds of pages: GIMP's manual, of Debian's package, on this machine."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, Response, send_from_directory

from app.db import db
from app.search.crawl import crawler, hosts
from app.search.crawl.models import CrawlPage
from app.search.models import SearchDocument
from tests.conftest import Cast
from tests.content.conftest import Press
from tests.guest import served

PACKAGE, FOLDER = "gimp-help-es", "usr/share/gimp/2.0/help/es"


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the package's pages."""
    folder = tmp_path_factory.mktemp("debian")
    try:
        subprocess.run(["apt-get", "download", PACKAGE], cwd=folder, check=True, capture_output=True, timeout=300)
        [package] = folder.glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError, ValueError):
        pytest.skip(f"{PACKAGE} can't be had from Debian here")
    return folder / FOLDER


@pytest.mark.full
def test_a_real_manual_is_read_whole_and_its_pages_are_found_by_their_titles(
    app: Flask, cast: Cast, manual: Path
) -> None:
    made = Flask("manual")

    @made.get("/")
    @made.get("/<path:path>")
    def page(path: str = "index.html") -> Response:
        return send_from_directory(manual, path)

    with served(made) as url:
        ventanilla = app.extensions["ventanilla"]
        ventanilla.settings = replace(ventanilla.settings, crawl_allow=frozenset({url.removeprefix("http://")}))
        staff = cast.staff("admin")
        host_id = hosts.add(staff, cast.tenjo, url)
        [(host, _)] = hosts.hosts(cast.tenjo)
        made.add_url_rule(hosts.FILE, "mark", lambda token=host.token: Response(token))
        hosts.prove(staff, cast.tenjo, host_id)
        crawler.run(host_id)
    Press(app, staff, cast.tenjo).work()

    db.session.rollback()
    states = Counter(db.session.scalars(db.select(CrawlPage.state).where(CrawlPage.kind == "page")))
    pages = len(list(manual.glob("*.html")))
    titles = list(db.session.execute(db.select(SearchDocument.id, SearchDocument.title)))
    chosen = random.Random(4).sample([row for row in titles if Counter(title for _, title in titles)[row[1]] == 1], 50)
    engine = app.extensions["ventanilla_index"].engine
    first = sum([hit.id for hit in engine.query("tenjo", title, limit=1).hits] == [id] for id, title in chosen)

    assert states["indexed"] >= 0.9 * pages > 500, states
    assert states["waiting"] == 0
    assert first >= 45
