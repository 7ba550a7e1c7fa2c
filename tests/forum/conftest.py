"""A forum of Tenjo's, open, with its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask

from app.content import service as content
from app.content.service import PublicationText
from app.db import write as store_write
from app.documents.issuing import Issued, issue
from app.documents.registry import LETTER
from app.search.index import the_index
from app.sites.service import site_info
from tests.conftest import PASSWORD, Cast, HostPage
from tests.guest import Guest, guest_of
from widgets.forum import holding
from widgets.forum.holding import Setup

Opener = Callable[..., int]


@pytest.fixture
def opened(cast: Cast) -> Opener:
    """`opened(title="Parque", moderation="after")` opens a forum and returns its id; its key is its title's."""

    def open_it(title: str = "Parque", **setup: Any) -> int:
        staff = cast.staff("comu")
        forum_id = holding.create(staff, cast.tenjo, Setup(title=title, **setup))
        holding.open_forum(staff, cast.tenjo, forum_id)
        return forum_id

    return open_it


def post(**changes: Any) -> dict[str, Any]:
    """A new thread as the element sends it."""
    return {"forum": "parque", "title": "Más sombra", "body": "Faltan **árboles**.", "name": "Luz", **changes}


def write(host: HostPage, **changes: Any) -> Any:
    """Write, and return what the server says."""
    return host.send("/forum/posts", post(**changes))


@pytest.fixture
def guest(app: Flask, cast: Cast, browser: Any) -> Iterator[Guest]:
    with guest_of(app, browser) as guest:
        yield guest


@pytest.fixture
def plan(cast: Cast) -> int:
    """A publication of Tenjo's."""
    staff, topic = cast.staff("comu"), content.ensure_topics(cast.tenjo)[0].id
    made = content.save_publication(staff, cast.tenjo, PublicationText("Plan del <parque>", "Texto.", topic))
    content.set_state(staff, cast.tenjo, made, "published")
    return made


@pytest.fixture
def letter(cast: Cast) -> Issued:
    """A document of Tenjo's that anybody can verify."""
    site = site_info(cast.tenjo)
    with store_write():
        return issue(
            LETTER, site, "Respuesta a una petición", "es", {}, source="memo", source_id=1, on=date(2026, 3, 2)
        )  # fmt: skip


@pytest.fixture
def indexed(app: Any, plan: int) -> None:
    the_index().update()


def enter(desk: Any, server_url: str) -> str:
    """Sign the one who answers for the forum in, in a browser, and return the console's address."""
    desk.goto(f"{server_url}/console/login")
    desk.fill("#email", "comu@tenjo.example")
    desk.fill("#password", PASSWORD)
    desk.click("button.btn-primary")
    return f"{server_url}/console"
