"""The list of official profiles: shown as plain links, kept by communications alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from selectolax.lexbor import LexborHTMLParser

from app.errors import Invalid
from app.sites.service import choose_widget
from tests.conftest import Cast, HostPage
from tests.guest import served
from widgets.social import posts, service

GOOD = [("facebook", "Alcaldía", "https://www.facebook.com/alcaldia"), ("mastodon", "@a", "https://masto.example/@a")]


def test_a_link_to_a_profile_says_its_network_its_name_and_that_it_leads_away(host: HostPage, cast: Cast) -> None:
    service.save_profiles(cast.tenjo, GOOD, "system")

    answer = host.get("/boot?w=social").json
    link = LexborHTMLParser(host.client.get("/tenjo/social").text).css_first('a[href*="facebook"]')

    assert answer is not None
    profile = answer["widgets"]["social"]["options"]["profiles"][0]
    assert (profile["name"], profile["handle"]) == ("Facebook", "Alcaldía")
    # One text for eyes, ears and voice control, which finds a link by what is seen.
    assert link is not None and link.text() == "Facebook: Alcaldía. Abre otro sitio"
    assert "aria-label" not in link.attributes


WRONG = [
    ("facebook", "a", "https://evil.example/facebook.com"), ("facebook", "a", "https://facebook.com.evil.example/a"),
    ("x", "a", "javascript:alert(1)"), ("x", "a", "http://x.com/a"), ("orkut", "a", "https://orkut.com/a"),
    ("x", "a", "https://user@x.com/a"), ("x", "a", "https://[x.com/a"), ("x", "a", "https://x.com:z/a"),
]  # fmt: skip


def test_an_address_that_is_not_of_its_network_is_refused(cast: Cast) -> None:
    for row in WRONG:
        with pytest.raises(Invalid):
            service.save_profiles(cast.tenjo, [*GOOD, row], "system")

    assert service.profiles(cast.tenjo) == []


def test_the_page_without_script_lists_them(host: HostPage, cast: Cast) -> None:
    service.save_profiles(cast.tenjo, GOOD, "system")

    html = host.client.get("/tenjo/social").text

    assert 'href="https://www.facebook.com/alcaldia"' in html


@pytest.mark.store
def test_only_communications_may_change_the_list(sign_in: Any) -> None:
    assert sign_in("beto").post("/social", {}).status_code == 403
    assert sign_in("olga").post("/social", {}).status_code == 302


POST = "<item><link>{0}</link><pubDate>{1}</pubDate><description>&lt;p&gt;{2}&lt;/p&gt;</description></item>"


def test_the_latest_posts_are_read_by_the_server_and_shown_as_links(app: Flask, host: HostPage, cast: Cast) -> None:
    feed, made = {"text": ""}, Flask("network")
    made.get("/@a.rss")(lambda: (feed["text"], 200 if feed["text"] else 500, {"Content-Type": "application/rss+xml"}))
    with served(made) as url:
        ventanilla = app.extensions["ventanilla"]
        ventanilla.settings = replace(ventanilla.settings, crawl_allow=frozenset({url.removeprefix("http://")}))
        profile = {"network": "mastodon", "handle": "@a", "url": "https://masto.example/@a", "feed": f"{url}/@a.rss"}
        choose_widget(cast.tenjo, "social", "system", options={"profiles": [profile]})
        told = [POST.format("https://masto.example/1", "Mon, 02 Nov 2026 10:00:00 +0000", "Se va el <b>agua</b>"),
                POST.format("https://masto.example/2", "Tue, 03 Nov 2026 10:00:00 +0000", "Volvió el agua"),
                POST.format("https://evil.example/login", "Tue, 03 Nov 2026 11:00:00 +0000", "Ajeno"),
                POST.format("https://masto.example/3", "Sun, 03 Nov 2999 10:00:00 +0000", "Del futuro"),
                POST.format("javascript:alert(1)", "Tue, 03 Nov 2026 11:00:00 +0000", "Malo")]  # fmt: skip
        feed["text"] = f"<rss><channel>{''.join(told)}</channel></rss>".replace("<b>", "").replace("</b>", "")

        posts.begin_due({})
        while ventanilla.jobs.run_due():
            pass
        feed["text"] = ""
        posts.read({"site": cast.tenjo, "url": f"{url}/@a.rss"})

    shown = host.get("/boot?w=social").json["widgets"]["social"]["options"]["posts"]  # type: ignore[index]
    assert [(one["title"], one["url"]) for one in shown] == [
        ("Volvió el agua", "https://masto.example/2"), ("Se va el agua", "https://masto.example/1"),
    ]  # fmt: skip
    assert "martes 3 de noviembre de 2026" in host.client.get("/tenjo/social").text


def test_each_bad_row_of_the_list_is_named_and_what_was_typed_stays(sign_in: Any, cast: Cast) -> None:
    typed = {
        "network": ["mastodon", "x"], "handle": ["@a", "@b"], "url": ["https://masto.example/@a", "https://evil.example/b"],
        "feed": ["https://evil.example/rss", ""],
    }  # fmt: skip

    answer = sign_in("comu").post("/social", typed)

    assert answer.status_code == 422 and service.profiles(cast.tenjo) == []
    for part in ("https://evil.example/rss", "https://evil.example/b", "e-feed-0", "e-url-1"):
        assert part in answer.text
