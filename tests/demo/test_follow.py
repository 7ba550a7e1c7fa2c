"""The demo's website is proved, read and followed by the verbs that staff would use, today and when it moves."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from sqlalchemy import update

from app.console.models import User
from app.content import service, sources
from app.db import db, write
from app.demo.follow import SESSION, claim, follow
from app.demo.press import FEED, RECORDING
from app.demo.website import make_website
from app.search.crawl import hosts
from tests.conftest import Cast
from tests.guest import served


def test_the_website_is_proved_read_and_followed_and_again_where_it_moved(app: Flask, cast: Cast) -> None:
    with write():
        for name in ("web", "comu"):
            new = update(User).where(User.id == cast.people[name]).values(email=f"{name}@piedraverde.example")
            db.session.execute(new)
    ventanilla = app.extensions["ventanilla"]

    for _ in ("today", "tomorrow, at another port"):
        site = Flask("stands for the website")
        with served(site) as url:
            ventanilla.settings = replace(ventanilla.settings, crawl_allow=frozenset({url.removeprefix("http://")}))
            mark = claim(cast.tenjo, url)
            site.wsgi_app = make_website("http://localhost:1", url, url, "none", [], mark).wsgi_app  # type: ignore[method-assign]
            follow(cast.tenjo, url)
            db.session.rollback()

            [(host, _)] = hosts.hosts(cast.tenjo)
            [session] = [one for one in service.publications(cast.tenjo) if one.title == SESSION]
            assert host.origin == url and host.proved_at is not None
            assert [one.url for one in sources.sources(cast.tenjo)] == [url + FEED]
            assert (session.state, session.audio_url, session.audio_type) == ("published", url + RECORDING, "audio/wav")
            assert session.audio_bytes > 10_000
