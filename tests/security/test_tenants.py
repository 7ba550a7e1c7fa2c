"""One site can neither read nor change what is another's, by any number or secret in any address or body."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from app.db import Base, db
from app.embed.gate import Gate
from app.embed.openapi import Described
from tests.conftest import Cast
from tests.security.riches import MARK, Riches

OTHER_ORIGIN = "https://www.otra.example"
# Rows of nobody's data: what was signed in, what was counted, what is queued.
APART = {"staff_sessions", "spent_nonces", "idempotent_answers", "jobs"}
# Numbers that forms of the console carry, all of Tenjo's.
CARRIED = {
    "id": "office_id", "office": "office_id", "office_id": "office_id", "assignee_id": "user_id", "take": None,
    "case_id": "case_id", "text_id": None, "user_id": "user_id", "theme_id": "theme_id",
}  # fmt: skip


def rows() -> dict[tuple[str, str], dict[str, Any]]:
    """Return every row of the store by table and primary key."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name in APART:
            continue
        for row in db.session.execute(select(table)).mappings():
            key = "/".join(str(row[column.name]) for column in table.primary_key)
            found[table.name, key] = dict(row)
    db.session.rollback()
    return found


def touched(before: dict[Any, Any], after: dict[Any, Any], cast: Cast) -> list[str]:
    """Return what differs in the rows that are not the other site's own, and new rows that hang on old ones."""
    wrong = []
    foreign = {key for key, row in before.items() if cast.other not in (row.get("site_id"), _site_of(key, row))}
    for key in sorted(foreign):
        if before[key] != after.get(key):
            wrong.append(f"{key} was changed")
    for key in after.keys() - before.keys():
        row = after[key]
        if row.get("site_id") == cast.tenjo:
            wrong.append(f"{key} was added to Tenjo")
        for constraint in Base.metadata.tables[key[0]].foreign_keys:
            parent = (constraint.column.table.name, str(row[constraint.parent.name]))
            if parent in foreign and parent[0] not in {"sites", "users"}:
                wrong.append(f"{key} hangs on {parent}")
    return wrong


def _site_of(key: tuple[str, str], row: dict[str, Any]) -> int:
    return int(row["id"]) if key[0] == "sites" else 0


def url_of(rule: Rule, site: str, riches: Riches) -> str:
    """Return the address of a rule with everything in it that Tenjo has; the site's key as given."""
    values: dict[str, Any] = {**riches.ids, "site_key": site, "key": riches.secrets["survey"], "name": "contact"}
    if rule.rule.startswith("/console/"):
        values["key"] = "q1" if "questions" in rule.rule else "s1"
    if rule.rule.startswith("/console/<site_key>/contact/"):
        values["file_id"] = riches.secrets["contact_file_id"]
    text = rule.rule
    for name in rule.arguments:
        for form in (f"<int:{name}>", f"<{name}>", f"<path:{name}>", f"<string:{name}>"):
            text = text.replace(form, str(values.get(name, 1)))
    return text


def walked(app: Flask, *prefixes: str) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        # A socket's own gate stands before its upgrade: tests/chat tries it with a real server.
        if (
            "site_key" in rule.arguments
            and rule.rule.startswith(prefixes)
            and not rule.websocket
            and "socket" not in rule.rule
        ):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def form_of(riches: Riches) -> dict[str, Any]:
    numbers = {name: str(riches.ids[source]) if source else "1" for name, source in CARRIED.items()}
    return {
        **numbers, "receipts": riches.secrets["receipt"], "body": "x", "subject": "x", "next_step": "x",
        "reason": "x", "tags": "x", "act": "send", "version": "1", "seen": "0", "role": "administrator",
        "email": "new@example.org", "title": "x", "said": "x", "name": "x", "code": "120", "day": "2027-03-01",
    }  # fmt: skip


ROLES = [
    "nobody", "service_officer", "office_officer", "reviewer", "communications", "webmaster", "administrator",
    "auditor",
]  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_a_foreign_console_opens_or_acts(
    app: Flask, cast: Cast, riches: Riches, stranger: Any, role: str
) -> None:
    client, before, seen = stranger(role), rows(), []

    for rule, method in walked(app, "/console/"):
        answer = client.open(
            url_of(rule, "tenjo", riches), method=method, data=form_of(riches) if method == "POST" else None
        )
        expected = answer.status_code == 404 or (
            role == "nobody" and "/console/login" in answer.headers.get("Location", "")
        )
        if not expected or MARK in answer.text:
            seen.append((method, rule.rule, answer.status_code))

    assert seen == []
    assert touched(before, rows(), cast) == []


@pytest.mark.parametrize("role", ROLES)
def test_the_numbers_of_one_site_open_nothing_in_the_console_of_another(
    app: Flask, cast: Cast, riches: Riches, stranger: Any, role: str
) -> None:
    client, before, seen = stranger(role), rows(), []

    for rule, method in walked(app, "/console/"):
        url = url_of(rule, "other", riches) + f"?office={riches.ids['office_id']}&id={riches.ids['office_id']}"
        url += f"&assignee={riches.ids['user_id']}&q={MARK}&state=all" if method == "GET" else ""
        answer = client.open(url, method=method, data=form_of(riches) if method == "POST" else None)
        names_thing = rule.arguments - {"site_key", "name", "key"}
        # An act may lead back to a page; that it did nothing is looked at below.
        allowed = {302, 403, 404, 422} if method == "POST" or role == "nobody" else {403, 404}
        if answer.status_code >= 500 or (names_thing and answer.status_code not in allowed):
            seen.append((method, rule.rule, answer.status_code))
        # The words that were asked for come back in the search field, and nowhere else.
        if answer.status_code == 200 and MARK in answer.text.replace(f'value="{MARK}"', "").replace(f"q={MARK}", ""):
            seen.append((method, rule.rule, "MARK"))

    assert seen == []
    assert touched(before, rows(), cast) == []


