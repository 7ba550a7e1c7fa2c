"""Feeds that readers take: right by the rules of each format, the same bytes until something changes."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import PIL.Image
import pytest
import time_machine
from lxml import etree

from app.content.entries import Enclosure, FeedEntry
from app.content.service import ensure_topics, save_topic, set_state
from app.sites.service import change_site, find_site
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press
from tests.subscribe.checks import CHECKS, check_atom, check_json, check_rss, read_by_feedparser
from widgets.subscribe import feeds
from widgets.subscribe.cover import initials

ATOM = "{http://www.w3.org/2005/Atom}"
FORMS = ("rss", "atom", "json")


def get(host: HostPage, name: str, **headers: str) -> Any:
    return host.client.get(f"/tenjo/feeds/{name}", headers=headers)


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_is_right_with_awkward_content_and_without_any(press: Press, host: HostPage, form: str) -> None:
    CHECKS[form](get(host, f"todo.{form}").data)
    press.publish("Feria <script>alert(1)</script> & «cía» ]]>", "Uno & dos ]]> <b>tres</b>\n\n[x](/tenjo/faq)")
    press.publish("Con \x07\x00control", "cuerpo\x0b\x1f", summary="Re\u2028sumen 😀")
    answer = get(host, f"todo.{form}")
    CHECKS[form](answer.data)
    if form != "json":
        assert len(read_by_feedparser(answer.data, answer.content_type).entries) == 2


def test_the_newest_stands_first_with_its_own_date_and_link(press: Press, host: HostPage) -> None:
    with time_machine.travel("2026-11-20T12:00:00+00:00", tick=False) as clock:
        press.publish("Primera")
        clock.shift(timedelta(hours=2))
        press.publish("Segunda")
        clock.shift(timedelta(days=3))
        channel = check_rss(get(host, "todo.rss").data)

    items = channel.findall("item")
    assert [item.findtext("title") for item in items] == ["Segunda", "Primera"]
    assert items[1].findtext("pubDate") == "Fri, 20 Nov 2026 12:00:00 +0000"
    assert channel.findtext("lastBuildDate") == "Fri, 20 Nov 2026 14:00:00 +0000"
    assert channel.findtext("link") == "http://localhost:8000/tenjo/news"


def test_links_of_atom_entries_keep_what_they_are(press: Press, host: HostPage) -> None:
    press.publish("Feria")
    [entry] = check_atom(get(host, "todo.atom").data).findall(f"{ATOM}entry")
    link = entry.find(f"{ATOM}link")

    assert (link.get("rel"), link.get("type"), link.get("hreflang")) == ("alternate", "text/html", "es")


def test_a_recording_goes_along_as_an_enclosure(app: Any, press: Press) -> None:
    site = find_site("tenjo")
    assert site
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    sound = Enclosure("/tenjo/files/concejo.mp3", "audio/mpeg", 1234)
    entry = FeedEntry("urn:x:1", "/tenjo/news/concejo", "Sesión", moment, moment, enclosure=sound)

    [item] = check_rss(feeds.build(site, "todo", "rss", [entry], moment)).findall("item")
    check_atom(feeds.build(site, "todo", "atom", [entry], moment))
    told = check_json(feeds.build(site, "todo", "json", [entry], moment))

    assert item.find("enclosure").get("url") == "http://localhost:8000/tenjo/files/concejo.mp3"
    assert told["items"][0]["attachments"][0]["size_in_bytes"] == 1234


def test_the_picture_of_the_podcast_is_one_that_directories_take(app: Any, host: HostPage, cast: Cast) -> None:
    change_site(cast.tenjo, "x", accent="#8a1538", on_accent="#ffffff")
    answer = host.client.get("/tenjo/feeds/cover.png")
    picture = PIL.Image.open(io.BytesIO(answer.data))
    again = host.client.get("/tenjo/feeds/cover.png", headers={"If-None-Match": answer.headers["ETag"]})

    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (1400, 1400))
    assert picture.getpixel((10, 10)) == (0x8A, 0x15, 0x38)
    assert (answer.content_type, again.status_code) == ("image/png", 304)
    assert [initials(name) for name in ("Alcaldía de Tenjo", "Ñuñoa", "Empresa de Acueducto S. A.", "—")] == [
        "T", "N", "EAS", "V",
    ]  # fmt: skip


def test_addresses_inside_the_text_work_away_from_home(press: Press, host: HostPage) -> None:
    press.publish("Feria", "[preguntas](/tenjo/faq)")

    told = check_json(get(host, "todo.json").data)

    assert 'href="http://localhost:8000/tenjo/faq"' in told["items"][0]["content_html"]


def test_each_topic_has_its_own_feed(press: Press, host: HostPage) -> None:
    (news, _), (notices, key) = [(topic.id, topic.key) for topic in ensure_topics(press.site)[:2]]
    press.publish("Feria", topic_id=news)
    press.publish("Corte de agua", topic_id=notices)

    [item] = check_json(get(host, f"{key}.json").data)["items"]

    assert item["title"] == "Corte de agua"


def test_a_renamed_topic_keeps_its_address(press: Press, host: HostPage) -> None:
    topic = ensure_topics(press.site)[1]
    key, topic_id = topic.key, topic.id
    save_topic(press.staff, press.site, "Avisos a la comunidad", topic_id=topic_id)

    assert get(host, f"{key}.rss").status_code == 200


@pytest.mark.parametrize("name", ["nada.rss", "todo.xml", "todo.rss/x", "..%2f.rss"])
def test_a_feed_that_is_not_there_is_not_found(host: HostPage, name: str) -> None:
    assert get(host, name).status_code == 404


def test_other_sites_news_is_not_in_a_feed(press: Press, host: HostPage) -> None:
    press.publish("Feria")

    assert check_json(host.client.get("/other/feeds/todo.json").data)["items"] == []


# What readers do all day


@pytest.mark.parametrize("form", FORMS)
def test_who_has_it_already_gets_304_and_nothing_is_built(
    press: Press, host: HostPage, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.publish("Feria")
    first = get(host, f"todo.{form}")
    monkeypatch.setattr(feeds, "build", lambda *_: pytest.fail("built again"))

    by_tag = get(host, f"todo.{form}", **{"If-None-Match": first.headers["ETag"]})
    by_date = get(host, f"todo.{form}", **{"If-Modified-Since": first.headers["Last-Modified"]})
    head = host.client.head(f"/tenjo/feeds/todo.{form}")

    assert not first.headers["ETag"].startswith("W/")
    assert (by_tag.status_code, by_tag.data) == (304, b"")
    assert by_date.status_code == 304
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    assert head.headers["Content-Length"] == str(len(first.data))


def test_a_change_is_seen_at_the_next_asking_and_a_new_process_gives_the_same_tag(
    app: Any, press: Press, host: HostPage
) -> None:
    made = press.publish("Feria")
    first = get(host, "todo.rss")
    app.extensions.pop("ventanilla_feeds")
    same = get(host, "todo.rss")
    set_state(press.staff, press.site, made, "withdrawn")
    gone = get(host, "todo.rss", **{"If-None-Match": first.headers["ETag"]})

    assert same.headers["ETag"] == first.headers["ETag"]
    assert gone.status_code == 200
    assert b"Feria" not in gone.data


def test_any_reader_on_any_page_may_have_it(host: HostPage) -> None:
    answer = get(host, "todo.json")

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


def test_the_list_of_all_feeds_opens_in_a_reader(press: Press, host: HostPage) -> None:
    topics = ensure_topics(press.site)
    save_topic(press.staff, press.site, 'Agua & "luz" <b>')
    answer = host.client.get("/tenjo/feeds.opml")
    outlines = etree.fromstring(answer.data).findall("./body/outline")

    assert len(outlines) == len(topics) + 2
    assert all(one.get("type") == "rss" and one.get("xmlUrl").startswith("http") for one in outlines)
    assert outlines[-1].get("text") == 'Agua & "luz" <b>'


def test_the_lines_for_the_host_name_feed_and_type(press: Press) -> None:
    site = find_site("tenjo")
    assert site
    ensure_topics(press.site)
    lines = feeds.alternate_lines(site, "es")

    assert lines[0] == (
        '<link rel="alternate" type="application/rss+xml" title="Alcaldía de Tenjo: Todo" '
        'href="http://localhost:8000/tenjo/feeds/todo.rss">'
    )
