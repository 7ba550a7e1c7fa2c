"""One site can neither read nor change what is another's, by any number or secret in any address or body.

Every route is walked, sockets too. A route with a number or key that stands in none of the lists below fails the walk,
and so does a form or a schema with a field that might name a row: say there what it is.
"""

from __future__ import annotations

import inspect
import json
import re
import secrets
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import wtforms
from flask import Flask
from flask_wtf import FlaskForm
from marshmallow import Schema, fields
from sqlalchemy import select
from werkzeug.routing import Rule

import app as trunk
from app.cases.console.workflow_forms import ACTS as CASE_ACTS
from app.db import Base, db
from app.embed.gate import Gate
from app.embed.openapi import Described
from tests.conftest import Cast, HostPage, filing
from tests.realtime.conftest import Client, Refused
from tests.security.endow import endow
from tests.security.riches import MARK, Riches
from widgets.chat import console as chat_console
from widgets.chat import room_console
from widgets.chat.service import hash_secret
from widgets.forum import people
from widgets.survey import service as surveys

OTHER_ORIGIN = "https://www.otra.example"
SECRET = "s" * 40
# Rows of nobody's data: what was signed in, what was counted, what is queued.
APART = {"staff_sessions", "spent_nonces", "idempotent_answers", "jobs"}

# What an address holds: numbers of rows of these tables, ...
NUMBERS = {
    "memo_id": "memos", "key_id": "system_keys", "hook_id": "system_hooks", "send_id": "system_sends",
    "case_id": "cases", "thread_id": "contact_threads", "survey_id": "survey_surveys", "user_id": "users",
    "use_id": "participation_uses",
    "theme_id": "participation_themes", "faq_id": "content_faqs", "publication_id": "content_publications",
    "topic_id": "content_topics", "image_id": "content_images", "view_id": "saved_views", "text_id": "saved_texts",
    "host_id": "crawl_hosts", "conversation_id": "chat_conversations", "room_id": "chat_rooms",
    "source_id": "content_sources",
    "post_id": "forum_posts", "forum_id": "forum_forums", "mail_id": "mails", "file_id": "stored_files",
    "report_id": "social_reports", "outage_id": "outages",
    "incoming_id": "incoming_mails", "import_id": "social_imports", "channel_id": "social_channels",
    "reply_id": "social_replies",
    "export_id": "survey_exports",
}  # fmt: skip
# ... keys of rows: (what the address begins with, the argument): (table, column), ...
KEYS = {
    ("/api/<site_key>/chat/conversations/", "key"): ("chat_conversations", "key"),
    ("/api/<site_key>/chat/rooms/", "room"): ("chat_rooms", "key"),
    ("/<site_key>/chat/rooms/", "key"): ("chat_rooms", "key"),
    ("/api/<site_key>/forum/", "key"): ("forum_forums", "key"),
    ("/<site_key>/forum/", "key"): ("forum_forums", "key"),
    ("/api/<site_key>/survey/", "key"): ("survey_surveys", "key"),
    ("/<site_key>/survey/", "key"): ("survey_surveys", "key"),
    ("/<site_key>/news/", "slug"): ("content_publications", "slug"),
    ("/<site_key>/feeds/", "topic"): ("content_topics", "key"),
    ("/<site_key>/verify/", "code"): ("documents", "code"),
    ("/api/<site_key>/systems/", "radicado"): ("cases", "radicado"),
}
# ... and what is no row of anybody.
PLAIN: dict[tuple[str, str], list[str]] = {
    ("/console/<site_key>/survey/<int:survey_id>/sections/", "key"): ["s1"],
    ("/console/<site_key>/survey/<int:survey_id>/questions/", "key"): ["q1"],
    ("/console/<site_key>/survey/<int:survey_id>/translate/", "code"): ["fr"],
    ("/console/<site_key>/cases/<int:case_id>/acts/", "name"): sorted(CASE_ACTS),
    ("/console/<site_key>/settings/widgets/", "name"): ["contact"],
    ("/console/<site_key>/chat/shift/", "act"): sorted(chat_console.SHIFT_ACTS),
    ("/console/<site_key>/chat/<int:conversation_id>/", "act"): sorted(chat_console.ACTS),
    ("/console/<site_key>/chat/rooms/<int:room_id>/", "act"): sorted(room_console.ACTS),
    ("/<site_key>/feeds/", "_other"): ["zarzamora.rss"],
    ("/console/<site_key>/systems/hooks/<int:hook_id>/", "what"): ["stop", "resume"],
    ("/console/<site_key>/reports/", "key"): ["2026-S2"],
}
JSON_ACTS = {
    "/console/<site_key>/chat/shift/": chat_console.SHIFT_ACTS,
    "/console/<site_key>/chat/<int:conversation_id>/": chat_console.ACTS,
    "/console/<site_key>/chat/rooms/<int:room_id>/": room_console.ACTS,
}

