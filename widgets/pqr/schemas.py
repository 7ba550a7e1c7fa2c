"""The form of Resolución 1519 de 2020, Anexo 2, as a shape; only type and object are required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from app.cases.rules import FILED
from app.schemas import Email, Strict, Text, Whole, one_of, receipts

DOCUMENT_TYPES = ("CC", "NUIP", "TI", "CE", "NIT", "PA", "PPT", "OT")
PERSON_TYPES = ("person", "company", "public_entity", "representative")
IDENTITIES = ("identified", "anonymous", "reserved")
CHANNELS = ("electronic", "postal", "in_person")
# What may be asked of the person apart, with a consent of its own; `static/parts/about.js` asks the same.
ABOUT = {
    "age": ("0-17", "18-28", "29-59", "60"),
    "gender": ("woman", "man", "other"),
    "ethnic": ("indigenous", "black", "raizal", "rrom", "none"),
    "condition": ("disability", "pregnant", "victim", "displaced", "none"),
}
# What an anonymous filing must not carry, whatever a page sends.
IDENTIFYING = (
    "user_class", "name", "document_type", "document_number", "represented_name", "represented_document", "email",
    "phone", "address", "neighbourhood", "municipality", "country", "characterisation", "account",
)  # fmt: skip


class FailedFile(Strict):
    name = Text(200, required=True)
    reason = Text(200, load_default="")


class CaseSchema(Strict):
    kind = Text(40, required=True, validate=one_of(*FILED))
    identity = Text(12, load_default="identified", validate=one_of(*IDENTITIES))
    person_type = Text(20, load_default="person", validate=one_of(*PERSON_TYPES))
    user_class = Text(60, load_default="")
    name = Text(200, load_default="")
    document_type = Text(10, load_default="", validate=one_of("", *DOCUMENT_TYPES))
    document_number = Text(40, load_default="")
    represented_name = Text(200, load_default="")
    represented_document = Text(60, load_default="")
    answer_channel = Text(12, load_default="electronic", validate=one_of(*CHANNELS))
    electronic_consent = fields.Boolean(load_default=False, error_messages={"invalid": "errors.invalid"})
    email = Email(load_default="")
    phone = Text(40, load_default="")
    address = Text(200, load_default="")
    neighbourhood = Text(120, load_default="")
    municipality = Text(5, load_default="")
    country = Text(60, load_default="")
    characterisation = fields.Dict(
        keys=Text(40), values=Text(120), load_default=dict, validate=validate.Length(max=12, error="errors.invalid")
    )
    characterisation_consent = fields.Boolean(load_default=False, error_messages={"invalid": "errors.invalid"})
    subject = Text(200, required=True)
    # Nobody is turned away for poor or missing reasons: art. 16, par. 2.
    body = Text(50_000, multiline=True, load_default="")
    office = Text(3, load_default="")
    # Of a utility's user, as it stands on the bill.
    account = Text(40, load_default="")
    files = receipts()
    failed_files = fields.List(
        fields.Nested(FailedFile), load_default=list, validate=validate.Length(max=40, error="errors.too-many-files")
    )
    notice_version = Whole(load_default=0)
    despite_missing = fields.Boolean(load_default=False, error_messages={"invalid": "errors.invalid"})


def without_identity(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data without a trace of who files: what an anonymous filing is reduced to before anything is done."""
    empty: dict[str, Any] = dict.fromkeys(IDENTIFYING, "") | {"characterisation": {}}
    return {**data, **empty, "electronic_consent": False, "answer_channel": "in_person", "person_type": "person"}
