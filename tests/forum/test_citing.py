"""A contribution cites publications of the site by their address, and each is found from the other."""

from __future__ import annotations

from typing import Any

import pytest

from app.content import service as content
from app.content.service import PublicationText
from tests.conftest import Cast, HostPage
from tests.forum.conftest import Opener, write
from widgets.forum import service as forum


@pytest.fixture
def plan(cast: Cast) -> int:
    """A publication of Tenjo's."""
    staff, topic = cast.staff("comu"), content.ensure_topics(cast.tenjo)[0].id
    made = content.save_publication(staff, cast.tenjo, PublicationText("Plan del <parque>", "Texto.", topic))
    content.set_state(staff, cast.tenjo, made, "published")
    return made


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
    forum.delete(cast.tenjo, waiting["person"], waiting["post"])

    assert "Aún no" not in before
    assert "Aún no" not in host.client.get(path).text
