"""How many people of each group there are, how many answered, and whom to look for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, redirect, request
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.errors import Invalid
from app.sites.places import places
from widgets.survey import counting, results, service, setting_up, targets
from widgets.survey.console import bp, render, say_wrong, survey_of, url
from widgets.survey.definition import questions_of, text_of
from widgets.survey.forms import TargetsForm
from widgets.survey.models import Survey


@bp.route("/survey/<int:survey_id>/targets", methods=["GET", "POST"])
@staff_only(service.READ)
def targets_page(survey_id: int) -> ResponseReturnValue:
    """How many people of each group there are, how many answered, and whom to look for."""
    survey = survey_of(survey_id)
    kept = survey.targets
    form = TargetsForm(table=_table_of(kept) or _table_of_places(survey), goal=kept.get("goal"))
    if request.method == "POST":
        survey_of(survey_id, service.WRITE)
        upload = request.files.get("file")
        # Beyond this it is no table of groups; what was typed stays in its field when the file is refused.
        sent = upload.read(200_000).decode("utf-8", "replace") if upload and upload.filename else ""
        if form.validate_on_submit():
            try:
                setting_up.save_targets(
                    g.staff, the_site().id, survey_id, sent or form.table.data or "", form.goal.data or 0, g.lang
                )
                return redirect(url("targets_page", survey_id=survey_id))
            except Invalid as error:
                form.table.data = sent or form.table.data
                blame(form, error)
        say_wrong(form)
        survey = survey_of(survey_id)
    shown = targets.thermometer(survey.targets, counting.tallies(survey).cells)
    page = render(
        "targets", survey, form=form, variables=shown, weights=results.weighted_view(survey, g.lang),
        names={q["key"]: text_of(q.get("text"), g.lang) for q in questions_of(service.definition_of(survey))},
        groupable={q["key"]: text_of(q.get("text"), g.lang) for q in questions_of(service.definition_of(survey))
                   if q["kind"] in targets.GROUPING},
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _table_of(kept: Mapping[str, Any]) -> str:
    rows = [
        f"{variable['question']};{group['name']};{group['size']}"
        for variable in kept.get("variables", [])
        for group in variable["groups"]
    ]
    return "\n".join(rows)


def _table_of_places(survey: Survey) -> str:
    """Return the table that the site's places would make, where their people are known: a start to be saved or not."""
    asked = [q["key"] for q in questions_of(service.definition_of(survey)) if q.get("from_site")]
    listed = places(the_site().id) if asked else []
    if not any(one.people for one in listed):
        return ""
    return "\n".join(f"{key};{one.name};{one.people}" for key in asked for one in listed)
