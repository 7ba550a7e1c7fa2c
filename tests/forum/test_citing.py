"""A contribution cites publications of the site by their address, and each is found from the other."""

from __future__ import annotations

from typing import Any

import pytest

from app.content import service as content
from app.db import db
from app.db import write as store_write
from app.documents.issuing import Issued
from app.documents.models import Document
from tests.conftest import Cast, HostPage
from tests.forum.conftest import Opener, write
from widgets.forum import service


@pytest.fixture
def address(app: Any, plan: int) -> str:
    row = content.live_one(plan)
    assert row is not None
    return f"{app.extensions['ventanilla'].settings.base_url}/tenjo/news/{row.slug}"


@pytest.mark.store
def test_a_publication_is_named_under_who_cites_it_and_they_are_found_from_it(
    host: HostPage, opened: Opener, address: str
) -> None:
    opened(moderation="after")
    root = write(host, body=f"Miren {address}, y ésta: https://malo.example/news/plan").json["post"]

    shown = host.get(f"/forum/threads/{root}").json["post"]  # type: ignore[index]
    plain = host.client.get(f"/tenjo/forum/parque/{root}").text
    back = host.client.get("/" + address.split("/", 3)[3]).text

    assert shown["cites"] == [{"title": "Plan del <parque>", "url": address}]
    assert "Plan del &lt;parque&gt;" in plain
    assert f"/tenjo/forum/parque/{root}" in back


def test_what_is_withdrawn_is_no_longer_named(
    host: HostPage, cast: Cast, opened: Opener, plan: int, address: str
) -> None:
    opened(moderation="after")
    root = write(host, body=f"Según {address}").json["post"]
    before = host.get(f"/forum/threads/{root}")

    content.set_state(cast.staff("comu"), cast.tenjo, plan, "withdrawn")
    after = host.client.get(
        f"/api/tenjo/forum/threads/{root}", headers=host.headers(**{"If-None-Match": before.headers["ETag"]})
    )

    assert "cites" in before.json["post"]  # type: ignore[index]
    assert after.status_code == 200
    assert "cites" not in after.json["post"]  # type: ignore[index]


def test_what_waits_or_is_deleted_is_not_found_from_the_publication(
    host: HostPage, cast: Cast, opened: Opener, address: str
) -> None:
    opened()
    waiting = write(host, body=f"Según {address}", title="Aún no").json
    path = "/" + address.split("/", 3)[3]

    before = host.client.get(path).text
    service.delete(cast.tenjo, waiting["person"], waiting["post"])

    assert "Aún no" not in before
    assert "Aún no" not in host.client.get(path).text


@pytest.mark.store
def test_a_document_is_cited_by_the_page_that_verifies_it(
    host: HostPage, app: Any, opened: Opener, letter: Issued, sign_in: Any
) -> None:
    forum_id = opened(moderation="after")
    url = f"{app.extensions['ventanilla'].settings.base_url}/tenjo/verify/{letter.code}"
    root = write(host, body=f"Lo dice [la carta]({url}).").json

    shown = host.get(f"/forum/threads/{root['post']}").json["post"]  # type: ignore[index]

    desk = sign_in("comu").get(f"/forum/{forum_id}/threads/{root['post']}").text

    assert shown["cites"] == [{"title": f"Respuesta a una petición {letter.number}", "url": url}]
    assert f'Cita: <a href="{url}">Respuesta a una petición' in desk


def test_what_can_be_cited_is_found_by_its_words_or_by_its_whole_code(
    host: HostPage, indexed: None, letter: Issued, address: str
) -> None:
    by_words = host.get("/forum/citable?q=pl").json["found"]  # type: ignore[index]
    by_code = host.get(f"/forum/citable?q={letter.code.lower()}").json["found"]  # type: ignore[index]
    by_part = host.get(f"/forum/citable?q={letter.code[:11]}").json["found"]  # type: ignore[index]

    assert by_words == [{"title": "Plan del <parque>", "hint": "publicación", "url": address}]
    assert [(one["title"], one["hint"]) for one in by_code] == [
        (f"Respuesta a una petición {letter.number}", "documento verificable")
    ]
    assert by_part == []


def test_nothing_of_another_site_can_be_cited(
    host: HostPage, cast: Cast, opened: Opener, letter: Issued, app: Any
) -> None:
    opened(moderation="after")
    with store_write():
        db.session.get_one(Document, letter.id).site_id = cast.other
    base = app.extensions["ventanilla"].settings.base_url
    root = write(host, body=f"{base}/tenjo/verify/{letter.code} {base}/otra/verify/{letter.code}").json["post"]

    assert host.get(f"/forum/citable?q={letter.code}").json["found"] == []  # type: ignore[index]
    assert "cites" not in host.get(f"/forum/threads/{root}").json["post"]  # type: ignore[index]


def test_staff_find_what_an_official_answer_can_cite(sign_in: Any, indexed: None, address: str) -> None:
    found = sign_in("comu").get("/forum/citable?q=plan").json

    assert [one["url"] for one in found] == [address]
