"""The snippet that a webmaster copies, and what is seen on the page where it was pasted."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha384
from typing import Any

import pytest
from flask import Flask

from app.db import db, write
from app.embed.snippet import inspect_page, snippet
from app.fetch import Response
from app.sites.models import Site
from app.sites.service import SiteInfo, find_site
from tests.conftest import ORIGIN, Cast

BASE = "https://v.example.gov.co"
KNOWN = frozenset({"pqr", "contact"})


@pytest.fixture
def site(cast: Cast) -> SiteInfo:
    found = find_site("tenjo")
    assert found is not None
    return found


def seen(
    html: str, site: SiteInfo, policies: list[str] | None = None, url: str = f"{ORIGIN}/pagina"
) -> dict[str, bool]:
    return {one.key: one.good for one in inspect_page(html, url, policies or [], BASE, site, KNOWN)}


def test_each_form_of_the_snippet_passes_its_own_check(site: SiteInfo) -> None:
    made = snippet(BASE, site, [("pqr", "Radique su PQRSD")])

    assert all(seen(made.tag, site).values())
    assert all(seen(made.div, site).values())


def test_a_page_without_the_script_is_told_so(site: SiteInfo) -> None:
    assert seen("<p>Hola</p>", site) == {"script": False, "widgets": False, "origin": True}


def test_a_wrong_site_key_an_unknown_tag_and_a_second_script_are_named(site: SiteInfo) -> None:
    script = f'<script src="{BASE}/loader.js" data-site="otra"></script>'

    found = seen(script * 2 + "<ventanilla-pqrs></ventanilla-pqrs>", site)

    assert (found["site"], found["unknown"], found["twice"]) == (False, False, False)


def test_a_page_of_an_origin_that_is_not_allowed_is_told_so(site: SiteInfo) -> None:
    assert seen("", site, url="https://tenjo.example/")["origin"] is False


@pytest.mark.parametrize(
    ("policy", "good"),
    [("default-src 'self'", False), (f"script-src 'self' {BASE}; connect-src {BASE}", True),
     (f"default-src 'self' {BASE}", True), ("script-src *; connect-src 'self'", False), ("img-src 'self'", True)],
)  # fmt: skip
def test_a_strict_policy_is_read_as_browsers_read_it(site: SiteInfo, policy: str, good: bool) -> None:
    made = snippet(BASE, site, [("pqr", "Radique")])

    assert ("policy" not in seen(made.tag, site, [policy])) is good


def test_the_look_is_said_as_each_form_reads_it_and_the_link_has_a_place_beside_it(site: SiteInfo) -> None:
    made = snippet(
        BASE, site, [("pqr", "Radique")], theme="dark", opened=True, elsewhere={"pqr": "Si no abre: Calle 3 <b>"}
    )

    assert '<ventanilla-pqr theme="dark" open><a ' in made.tag
    assert '<div data-ventanilla="pqr" data-theme="dark" data-open><a ' in made.div
    assert "</a> <small>Si no abre: Calle 3 &lt;b&gt;</small></ventanilla-pqr>" in made.tag


def test_the_console_says_where_to_go_when_the_link_is_dead(sign_in: Any, cast: Cast) -> None:
    with write():
        db.session.get_one(Site, cast.tenjo).address = "Calle 3 # 3-86"

    said = sign_in("admin").get("/snippet").get_data(as_text=True)

    assert said.count("Si el enlace no abre: Calle 3 # 3-86") >= 2
    assert "Si el enlace no abre" not in said.split("&lt;ventanilla-chat")[1].split("&lt;/ventanilla-chat")[0]


def test_a_pinned_line_passes_its_own_check_and_an_old_one_does_not(site: SiteInfo) -> None:
    pin = ("assets/0123456789abcdef/loader.js", "sha384-AAAA")
    made = snippet(BASE, site, [("pqr", "Radique")], pin=pin)
    page = made.pinned + "<ventanilla-pqr></ventanilla-pqr>"

    def found(now: tuple[str, str]) -> dict[str, bool]:
        return {one.key: one.good for one in inspect_page(page, f"{ORIGIN}/", [], BASE, site, KNOWN, now)}

    assert all(found(pin).values())
    assert found((pin[0], "sha384-BBBB"))["integrity"] is False


def test_a_page_of_frames_needs_no_script(site: SiteInfo) -> None:
    made = snippet(BASE, site, [("pqr", "Radique")])

    assert seen(made.iframe, site) == {"frames": True, "origin": True}
    assert seen(made.iframe, site, ["default-src 'self'"])["policy"] is False


def test_the_pinned_loader_is_the_loader_that_is_served(app: Flask, cast: Cast) -> None:
    path, integrity = app.extensions["ventanilla"].assets.pinned_loader()

    answer = app.test_client().get(f"/{path}")

    digest = b64encode(sha384(answer.data).digest()).decode()
    assert (integrity, answer.headers["Access-Control-Allow-Origin"]) == (f"sha384-{digest}", "*")


def test_the_console_says_every_finding_in_words(sign_in: Any, site: SiteInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = sign_in("web")
    base = desk.client.application.extensions["ventanilla"].settings.base_url
    other = f'<script src="{base}/loader.js" data-site="otra" integrity="sha384-x"></script>'
    pages = [snippet(base, site, [("pqr", "Radique")]).tag, f"{other * 2}<ventanilla-pqrs></ventanilla-pqrs>"]
    said = []
    for html in pages:
        policy = {"content-security-policy": "default-src 'self'"}
        seen_there = Response(404, f"{ORIGIN}/pagina", policy, html.encode())
        monkeypatch.setattr("app.embed.console.fetch", lambda *_args, there=seen_there, **_more: there)
        said.append(desk.post("/snippet", {"url": f"{ORIGIN}/pagina"}).text)

    assert "La línea del script está en la página." in said[0]
    assert "data-site=&#34;tenjo&#34;" in said[1]
    assert all("embed.findings" not in page for page in said)
