"""What a careless client or an attacker sends gets a clear refusal: no failure of ours, nothing stored or lost."""

from __future__ import annotations

import contextvars
import json
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from app.cases.models import Case
from app.clock import now
from app.db import db
from app.embed import gate
from app.files import MAX_FILES, StoredFileRow
from tests.conftest import PDF, Cast, HostPage, filing
from tests.security.riches import Riches
from widgets.contact.models import ContactThread
from widgets.survey.questions import BadAnswer, read

LONE = "\ud800"
HUGE = 10**30


@pytest.fixture(autouse=True)
def as_in_production(app: Flask) -> None:
    """A bug must come out as an answer, which these tests look at."""
    app.config["RAISE_BUGS"] = False


def message(**changes: Any) -> dict[str, Any]:
    return {"name": "Eva", "email": "eva@example.org", "subject": "Vías", "body": "Un hueco", **changes}


def counted() -> int:
    number = int(db.session.scalar(select(func.count()).select_from(Case)) or 0)
    db.session.rollback()
    return number


@pytest.mark.parametrize(
    "changes",
    [
        {"files": [LONE]}, {"files": ["\x00"]}, {"files": [None]}, {"files": "no list"}, {"files": ["x"] * 41},
        {"notice_version": HUGE}, {"notice_version": -1}, {"notice_version": "1e999"},
        {"failed_files": [{"name": None}]}, {"failed_files": [{"name": "a"}] * 41}, {"failed_files": [3]},
        {"characterisation": [1]}, {"characterisation": {"a": None}},
        {"electronic_consent": "perhaps"}, {"body": None}, {"body": {"a": 1}}, {"body": 3}, {"subject": ["x"]},
        {"kind": HUGE}, {"email": "a@b\r\nBcc: x@y.co"}, {"body": "x" * 100_000}, {"subject": "x" * 201},
        {"identity": "ghost"}, {"email": "@" * 300}, {"body": "\u202e\u200b\x00"}, {"__proto__": {}},
    ],
    ids=lambda changes: str(changes)[:40],
)  # fmt: skip
def test_a_field_that_cannot_be_taken_is_named_in_the_persons_language(host: HostPage, changes: dict[str, Any]) -> None:
    answer = host.send("/pqr/cases", filing(**changes))

    assert answer.status_code == 422, answer.text
    field = next(iter(changes))
    named = answer.json["error"]["fields"]  # type: ignore[index]
    assert any(name == field or name.startswith(f"{field}.") for name in named), named
    said = " ".join(text for texts in named.values() for text in texts)
    assert not re.search(r"errors\.|Not a valid|Longer than|Must be|Unknown field|Missing data|[|]", said), said
    assert counted() == 0


@pytest.mark.parametrize("token", ["²", "9" * 20, "-1", "1.5", "٣", ""])
def test_a_file_number_that_is_none_opens_nothing(host: HostPage, riches: Riches, token: str) -> None:
    code = {"radicado": riches.secrets["radicado"], "code": riches.secrets["code"]}

    asked = host.ask("/cases/file", {**code, "token": token})
    page = host.client.post("/tenjo/track", data={**code, "act": f"file:{token}"})

    assert asked.status_code in {404, 422} and page.status_code == 404


@pytest.mark.store
@pytest.mark.parametrize("number", ["2147483648", "9" * 40])
def test_a_number_that_no_row_can_have_is_not_found(sign_in: Any, number: str) -> None:
    desk = sign_in("admin")

    assert {desk.get(path.format(number)).status_code for path in ("/cases/{}", "/contact/{}", "/survey/{}")} == {404}
    assert desk.get(f"/cases?office={number}&assignee={number}&after=2026-01-01~{number}").status_code == 200
    assert desk.post(f"/people/{number}/disable", {}).status_code == 404
    for path in ("/audit?before={}", "/outbox?before={}", "/settings/hours?office={}", "/search?days={}"):
        assert desk.get(path.format(number)).status_code < 500, path
    for path in ("/cases/assign", "/settings/offices", "/settings/hours", "/faqs/new", "/publications/new"):
        data = dict.fromkeys(("case", "office_id", "assignee_id", "id", "office", "position", "topic_id"), number)
        assert desk.post(path, {**data, "question": "a", "answer": "b", "title": "a", "body": "b"}).status_code < 500


