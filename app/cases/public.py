"""What a person does with radicado and tracking code, without an account: follow, add, withdraw, rate."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from app.cases import notices, reading, recourse, service, workflow
from app.cases.effect import note_access, waits_for_notice, withdraw_consent
from app.cases.filing import case_by_code
from app.cases.models import Case
from app.cases.radicado import squeeze
from app.downloads import attachment
from app.embed.answers import CaseAnswer
from app.embed.gate import Caller, Submission, json_body, once, opened, submission
from app.embed.openapi import describe
from app.errors import NotFound
from app.numbers import whole
from app.schemas import Strict, Text, load, receipts

bp = Blueprint("cases", __name__)


class WrongCode(NotFound):
    """No case has this radicado with this code; which of the two is wrong is not said."""

    code = "wrong-code"


class CodeSchema(Strict):
    radicado = Text(40, required=True)
    code = Text(64, required=True)


class MessageSchema(CodeSchema):
    body = Text(20_000, multiline=True, required=True)
    files = receipts()


class WithdrawSchema(CodeSchema):
    reason = Text(2_000, multiline=True, load_default="")


class RatingSchema(CodeSchema):
    score = fields.Integer(strict=True, required=True, validate=validate.Range(1, 5, error="errors.choice"))
    comment = Text(2_000, multiline=True, load_default="")


class FileSchema(CodeSchema):
    token = Text(20, required=True)


def open_case(radicado: str, code: str) -> Case:
    """Return the case of a radicado and its code; wrong guesses are slowed, then refused for a while."""
    caller: Caller = g.caller
    # Squeezed, or each way to type a number would be a number with guesses of its own.
    what = f"case {caller.site.key} {squeeze(radicado)}"
    case = opened(what, lambda: case_by_code(caller.site.id, radicado, code))
    if case is None:
        raise WrongCode
    return case


@bp.post("/track")
@describe(body=CodeSchema, answer=CaseAnswer)
def track() -> ResponseReturnValue:
    """The state of a case; the first look at an answer is its notice (art. 56)."""
    caller: Caller = g.caller
    data = load(CodeSchema(), json_body())
    case = open_case(data["radicado"], data["code"])
    if waits_for_notice(case):
        note_access(caller.site.id, case.id)
        case = open_case(data["radicado"], data["code"])
    return jsonify(reading.for_person(case, caller.lang))


def _sent(schema: type[CodeSchema]) -> tuple[Submission, dict[str, Any], int]:
    sent = submission(filing=False)
    data = load(schema(), sent.body)
    return sent, data, open_case(data["radicado"], data["code"]).id


@bp.post("/messages")
@describe(body=MessageSchema, status=201, submission=True)
def messages() -> ResponseReturnValue:
    """Add words or documents to a case."""
    sent, data, case_id = _sent(MessageSchema)
    words = service.Words(data["body"], tuple(data["files"]))
    answer = once(sent, "cases.messages", lambda: {"message": workflow.write_from_person(sent.site.id, case_id, words)})
    return jsonify(answer), 201


@bp.post("/time")
@describe(body=CodeSchema, submission=True)
def more_time() -> ResponseReturnValue:
    """Ask for a second month to complete a petition, before the first has run out (art. 17)."""
    sent, _, case_id = _sent(CodeSchema)
    answer = once(sent, "cases.time", lambda: {"until": workflow.ask_for_time(sent.site.id, case_id).isoformat()})
    return jsonify(answer)


@bp.post("/consent")
@describe(body=CodeSchema, submission=True)
def take_back_consent() -> ResponseReturnValue:
    """Take back the acceptance of electronic notice (art. 56)."""
    sent, _, case_id = _sent(CodeSchema)

    def act() -> dict[str, Any]:
        withdraw_consent(sent.site.id, case_id)
        return {"electronic_consent": False}

    return jsonify(once(sent, "cases.consent", act))


@bp.post("/withdraw")
@describe(body=WithdrawSchema, submission=True)
def withdraw() -> ResponseReturnValue:
    """Withdraw the petition."""
    sent, data, case_id = _sent(WithdrawSchema)

    def act() -> dict[str, Any]:
        service.withdraw(sent.site.id, case_id, data["reason"])
        return {"state": "withdrawn"}

    return jsonify(once(sent, "cases.withdraw", act))


# The acts of the page, and what each one files.
RECOURSES = {"appeal": "appeal", "insist": "insistence"}


def brought(site_id: int, case_id: int, which: str, words: service.Words, sent: Submission) -> dict[str, Any]:
    """File an appeal or an insistence, and return its number and dates; it opens with the code of its parent."""
    filed = recourse.bring(site_id, case_id, which, words, sent.material("recourse"))
    due_on = filed.explanation.due_on
    return {"radicado": filed.radicado, "due_on": due_on and due_on.isoformat()}


def _recourse(which: str) -> ResponseReturnValue:
    sent, data, case_id = _sent(MessageSchema)
    words = service.Words(data["body"], tuple(data["files"]))
    answer = once(sent, f"cases.{which}", lambda: brought(sent.site.id, case_id, which, words, sent))
    return jsonify(answer), 201


@bp.post("/appeal")
@describe(body=MessageSchema, status=201, submission=True)
def appeal() -> ResponseReturnValue:
    """Bring a recourse against the answer; late ones are taken and flagged (arts. 74 to 77)."""
    return _recourse("appeal")


@bp.post("/insistence")
@describe(body=MessageSchema, status=201, submission=True)
def insistence() -> ResponseReturnValue:
    """Insist on information that was refused as reserved; a judge decides (art. 26)."""
    return _recourse("insistence")


@bp.get("/notices")
@describe()
def notice_board() -> ResponseReturnValue:
    """What hangs on the notice board today (art. 69)."""
    caller: Caller = g.caller
    answer = jsonify(notices=notices.on_board(caller.site.id, caller.lang))
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer


@bp.post("/rating")
@describe(body=RatingSchema, submission=True)
def rating() -> ResponseReturnValue:
    """Say what one thinks of the answer, 1 to 5."""
    sent, data, case_id = _sent(RatingSchema)

    def act() -> dict[str, Any]:
        service.rate(sent.site.id, case_id, data["score"], data["comment"])
        return {"score": data["score"]}

    return jsonify(once(sent, "cases.rating", act))


@bp.post("/file")
@describe(body=FileSchema)
def file() -> ResponseReturnValue:
    """The bytes of one file of the case, always as an attachment."""
    data = load(FileSchema(), json_body())
    return send_file_of(open_case(data["radicado"], data["code"]), data["token"])


def send_file_of(case: Case, token: str) -> Response:
    """Return the bytes of a file that the case's filer may read; NotFound for any other."""
    found = reading.file_of_case(case, number) if (number := whole(token)) is not None else None
    if found is None:
        raise NotFound
    return attachment(found)
