"""A forum of Tenjo's, open, with its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Cast, HostPage
from tests.guest import Guest, guest_of
from widgets.forum import moderation
from widgets.forum.moderation import Setup

Opener = Callable[..., int]


@pytest.fixture
def opened(cast: Cast) -> Opener:
    """`opened(title="Parque", moderation="after")` opens a forum and returns its id; its key is its title's."""

    def open_it(title: str = "Parque", **setup: Any) -> int:
        staff = cast.staff("comu")
        forum_id = moderation.create(staff, cast.tenjo, Setup(title=title, **setup))
        moderation.open_forum(staff, cast.tenjo, forum_id)
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
