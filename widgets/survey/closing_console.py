"""The closing record of a survey: its themes, what was decided on each, and the publishing of it all."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.errors import Conflict, Invalid
from app.participation import closing
from app.participation import matrix as matrices
from app.participation.forms import RecordForm, theme_form
from app.words import t
from widgets.survey import service
from widgets.survey.console import bp, say_wrong, survey_of, url
from widgets.survey.definition import text_of


@bp.route("/survey/<int:survey_id>/closing", methods=["GET", "POST"])
@staff_only(service.WRITE)
def closing_record(survey_id: int) -> ResponseReturnValue:
    """The themes, what was decided on each, and the publishing of it all."""
    survey = survey_of(survey_id, service.WRITE)
    form = RecordForm()
    if form.validate_on_submit():
        try:
            service.publish_record(g.staff, the_site().id, survey_id, form.summary.data or "")
            flash(t("survey.console.published", g.lang))
        except Conflict as error:
            flash(t(error.message_key, g.lang, **error.params), "error")
        return redirect(url("closing_record", survey_id=survey_id))
    exercise = service.exercise(survey)
    record = closing.record_of(exercise)
    if record is not None:
        form.summary.data = record.summary
    return render_template(
        "participation/closing.html", site=the_site(), themes=closing.themes(exercise), record=record, form=form,
        exercise_title=text_of(survey.title, g.lang), back=url("show", survey_id=survey_id),
        theme_url=lambda theme_id: url("theme", survey_id=survey_id, theme_id=theme_id),
        exports=matrices.offered(lambda kind: url("matrix", survey_id=survey_id, kind=kind), g.lang),
    )  # fmt: skip


@bp.get("/survey/<int:survey_id>/closing/matrix.<any(csv, xlsx, pdf):kind>")
@staff_only(service.WRITE)
def matrix(survey_id: int, kind: str) -> ResponseReturnValue:
    """The matriz de observaciones y respuestas: what was said under each theme, and its answer."""
    survey = survey_of(survey_id, service.WRITE)
    return matrices.as_file(kind, service.exercise(survey), text_of(survey.title, g.lang), [], g.lang)


@bp.route("/survey/<int:survey_id>/closing/themes", methods=["GET", "POST"])
@bp.route("/survey/<int:survey_id>/closing/themes/<int:theme_id>", methods=["GET", "POST"])
@staff_only(service.WRITE)
def theme(survey_id: int, theme_id: int | None = None) -> ResponseReturnValue:
    """One theme of the record."""
    form = theme_form(service.exercise(survey_of(survey_id, service.WRITE)), theme_id)
    if request.method == "POST" and form.validate():
        try:
            service.save_theme(g.staff, the_site().id, survey_id, form.decision(), theme_id)
            return redirect(url("closing_record", survey_id=survey_id))
        except Invalid as error:
            blame(form, error)
    if form.errors:
        say_wrong(form)
    answer = render_template(
        "participation/theme.html", site=the_site(), form=form, back=url("closing_record", survey_id=survey_id)
    )
    return answer, 422 if form.errors else 200
