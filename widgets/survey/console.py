"""The surveys of a site, and one of them: what the staff declare of it, and its opening, closing and putting away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.console.moments import aware, local
from app.errors import Invalid
from app.schemas import say
from app.sites.service import offices
from app.words import LANGUAGES, t
from widgets.survey import codes, ready, service, setting_up
from widgets.survey.definition import political, problems, questions_of, text_of
from widgets.survey.following import FOLLOWING
from widgets.survey.forms import CodesForm, NewSurveyForm, SectionForm, SetupForm
from widgets.survey.models import Survey
from widgets.survey.questions import KINDS

bp = Blueprint("survey", __name__, template_folder="templates")


def url(endpoint: str, **values: Any) -> str:
    return url_for(f"console.site.survey.{endpoint}", site_key=the_site().key, **values)


def survey_of(survey_id: int, permission: str = service.READ) -> Survey:
    return service.the_survey(g.staff, the_site().id, survey_id, permission)


def render(template: str, survey: Survey | None = None, **context: Any) -> str:
    title = text_of(survey.title, g.lang) if survey else ""
    return render_template(
        f"survey/{template}.html",
        site=the_site(),
        survey=survey,
        survey_title=title,
        url=url,
        text_of=text_of,
        **context,
    )


def say_wrong(form: Any) -> None:
    """Say what is wrong with a form; its fields show the same."""
    texts = [say(str(message), g.lang) for messages in form.errors.values() for message in messages]
    flash(" ".join(dict.fromkeys(texts)) or t("errors.validation", g.lang), "error")


@bp.get("/survey")
@staff_only(service.READ)
def index() -> ResponseReturnValue:
    """The site's surveys, and a way to begin one."""
    form = NewSurveyForm()
    known = {name: ready.title(name, g.lang) for name in ready.names()}
    form.template.choices = {"": t("survey.console.blank", g.lang)} | known
    surveys = service.surveys(the_site().id)
    counts = service.answers_by_survey(the_site().id)
    return render("index", surveys=surveys, counts=counts, form=form)


@bp.post("/survey")
@staff_only(service.WRITE)
def create() -> ResponseReturnValue:
    form = NewSurveyForm()
    if not form.validate_on_submit():
        say_wrong(form)
        return redirect(url("index"))
    survey_id = service.create(g.staff, the_site().id, (form.title.data or "").strip(), form.template.data or "")
    return redirect(url("show", survey_id=survey_id))


def _setup_form(survey: Survey) -> SetupForm:
    office_codes = {office.id: office.code for office in offices(the_site().id)}
    form = SetupForm(
        title=survey.title.get("es"), title_en=survey.title.get("en"), purpose=survey.purpose.get("es"),
        purpose_en=survey.purpose.get("en"), office=office_codes.get(survey.office_id), design=survey.design,
        universe=survey.universe, population=survey.population or None, level=survey.level, pace=survey.pace,
        show_results=survey.show_results, confidence=survey.confidence,
        languages=", ".join(f"{code} {name}" for code, name in survey.languages),
        offer_chat=survey.offers.get("chat"), offer_case=survey.offers.get("case"),
        offer_tags=", ".join(survey.offers.get("tags", [])), opens_at=local(survey.opens_at),
        closes_at=local(survey.closes_at),
    )  # fmt: skip
    form.office.choices = {office.code: office.name for office in offices(the_site().id)}
    form.design.choices = {name: t(f"survey.designs.{name}", g.lang) for name in setting_up.DESIGNS}
    form.level.choices = {name: t(f"survey.levels.{name}", g.lang) for name in setting_up.LEVELS}
    form.confidence.choices = {one: f"{one} %" for one in setting_up.CONFIDENCES}
    form.pace.choices = {name: t(f"survey.paces.{name}", g.lang) for name in setting_up.PACES}
    return form


