"""News that the host's own site writes are publications here too, and recordings leave as podcasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, Response

from app.clock import now
from app.content import service, sources
from app.content.models import Source
from app.db import db, write
from app.errors import Invalid
from app.search import feeding
from app.search.crawl.models import CrawlHost
from app.search.engine import Document
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press
from tests.guest import served
from tests.subscribe.checks import check_json, check_rss, read_by_feedparser

ITEM = "<item><title>{0}</title><link>{1}/noticias/{0}</link><guid>{0}</guid><description>&lt;p&gt;De {0}&lt;/p&gt;</description><pubDate>{2}</pubDate></item>"  # noqa: E501
OLD = "Fri, 20 Nov 2020 12:00:00 +0000"


class Site:
    """The host's own website: what it answers, by path."""

    def __init__(self) -> None:
        self.url = ""
        self.pages: dict[str, tuple[str, str]] = {}

    def feed(self, *items: str) -> None:
        text = "".join(ITEM.format(title, self.url, OLD) for title in items)
        self.pages["/rss.xml"] = ("application/rss+xml", f'<rss version="2.0"><channel>{text}</channel></rss>')


@pytest.fixture
def site(app: Flask, cast: Cast) -> Iterator[Site]:
    made, website = Flask("website"), Site()

    @made.get("/<path:path>")
    def any(path: str) -> Response:
        kind, text = website.pages.get(f"/{path}", ("text/plain", ""))
        return Response(text, 200 if text else 404, content_type=kind)

    with served(made) as url:
        website.url = url
        ventanilla = app.extensions["ventanilla"]
        ventanilla.settings = replace(ventanilla.settings, crawl_allow=frozenset({url.removeprefix("http://")}))
        with write():
            db.session.add(CrawlHost(site_id=cast.tenjo, origin=url, token="x", proved_at=now()))
        yield website


def follow(press: Press, url: str, section: str = "") -> int:
    made = sources.add(press.staff, press.site, url, service.ensure_topics(press.site)[0].id, section)
    press.work()
    return made


def titles(press: Press) -> list[str]:
    db.session.rollback()
    return sorted(row.title for row in service.live(press.site))