@pytest.mark.parametrize(
    "query", ["office=²", "assignee=²", "after=2026-01-01~²", "q=%00", "tag=%00", "kind=%00&q=%F0%28"]
)
def test_a_filter_that_means_nothing_breaks_no_inbox(sign_in: Any, query: str) -> None:
    assert sign_in("admin").get(f"/cases?{query}").status_code in {200, 400}


@pytest.mark.parametrize(
    "path", ["/api/tenjo%00/boot", "/te%00njo/pqr", "/api/tenjo/survey/surveys/a%00b", "/tenjo/survey/%00"]
)
def test_a_null_in_an_address_is_refused(host: HostPage, path: str) -> None:
    assert host.client.get(path, headers=host.headers()).status_code in {400, 404}


def test_a_null_in_a_form_of_the_console_is_refused(sign_in: Any, riches: Riches) -> None:
    answer = sign_in("admin").post(f"/cases/{riches.ids['case_id']}/notes", {"body": "a\x00b"})

    assert answer.status_code == 400


def test_a_json_body_without_a_length_is_not_read_beyond_what_json_may_hold(app: Flask, host: HostPage) -> None:
    class Endless:
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            taken = size if size > 0 else 2**20
            Endless.read_bytes += taken
            return b" " * taken if Endless.read_bytes < 64 * 2**20 else b""

    environ = EnvironBuilder(
        "/api/tenjo/cases/track", method="POST", content_type="application/json", headers=host.headers()
    ).get_environ()
    environ |= {"wsgi.input": Endless(), "wsgi.input_terminated": True}
    environ.pop("CONTENT_LENGTH", None)

    body, status, _headers = contextvars.Context().run(run_wsgi_app, app.wsgi_app, environ, buffered=True)

    assert status.startswith("413"), b"".join(body)
    assert Endless.read_bytes < 4 * gate.MAX_JSON_BYTES


@pytest.mark.parametrize("version", ["x", "", "²", "9" * 30])
def test_a_survey_page_of_a_version_that_is_none_is_refused_and_kept(
    host: HostPage, riches: Riches, version: str
) -> None:
    form = page_of(host, f"/tenjo/survey/{riches.secrets['survey']}")
    answer = host.client.post(f"/tenjo/survey/{riches.secrets['survey']}", data={**form, "version": version})

    assert answer.status_code < 500, answer.text


def page_of(host: HostPage, path: str) -> dict[str, str]:
    """Return the hidden fields of a page without script."""
    return hidden_in(host.client.get(path).text)


def hidden_in(text: str) -> dict[str, str]:
    hidden = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", text):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            hidden[name.group(1)] = unescape(value.group(1)) if value else ""
    return hidden


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "queja", "identity": "anonymous", "subject": "Ruido", "body": "De noche, en la plaza.",
        "answer_channel": "in_person", "person_type": "person", "despite_missing": "1", **changes,
    }  # fmt: skip