@bp.get("/survey/<int:survey_id>")
@staff_only(service.READ)
def show(survey_id: int) -> ResponseReturnValue:
    """One survey: its questions, what keeps it from being opened, and what can be done now."""
    survey = survey_of(survey_id)
    draft = service.whole_draft(survey)
    found = problems(draft)
    section = SectionForm()
    return render(
        "show", survey, problems=found, warned=political(survey.draft, survey.title.get("es", "")),
        counts=service.count_answers(survey.id), codes=codes.count_codes(survey.id), section_form=section,
        changed=survey.version and draft != service.definition_of(survey), is_open=service.is_open(survey),
        kinds=[(kind, t(f"survey.kinds.{kind}", g.lang)) for kind in KINDS], codes_form=CodesForm(),
        names={q["key"]: text_of(q.get("text"), g.lang) for q in questions_of(survey.draft)},
        followers=FOLLOWING.count(survey_id=survey.id),
        page=f"{current_app.extensions['ventanilla'].settings.base_url}/{the_site().key}/survey/{survey.key}",
    )  # fmt: skip


@bp.route("/survey/<int:survey_id>/setup", methods=["GET", "POST"])
@staff_only(service.WRITE)
def setup(survey_id: int) -> ResponseReturnValue:
    """What the staff declare: title, design, who counts how, dates."""
    survey = survey_of(survey_id, service.WRITE)
    form = _setup_form(survey)
    if request.method == "POST":
        if form.validate_on_submit():
            try:
                setting_up.save_setup(g.staff, the_site().id, survey_id, _setup_of(form))
                flash(t("survey.console.saved", g.lang))
                return redirect(url("show", survey_id=survey_id))
            except Invalid as error:
                blame(form, error)
                survey = survey_of(survey_id, service.WRITE)
        say_wrong(form)
    return render("setup", survey, form=form), 422 if form.errors else 200


def texts_of(
    spanish: str | None, english: str | None, before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return what was typed in two languages, beside what stands in further ones since before."""
    further = {lang: text for lang, text in (before or {}).items() if lang not in LANGUAGES}
    found = {"es": (spanish or "").strip(), "en": (english or "").strip()}
    return {**further, **{lang: text for lang, text in found.items() if text}}


def _setup_of(form: SetupForm) -> setting_up.Setup:
    return setting_up.Setup(
        title=texts_of(form.title.data, form.title_en.data), purpose=texts_of(form.purpose.data, form.purpose_en.data),
        office=form.office.data or "", design=form.design.data or "", universe=(form.universe.data or "").strip(),
        population=form.population.data or 0, level=form.level.data or "", pace=form.pace.data or "",
        show_results=bool(form.show_results.data), confidence=form.confidence.data or 95,
        languages=_languages_of(form.languages.data or ""), offers=_offers_of(form), opens_at=aware(form.opens_at.data),
        closes_at=aware(form.closes_at.data),
    )  # fmt: skip


def _languages_of(text: str) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of each language that was typed: "guc Wayuunaiki, fr Français"."""
    pairs = (part.strip().partition(" ") for part in text.split(",") if part.strip())
    return tuple((code.lower()[:10], name.strip()[:40]) for code, _, name in pairs)


def _offers_of(form: SetupForm) -> dict[str, Any]:
    tags = [" ".join(one.split())[:40] for one in (form.offer_tags.data or "").split(",") if one.strip()]
    return {"chat": bool(form.offer_chat.data), "case": bool(form.offer_case.data), "tags": tags[:20]}


@bp.post("/survey/<int:survey_id>/act")
@staff_only(service.WRITE)
def act(survey_id: int) -> ResponseReturnValue:
    """Open, close or put away."""
    survey_of(survey_id, service.WRITE)
    verbs: dict[str, Any] = {"open": service.open_survey, "close": service.close, "archive": service.archive}
    verb = verbs.get(request.form.get("act", ""))
    if verb is not None:
        try:
            verb(g.staff, the_site().id, survey_id)
            flash(t(f"survey.console.done_{request.form['act']}", g.lang))
        except service.NotReady as error:
            flash(t(error.message_key, g.lang, **error.params), "error")
    return redirect(url("show", survey_id=survey_id))
