"""What another system may do with its key: file a PQRSD, and ask how those that it filed stand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields

from app.embed.answers import FiledAnswer
from app.embed.openapi import describe
from app.errors import NotFound
from app.schemas import load
from app.systems.door import submission, the_system, with_key
from widgets.pqr import service
from widgets.pqr.schemas import CaseSchema

bp = Blueprint("pqr_systems", __name__)


class SystemCaseSchema(CaseSchema):
    """A PQRSD that another system took in: the same fields, and when it did."""

    received_at = fields.AwareDateTime(
        load_default=None, allow_none=True, error_messages={"invalid": "errors.invalid"},
        metadata={"description": "When the other system received it, with its offset; the term runs from then"},
    )  # fmt: skip


class StateAnswer(Schema):
    radicado = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    received_at = fields.String(required=True, metadata={"format": "date-time"})
    radicated_on = fields.String(required=True, metadata={"format": "date"})
    due_on = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    answered_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})


@bp.post("/cases")
@describe(body=SystemCaseSchema, answer=FiledAnswer, status=201, submission=True, with_key=True)
@with_key("cases.file")
def cases() -> ResponseReturnValue:
    """File a PQRSD that another system received; what lacks is named once, then `despite_missing` files it."""
    sent = submission()
    data = load(SystemCaseSchema(), sent.body)
    answer = service.file_for_system(sent, data, the_system().id)
    return jsonify({**answer, "code": service.code_for(sent)}), 201


@bp.get("/cases/<radicado>")
@describe(answer=StateAnswer, with_key=True)
@with_key("cases.read")
def state(radicado: str) -> ResponseReturnValue:
    """How a case stands that this key filed; nothing of its person."""
    found: dict[str, Any] | None = service.state_for_system(g.site_called.id, radicado, the_system().id)
    if found is None:
        raise NotFound
    return jsonify(found)