# Fields of forms and bodies that name a row, and of which table.
CARRIED = {
    "id": "offices", "office": "offices", "office_id": "offices", "assignee_id": "users", "case": "cases",
    "text_id": "saved_texts", "topic_id": "content_topics", "parent": "forum_posts", "thread": "forum_posts",
    "post": "forum_posts", "answered": "case_questions", "topics": "content_topics", "staff_id": "users",
    "host": "users", "theme": "participation_themes", "colleague": "users", "person_id": "chat_room_people",
    "report": "social_reports", "staff": "users", "source_topic": "content_topics", "source": "forum_forums",
    "reserve_id": "case_reserves", "wish": "forum_people",
}  # fmt: skip
# Fields that name none: words, dates, choices of a fixed list, and secrets (those stand in `known`, below).
WORDS = {
    "account", "audio_url", "centre", "choose", "pasted", "review_on", "section",
    "about", "act", "address", "answer_channel", "answers", "approval", "approved", "available", "back", "body",
    "case_kind", "cause", "characterisation", "characterisation_consent", "checks", "code", "comment", "competence",
    "conversation", "count", "country", "day", "days", "decision", "design", "despite_missing", "despite_personal",
    "device", "document", "document_number", "document_type", "electronic_consent", "email", "ends_at",
    "extension_max", "failed", "failed_files", "files", "forum", "found", "frequency", "from", "handle", "hour",
    "hours", "identity", "if_mode", "key", "kind", "kindness", "labels", "lang", "level", "message", "minutes",
    "moment", "people", "tool", "keep", "disposal", "office_years", "central_years",
    "moderation", "more", "most", "municipality", "name", "neighbourhood", "network", "note", "notice_version", "on",
    "opened", "pace", "person", "person_type", "phone", "population", "position", "private", "public", "purpose",
    "quality", "query", "radicado", "reading", "reason", "receipts", "recourse", "ref", "reference", "regime",
    "represented_document", "represented_name", "required", "role", "rows", "rules_version", "score", "seen", "seq",
    "session", "silence_s", "skip_soft", "starts_at", "state", "subject", "survey", "t", "take", "target_s",
    "template", "text", "timeliness", "title", "to_office", "token", "topic", "until", "url", "user_class", "verdict",
    "version", "way", "website", "weekday", "what", "which", "whole", "with_open", "works",
    # What the counter took down.
    "channel", "copy", "language", "priority", "received_at", "sheets",
    # Keys of other systems.
    "scopes",
    # The report of a utility.
    "codes", "field", "form", "head", "month",
    # Printed forms.
    "change", "dated_on", "prepared", "reviewed",
    # Targets of a survey, its confidence, and its cross tables.
    "confidence",
    "column", "goal", "row", "table", "addresses",
    # A message that is sent on, and who needs its answer.
    "copies", "copies_reviewed", "entity",
    # A channel of a network.
    "secret", "link", "common", "asks", "why",
    # Two words that search is to take for one another.
    "word", "other",
}  # fmt: skip


