"""The reserved folder (art. 36): what may lie in it, who may put it there, and every door that must not go round it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.cases import texts, workflow
from app.cases.finding import index_again
from app.cases.models import Case, CaseEvent
from app.cases.reserve import Reserve
from app.cases.workflow import Transfer
from app.clock import now
from app.db import db, write
from app.mail.intake.models import CASE, THREAD, IncomingMail, Mailbox
from app.mail.models import Mail
from tests.cases.conftest import case
from tests.conftest import PDF, Cast, HostPage

SECRET = "¿Quién atiende mi enfermedad? ¿Quién la va a saber?"
WHY = {"what": "petition", "cause": "privacy", "reason": "Historia clínica"}


@pytest.fixture
def case_id(file: Any) -> int:
    return int(file(body=SECRET))


@pytest.mark.store
def test_a_petition_that_is_itself_reserved_is_read_by_whoever_may_open_the_folder_alone(
    case_id: int, cast: Cast, host: HostPage, mails: Any, sign_in: Any
) -> None:
    code = re.search(r"secreto\): (\S+)", mails()[-1].get_content())
    boss, counter = sign_in("rita"), sign_in("ana")

    # Whoever receives it first puts it apart, and from then on reads it no more.
    assert counter.post(f"/cases/{case_id}/reserve", WHY).status_code == 302

    for desk, page in ((counter, ""), (boss, ""), (counter, "/answer"), (counter, "/draft")):
        shown = desk.get(f"/cases/{case_id}{page}").text
        assert "enfermedad" not in shown and "El texto está en el cuaderno reservado" in shown
    advice = {who: repr(texts.advice_on(case(case_id), cast.staff(who), "Buen día.", [])) for who in ("ana", "rita")}
    assert ("enfermedad" in advice["ana"], "enfermedad" in advice["rita"]) == (False, True)
    assert code is not None
    seen = host.ask("/cases/track", {"radicado": case(case_id).radicado, "code": code[1]}).json
    assert seen is not None and seen["body"].startswith("Lo que usted escribió está en el cuaderno reservado")
    assert counter.post(f"/cases/{case_id}/reserve", WHY).status_code == 409
    assert counter.post(f"/cases/{case_id}/reserve/open", {}).status_code == 403
    assert "enfermedad" in boss.post(f"/cases/{case_id}/reserve/open", {}).text
    row = db.session.scalars(select(Reserve)).one()
    typed = {"reserve_id": str(row.id), "reason": "Ya no."}
    assert counter.post(f"/cases/{case_id}/reserve/release", typed).status_code == 403

    receipt = host.upload("oficio.pdf", PDF).json["receipt"]  # type: ignore[index]
    workflow.transfer(
        cast.staff("ana"), cast.tenjo, case_id, Transfer("EPS", "eps@example.org", "OF-1", "Es suya.", (receipt,))
    )
    sent = db.session.scalars(select(Mail).where(Mail.source == "case_copy")).one()
    assert "enfermedad" not in sent.text and "se entrega por separado" in sent.text

    boss.post(f"/cases/{case_id}/reserve/release", typed)
    assert "enfermedad" in counter.get(f"/cases/{case_id}").text
    db.session.rollback()
    told = select(CaseEvent.data).where(CaseEvent.kind.in_(("reserved", "released"))).order_by(CaseEvent.id)
    assert [data["what"] for data in db.session.scalars(told)] == ["petition", "petition"]


@pytest.mark.parametrize("came_as", ["case", "contact"])
def test_the_raw_mail_of_a_reserved_case_is_saved_by_whoever_may_open_the_folder_alone(
    came_as: str, case_id: int, app: Any, cast: Cast, sign_in: Any
) -> None:
    storage = app.extensions["ventanilla"].storage
    spooled = storage.incoming / "1.eml"
    spooled.parent.mkdir(parents=True, exist_ok=True)
    spooled.write_text(SECRET)
    with write():
        if came_as == "contact":
            row = db.session.get_one(Case, case_id)
            row.source, row.source_id = "contact", 77
        box = Mailbox(site_id=cast.tenjo, name="buzon")
        db.session.add(box)
        db.session.flush()
        mail = IncomingMail(
            site_id=cast.tenjo, mailbox_id=box.id, uidvalidity=1, uid=1, raw_key=storage.put(spooled), size_bytes=9,
            state=CASE if came_as == "case" else THREAD, source=came_as,
            source_id=case_id if came_as == "case" else 77, received_at=now(),
        )  # fmt: skip
        db.session.add(mail)
        db.session.flush()
        raw = f"/incoming/{mail.id}/raw"
    counter, boss = sign_in("ana"), sign_in("rita")
    with counter.get(raw) as before:
        assert before.status_code == 200

    counter.post(f"/cases/{case_id}/reserve", WHY)

    assert counter.get(raw).status_code == 403
    with boss.get(raw) as after:
        assert after.data == SECRET.encode()


def test_a_reserved_subject_is_in_no_list_mail_or_search_until_it_is_released(
    case_id: int, cast: Cast, host: HostPage, mails: Any, sign_in: Any
) -> None:
    with write():
        db.session.get_one(Case, case_id).subject = "Falsifican firmas"
        index_again(case_id)
    code = re.search(r"secreto\): (\S+)", mails()[-1].get_content())
    counter, boss = sign_in("ana"), sign_in("rita")

    assert counter.post(f"/cases/{case_id}/reserve", {**WHY, "what": "subject"}).status_code == 302

    assert counter.post(f"/cases/{case_id}/reserve", {**WHY, "what": "subject"}).status_code == 409
    assert code is not None
    known = {"radicado": case(case_id).radicado, "code": code[1]}
    for text in (
        counter.get("/cases").text, counter.get(f"/cases/{case_id}").text, boss.get(f"/cases/{case_id}").text,
        counter.get(f"/cases/{case_id}/answer").text, host.ask("/cases/track", known).text,
    ):  # fmt: skip
        assert "Falsifican" not in text and "Asunto reservado" in text
    assert known["radicado"] not in counter.get("/cases?q=falsifican").text
    opened = boss.post(f"/cases/{case_id}/reserve/open", {}).text
    assert "Falsifican firmas" in opened
    row = db.session.scalars(select(Reserve)).one()
    boss.post(f"/cases/{case_id}/reserve/release", {"reserve_id": str(row.id), "reason": "Ya no."})
    assert case(case_id).subject == "Falsifican firmas"
    assert known["radicado"] in counter.get("/cases?q=falsifican").text