@pytest.mark.store
def test_a_feed_of_the_site_is_followed_and_only_what_is_new_is_announced(
    press: Press, site: Site, host: HostPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[int] = []
    monkeypatch.setitem(
        press.app.extensions["ventanilla"].jobs.handlers, service.ANNOUNCE,
        lambda payload: announced.append(payload["publication"]),
    )  # fmt: skip
    site.feed("Feria", "Pico")
    made = follow(press, f"{site.url}/rss.xml")
    first, told = titles(press), list(announced)
    site.feed("Nueva", "Feria")
    for _ in range(2):
        sources.read({"source": made})
        press.work()
    channel = check_rss(host.client.get("/tenjo/feeds/todo.rss").data)

    assert (first, told) == (["Feria", "Pico"], [])
    assert titles(press) == ["Feria", "Nueva", "Pico"] and len(announced) == 1
    assert f"{site.url}/noticias/Nueva" in [item.findtext("link") for item in channel.findall("item")]
    assert [row.summary for row in service.live(press.site) if row.title == "Pico"] == ["De Pico"]


def test_a_feed_as_they_come_is_cut_to_size_and_runs_nothing(press: Press, site: Site, host: HostPage) -> None:
    whole = "&lt;p&gt;" + "Un artículo entero. " * 500 + "&lt;script&gt;alert(1)&lt;/script&gt;"
    items = [
        f"<item><title>&lt;script&gt;alert(1)&lt;/script&gt; {'largo ' * 60}</title><link>{site.url}/n/1</link>"
        f"<description>{whole}</description><pubDate>Mon, 01 Jan 0001 00:00:00 +1400</pubDate></item>",
        f"<item><title>Sana</title><link> {site.url}/n/2?utm_source=rss </link><pubDate>ayer</pubDate></item>",
        "<item><title>Ajena</title><link>javascript:alert(1)</link></item>",
    ]
    text = f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>"
    site.pages["/rss.xml"] = ("application/rss+xml", text)
    follow(press, f"{site.url}/rss.xml")
    page = host.client.get("/tenjo/news").text

    assert [title[:5] for title in titles(press)] == ["Sana", "alert"]
    assert all(len(row.title) <= 200 and len(row.summary) <= 500 for row in service.live(press.site))
    assert "<script>alert" not in page and "javascript:" not in page
    check_rss(host.client.get("/tenjo/feeds/todo.rss").data)


def test_a_section_of_the_sitemap_is_followed_with_the_titles_that_the_search_has_read(
    press: Press, site: Site
) -> None:
    paths = ("/noticias/", "/noticias/feria", "/noticias/sin-leer", "/tramites/predial")
    locs = "".join(f"<url><loc>{site.url}{path}</loc></url>" for path in paths)
    site.pages["/sitemap.xml"] = ("application/xml", f"<urlset>{locs}</urlset>")
    with write():
        for number, path in enumerate(paths[:2] + paths[3:]):
            feeding.put(press.site, Document(f"page:{number}", "tenjo", "page", f"Título {number}", "x",
                                             f"{site.url}{path}"))  # fmt: skip
    follow(press, f"{site.url}/sitemap.xml", "/noticias/")

    assert titles(press) == ["Título 1"]


@pytest.mark.parametrize(
    "body",
    ["", "no feed", "<html><body>x</body></html>", "<rss><channel><item><title>x</title></item>",
     '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><item><title>&b;</title><link>/x</link></item></rss>',
     "<rss><item><title>&lt;script&gt;alert(1)&lt;/script&gt;</title><link>javascript:alert(1)</link></item></rss>",
     "<rss><item><title>x</title><link>http://elsewhere.example/x</link></item></rss>", "<a>" * 500],
)  # fmt: skip
def test_what_is_no_feed_or_leads_elsewhere_brings_nothing_and_is_said(
    press: Press, site: Site, body: str, sign_in: Any
) -> None:
    site.pages["/rss.xml"] = ("application/rss+xml", body)
    made = follow(press, f"{site.url}/rss.xml")

    assert [title for title in titles(press) if "script" in title or title == "x"] == []
    assert db.session.get_one(Source, made).read_at is not None


@pytest.mark.parametrize("url", ["http://elsewhere.example/rss.xml", "file:///etc/passwd", "", "http://[::1"])
def test_only_a_proved_host_is_followed(press: Press, site: Site, url: str) -> None:
    with pytest.raises((Invalid, ValueError)):
        sources.add(press.staff, press.site, url, service.ensure_topics(press.site)[0].id)


def test_a_source_is_followed_and_left_at_the_desk(press: Press, site: Site, sign_in: Any) -> None:
    site.feed("Feria")
    desk, topic = sign_in("comu"), service.ensure_topics(press.site)[0].id
    typed = {"url": f"{site.url}/rss.xml", "section": "", "source_topic": str(topic)}
    desk.post("/publications/sources", typed)
    refused = desk.post("/publications/sources", {**typed, "url": "http://x.example/"}, follow_redirects=True)
    press.work()
    shown = desk.get("/publications").text
    made = db.session.scalars(db.select(Source.id)).one()
    desk.post(f"/publications/sources/{made}/remove", {})

    assert "no es de un sitio probado" in refused.text
    assert "leído" in shown and "Feria" in shown
    assert titles(press) == ["Feria"]
    assert sources.sources(press.site) == []


def test_a_recording_is_looked_at_and_leaves_as_a_podcast(
    press: Press, site: Site, sign_in: Any, host: HostPage
) -> None:
    site.pages["/concejo.mp3"] = ("audio/mpeg", "m" * 1234)
    site.pages["/no.html"] = ("text/html", "x")
    desk, topic = sign_in("comu"), service.ensure_topics(press.site)[0].id
    typed = {"title": "Sesión", "body": "Acta.", "topic_id": str(topic), "kind": "news", "lang": "es"}
    wrong = desk.post("/publications/new", {**typed, "audio_url": f"{site.url}/no.html"})
    made = desk.post("/publications/new", {**typed, "audio_url": f"{site.url}/concejo.mp3"})
    service.set_state(press.staff, press.site, int(made.headers["Location"].rpartition("/")[2]), "published")
    press.work()
    rss = host.client.get("/tenjo/feeds/todo.rss")
    told = check_json(host.client.get("/tenjo/feeds/todo.json").data)
    [enclosure] = check_rss(rss.data).iter("enclosure")

    assert wrong.status_code == 422 and "audio o video" in wrong.text and "Sesión" in wrong.text
    assert (enclosure.get("url"), enclosure.get("type"), enclosure.get("length")) == (
        f"{site.url}/concejo.mp3", "audio/mpeg", "1234")  # fmt: skip
    assert told["items"][0]["attachments"][0]["mime_type"] == "audio/mpeg"
    assert read_by_feedparser(rss.data, rss.content_type).entries[0].enclosures[0].href.endswith("concejo.mp3")
    assert "Escuchar la grabación" in host.client.get("/tenjo/news/sesion").text