@pytest.fixture
def known(app: Flask, cast: Cast, riches: Riches) -> dict[int, dict[str, Any]]:
    """What each of the two sites has, by table: everywhere at least one row."""
    home = HostPage(app.test_client(), "other", OTHER_ORIGIN)
    message = {"name": "Leo", "email": "leo@example.org", "subject": "Vías", "body": "Hueco"}
    assert home.send("/pqr/cases", filing()).status_code == home.send("/contact/messages", message).status_code == 201
    surveys.create(cast.staff("olga"), cast.other, "Obras", "six")
    made = {}
    for site_id, mark, name in ((cast.tenjo, MARK, "ana"), (cast.other, "guayaba", "olga")):
        # The same secret opens at both: only the site stands between.
        secret = {"secret_hash": hash_secret(SECRET)}
        made[site_id] = endow(
            site_id, mark, cast.people[name], chat_conversations=secret, chat_room_people=secret,
            forum_people={"token_hash": people.hashed(SECRET if site_id == cast.tenjo else "o" * 40)},
        )  # fmt: skip
    return made


def rows() -> dict[tuple[str, str], dict[str, Any]]:
    """Return every row of the store by table and primary key, each with the site that owns it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in APART:
            continue
        for row in db.session.execute(select(table)).mappings():
            key = "/".join(str(row[column.name]) for column in table.primary_key)
            found[table.name, key] = {**row, "its site": _owner(table, dict(row), found)}
    db.session.rollback()
    return found


def _owner(table: Any, row: dict[str, Any], found: dict[tuple[str, str], dict[str, Any]]) -> Any:
    if table.name == "sites":
        return row["id"]
    if "site_id" in row:
        return row["site_id"]
    for column in table.columns:
        for key in column.foreign_keys:
            parent = found.get((key.column.table.name, str(row[column.name])), {})
            if parent.get("its site") is not None:
                return parent["its site"]
    return None


def touched(before: dict[Any, Any], after: dict[Any, Any], cast: Cast) -> list[str]:
    """Return what became of Tenjo's rows, and what of the other site's hangs on one of them."""
    people = {str(user_id) for name, user_id in cast.people.items() if name != "olga"}
    tenjos = {
        key for key, row in before.items() if row["its site"] == cast.tenjo or (key[0] == "users" and key[1] in people)
    }
    wrong = [f"{key} was changed" for key in sorted(tenjos) if before[key] != after.get(key)]
    for key, row in after.items():
        if key in before and before[key] == row:
            continue
        if key not in before and row["its site"] == cast.tenjo:
            wrong.append(f"{key} was added to Tenjo")
        for constraint in Base.metadata.tables[key[0]].foreign_keys:
            parent = (constraint.column.table.name, str(row[constraint.parent.name]))
            if parent in tenjos and key not in tenjos:
                wrong.append(f"{key} hangs on {parent}")
    return wrong


def _plain(rule: Rule, name: str) -> list[str]:
    if listed := re.search(rf"<any\(([^)]*)\):{name}>", rule.rule):
        return listed[1].split(", ")
    fits = [values for (prefix, one), values in PLAIN.items() if one == name and rule.rule.startswith(prefix)]
    return max(fits, key=len, default=[])


def urls_of(rule: Rule, site: str, has: dict[str, Any], riches: Riches) -> list[str]:
    """Return the addresses of a rule with what `has` says of a site; one for each word of a fixed list."""
    choices: dict[str, list[str]] = {"site_key": [site]}
    for name in rule.arguments - {"site_key"}:
        key = next((place for (prefix, one), place in KEYS.items() if one == name and rule.rule.startswith(prefix)), "")
        if key:
            table = Base.metadata.tables[key[0]]
            choices[name] = [db.session.scalar(select(table.c[key[1]]).where(table.c.id == has[key[0]]))]
        elif plain := _plain(rule, name):
            choices[name] = plain
        elif name == "row_id":
            choices[name] = [str(has["search_choices"])]
        elif name == "thread_id" and "/forum/" in rule.rule:
            choices[name] = [str(has["forum_posts"])]
        elif name == "file_id" and site != "tenjo" and has["sites"] == riches.site_id:
            choices[name] = [str(riches.secrets["contact_file_id" if "/contact/" in rule.rule else "case_file_id"])]
        else:
            assert name in NUMBERS, f"{rule.rule}: say in NUMBERS, KEYS or PLAIN what <{name}> is"
            choices[name] = [str(has[NUMBERS[name]])]
    db.session.rollback()
    found = []
    for values in product(*choices.values()):
        text = rule.rule
        for name, value in zip(choices, values, strict=True):
            text = re.sub(rf"<(?:[^<>:]*(?:\([^)]*\))?:)?{name}>", str(value), text)
        assert "<" not in text, text
        found.append(text)
    return found


def walked(app: Flask, *prefixes: str) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if "site_key" in rule.arguments and rule.rule.startswith(prefixes) and not rule.websocket:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def form_of(has: dict[str, Any], riches: Riches) -> dict[str, Any]:
    numbers = {name: str(has[table]) for name, table in CARRIED.items()}
    return {
        **numbers, "receipts": riches.secrets["receipt"], "body": "x", "subject": "x", "next_step": "x",
        "reason": "x", "tags": "x", "act": "publish", "role": "administrator",
        "email": "new@example.org", "title": "x", "said": "x", "name": "x", "code": "120", "day": "2027-03-01",
        "state": "published", "title_en": "x",
    }  # fmt: skip


def json_act(rule: Rule, url: str, has: dict[str, Any]) -> dict[str, Any] | None:
    """Return the JSON of an act of the console, None for what takes a form."""
    for prefix, acts in JSON_ACTS.items():
        if rule.rule == f"{prefix}<act>":
            return {name: _guess(name, field, has) for name, field in acts[url.rpartition("/")[2]][0]().fields.items()}
    return None


def _guess(name: str, field: fields.Field, has: dict[str, Any]) -> Any:
    if isinstance(field, fields.Integer):
        return has["chat_room_people"] if name == "person" else has[CARRIED[name]] if name in CARRIED else 1
    if isinstance(field, fields.Boolean):
        return True
    if isinstance(field, fields.Dict):
        return {}
    if isinstance(field, fields.List):
        return []
    known = {"id": "a" * 20, "office": "120", "reason": "done" if field.validators else "x", "case_kind": "queja"}
    return known.get(name, "x")


def ask(client: Any, rule: Rule, method: str, url: str, has: dict[str, Any], riches: Riches) -> Any:
    act = json_act(rule, url, has)
    if method == "POST" and (act is not None or url.endswith("/coach")):
        return client.post(url, json=act if act is not None else {"text": "x"})
    numbers = {"office": has["offices"], "id": has["offices"], "assignee": has["users"], "q": MARK, "state": "all"}
    return client.open(
        url, method=method, data=form_of(has, riches) if method == "POST" else None,
        query_string=numbers if method == "GET" else None,
    )  # fmt: skip


# What ends a thing comes last, or the other acts would find it closed.
ENDS = ("annul", "archive", "act", "answer", "disable", "delete", "remove", "forget", "radicate", "closing", "state")


def _fields_of(app: Flask, rule: Rule) -> set[str]:
    """Return the names of the fields that the module of a view might read."""
    module = sys.modules[inspect.unwrap(app.view_functions[rule.endpoint]).__module__]
    forms = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, FlaskForm)]
    return {name for form in forms for name in vars(form)} | set(re.findall(r'"(\w+)"', inspect.getsource(module)))


def says_mark(answer: Any) -> bool:
    # The words that were asked for come back in the search field, and nowhere else.
    return MARK in re.sub(f'value="{MARK}"|q(=|%3D){MARK}', "", words_of(answer))


def words_of(answer: Any) -> str:
    """Return the text of an answer, of a sheet too."""
    sent: bytes = answer.data
    if sent.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(sent)) as sheet:
            sent = b"".join(sheet.read(name) for name in sheet.namelist())
    return sent.decode("utf-8", "replace")


@pytest.mark.parametrize("who", ["all", "nobody"])
def test_no_page_of_a_foreign_console_opens_or_acts(
    app: Flask, cast: Cast, riches: Riches, known: dict[int, dict[str, Any]], stranger: Any, who: str
) -> None:
    client, before, seen = stranger(who), rows(), []

    for rule, method in walked(app, "/console/"):
        for url in urls_of(rule, "tenjo", known[cast.tenjo], riches):
            answer = ask(client, rule, method, url, known[cast.tenjo], riches)
            shut = who == "nobody" and "/console/login" in answer.headers.get("Location", "")
            if not (answer.status_code == 404 or shut) or says_mark(answer):
                seen.append((method, url, answer.status_code))

    assert seen == []
    assert touched(before, rows(), cast) == []


def test_the_numbers_of_one_site_are_nothing_in_the_console_of_another(
    app: Flask, cast: Cast, riches: Riches, known: dict[int, dict[str, Any]], stranger: Any
) -> None:
    client, before, seen = stranger("all"), rows(), []

    for rule, method in walked(app, "/console/"):
        for url in urls_of(rule, "other", known[cast.tenjo], riches):
            answer = ask(client, rule, method, url, known[cast.tenjo], riches)
            names_row = any(name in NUMBERS or name == "row_id" for name in rule.arguments - set(rule.defaults or ()))
            if (names_row and answer.status_code != 404) or answer.status_code >= 500 or says_mark(answer):
                seen.append((method, url, answer.status_code))

    assert seen == []
    assert touched(before, rows(), cast) == []


def test_the_numbers_of_one_site_in_a_form_do_nothing_to_what_is_anothers(
    app: Flask, cast: Cast, riches: Riches, known: dict[int, dict[str, Any]], stranger: Any
) -> None:
    client, before, seen, taken = stranger("all"), rows(), [], 0
    # One foreign number at a time: a foreign office is refused before a foreign person is looked at.
    own, theirs = known[cast.other], {**known[cast.tenjo], "users": cast.people["ana"]}

    for rule, method in sorted(walked(app, "/console/"), key=lambda one: any(word in one[0].rule for word in ENDS)):
        carried = {CARRIED[name] for name in _fields_of(app, rule) & CARRIED.keys()}
        hands = [{**own, table: theirs[table]} for table in sorted(carried)] or [own]
        for url, has in product(urls_of(rule, "other", own, riches), hands if method == "POST" else [theirs]):
            answer = ask(client, rule, method, url, has, riches)
            taken += answer.status_code in {200, 302}
            if answer.status_code >= 500 or says_mark(answer):
                seen.append((method, url, answer.status_code, words_of(answer)[:300]))

    assert seen == []
    assert touched(before, rows(), cast) == []
    # At home most doors open: otherwise this would pass with nonsense in its hands.
    assert taken > 90


def body_of(rule: Rule, app: Flask, has: dict[str, Any], riches: Riches) -> dict[str, Any]:
    """Return the hostile body of an API route: its own fields, filled with Tenjo's secrets and numbers."""
    described: Described | None = getattr(app.view_functions[rule.endpoint], "described", None)
    if described is None or described.body is None:
        return {}
    values: dict[str, Any] = {
        **riches.secrets, "token": str(riches.secrets["case_file_id"]), "files": [riches.secrets["receipt"]],
        "body": "x", "subject": "x", "name": "x", "email": "x@example.org", "kind": "queja", "identity": "anonymous",
        "score": 5, "version": 1, "answers": {"q1": "yes", "q2": "o2", "q3": ["o1"], "q4": 5, "q5": "1", "q6": "x"},
        "office": "120", "device": "d" * 32, "reason": "x", "comment": "x", "code": riches.secrets["code"],
        "person": SECRET, "post": has["forum_posts"], "parent": has["forum_posts"], "topics": [has["content_topics"]],
        "frequency": "daily", "forum": "guayaba-forum_forums-key", "on": True,
        "kindness": 5, "quality": 5, "timeliness": 5, "competence": 5,
    }  # fmt: skip
    if "contact" in rule.rule:
        values["code"] = riches.secrets["thread_code"]
    if "survey" in rule.rule:
        values["code"] = ""
    if "chat" in rule.rule:
        values |= {"kind": "say", "id": int(riches.secrets["case_file_id"]) if "file" in rule.rule else "a" * 20}
    return {name: values[name] for name in described.body().fields if name in values}


