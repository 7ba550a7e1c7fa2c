"""Read a survey's results: charts, cross tables, what people wrote, the report, and how many answers a margin needs."""

from __future__ import annotations

from flask import flash, g, redirect, request
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.documents import available
from app.downloads import attachment
from app.errors import Conflict, Invalid, NotFound
from app.numbers import whole
from app.participation.tables import attached as as_download
from app.words import t
from widgets.survey import attached, crossing, report, results, service, statistics, texts
from widgets.survey.console import bp, render, survey_of, url
from widgets.survey.forms import SampleForm
from widgets.survey.results import number

CONFIDENCES = (90, 95, 99)


@bp.get("/survey/<int:survey_id>/results")
@staff_only(service.READ)
def survey_results(survey_id: int) -> ResponseReturnValue:
    """Every question as chart and table, with the ficha técnica."""
    survey = survey_of(survey_id)
    return render(
        "staff_results", survey, questions=results.view(survey, g.lang),
        sheet=results.sheet(survey, the_site().entity, g.lang), weights=results.weighted_view(survey, g.lang),
        printable=available(),
    )  # fmt: skip


@bp.get("/survey/<int:survey_id>/cross")
@staff_only(service.READ)
def cross(survey_id: int) -> ResponseReturnValue:
    """Two questions crossed, with a test."""
    survey = survey_of(survey_id)
    known = crossing.crossable(survey, g.lang)
    row, column = request.args.get("row", ""), request.args.get("column", "")
    same = bool(row) and row == column
    ready_to_cross = row in known and column in known and not same
    crossed = crossing.cross(survey, row, column, g.lang) if ready_to_cross else None
    return render("cross", survey, known=known, row=row, column=column, same=same, crossed=crossed)


@bp.get("/survey/<int:survey_id>/report.pdf")
@staff_only(service.READ)
def report_pdf(survey_id: int) -> ResponseReturnValue:
    """The results as an accessible document."""
    survey = survey_of(survey_id)
    pdf = report.as_pdf(the_site(), survey, g.lang)
    return as_download(pdf, "application/pdf", f"{survey.key}.pdf")


@bp.get("/survey/<int:survey_id>/texts")
@staff_only(service.READ)
def written(survey_id: int) -> ResponseReturnValue:
    """What people wrote to one question, searched and under tags."""
    survey = survey_of(survey_id)
    known = texts.asked(survey, g.lang)
    column = request.args.get("question", "") or next(iter(known), "")
    if known and column not in known:
        raise NotFound
    words, tag = request.args.get("q", "")[:100].strip(), request.args.get("tag", "")[:40]
    page = min(max(request.args.get("page", 0, type=int), 0), 10_000)
    return render(
        "texts", survey, known=known, column=column, words=words, tag=tag, page=page, per_page=texts.PAGE,
        found=texts.find(survey, column, words, tag, page) if known else texts.Found([], 0),
        tags=texts.tags_of(survey.id, column).most_common(),
    )  # fmt: skip


@bp.post("/survey/<int:survey_id>/texts")
@staff_only(service.WRITE)
def tag_texts(survey_id: int) -> ResponseReturnValue:
    """Put a tag on the texts that were chosen, or take it off."""
    form = request.form
    column, tag = form.get("question", "")[:20], form.get("tag", "")
    chosen = [one for one in map(whole, form.getlist("answer")) if one is not None]
    try:
        count = texts.mark(g.staff, the_site().id, survey_id, column, chosen, tag, form.get("act") != "untag")
        flash(t("survey.texts.done", g.lang, n=count))
    except Conflict as error:
        flash(t(error.message_key, g.lang, **error.params), "error")
    except Invalid:
        flash(t("survey.errors.tag-nothing", g.lang), "error")
    words, page = form.get("q", "")[:100], whole(form.get("page")) or 0
    return redirect(url("written", survey_id=survey_id, question=column, q=words, page=page))


@bp.get("/survey/<int:survey_id>/files")
@staff_only(service.READ)
def sent_files(survey_id: int) -> ResponseReturnValue:
    """The files that came with answers."""
    survey = survey_of(survey_id)
    return render("files", survey, sent=attached.sent_files(survey.id), most=attached.MOST)


@bp.get("/survey/<int:survey_id>/files/<int:file_id>")
@staff_only(service.READ)
def sent_file(survey_id: int, file_id: int) -> ResponseReturnValue:
    """One of them, to be saved."""
    return attachment(attached.the_file(survey_of(survey_id).id, file_id))


@bp.get("/survey/sample")
@staff_only(service.READ)
def sample() -> ResponseReturnValue:
    """How many answers a wanted margin needs, and the margin of what has come."""
    form = SampleForm(request.args)
    form.confidence.choices = {one: f"{one} %" for one in CONFIDENCES}
    told: dict[str, str] = {}
    if request.args and form.validate():
        people, confidence = form.people.data or 0, (form.confidence.data or 95) / 100
        needed = statistics.sample_size((form.margin.data or 5) / 100, people, confidence)
        told["needed"] = t("survey.sample.needed", g.lang, n=needed)
        if form.answers.data:
            points = 100 * statistics.margin(form.answers.data, people, confidence)
            told["reached"] = t("survey.sample.reached", g.lang, n=form.answers.data, points=number(points, g.lang))
    return render("sample", form=form, told=told), 422 if request.args and form.errors else 200
