"""Filing a PQRSD through the door that the widget uses."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from tests.conftest import PDF, HostPage, filing


@pytest.fixture
def friday_evening() -> Any:
    # 16:01 in Bogotá: one minute after the counter has closed.
    with time_machine.travel("2026-11-20T21:01:00+00:00", tick=True):
        yield


@pytest.mark.store
def test_a_filing_is_answered_with_radicado_dates_and_code(host: HostPage, friday_evening: None) -> None:
    answer = host.send("/pqr/cases", filing())

    assert answer.status_code == 201, answer.text
    said = answer.json
    assert said is not None
    assert said["radicado"] == "2026-100-000001-4"
    assert (said["radicated_on"], said["due_on"]) == ("2026-11-23", "2026-12-15")
    assert len(said["code"].replace("-", "")) == 8


def test_the_acknowledgement_goes_by_mail_with_the_code_and_not_in_the_subject(host: HostPage, mails: Any) -> None:
    lost = [{"name": "IMG_1.HEIC", "reason": "aquí no se recibe"}]
    said = host.send("/pqr/cases", filing(failed_files=lost)).json

    [mail] = mails()
    assert said is not None
    assert said["code"] in mail.get_content()
    assert "- IMG_1.HEIC: aquí no se recibe" in mail.get_content()
    assert "Asunto: Alumbrado de la calle 5" in mail.get_content()
    assert said["code"] not in mail["Subject"]
    assert said["radicado"] in mail["Subject"]


@pytest.mark.store
def test_the_same_key_gives_the_same_radicado_and_code(host: HostPage) -> None:
    first = host.send("/pqr/cases", filing(), key="k" * 32).json
    again = host.send("/pqr/cases", filing(), key="k" * 32).json

    assert first == again


def test_the_same_key_with_other_content_is_refused(host: HostPage) -> None:
    host.send("/pqr/cases", filing(), key="k" * 32)

    answer = host.send("/pqr/cases", filing(subject="Otra cosa"), key="k" * 32)

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "key-reused")  # type: ignore[index]


def test_what_is_missing_is_said_and_the_case_can_be_filed_all_the_same(host: HostPage) -> None:
    token, body = host.token(), filing(name="", document_number="")
    refused = host.send("/pqr/cases", body, token=token)
    filed = host.send("/pqr/cases", {**body, "despite_missing": True}, token=token)

    assert refused.status_code == 422
    assert set(refused.json["error"]["fields"]) == {"name", "document_number"}  # type: ignore[index]
    assert filed.status_code == 201
    assert [part["field"] for part in filed.json["missing"]] == ["name", "document_number"]  # type: ignore[index]


def test_a_case_without_facts_can_be_filed_too(host: HostPage) -> None:
    asked = host.send("/pqr/cases", filing(body="", identity="anonymous"))
    filed = host.send("/pqr/cases", filing(body="", identity="anonymous", despite_missing=True))

    assert list(asked.json["error"]["fields"]) == ["body"]  # type: ignore[index]
    assert asked.json["error"]["can_file_anyway"]  # type: ignore[index]
    assert filed.status_code == 201


def test_an_anonymous_case_keeps_no_one(host: HostPage, mails: Any) -> None:
    from sqlalchemy import select

    from app.cases.models import CaseParty
    from app.db import db

    answer = host.send("/pqr/cases", filing(identity="anonymous"))

    assert answer.status_code == 201
    assert db.session.scalar(select(CaseParty)) is None
    assert mails() == []


@pytest.mark.store
def test_files_come_with_their_hash(host: HostPage) -> None:
    import hashlib

    receipt = host.upload("carta.pdf", PDF)
    assert receipt.status_code == 201, receipt.text

    said = host.send("/pqr/cases", filing(files=[receipt.json["receipt"]])).json  # type: ignore[index]

    assert said is not None
    assert said["files"] == [{"name": "carta.pdf", "size_bytes": len(PDF), "sha256": hashlib.sha256(PDF).hexdigest()}]


@pytest.mark.store
def test_an_answer_is_read_with_the_code_and_counts_as_notified(host: HostPage, cast: Any, mails: Any) -> None:
    from sqlalchemy import select

    from app.cases.answering import Answer, answer
    from app.cases.models import Case
    from app.db import db

    said = host.send("/pqr/cases", filing()).json
    assert said is not None
    case_id = db.session.scalar(select(Case.id))
    assert case_id is not None
    answer(
        cast.staff("ana"),
        cast.tenjo,
        case_id,
        Answer("Alumbrado", "Se arregló ayer.", "Si vuelve a fallar, escríbanos."),
    )

    seen = host.ask("/cases/track", {"radicado": said["radicado"], "code": said["code"].lower()}).json

    assert seen is not None
    assert seen["state"] == "notified"
    assert seen["messages"][0]["body"] == "Se arregló ayer."
    assert any("ya hay respuesta" in mail["Subject"] for mail in mails())


def test_a_number_opens_however_it_was_copied_from_paper_and_its_guesses_count_together(host: HostPage) -> None:
    filed = host.send("/pqr/cases", filing()).json
    assert filed is not None
    number, code = filed["radicado"], filed["code"]
    ways = [number, number.replace("-", ""), number.replace("-", " "), number.replace("-", "–")]
    for way in ways:
        assert host.ask("/cases/track", {"radicado": way, "code": code.lower()}).status_code == 200, way

    wrong = [host.ask("/cases/track", {"radicado": way, "code": "AA2AA2AA"}).status_code for way in ways * 3]

    assert (set(wrong[:10]), wrong[10]) == ({404}, 429)
