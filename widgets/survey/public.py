"""What anyone may call: which surveys there are, one of them, its results, and the sending of answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller, Submission, count_failure, once, slow_guesses, submission
from app.embed.openapi import describe
from app.errors import Invalid, NotFound
from app.schemas import load
from widgets.survey import answering, following, results, service, showing
from widgets.survey.schemas import AnswerSchema, FollowSchema, ListAnswer, ResultsAnswer, SurveyAnswer, TakenAnswer

bp = Blueprint("survey_api", __name__)


def new_answer(data: dict[str, Any], sent: Submission) -> answering.NewAnswer:
    return answering.NewAnswer(
        survey=data["survey"], version=data["version"], values=data["answers"], device=data["device"],
        code=data["code"], document=data["document"], lang=sent.lang, marks=sent.marks, skip_soft=data["skip_soft"],
    )  # fmt: skip


def take(sent: Submission, new: answering.NewAnswer) -> dict[str, Any]:
    """Take an answer once; guesses at codes are slowed."""
    what = f"survey {sent.site.key} {new.survey}"
    if new.code:
        slow_guesses(what)
    try:
        return once(sent, "survey.answers", lambda: answering.answer(sent.site.id, new))
    except Invalid as error:
        if "code" in error.fields and new.code:
            count_failure(what)
        raise


def public_results(key: str) -> dict[str, Any]:
    """Return results and ficha of a survey; NotFound where its staff do not show them."""
    caller: Caller = g.caller
    survey = service.by_key(caller.site.id, key)
    if not survey.show_results:
        raise NotFound("survey.errors.no-results")
    return {"key": survey.key, **results.public_view(survey, caller.site.entity, caller.lang)}


def follow(sent: Submission, data: dict[str, Any]) -> dict[str, Any]:
    """Ask an address whether it wants to follow; NotFound for what nobody can read."""
    survey = service.by_key(sent.site.id, data["survey"])
    act = survey, data["email"], sent.lang
    return once(sent, "survey.follows", lambda: following.ask(*act))


@bp.get("/surveys")
@describe(answer=ListAnswer)
def surveys() -> ResponseReturnValue:
    """The surveys of the site that are open, or closed with something to read."""
    caller: Caller = g.caller
    return jsonify(surveys=showing.listed(caller.site, caller.lang))


@bp.get("/surveys/<key>")
@describe(answer=SurveyAnswer)
def survey(key: str) -> ResponseReturnValue:
    """One survey with its questions in one language: `in` names another than the page's, where it is asked in that."""
    caller: Caller = g.caller
    answer = jsonify(showing.public_view(service.by_key(caller.site.id, key), caller.lang, request.args.get("in", "")))
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/surveys/<key>/results")
@describe(answer=ResultsAnswer)
def survey_results(key: str) -> ResponseReturnValue:
    """What was answered so far, where staff show it; small cells hidden."""
    return jsonify(public_results(key))


@bp.post("/answers")
@describe(body=AnswerSchema, answer=TakenAnswer, status=201, submission=True)
def answers() -> ResponseReturnValue:
    """Send one person's answers."""
    sent = submission()
    return jsonify(take(sent, new_answer(load(AnswerSchema(), sent.body), sent))), 201


@bp.post("/follows")
@describe(body=FollowSchema, status=202, submission=True)
def follows() -> ResponseReturnValue:
    """Ask to follow a survey by mail: a letter asks for a yes."""
    sent = submission(filing=False)
    return jsonify(follow(sent, load(FollowSchema(), sent.body))), 202
