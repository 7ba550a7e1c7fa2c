"""One click in a mail program ends a subscription: signed, as a real SMTP server got it (RFC 6376, RFC 8058)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from app.config import Settings
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press
from tests.mail.conftest import PostOffice, post_office  # noqa: F401 - a fixture
from tests.mail.test_dkim import dkim, records_of, write_key
from tests.subscribe.conftest import ask, counts


@pytest.fixture
def settings(settings: Settings, post_office: PostOffice, tmp_path: Path) -> Settings:  # noqa: F811
    post_office.open()
    return replace(settings, mail=post_office.url, dkim=f"v2026:{write_key(tmp_path / 'dkim.pem')}")


def signed_headers(mail: EmailMessage) -> set[str]:
    """Return the names that the signature covers."""
    found = re.search(r"\bh=([^;]+)", str(mail["DKIM-Signature"]))
    assert found
    return {name.strip().lower() for name in found[1].split(":")}


def click(app: Flask, mail: EmailMessage, method: str = "POST") -> int:
    """Do what a mail program does with the header alone (RFC 8058, 3.2): no cookie, no page read before."""
    address = str(mail["List-Unsubscribe"]).strip("<>").removeprefix("http://localhost:8000")
    kind, data = "application/x-www-form-urlencoded", str(mail["List-Unsubscribe-Post"]) if method == "POST" else None
    return app.test_client().open(address, method=method, data=data, content_type=kind).status_code


def test_news_leave_signed_with_their_one_click_line_and_that_line_works(
    app: Flask, cast: Cast, press: Press, subscribed: Callable[..., int], post_office: PostOffice  # noqa: F811
) -> None:
    subscribed("ana@example.org")
    press.publish("Feria del libro")
    [mail], [content] = post_office.letters, post_office.contents
    forged = content.replace(b"List-Unsubscribe-Post:", b"X-Gone:")
    looked = [click(app, mail, method) for method in ("GET", "HEAD")]
    before = counts(cast.tenjo)["active"]
    clicked = click(app, mail)
    press.publish("Otra feria")

    assert dkim.verify(content, dnsfunc=records_of(app)) and not dkim.verify(forged, dnsfunc=records_of(app))
    assert {"list-unsubscribe", "list-unsubscribe-post", "from", "message-id"} <= signed_headers(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (looked, before, clicked) == ([303, 303], 1, 200)
    assert counts(cast.tenjo)["left"] == 1 and len(post_office.letters) == 1


def test_the_letter_that_asks_for_a_yes_takes_a_no_with_one_click(
    app: Flask, cast: Cast, host: HostPage, press: Press, post_office: PostOffice  # noqa: F811
) -> None:
    ask(host)
    press.work()
    [mail], [content] = post_office.letters, post_office.contents
    link = re.search(r"http://localhost:8000(\S+/confirm\S+)", mail.get_content())
    assert link
    clicked = click(app, mail)
    late = host.client.post(link[1].partition("?")[0], data={"t": link[1].rpartition("t=")[2]})

    assert dkim.verify(content, dnsfunc=records_of(app))
    assert (clicked, late.status_code) == (200, 404)
    assert counts(cast.tenjo) == {"active": 0, "pending": 0, "left": 1, "suppressed": 0}
