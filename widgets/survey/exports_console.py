"""Take a survey's answers along: what is being made, how far it is, and the files that are there."""

from __future__ import annotations

from flask import Response, current_app, g, redirect, request
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import NotFound
from app.uploads.names import download_headers
from app.words import t
from widgets.survey import exporting, service
from widgets.survey.console import bp, render, survey_of, url
from widgets.survey.writing import KINDS


@bp.get("/survey/<int:survey_id>/exports")
@staff_only(service.READ)
def exports(survey_id: int) -> ResponseReturnValue:
    """The files that were asked for, and a button for each kind."""
    survey = survey_of(survey_id)
    asked = exporting.exports_of(survey.id)
    return render(
        "exports", survey, asked=asked, kinds=list(KINDS),
        waiting=any(one.state in (exporting.WAITING, exporting.RUNNING) for one in asked),
        kept_days=exporting.KEPT.days, people=sum(service.count_answers(survey.id).values()),
    )  # fmt: skip


@bp.post("/survey/<int:survey_id>/exports")
@staff_only(service.READ)
def export(survey_id: int) -> ResponseReturnValue:
    """Have a file made."""
    exporting.ask(g.staff, the_site().id, survey_id, request.form.get("kind", ""), g.lang)
    return redirect(url("exports", survey_id=survey_id))


@bp.get("/survey/<int:survey_id>/exports/<int:export_id>/file")
@staff_only(service.READ)
def exported(survey_id: int, export_id: int) -> ResponseReturnValue:
    """One file, to be saved."""
    survey = survey_of(survey_id)
    made = exporting.the_export(survey, export_id)
    if made.state != exporting.DONE:
        raise NotFound("survey.errors.export-not-ready")
    media_type, ending = KINDS[made.kind]
    name = f"{survey.key}-{t(f'survey.exports.names.{made.kind}', made.lang)}{ending}"
    response = Response(current_app.extensions["ventanilla"].storage.open(made.key), direct_passthrough=True)
    response.headers.update(download_headers(name, media_type))
    response.content_length = made.size_bytes
    return response
