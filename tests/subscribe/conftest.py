"""A press office with subscribers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.db import db
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press
from widgets.subscribe import links, service
from widgets.subscribe.service import Wish


@pytest.fixture(autouse=True)
def before_dawn() -> Iterator[None]:
    """Five in the morning in Bogotá, so that no digest of the day comes between what a test does."""
    with time_machine.travel("2026-11-20T10:00:00+00:00", tick=True):
        yield


@pytest.fixture
def mails(mails: Any) -> Any:
    """The mails to people; what other leaves write to the staff at the opening hour is no concern here."""
    return lambda: [mail for mail in mails() if not mail["To"].endswith(("@tenjo.example", "@other.example"))]


@pytest.fixture
def press(app: Flask, cast: Cast) -> Press:
    return Press(app, cast.staff("comu"), cast.tenjo)


@pytest.fixture
def subscribed(app: Flask, cast: Cast) -> Callable[..., int]:
    """`subscribed("ana@example.org", "daily", topic)` has confirmed already, and got no mail so far."""

    def make(email: str, frequency: str = "immediate", *topics: int) -> int:
        service.ask(cast.tenjo, Wish(email, topics, frequency), doubtful=True)
        made = service.subscriber_id(cast.tenjo, email)
        service.confirm(cast.tenjo, links.sign(links.CONFIRM, made, 1))
        return made

    return make


def link_in(mail: EmailMessage) -> str:
    """Return the last address of a mail, without the host."""
    found = re.findall(r"http://localhost:8000(\S+)", mail.get_content())
    return str(found[-1])


def ask(host: HostPage, email: str = "ana@example.org", **more: Any) -> Any:
    return host.send("/subscribe/requests", {"email": email, "website": "", **more})


def counts(site_id: int) -> dict[str, int]:
    """Return the counts as they are now, and not as they were when this test first read."""
    db.session.rollback()
    return service.counts(site_id)


def kept(site_id: int, email: str) -> list[dict[str, Any]]:
    db.session.rollback()
    return service.export_person(site_id, email)
