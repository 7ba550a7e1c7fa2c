"""Answers that do not come by themselves: one-use codes on slips and in mails, and what was answered on paper."""

from __future__ import annotations

from flask import flash, g, redirect, request
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Conflict, DomainError, Invalid
from app.schemas import say
from app.words import t
from widgets.survey import answering, codes, service
from widgets.survey.building_console import all_sections
from widgets.survey.console import bp, render, say_wrong, survey_of, url
from widgets.survey.forms import CodesForm, MailCodesForm
from widgets.survey.slips import slips
from widgets.survey.typed import answers_from


@bp.post("/survey/<int:survey_id>/codes", endpoint="codes")
@staff_only(service.WRITE)
def print_codes(survey_id: int) -> ResponseReturnValue:
    """Make one-use codes and show them, once, as slips to print."""
    form = CodesForm()
    survey = survey_of(survey_id, service.WRITE)
    if not form.validate_on_submit():
        say_wrong(form)
        return redirect(url("show", survey_id=survey_id))
    key = survey.key
    made = codes.make_codes(g.staff, the_site().id, survey_id, form.count.data or 0, form.batch.data or "")
    return render("slips", survey_of(survey_id), slips=slips(the_site().key, key, made, g.lang), batch=form.batch.data)


@bp.route("/survey/<int:survey_id>/codes/mail", methods=["GET", "POST"])
@staff_only(service.WRITE)
def mail_codes(survey_id: int) -> ResponseReturnValue:
    """Send codes by mail: what was typed stays where it can't be sent."""
    survey = survey_of(survey_id, service.WRITE)
    form = MailCodesForm()
    if form.validate_on_submit():
        try:
            count = codes.mail_codes(g.staff, the_site().id, survey_id, form.addresses.data or "", g.lang)
            flash(t("survey.console.codes_mailed", g.lang, n=count))
            return redirect(url("show", survey_id=survey_id))
        except (Conflict, Invalid) as error:
            form.addresses.errors = error.fields.get("addresses") or [error.message_key]
            survey = survey_of(survey_id, service.WRITE)
    return render("mail_codes", survey, form=form), 422 if form.errors else 200


@bp.route("/survey/<int:survey_id>/paper", methods=["GET", "POST"])
@staff_only(service.WRITE)
def paper(survey_id: int) -> ResponseReturnValue:
    """Type in an answer given on paper."""
    survey = survey_of(survey_id, service.WRITE)
    values: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        values = dict(request.form)
        definition = service.definition_of(survey)
        new = answering.NewAnswer(
            survey=survey.key, version=survey.version, values=answers_from(values, definition),
            code=values.get("code", "")[:64], document=values.get("document", "")[:40], skip_soft=True,
            channel=answering.PAPER, lang=g.lang,
        )  # fmt: skip
        try:
            answering.type_in(g.staff, the_site().id, survey_id, new)
            flash(t("survey.console.typed", g.lang))
            return redirect(url("paper", survey_id=survey_id))
        except DomainError as error:
            if error.status >= 500 or error.status == 404:
                raise
            found = error.fields or {"survey": [error.message_key]}
            errors = {name: [say(text, g.lang) for text in texts] for name, texts in found.items()}
            survey = survey_of(survey_id, service.WRITE)
    sections = all_sections(service.definition_of(survey))
    answer = render("paper", survey, sections=sections, values=values, errors=errors)
    return answer, 422 if errors else 200
