"""The auditor reads the trail and proves it; what could not be mailed is seen and sent again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.db import db, write
from app.mail.models import Mail
from tests.conftest import Cast, HostPage, filing


def test_the_auditor_reads_the_trail_without_anybodys_data(host: HostPage, sign_in: Any) -> None:
    host.send("/pqr/cases", filing())

    html = sign_in("audi").get("/audit").text

    assert "case.filed" in html
    assert "52345678" not in html
    assert "Luz Marina" not in html


def test_the_chain_is_proved_at_a_click_and_a_change_shows(host: HostPage, sign_in: Any) -> None:
    host.send("/pqr/cases", filing())
    desk = sign_in("audi")
    assert "ninguno alterado" in desk.post("/audit/verify", {}, follow_redirects=True).text

    db.session.rollback()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entries SET actor = 'staff:1' WHERE action = 'case.filed'")

    assert "no coincide" in desk.post("/audit/verify", {}, follow_redirects=True).text


def test_an_officer_reads_neither(sign_in: Any) -> None:
    desk = sign_in("beto")

    assert [desk.get(path).status_code for path in ("/audit", "/outbox")] == [403, 403]


@pytest.mark.store
def test_a_failed_mail_is_seen_masked_and_sent_again(host: HostPage, sign_in: Any, mails: Any) -> None:
    host.send("/pqr/cases", filing())
    with write():
        mail = db.session.scalars(select(Mail)).one()
        mail.state, mail.last_error = "failed", "recipient refused: 550"
        mail_id, message_id = mail.id, mail.message_id
    assert mails() == []
    desk = sign_in("admin")

    html = desk.get("/outbox").text
    desk.post(f"/outbox/{mail_id}/retry", {})
    sent = mails()

    assert "recipient refused: 550" in html
    assert "luz@example.org" not in html
    assert [letter["Message-ID"] for letter in sent] == [message_id]


def test_a_mail_of_another_site_is_not_found(host: HostPage, sign_in: Any, cast: Cast) -> None:
    host.send("/pqr/cases", filing())
    mail_id = db.session.scalars(select(Mail.id)).one()

    assert sign_in("olga").post(f"/outbox/{mail_id}/retry", {}).status_code == 404
