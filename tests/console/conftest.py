"""Cases on a desk, made through the verb by which every channel files."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from app.cases.filing import Filing, Party, file_case
from app.db import db, write
from tests.conftest import Cast

Filer = Callable[..., int]


@pytest.fixture
def file_one(cast: Cast) -> Filer:
    """`file_one(subject="…", office="120")` files a case on Tenjo's counter, and returns its id."""

    def file(site: str = "tenjo", office: str = "", received_at: datetime | None = None, **more: Any) -> int:
        person = {"name": "Luz Marina Peña", "document_type": "CC", "document_number": "52345678"}
        person |= {"email": "luz@example.org"} | more.pop("person", {})
        given = {"kind": "peticion_particular", "subject": "Alumbrado de la calle 5", "body": "No hay luz."} | more
        with write():
            filed = file_case(
                getattr(cast, site),
                Filing(
                    channel="web", code_material=secrets.token_bytes(8), party=Party(**person), office_code=office,
                    received_at=received_at, **given,
                ),
            )  # fmt: skip
        db.session.rollback()
        return filed.case_id

    return file
