"""What comes back of a letter: failed for good, failed for now, unwanted; and what only looks like it."""

from __future__ import annotations

from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask

from app.db import db, write
from app.mail import bounces, outbox
from app.mail.models import Mail
from app.sites.models import Site
from tests.conftest import Cast

REPORT = """From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: contacto@tenjo.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; ana@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b
Content-Type: {original}

From: contacto@tenjo.example
Message-ID: {message_id}
Subject: x

--b--
"""
COMPLAINT = """From: fbl@provider.example
To: contacto@tenjo.example
Subject: FW: unwanted
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: {what}
User-Agent: Provider/1
Version: 1

--b
Content-Type: message/rfc822

From: contacto@tenjo.example
Message-ID: {message_id}

text
--b--
"""
PLAIN = """From: {sender}
Return-Path: <>
To: contacto@tenjo.example
Subject: failure notice

Hi. This is the qmail-send program.
<ana@example.org>: 550 5.1.1 no such user
--- Below this line is a copy of the message.
Message-ID: {message_id}
"""


def report(message_id: str, action: str = "failed", status: str = "5.1.1", said: str = "550", **more: str) -> Any:
    original = more.get("original", "text/rfc822-headers")
    text = REPORT.format(message_id=message_id, action=action, status=status, said=said, original=original)
    return message_from_string(text, policy=policy.default)


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        ("5.1.1", "550 no such user", "hard"),
        ("5.2.1", "550 disabled", "hard"),
        ("5.4.4", "no such host", "hard"),
        ("5.0.0", "550 5.1.1 unknown", "hard"),
        ("5.2.2", "552 mailbox full", "soft"),
        ("5.7.1", "554 looks like spam", "soft"),
        ("5.0.0", "552 5.2.2 full", "soft"),
        ("4.4.1", "timed out", "soft"),
    ],
)
@pytest.mark.parametrize("original", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_says_whether_the_address_or_the_moment_failed(
    status: str, said: str, kind: str, original: str
) -> None:
    [bounce] = bounces.read(report("<one@tenjo.example>", status=status, said=said, original=original))

    assert (bounce.kind, bounce.message_id, bounce.recipient) == (kind, "<one@tenjo.example>", "ana@example.org")


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_what_is_not_a_failure_is_none(action: str) -> None:
    assert bounces.read(report("<one@tenjo.example>", action=action, status="4.2.0")) == []


@pytest.mark.parametrize(
    ("headers", "block"),
    [
        ("References: <first@tenjo.example> <one@tenjo.example>\nIn-Reply-To: <one@tenjo.example>", ""),
        ("", "X-Original-Message-ID: <one@tenjo.example>\n"),
    ],
)
def test_a_report_without_the_letter_is_known_by_what_it_answers(headers: str, block: str) -> None:
    """As Exchange and Gmail write them where they leave the letter out."""
    whole = report("<x@x>", action="Failed (for good)").as_string()
    text = whole.rpartition("--b\nContent-Type: text/rfc")[0] + "--b--\n"
    text = text.replace("Reporting-MTA", f"{block}Reporting-MTA")
    text = text.replace("To: contacto", f"{headers}\nTo: contacto".strip())

    assert [bounce.message_id for bounce in bounces.read(message_from_string(text))] == ["<one@tenjo.example>"]


@pytest.mark.parametrize(("what", "kinds"), [("abuse", ["complaint"]), ("not-spam", [])])
def test_a_complaint_is_one_and_its_opposite_is_none(what: str, kinds: list[str]) -> None:
    text = COMPLAINT.format(what=what, message_id="<one@tenjo.example>")

    assert [bounce.kind for bounce in bounces.read(message_from_string(text, policy=policy.default))] == kinds


def test_a_plain_notice_counts_only_from_a_mail_daemon() -> None:
    notice = PLAIN.format(sender="MAILER-DAEMON@old.example", message_id="<one@tenjo.example>")
    letter = PLAIN.format(sender="ana@example.org", message_id="<one@tenjo.example>").replace("Return-Path: <>\n", "")

    assert [bounce.kind for bounce in bounces.read(message_from_string(notice, policy=policy.default))] == ["hard"]
    assert bounces.read(message_from_string(letter, policy=policy.default)) == []


@pytest.mark.parametrize("text", ["", "\n\n", "Content-Type: multipart/report; boundary=b\n\n--b", "a: b\n\n\x00\xff"])
def test_a_broken_message_is_no_report(text: str) -> None:
    assert bounces.read(message_from_string(text, policy=policy.default)) == []


def letter(cast: Cast) -> Mail:
    with write():
        site = db.session.get_one(Site, cast.tenjo)
        made = outbox.enqueue(site, "ana@example.org", "Asunto", "Texto", source="case", source_id=7)
    return db.session.get_one(Mail, made)


def test_a_bounced_letter_is_failed_and_told_once(app: Flask, cast: Cast, mails: Any) -> None:
    from app import events

    told: list[dict[str, Any]] = []
    events.subscribe("mail.bounced", lambda **facts: told.append(facts))
    mail = letter(cast)
    mails()
    taken = [bounces.take(report(mail.message_id)) for _ in range(2)]
    mails()
    db.session.expire_all()

    assert taken == [True, True]
    assert (mail.state, mail.last_error) == ("failed", "bounced hard 5.1.1")
    assert [(one["source"], one["source_id"], one["kind"]) for one in told] == [("case", 7, "hard")]


def test_a_report_of_a_letter_that_is_not_ours_changes_nothing(app: Flask, cast: Cast, mails: Any) -> None:
    mail = letter(cast)
    mails()

    assert not bounces.take(report("<guess@tenjo.example>"))
    assert not bounces.take(EmailMessage())
    db.session.expire_all()
    assert mail.state == "sent"
