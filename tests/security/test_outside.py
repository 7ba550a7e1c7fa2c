"""What every answer says of itself, whom it believes, and what a page that is not ours can make a browser do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.config import Settings
from tests.conftest import ORIGIN, PASSWORD, Browser, Cast, HostPage, filing
from tests.security.endow import endow
from tests.security.riches import Riches
from tests.security.test_tenants import urls_of, walked

ON_TLS = {"base_url": "https://localhost", "environ_overrides": {"wsgi.url_scheme": "https"}}


def test_every_answer_carries_the_headers_that_guard_it(app: Flask, cast: Cast, riches: Riches, sign_in: Any) -> None:
    has, desk, bare = endow(cast.tenjo, "x", cast.people["ana"]), sign_in("admin"), []
    paths = [
        (rule, url)
        for rule, method in walked(app, "/")
        for url in urls_of(rule, "tenjo", has, riches)
        if method == "GET"
    ]
    paths = list({rule.rule: url for rule, url in paths if not rule.rule.endswith("/poll")}.values())

    for url in [*paths, "/loader.js", "/openapi.json", "/docs/api", "/health", "/ready", "/nowhere", "/console/login"]:
        answer = desk.client.get(url, headers={"Origin": ORIGIN}, buffered=True, **ON_TLS)
        policy = answer.headers.get("Content-Security-Policy", "")
        good = (
            answer.headers.get("X-Content-Type-Options") == "nosniff"
            and answer.headers.get("Referrer-Policy")
            and "max-age" in answer.headers.get("Strict-Transport-Security", "")
            and ("object-src 'none'" in policy or "sandbox" in policy)
            and ("base-uri 'none'" in policy or "sandbox" in policy)
            and "unsafe" not in policy
            and "=True" not in answer.headers.get("Cache-Control", "")
        )
        bare += [] if good else [(url, dict(answer.headers))]

    assert len(paths) > 80
    assert bare == []


def test_no_form_of_the_console_is_taken_from_a_page_that_is_not_ours(app: Flask, cast: Cast, riches: Riches) -> None:
    """Without the token of its own page, and from a foreign page with any: a new route is walked as well."""
    app.config["WTF_CSRF_ENABLED"] = False
    client, has, taken = app.test_client(), endow(cast.tenjo, "x", cast.people["ana"]), []
    client.post("/console/login", data={"email": "admin@tenjo.example", "password": PASSWORD})
    posts = [
        url for rule, way in walked(app, "/console/") if way == "POST" for url in urls_of(rule, "tenjo", has, riches)
    ]
    own = ["/console/account/language", "/console/account/sessions/end", "/console/change", "/console/logout"]

    app.config["WTF_CSRF_ENABLED"] = False
    foreign = {url: client.post(url, headers={"Sec-Fetch-Site": "cross-site"}).status_code for url in [*posts, *own]}
    app.config["WTF_CSRF_ENABLED"] = True
    for url in [*posts, *own]:
        answer = client.post(url)
        # Flask-Security draws its own form again, with what is missing.
        taken += (
            [] if answer.status_code in {400, 403} or "csrf" in answer.text.lower() else [(url, answer.status_code)]
        )

    assert set(foreign.values()) == {403}, foreign
    assert taken == []
    assert client.get("/console/account").status_code == 200


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example", "//evil.example", "/console/\r\nSet-Cookie: a=b", "/console/../../evil", "javascript:x",
        "/console/\\evil.example",
    ],
)  # fmt: skip
def test_no_way_back_leads_elsewhere(sign_in: Any, back: str) -> None:
    client = sign_in("admin").client

    after = client.post("/console/account/language", data={"lang": "es", "back": back})
    signing_in = client.application.test_client().post(
        "/console/login", query_string={"next": back}, data={"email": "admin@tenjo.example", "password": PASSWORD}
    )

    assert (after.status_code, after.headers["Location"]) == (302, "/console/account")
    assert signing_in.headers.get("Location", "/").startswith("/") and signing_in.status_code in {200, 302}
    assert not signing_in.headers.get("Location", "/").startswith(("//", "/\\"))


@pytest.mark.parametrize(("hops", "asked"), [(0, 428), (1, 201)])
def test_only_a_trusted_proxy_says_who_calls_and_only_its_own_word_counts(
    app: Flask, cast: Cast, settings: Settings, hops: int, asked: int
) -> None:
    """Behind no proxy a header moves nobody; behind one, what the caller wrote before its word moves nobody either."""
    made = create_app(replace(settings, trusted_proxies=hops))
    made.test_client_class = Browser
    host = HostPage(made.test_client())

    def file(forwarded: str) -> int:
        return host.send("/pqr/cases", filing(), **{"X-Forwarded-For": forwarded}).status_code

    made_up = [file(f"198.51.{number}.1, 203.0.113.9") for number in range(6)]
    elsewhere = file("192.0.2.1")

    assert made_up == [201] * 5 + [428]
    assert elsewhere == asked