@pytest.mark.parametrize(
    ("site", "origin"), [("other", OTHER_ORIGIN), ("tenjo", OTHER_ORIGIN), ("tenjo", ""), ("tenjo", "null")]
)
def test_the_secrets_of_one_site_open_nothing_through_the_api_of_another(
    app: Flask, cast: Cast, riches: Riches, known: dict[int, dict[str, Any]], site: str, origin: str
) -> None:
    client, seen = app.test_client(), []
    from_other, has = {"Origin": OTHER_ORIGIN}, known[cast.tenjo]
    before = rows()

    for rule, method in walked(app, "/api/"):
        # Each one as the first of a new day: what slows guesses has tests of its own.
        app.extensions["ventanilla"].gate = Gate(app.extensions["ventanilla"].settings)
        token = client.post("/api/other/token", json={}, headers=from_other).json["token"]  # type: ignore[index]
        if "chat" in rule.rule:
            person = "chat_room_people-key " if "/rooms/" in rule.rule else ""
            token = f"{token} {person and MARK + '-' + person}{SECRET}"
        headers = {"Idempotency-Key": secrets.token_hex(16), "X-Ventanilla-Token": token, "X-File-Name": "a.pdf"}
        headers |= {"Origin": origin} if origin else {"Sec-Fetch-Site": "cross-site"}
        data = json.dumps(body_of(rule, app, has, riches)) if method == "POST" else None
        for url in urls_of(rule, site, has, riches):
            answer = client.open(url, method=method, data=data, headers=headers, content_type="application/json")
            # Other systems come with a key, and without it their door does not ask whence they come.
            shut = 401 if "/systems/" in url else 403
            if site == "tenjo" and answer.status_code != shut:
                seen.append((method, url, answer.status_code))
            if MARK in answer.text or answer.status_code >= 500:
                seen.append((method, url, answer.text[:200]))

    assert seen == []
    assert touched(before, rows(), cast) == []