def attached(*files: tuple[str, bytes]) -> list[tuple[BytesIO, str]]:
    return [(BytesIO(content), name) for name, content in files]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("foto.pdf", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("pagina.pdf", b"<!doctype html>"),
        ("vacio.pdf", b""), ("a.exe", b"MZ"), ("../../etc/passwd.svg", b"<svg/>"), ("sin", b"x"),
        ("foto.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0\0\0\0\0"),
        ("bomba.docx", b"PK\x03\x04" + b"\0" * 40),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_file_that_cannot_be_taken_never_blocks_the_case_and_is_named(
    host: HostPage, name: str, content: bytes
) -> None:
    form = page_of(host, "/tenjo/pqr")

    answer = host.client.post(
        "/tenjo/pqr", data={**form, **typed(), "files": attached((name, content), ("b.pdf", PDF))}
    )

    case = db.session.execute(select(Case)).scalar_one()
    assert answer.status_code == 200, answer.text
    assert name.rpartition("/")[2] in answer.text
    assert [failed["name"].rpartition("/")[2] for failed in case.failed_files] == [name.rpartition("/")[2]]
    assert db.session.scalar(select(func.count()).select_from(StoredFileRow)) == 1


def test_the_forty_first_file_is_named_and_the_case_is_filed(host: HostPage) -> None:
    form = page_of(host, "/tenjo/pqr")
    many = attached(*((f"{number}.pdf", PDF) for number in range(MAX_FILES + 1)))

    answer = host.client.post("/tenjo/pqr", data={**form, **typed(), "files": many})

    case = db.session.execute(select(Case)).scalar_one()
    assert answer.status_code == 200
    assert [failed["name"] for failed in case.failed_files] == [f"{MAX_FILES}.pdf"]


def test_a_network_that_fills_the_disk_without_script_is_named_its_files_and_files_all_the_same(
    host: HostPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.embed.gate.UPLOADS_PER_10_MINUTES", 2)
    form = page_of(host, "/tenjo/pqr")

    answer = host.client.post(
        "/tenjo/pqr", data={**form, **typed(), "files": attached(*((f"{n}.pdf", PDF) for n in "abc"))}
    )

    assert answer.status_code == 200
    assert [failed["name"] for failed in db.session.execute(select(Case)).scalar_one().failed_files] == ["c.pdf"]


def test_the_excess_of_what_was_typed_is_refused_and_kept(host: HostPage) -> None:
    long = "ñ" * 100_000

    answer = host.client.post("/tenjo/pqr", data={**page_of(host, "/tenjo/pqr"), **typed(body=long, subject='"><b>x')})

    assert answer.status_code == 422
    assert long in answer.text and "&gt;&lt;b&gt;x" in answer.text and "<b>x" not in answer.text


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Ⅷ"])
def test_a_form_with_a_foreign_token_keeps_what_was_typed(host: HostPage, token: str) -> None:
    answer = host.client.post("/tenjo/pqr", data={**page_of(host, "/tenjo/pqr"), **typed(), "token": token})

    assert answer.status_code in {401, 403, 422}
    assert "De noche, en la plaza." in answer.text
    assert counted() == 0


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}]
)
def test_a_form_that_another_page_sends_is_refused(host: HostPage, headers: dict[str, str]) -> None:
    answer = host.client.post("/tenjo/pqr", data={**page_of(host, "/tenjo/pqr"), **typed()}, headers=headers)

    assert answer.status_code == 403
    assert counted() == 0


def test_a_line_end_in_a_name_reaches_no_header_of_a_mail(host: HostPage, mails: Any) -> None:
    evil = "Luz\r\nBcc: todos@example.org\r\n\r\nHola"
    host.send("/pqr/cases", filing(name=evil, subject=evil))
    host.send("/contact/messages", {"name": evil, "email": "eva@example.org", "subject": evil, "body": "x"})

    sent = mails()

    assert len(sent) >= 2
    assert all(mail["Bcc"] is None and "Bcc" not in str(mail["Subject"]) for mail in sent)


@pytest.mark.parametrize("length", ["-1", "abc", "99999999999999999999"])
def test_a_false_length_is_a_refusal(host: HostPage, length: str) -> None:
    answer = host.client.post(
        "/api/tenjo/cases/track", data=b"{}", content_type="application/json", headers=host.headers(),
        environ_overrides={"CONTENT_LENGTH": length},
    )  # fmt: skip

    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("key", ["", "short", "ñ" * 20, "x" * 81])
def test_a_submission_needs_a_key_of_its_own(host: HostPage, key: str) -> None:
    headers = host.headers(**{"X-Ventanilla-Token": host.token(), "Idempotency-Key": key.encode().decode("latin-1")})
    answer = host.client.post("/api/tenjo/pqr/cases", json=filing(), headers=headers)

    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "no-key"  # type: ignore[index]


@pytest.mark.parametrize("proof", ["x", "e30=", "bnVsbA==", "{}", "W10=", "eyJjaGFsbGVuZ2UiOm51bGx9"])
def test_a_proof_that_is_none_asks_for_one(host: HostPage, proof: str) -> None:
    answer = host.send("/pqr/cases", filing(), **{"X-Ventanilla-Proof": proof})

    assert answer.status_code == 428
    assert answer.json["error"]["challenge"]  # type: ignore[index]


