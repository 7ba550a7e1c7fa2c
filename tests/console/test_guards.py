"""No page of the console opens for who is signed out, works elsewhere, or has no right to it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from app.audit import AuditEntry
from app.cases.console.workflow_forms import ACTS
from app.cases.models import Case
from app.console.roles import ROLES
from app.db import db
from tests.conftest import PEOPLE, Cast
from tests.console.conftest import Filer

NOT_OF_A_SITE = {
    "console.home", "console.account.account", "console.account.change", "console.account.language",
    "console.account.end_session",
}  # fmt: skip


def site_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.site.")]


def address(rule: Rule, site: str = "tenjo") -> str:
    """Return an address of this rule: the site, the number 1, or the first of a few words."""

    def fill(part: re.Match[str]) -> str:
        if part["name"] == "site_key":
            return site
        return (part["words"] or "1").split(",")[0].strip("'\" ")

    return re.sub(r"<(?:\w+(?:\((?P<words>[^)]*)\))?:)?(?P<name>\w+)>", fill, rule.rule)


def method(rule: Rule) -> str:
    return "POST" if "POST" in (rule.methods or set()) else "GET"


def test_every_page_carries_its_permission(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.")]

    assert len(site_rules(app)) > 20
    for rule in rules:
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if rule.endpoint in NOT_OF_A_SITE:
            assert permission == ""
        else:
            assert any(permission in granted for granted in ROLES.values()), rule.endpoint


def test_whoever_is_signed_out_is_sent_to_sign_in(app: Flask, cast: Cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()

    for rule in site_rules(app):
        answer = client.open(address(rule), method=method(rule))
        assert (answer.status_code, answer.location.split("?")[0]) == (302, "/console/login"), rule.rule


def test_another_sites_staff_finds_nothing(app: Flask, sign_in: Any, file_one: Filer) -> None:
    file_one()
    desk = sign_in("olga")

    for rule in site_rules(app):
        assert desk.client.open(address(rule), method=method(rule)).status_code == 404, rule.rule


def test_a_role_opens_only_what_it_was_given(app: Flask, sign_in: Any, file_one: Filer) -> None:
    file_one()
    for name in ("web", "comu", "audi", "beto"):
        desk, role = sign_in(name), PEOPLE[name][1]
        refused = 0
        for rule in site_rules(app):
            if app.view_functions[rule.endpoint].permission in ROLES[role]:  # type: ignore[attr-defined]
                continue
            refused += 1
            assert desk.client.open(address(rule), method=method(rule)).status_code == 403, (name, rule.rule)
        assert refused


def test_the_auditor_changes_nothing(app: Flask, sign_in: Any, file_one: Filer) -> None:
    file_one()
    desk = sign_in("audi")
    posts = [rule for rule in site_rules(app) if "POST" in (rule.methods or ())]
    acts = [(rule, name) for rule in posts for name in (ACTS if rule.endpoint == "console.site.cases.act" else [""])]
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))

    for rule, name in acts:
        path = address(rule) if not name else f"/console/tenjo/cases/1/acts/{name}"
        desk.client.post(path, data={"reason": "x", "text": "x", "kind": "queja", "more": "1", "body": "x"})

    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before
    assert db.session.get_one(Case, 1).version == 1


def test_an_officer_of_another_office_finds_no_case(app: Flask, sign_in: Any, file_one: Filer) -> None:
    case_id = file_one(office="120")
    carla = sign_in("carla")

    for rule in site_rules(app):
        if rule.endpoint.startswith("console.site.cases.") and "case_id" in rule.arguments:
            path = address(rule).replace("/cases/1", f"/cases/{case_id}")
            assert carla.client.open(path, method=method(rule)).status_code in (403, 404), rule.rule
    assert "Alumbrado" not in carla.get("/cases?state=all").text
    db.session.rollback()
    assert db.session.get_one(Case, case_id).version == 1


def test_a_post_without_its_token_is_refused(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one()
    desk = sign_in("ana")
    desk.client.application.config["WTF_CSRF_ENABLED"] = True

    answer = desk.post(f"/cases/{case_id}/assign", {"take": "1"})

    assert answer.status_code == 400


def test_a_post_from_another_sites_page_is_refused(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one()

    answer = sign_in("ana").post(f"/cases/{case_id}/assign", {"take": "1"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/cases", "/cases/{case}", "/cases/{case}/answer", "/texts"])
def test_pages_allow_no_inline_script_or_style(sign_in: Any, file_one: Filer, path: str) -> None:
    answer = sign_in("ana").get(path.format(case=file_one()))

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert "<script>" not in answer.text