def test_the_secrets_of_one_site_open_nothing_on_the_pages_of_another(
    app: Flask, cast: Cast, riches: Riches, known: dict[int, dict[str, Any]]
) -> None:
    client, seen, before, has = app.test_client(), [], rows(), known[cast.tenjo]

    for rule, method in walked(app, "/<site_key>/"):
        if rule.endpoint == "pages.outages.message":
            continue  # It shows what a failure looks like.
        app.extensions["ventanilla"].gate = Gate(app.extensions["ventanilla"].settings)
        form = client.get("/other/contact").text
        token = form.split('name="token" value="')[1].split('"')[0]
        code = "thread_code" if "contact" in rule.rule else "code"
        data = {
            **form_of(has, riches), **riches.secrets, "code": riches.secrets[code], "token": token,
            "key": secrets.token_hex(16), "act": f"file:{riches.secrets['case_file_id']}", "person": SECRET,
        }  # fmt: skip
        for url in urls_of(rule, "other", has, riches):
            answer = client.open(url, method=method, data=data if method == "POST" else None)
            # The key that the address itself carries comes back in links and fields of the refusal, and nothing else.
            said = answer.data.decode("utf-8", "replace").replace(url, "")  # a picture is no text
            if MARK in said.replace(url.rpartition("/")[2], "") or answer.status_code >= 500:
                seen.append((method, url, answer.status_code))

    assert seen == []
    assert touched(before, rows(), cast) == []