def test_an_error_shows_no_trace_and_names_no_table(host: HostPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> None:
        raise ValueError("secret of cases table")

    monkeypatch.setattr("widgets.pqr.service.file", broken)

    answer = host.send("/pqr/cases", filing())

    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "system"  # type: ignore[index]
    assert "secret" not in answer.text and "Traceback" not in answer.text


def test_a_full_disk_is_the_systems_failure_and_leaves_nothing_half_written(
    host: HostPage, app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip(reason="only by make drills")
    form = page_of(host, "/tenjo/pqr")
    key, body, token = secrets.token_hex(16), filing(), host.token()

    def no_room(*_args: Any, **_kwargs: Any) -> int:
        from sqlalchemy.exc import OperationalError

        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr("app.cases.filing.next_number", no_room)
        failed = host.send("/pqr/cases", body, key=key, token=token)
        page = host.client.post("/tenjo/pqr", data={**form, **typed()})
    again = host.send("/pqr/cases", body, key=key, token=token)

    assert (failed.status_code, page.status_code) == (503, 503)
    assert failed.headers["Retry-After"] and failed.json["error"]["code"] == "unavailable"  # type: ignore[index]
    assert json.dumps(failed.json)
    assert again.status_code == 201 and counted() == 1


@pytest.mark.parametrize(
    ("path", "scope", "fields"),
    [("/tenjo/pqr", Case, {}), ("/tenjo/contact", ContactThread, {"name": "Eva", "email": "eva@example.org"})],
)
def test_a_button_pressed_many_times_sends_once_and_acknowledges_each_time(
    host: HostPage, app: Flask, path: str, scope: type[Any], fields: dict[str, str]
) -> None:
    form = {**page_of(host, path), **(typed() if scope is Case else {"subject": "Ruido", "body": "De noche"}), **fields}

    def press(_turn: int) -> TestResponse:
        # Each press brings the file anew, under another receipt.
        return app.test_client().post(path, data={**form, "files": attached(("b.pdf", PDF))})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(12)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({re.findall(r">(C?20\d\d-[\d-]{6,})<", answer.text)[0] for answer in answers}) == 1
    assert db.session.scalar(select(func.count()).select_from(scope)) == 1


def test_a_file_that_failed_is_still_named_after_a_mistake_was_mended(host: HostPage) -> None:
    wrong = {**page_of(host, "/tenjo/pqr"), **typed(subject=""), "files": attached(("a.exe", b"MZ"), ("b.pdf", PDF))}
    drawn = host.client.post("/tenjo/pqr", data=wrong)

    host.client.post("/tenjo/pqr", data={**hidden_in(drawn.text), **typed()})

    case = db.session.execute(select(Case)).scalar_one()
    assert (drawn.status_code, [failed["name"] for failed in case.failed_files]) == (422, ["a.exe"])


def test_a_file_that_fails_while_a_case_is_followed_is_named(host: HostPage, riches: Riches) -> None:
    code = {"radicado": riches.secrets["radicado"], "code": riches.secrets["code"]}
    thread = {"reference": riches.secrets["reference"], "code": riches.secrets["thread_code"]}
    bad = {"body": "Anexo", "files": attached(("a.exe", b"MZ"))}

    case = host.client.post("/tenjo/track", data={**page_of(host, "/tenjo/track"), **code, **bad, "act": "add"})
    bad["files"] = attached(("a.exe", b"MZ"))
    talk = host.client.post("/tenjo/contact/thread", data={**page_of(host, "/tenjo/contact/thread"), **thread, **bad})

    assert (case.status_code, talk.status_code) == (200, 200)
    assert "«a.exe»" in case.text and "«a.exe»" in talk.text


def test_a_recourse_that_is_too_long_keeps_its_words_and_its_files(host: HostPage, riches: Riches) -> None:
    code = {"radicado": riches.secrets["radicado"], "code": riches.secrets["code"]}
    long = {"body": "ñ" * 20_001, "files": attached(("b.pdf", PDF))}

    answer = host.client.post("/tenjo/track", data={**page_of(host, "/tenjo/track"), **code, **long, "act": "add"})

    assert answer.status_code == 422
    assert long["body"] in answer.text and hidden_in(answer.text)["receipts"]


@pytest.mark.parametrize("text", ["ñ" * 100_000, "😀" * 100_000])
@pytest.mark.parametrize(("path", "made"), [("/pqr/cases", filing), ("/contact/messages", message)])
def test_a_hundred_thousand_characters_are_refused_by_the_name_of_their_field(
    host: HostPage, path: str, made: Any, text: str
) -> None:
    answer = host.send(path, made(body=text))  # written as \u escapes, six or twelve bytes each

    assert answer.status_code == 422
    assert "body" in answer.json["error"]["fields"]  # type: ignore[index]


@pytest.mark.parametrize("point", ["²", "--5", "٣", "9" * 400, True, [3], {"a": 1}])
def test_a_point_of_a_scale_that_is_none_is_a_refusal(point: Any) -> None:
    with pytest.raises(BadAnswer):
        read({"kind": "scale", "key": "q"}, point)


@pytest.mark.parametrize(
    "jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)], ids=str
)
def test_a_clock_that_jumps_loses_and_doubles_nothing(host: HostPage, jump: timedelta) -> None:
    key, body, token, page = secrets.token_hex(16), filing(), host.token(), page_of(host, "/tenjo/pqr")

    with time_machine.travel(now() + jump):
        first = host.send("/pqr/cases", body, key=key, token=token)
        sent = first if first.status_code == 201 else host.send("/pqr/cases", body, key=key)
        typed_then = host.client.post("/tenjo/pqr", data={**page, **typed()})
        filed = typed_then if typed_then.status_code == 200 else host.client.post(
            "/tenjo/pqr", data={**hidden_in(typed_then.text), **typed()}
        )  # fmt: skip
    again = host.send("/pqr/cases", body, key=key)

    # A token that the clock has overtaken is asked for anew, which widgets do in silence.
    assert first.status_code == 201 or first.json["error"]["code"] == "token-expired"  # type: ignore[index]
    assert typed_then.status_code == 200 or "De noche, en la plaza." in typed_then.text
    assert (sent.status_code, filed.status_code, again.status_code) == (201, 200, 201)
    assert again.json["radicado"] == sent.json["radicado"] and counted() == 2  # type: ignore[index]


def test_files_that_cannot_be_taken_never_block_a_message_and_are_named(host: HostPage) -> None:
    bad = [("foto.pdf", b"<svg/>"), ("vacio.pdf", b""), ("a.exe", b"MZ"), ("bomba.docx", b"PK\x03\x04" + b"\0" * 40)]
    form = {**page_of(host, "/tenjo/contact"), **message(), "files": attached(*bad, ("../../b.pdf", PDF))}

    answer = host.client.post("/tenjo/contact", data=form)

    assert answer.status_code == 200
    assert all(f"«{name}»" in answer.text for name, _ in bad)
    assert db.session.scalars(select(StoredFileRow.name)).all() == ["b.pdf"]


def test_what_no_text_may_hold_is_gone_and_the_rest_is_kept_at_every_door(host: HostPage) -> None:
    evil, kept = (
        "Luz\x00\x07\u202e \u2066Peña 🏚️👩\u200d👩\u200d👧\r\nBcc: x@y.co",
        "Luz Peña 🏚️👩\u200d👩\u200d👧 Bcc: x@y.co",
    )
    host.send("/pqr/cases", filing(subject=evil))
    host.send("/contact/messages", message(subject=evil))
    host.client.post("/tenjo/pqr", data={**page_of(host, "/tenjo/pqr"), **typed(subject=evil)})
    host.client.post("/tenjo/contact", data={**page_of(host, "/tenjo/contact"), **message(subject=evil)})

    assert db.session.scalars(select(Case.subject)).all() == [kept] * 2
    assert db.session.scalars(select(ContactThread.subject)).all() == [kept] * 2


@pytest.mark.parametrize(
    ("path", "names"), [("/cases/track", ("radicado", "code")), ("/contact/thread", ("reference", "thread_code"))]
)
def test_codes_that_are_guessed_are_slowed_at_both_doors_and_refused_to_the_whole_network(
    host: HostPage, riches: Riches, path: str, names: tuple[str, str]
) -> None:
    number, code = (riches.secrets[name] for name in names)
    field = "radicado" if "track" in path else "reference"
    page = path.removeprefix("/cases")
    near, far = ({"environ_overrides": {"REMOTE_ADDR": one}} for one in ("2001:db8:1:1::7", "2001:db8:1:2::7"))

    def guess(typed_code: str, where: Any) -> int:
        asked = {field: number, "code": typed_code}
        return host.client.post(f"/api/tenjo{path}", json=asked, headers=host.headers(), **where).status_code

    tries = [guess(f"ABC-DEF-{turn:02d}", near) for turn in range(100)]
    neighbour = host.client.post(
        f"/tenjo{page}", data={field: number, "code": code, "act": "track"},
        environ_overrides={"REMOTE_ADDR": "2001:db8:1:1::8"},
    )  # fmt: skip

    assert tries[:10] == [404] * 10 and tries.count(429) >= 80
    assert neighbour.status_code == 429
    assert guess(code, far) == 200
