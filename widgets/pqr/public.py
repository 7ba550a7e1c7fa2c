"""What anyone may call: the form's texts, the municipalities, and the filing itself."""

from __future__ import annotations

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue

from app.embed.answers import FiledAnswer
from app.embed.gate import Caller, submission
from app.embed.openapi import describe
from app.schemas import load
from widgets.pqr import service
from widgets.pqr.schemas import CaseSchema

bp = Blueprint("pqr_api", __name__)
# Made once: the shape of 25 fields takes longer to build than a case to check.
SCHEMA = CaseSchema()


@bp.get("/form")
@describe()
def form() -> ResponseReturnValue:
    """Types, offices, notice and conditions of the form."""
    caller: Caller = g.caller
    answer = jsonify(service.form(caller.site, caller.lang))
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer


@bp.get("/municipalities")
@describe()
def municipalities() -> ResponseReturnValue:
    """The municipalities of Colombia by DANE code; fetched when the address is being typed."""
    answer = jsonify(service.municipalities())
    answer.headers["Cache-Control"] = "public, max-age=604800"
    return answer


@bp.post("/cases")
@describe(body=CaseSchema, answer=FiledAnswer, status=201, submission=True)
def cases() -> ResponseReturnValue:
    """File a PQRSD."""
    sent = submission()
    answer = service.file(sent, load(SCHEMA, sent.body))
    return jsonify({**answer, "code": service.code_for(sent)}), 201
