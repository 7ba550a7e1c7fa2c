"""Writing to an office: from the message to its answer, or to its radicado."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.cases.models import Case, CaseEvent, CaseMessage
from app.db import db
from app.files import files_of
from tests.conftest import PDF, Cast, HostPage
from widgets.contact import service
from widgets.contact.models import ContactThread


def message(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Jairo", "email": "jairo@example.org", "subject": "Biblioteca", "body": "¿A qué hora abre?",
        "notice_version": 1, **changes,
    }  # fmt: skip


def thread_id() -> int:
    found = db.session.scalar(select(ContactThread.id))
    assert found is not None
    return found


def test_a_message_gets_a_reference_and_a_code_by_mail(host: HostPage, mails: Any) -> None:
    answer = host.send("/contact/messages", message())

    assert answer.status_code == 201, answer.text
    said = answer.json
    assert said is not None
    [mail] = mails()
    assert said["reference"] in mail["Subject"]
    assert said["code"] in mail.get_content()


def test_the_thread_opens_with_reference_and_code_alone(host: HostPage) -> None:
    said = host.send("/contact/messages", message()).json
    assert said is not None

    opened = host.ask("/contact/thread", {"reference": said["reference"], "code": said["code"]})
    refused = host.ask("/contact/thread", {"reference": said["reference"], "code": "AB2CD3EF"})

    assert opened.json["messages"][0]["body"] == "¿A qué hora abre?"  # type: ignore[index]
    assert refused.status_code == 404


def test_a_reference_opens_however_it_was_typed(host: HostPage) -> None:
    sent = host.send("/contact/messages", message()).json
    assert sent is not None
    typed = {"reference": sent["reference"].lower().replace("-", " "), "code": sent["code"]}

    assert host.ask("/contact/thread", typed).status_code == 200


@pytest.mark.store
def test_a_reply_brings_files_and_makes_the_thread_wait_again(app: Flask, host: HostPage, cast: Cast) -> None:
    said = host.send("/contact/messages", message()).json
    assert said is not None
    service.answer(cast.staff("ana"), cast.tenjo, thread_id(), "A las ocho.")
    receipt = host.upload("foto.pdf", PDF).json["receipt"]  # type: ignore[index]

    code = {"reference": said["reference"], "code": said["code"]}
    host.send("/contact/replies", {**code, "body": "Gracias, ¿y el sábado?", "files": [receipt]})

    thread = host.ask("/contact/thread", code).json
    assert thread is not None
    assert thread["state"] == "waiting"
    (file,) = thread["messages"][-1]["files"]
    assert file["name"] == "foto.pdf"
    got = host.ask("/contact/file", {**code, "token": file["token"]})
    assert got.data == PDF
    got.close()
    assert host.ask("/contact/file", {**code, "token": "999"}).status_code == 404
    plain = app.test_client().post("/tenjo/contact/thread", data={**code, "act": f"file:{file['token']}"})
    assert plain.data == PDF
    plain.close()


def test_what_is_written_after_it_became_a_case_goes_to_the_case(host: HostPage, cast: Cast) -> None:
    said = host.send("/contact/messages", message()).json
    assert said is not None
    filed = service.radicate(cast.staff("ana"), cast.tenjo, thread_id(), "queja")
    receipt = host.upload("foto.pdf", PDF).json["receipt"]  # type: ignore[index]
    code = {"reference": said["reference"], "code": said["code"]}

    host.send("/contact/replies", {**code, "body": "Va la foto.", "files": [receipt]})

    thread = host.ask("/contact/thread", code).json
    assert thread is not None
    assert (thread["state"], thread["radicado"]) == ("radicated", filed.radicado)
    added = db.session.scalars(select(CaseMessage).where(CaseMessage.case_id == filed.case_id)).one()
    assert added.body == thread["messages"][-1]["body"] == "Va la foto."
    assert [file.name for file in files_of("case_message", [added.id])[added.id]] == ["foto.pdf"]


def test_an_answer_goes_by_mail_with_its_signature(host: HostPage, cast: Cast, mails: Any) -> None:
    host.send("/contact/messages", message())

    service.answer(cast.staff("ana"), cast.tenjo, thread_id(), "Abre a las ocho.")

    mail = mails()[-1]
    assert "Abre a las ocho." in mail.get_content()
    assert "Profesional" in mail.get_content()
    assert mail["From"].addresses[0].addr_spec == "contacto@tenjo.example"


@pytest.mark.store
def test_one_click_makes_a_radicado_with_the_date_of_the_message(host: HostPage, cast: Cast) -> None:
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        host.send("/contact/messages", message())
        clock.move_to("2026-11-24T15:00:00Z")

        filed = service.radicate(cast.staff("ana"), cast.tenjo, thread_id(), "informacion")

    case = db.session.get_one(Case, filed.case_id)
    assert case.received_at.isoformat().startswith("2026-11-20T15:00:0")
    assert str(case.radicated_on) == "2026-11-20"
    assert (case.source, case.source_id) == ("contact", thread_id())
    done = db.session.execute(select(CaseEvent.kind, CaseEvent.actor).where(CaseEvent.case_id == case.id))
    assert dict(done.all()) == {"received": "person", "radicated": cast.staff("ana").actor}


def test_an_officer_of_another_site_finds_nothing(host: HostPage, sign_in: Any) -> None:
    host.send("/contact/messages", message())
    desk = sign_in("olga")

    assert desk.get(f"/contact/{thread_id()}").status_code == 404
    desk.site = "tenjo"
    assert desk.get(f"/contact/{thread_id()}").status_code == 404


def test_a_radicado_takes_the_files_and_the_later_messages_along(host: HostPage, cast: Cast, sign_in: Any) -> None:
    receipt = host.upload("recibo.pdf", PDF).json["receipt"]  # type: ignore[index]
    said = host.send("/contact/messages", message(files=[receipt])).json
    assert said is not None
    code = {"reference": said["reference"], "code": said["code"]}
    host.send("/contact/replies", {**code, "body": "Olvidé decir la dirección: calle 5."})

    filed = service.radicate(cast.staff("ana"), cast.tenjo, thread_id(), "reclamo")

    page = sign_in("ana").get(f"/cases/{filed.case_id}").text
    assert [file.name for file in filed.files] == ["recibo.pdf"]
    assert all(text in page for text in ("recibo.pdf", "calle 5", "De dónde viene", said["reference"]))
    shown = host.ask("/contact/thread", code).json
    assert shown is not None
    assert shown["messages"][0]["files"][0]["name"] == "recibo.pdf"


def test_who_wrote_is_masked_until_somebody_says_why(host: HostPage, sign_in: Any) -> None:
    host.send("/contact/messages", message())
    desk, path = sign_in("ana"), f"/contact/{thread_id()}"

    masked, unasked = desk.get(path).text, desk.post(f"{path}/reveal", {})
    whole = desk.post(f"{path}/reveal", {"reason": "Confirmar la dirección"}).text

    assert "jairo@example.org" not in masked
    assert unasked.status_code == 302
    assert "jairo@example.org" in whole
    assert "contact.revealed" in sign_in("audi").get("/audit").text


def test_an_answer_to_a_thread_that_went_on_comes_back_whole(host: HostPage, sign_in: Any, mails: Any) -> None:
    said = host.send("/contact/messages", message()).json
    assert said is not None
    desk, path = sign_in("ana"), f"/contact/{thread_id()}"
    seen = service.last_message(thread_id())
    host.send("/contact/replies", {"reference": said["reference"], "code": said["code"], "body": "¿Y el domingo?"})

    refused = desk.post(f"{path}/answer", {"body": "Abre a las ocho.", "seen": seen})
    db.session.rollback()
    sent = desk.post(f"{path}/answer", {"body": "Abre a las ocho.", "seen": service.last_message(thread_id())})

    assert (refused.status_code, sent.status_code) == (409, 302)
    assert "Abre a las ocho." in refused.text
    assert "¿Y el domingo?" in refused.text
    assert sum("Abre a las ocho." in mail.get_content() for mail in mails()) == 1


def test_the_coach_reads_an_answer_while_it_is_written(host: HostPage, sign_in: Any) -> None:
    host.send("/contact/messages", message())
    path = f"/contact/{thread_id()}/coach"

    advised = sign_in("ana").post(path, {"body": "HOLA AMIGO, ESTAMOS CERRADOS!!! Tú puedes venir mañana."}).text
    silent = sign_in("ana").post(path, {"body": " "}).text

    assert "v-coach" in advised
    assert "mayúscula" in advised
    assert silent.strip() == ""