def body_of(rule: Rule, app: Flask, riches: Riches) -> dict[str, Any]:
    """Return the hostile body of an API route: its own fields, filled with Tenjo's secrets."""
    described: Described | None = getattr(app.view_functions[rule.endpoint], "described", None)
    if described is None or described.body is None:
        return {}
    values: dict[str, Any] = {
        **riches.secrets, "token": str(riches.ids["file_id"]), "files": [riches.secrets["receipt"]], "body": "x",
        "subject": "x", "name": "x", "email": "x@example.org", "kind": "queja", "identity": "anonymous", "score": 5,
        "version": 1, "answers": {"q1": "yes", "q2": "o2", "q3": ["o1"], "q4": 5, "q5": "1", "q6": "x"},
        "office": "120", "device": "d" * 32, "reason": "x", "comment": "x", "code": riches.secrets["code"],
    }  # fmt: skip
    if "contact" in rule.rule:
        values["code"] = riches.secrets["thread_code"]
    if "survey" in rule.rule:
        values["code"] = ""
    return {name: values[name] for name in described.body().fields if name in values}


@pytest.mark.parametrize(
    ("site", "origin"), [("other", OTHER_ORIGIN), ("tenjo", OTHER_ORIGIN), ("tenjo", ""), ("tenjo", "null")]
)
def test_the_secrets_of_one_site_open_nothing_through_the_api_of_another(
    app: Flask, cast: Cast, riches: Riches, site: str, origin: str
) -> None:
    client, seen = app.test_client(), []
    from_other = {"Origin": OTHER_ORIGIN}
    before = rows()

    for rule, method in walked(app, "/api/"):
        # Each one as the first of a new day: what slows guesses has tests of its own.
        app.extensions["ventanilla"].gate = Gate(app.extensions["ventanilla"].settings)
        token = client.post("/api/other/token", json={}, headers=from_other).json["token"]  # type: ignore[index]
        headers = {"Idempotency-Key": secrets.token_hex(16), "X-Ventanilla-Token": token, "X-File-Name": "a.pdf"}
        headers |= {"Origin": origin} if origin else {"Sec-Fetch-Site": "cross-site"}
        data = json.dumps(body_of(rule, app, riches)) if method == "POST" else None
        answer = client.open(
            url_of(rule, site, riches), method=method, data=data, headers=headers, content_type="application/json"
        )
        if site == "tenjo" and answer.status_code != 403:
            seen.append((method, rule.rule, answer.status_code))
        if MARK in answer.text or answer.status_code >= 500:
            seen.append((method, rule.rule, answer.text[:200]))

    assert seen == []
    assert touched(before, rows(), cast) == []


def test_the_secrets_of_one_site_open_nothing_on_the_pages_of_another(app: Flask, cast: Cast, riches: Riches) -> None:
    client, seen, before = app.test_client(), [], rows()

    for rule, method in walked(app, "/<site_key>/"):
        app.extensions["ventanilla"].gate = Gate(app.extensions["ventanilla"].settings)
        form = client.get("/other/contact").text
        token = form.split('name="token" value="')[1].split('"')[0]
        code = "thread_code" if "contact" in rule.rule else "code"
        data = {
            **riches.secrets, **form_of(riches), "code": riches.secrets[code], "token": token,
            "key": secrets.token_hex(16), "act": f"file:{riches.ids['file_id']}",
        }  # fmt: skip
        answer = client.open(url_of(rule, "other", riches), method=method, data=data if method == "POST" else None)
        if MARK in answer.text.replace(riches.secrets["survey"], "") or answer.status_code >= 500:
            seen.append((method, rule.rule, answer.status_code))

    assert seen == []
    assert touched(before, rows(), cast) == []


@pytest.mark.store
def test_the_secrets_do_open_at_home(app: Flask, riches: Riches) -> None:
    """Otherwise the tests above would pass with any nonsense in their hands."""
    headers = {"Origin": "https://www.tenjo.example"}
    client, known = app.test_client(), riches.secrets
    code = {"radicado": known["radicado"], "code": known["code"]}

    case = client.post("/api/tenjo/cases/track", json=code, headers=headers)
    file = client.post(
        "/api/tenjo/cases/file", json={**code, "token": str(riches.ids["file_id"])}, headers=headers, buffered=True
    )
    thread = client.post(
        "/api/tenjo/contact/thread",
        json={"reference": known["reference"], "code": known["thread_code"]},
        headers=headers,
    )
    survey = client.get(f"/api/tenjo/survey/surveys/{known['survey']}", headers=headers)

    assert MARK in case.text and MARK in thread.text and MARK in survey.text
    assert file.data.startswith(b"%PDF")
