"""Two sites side by side: Tenjo with something of everything in it, and the other from which somebody reaches over."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.models import Case, CaseMessage
from app.console.models import Grant, User
from app.console.roles import ROLES
from app.content import service as content
from app.db import db, write
from app.files import StoredFileRow
from app.sites.service import office_by_code
from tests.conftest import PASSWORD, PDF, Cast, HostPage, filing
from widgets.contact.models import ContactMessage, ContactThread
from widgets.survey import service as surveys
from widgets.survey.models import Survey

# Stands in every text of Tenjo that somebody could read, and nowhere else.
MARK = "zarzamora"


@dataclass
class Riches:
    """What Tenjo has: every number and secret by which something of it could be asked for."""

    ids: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    site_id: int = 0


@pytest.fixture
def riches(host: HostPage, cast: Cast, app: Flask) -> Riches:
    """A case, a thread, a survey with a theme, files, an office and people of Tenjo, all with MARK in their texts."""
    case = host.send(
        "/pqr/cases",
        filing(
            subject=f"Alumbrado {MARK}", body=f"Poste {MARK}", name=f"Luz {MARK}", email=f"{MARK}@example.org",
            files=[host.upload(f"{MARK}.pdf", PDF).json["receipt"]],  # type: ignore[index]
        ),
    )  # fmt: skip
    message = {
        "name": f"Eva {MARK}",
        "email": f"{MARK}@example.org",
        "subject": f"Vías {MARK}",
        "body": f"Hueco {MARK}",
    }
    thread = host.send(
        "/contact/messages",
        {**message, "files": [host.upload(f"{MARK}2.pdf", PDF).json["receipt"]]},  # type: ignore[index]
    )
    assert (case.status_code, thread.status_code) == (201, 201), (case.text, thread.text)
    waiting = host.upload(f"{MARK}3.pdf", PDF).json["receipt"]  # type: ignore[index]
    admin = cast.staff("admin")
    survey_id = surveys.create(admin, cast.tenjo, f"Obras {MARK}", "six")
    surveys.open_survey(admin, cast.tenjo, survey_id)
    topic = content.save_topic(admin, cast.tenjo, f"Tema {MARK}")
    faq = content.save_faq(admin, cast.tenjo, content.FaqText(f"¿{MARK}?", MARK))
    publication = content.save_publication(admin, cast.tenjo, content.PublicationText(f"Nota {MARK}", MARK, topic))
    row = db.session.execute(select(Case)).scalar_one()
    talk = db.session.execute(select(ContactThread)).scalar_one()
    office = office_by_code(cast.tenjo, "120")
    files = {file.source: file.id for file in db.session.scalars(select(StoredFileRow))}
    survey = db.session.get_one(Survey, survey_id)
    made = Riches(
        ids={
            "case_id": row.id, "thread_id": talk.id, "survey_id": survey_id, "file_id": files["case"],
            "user_id": cast.people["ana"], "office_id": office.id if office else 0, "theme_id": 1, "faq_id": faq,
            "publication_id": publication, "topic_id": topic,
            "message_id": db.session.scalar(select(CaseMessage.id)) or 1,
            "contact_message_id": db.session.scalar(select(ContactMessage.id)) or 1,
        },
        secrets={
            "radicado": case.json["radicado"], "code": case.json["code"],  # type: ignore[index]
            "reference": thread.json["reference"], "thread_code": thread.json["code"],  # type: ignore[index]
            "receipt": waiting, "contact_file_id": files["contact_message"], "case_file_id": files["case"],
            "survey": survey.key,
            "session": "",
        },
        site_id=cast.tenjo,
    )  # fmt: skip
    db.session.rollback()
    return made


@pytest.fixture
def stranger(app: Flask, cast: Cast) -> Any:
    """`stranger("all")` returns a browser signed in with every role at the other site; "nobody" has none."""

    def enter(role: str) -> Any:
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        if role == "nobody":
            return client
        olga = db.session.get_one(User, cast.people["olga"])
        with write():
            user = User(
                email=f"{role}@other.example", name=role, password=olga.password,
                fs_uniquifier=secrets.token_hex(16), grants=[Grant(site_id=cast.other, role=one) for one in ROLES],
            )  # fmt: skip
            db.session.add(user)
        answer = client.post("/console/login", data={"email": f"{role}@other.example", "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return client

    return enter


__all__ = ["MARK", "Riches", "riches", "stranger"]