@pytest.mark.store
def test_the_secrets_do_open_at_home(app: Flask, cast: Cast, riches: Riches, known: dict[int, dict[str, Any]]) -> None:
    """Otherwise the tests above would pass with any nonsense in their hands."""
    headers = {"Origin": "https://www.tenjo.example"}
    client, held = app.test_client(), riches.secrets
    code = {"radicado": held["radicado"], "code": held["code"]}

    case = client.post("/api/tenjo/cases/track", json=code, headers=headers)
    file = client.post(
        "/api/tenjo/cases/file", json={**code, "token": str(held["case_file_id"])}, headers=headers, buffered=True
    )
    thread = client.post(
        "/api/tenjo/contact/thread", json={"reference": held["reference"], "code": held["thread_code"]}, headers=headers
    )
    survey = client.get(f"/api/tenjo/survey/surveys/{held['survey']}", headers=headers)
    post = client.get(f"/api/tenjo/forum/threads/{known[cast.tenjo]['forum_posts']}", headers=headers)
    token = client.post("/api/tenjo/token", json={}, headers=headers).json["token"]  # type: ignore[index]
    key = f"{MARK}-chat_conversations-key"[:24]
    talk = client.get(
        f"/api/tenjo/chat/conversations/{key}/poll", headers={**headers, "X-Ventanilla-Token": f"{token} {SECRET}"}
    )

    assert MARK in case.text and MARK in thread.text and MARK in survey.text and MARK in post.text
    assert talk.status_code == 200, talk.text
    assert file.data.startswith(b"%PDF")


def test_every_field_that_might_name_a_row_is_said_to_or_not(app: Flask) -> None:
    """A new one stands in no list: the walks above would send it nothing."""
    names = {name for rule, _ in walked(app, "/api/") for name in _body_fields(app, rule)}
    names |= {name for acts in JSON_ACTS.values() for schema, _ in acts.values() for name in schema().fields}
    for form in _all_forms(FlaskForm):
        names |= {
            name
            for name, field in vars(form).items()
            if issubclass(
                getattr(field, "field_class", object), wtforms.SelectField | wtforms.HiddenField | wtforms.IntegerField
            )
        }
    root = Path(str(trunk.__file__)).parents[1]
    for path in (*root.glob("app/**/*.py"), *root.glob("widgets/**/*.py")):
        names |= set(re.findall(r'request\.form(?:\.get|\.getlist)?[(\[]"(\w+)"', path.read_text(encoding="utf-8")))

    assert names - WORDS - CARRIED.keys() == set()


def _body_fields(app: Flask, rule: Rule) -> set[str]:
    described: Described | None = getattr(app.view_functions[rule.endpoint], "described", None)
    schema: type[Schema] | None = described.body if described else None
    return set(schema().fields) if schema else set()


def _all_forms(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith(("app.", "widgets.")):
            yield one
        yield from _all_forms(one)


def test_no_socket_of_a_foreign_site_opens(
    app: Flask, cast: Cast, riches: Riches, known: dict[int, dict[str, Any]], stranger: Any, served: Any
) -> None:
    """Behind a real server, with a foreign page, and with the session of another site's staff."""
    cookie = f"ventanilla={stranger('all').get_cookie('__Host-ventanilla').value}"
    before = rows()
    server, sockets, opened = served(), [rule for rule in app.url_map.iter_rules() if rule.websocket], []
    token = server.call("POST", "/api/other/token", {}, Origin=OTHER_ORIGIN)["token"]

    for rule in sockets:
        for site, origin in (
            ("tenjo", OTHER_ORIGIN), ("tenjo", "null"), ("tenjo", server.url), ("other", server.url),
            ("other", OTHER_ORIGIN),
        ):  # fmt: skip
            (url,) = urls_of(rule, site, known[cast.tenjo], riches)
            try:
                client = Client(server.port, url, origin=origin, cookie=cookie)
            except Refused as refused:
                assert refused.status in {401, 403, 404}, (url, origin)
                continue
            server.clients.append(client)
            client.send(kind="hello", token=f"{token} {MARK}-chat_room_people-key {SECRET}", since=0)
            # The desk of their own site is theirs; it must not speak of Tenjo.
            if rule.rule == "/console/<site_key>/chat/socket" and site == "other":
                continue
            heard = client.drained()
            if client.code != 4401 and not _refused(client, heard):
                opened.append((url, origin, client.code, heard))

    assert len(sockets) >= 5
    assert opened == []
    assert touched(before, rows(), cast) == []


def _refused(client: Client, heard: list[Any]) -> bool:
    return client.code is not None and all(one.get("kind") == "error" for one in heard)
