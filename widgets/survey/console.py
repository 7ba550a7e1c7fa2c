"""What staff do with surveys: list, setup, builder, codes, paper, results, closing record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.console.moments import aware, local
from app.documents import available
from app.errors import Conflict, DomainError, Invalid, NotFound
from app.numbers import whole
from app.participation import closing
from app.participation import matrix as matrices
from app.participation.forms import RecordForm, theme_form
from app.schemas import say
from app.sites.places import count_places, places
from app.sites.service import offices
from app.words import LANGUAGES, t
from widgets.survey import answering, builder, counting, crossing, ready, results, service, targets
from widgets.survey.branching import TESTS
from widgets.survey.definition import for_person, political, problems, questions_of, text_of
from widgets.survey.following import FOLLOWING
from widgets.survey.forms import (
    CodesForm,
    MailCodesForm,
    NewSurveyForm,
    QuestionForm,
    SectionForm,
    SetupForm,
    TargetsForm,
)
from widgets.survey.models import Survey
from widgets.survey.questions import KINDS, LIKERT, built_in
from widgets.survey.slips import slips
from widgets.survey.typed import answers_from

bp = Blueprint("survey", __name__, template_folder="templates")

REQUIRED = ("hard", "soft", "no")
CONDITIONS = 3


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


def _wrong(form: Any) -> None:
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
        _wrong(form)
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
    form.design.choices = {name: t(f"survey.designs.{name}", g.lang) for name in service.DESIGNS}
    form.level.choices = {name: t(f"survey.levels.{name}", g.lang) for name in service.LEVELS}
    form.confidence.choices = {one: f"{one} %" for one in service.CONFIDENCES}
    form.pace.choices = {name: t(f"survey.paces.{name}", g.lang) for name in service.PACES}
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
        counts=service.count_answers(survey.id), codes=service.count_codes(survey.id), section_form=section,
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
                service.save_setup(g.staff, the_site().id, survey_id, _setup_of(form))
                flash(t("survey.console.saved", g.lang))
                return redirect(url("show", survey_id=survey_id))
            except Invalid as error:
                blame(form, error)
                survey = survey_of(survey_id, service.WRITE)
        _wrong(form)
    return render("setup", survey, form=form), 422 if form.errors else 200


def _texts(
    spanish: str | None, english: str | None, before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return what was typed in two languages, beside what stands in further ones since before."""
    further = {lang: text for lang, text in (before or {}).items() if lang not in LANGUAGES}
    found = {"es": (spanish or "").strip(), "en": (english or "").strip()}
    return {**further, **{lang: text for lang, text in found.items() if text}}


def _setup_of(form: SetupForm) -> service.Setup:
    return service.Setup(
        title=_texts(form.title.data, form.title_en.data), purpose=_texts(form.purpose.data, form.purpose_en.data),
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


@bp.route("/survey/<int:survey_id>/translate/<code>", methods=["GET", "POST"])
@staff_only(service.WRITE)
def translate(survey_id: int, code: str) -> ResponseReturnValue:
    """Every text that is asked, beside its words in another language."""
    survey = survey_of(survey_id, service.WRITE)
    name = next((name for known, name in survey.languages if known == code), None)
    if name is None:
        raise NotFound
    if request.method == "POST":
        service.translate(g.staff, the_site().id, survey_id, code, request.form)
        flash(t("survey.console.saved", g.lang))
        return redirect(url("show", survey_id=survey_id))
    heads = [("title", {"t": survey.title}, "t"), ("purpose", {"t": survey.purpose}, "t")]
    rows = [
        {"place": place, "spanish": text_of(holder.get(field), "es"), "said": holder[field].get(code, "")}
        for place, holder, field in [*heads, *builder.places_of(survey.draft)]
        if text_of(holder.get(field), "es")
    ]
    rows += [
        {"place": place, "spanish": f"{text_of(asked['text'], 'es')} {t(key, 'es', n=whole(value) or 0)}",
         "said": asked.get("words", {}).get(value, {}).get(code, "")}
        for place, asked, value, key in builder.words_of(survey.draft)
    ]  # fmt: skip
    return render("translate", survey, rows=rows, code=code, language=name)


# The builder


@bp.post("/survey/<int:survey_id>/sections")
@staff_only(service.WRITE)
def add_section(survey_id: int) -> ResponseReturnValue:
    form = SectionForm()
    title = _texts(form.title.data, form.title_en.data)
    service.edit(g.staff, the_site().id, survey_id, lambda draft: builder.add_section(draft, title))
    return redirect(url("show", survey_id=survey_id))


@bp.route("/survey/<int:survey_id>/sections/<key>", methods=["GET", "POST"])
@staff_only(service.WRITE)
def section(survey_id: int, key: str) -> ResponseReturnValue:
    """Title, help and condition of a section; an empty one can be taken away."""
    survey = survey_of(survey_id, service.WRITE)
    found = next((one for one in survey.draft["sections"] if one["key"] == key), None)
    if found is None:
        return redirect(url("show", survey_id=survey_id))
    texts, helps = found.get("title") or {}, found.get("help") or {}
    form = SectionForm(title=texts.get("es"), title_en=texts.get("en"), help=helps.get("es"), help_en=helps.get("en"))
    if form.validate_on_submit():
        if request.form.get("act") == "remove":
            service.edit(g.staff, the_site().id, survey_id, lambda draft: builder.remove_section(draft, key))
        else:
            changes = {
                "title": _texts(form.title.data, form.title_en.data, texts),
                "help": _texts(form.help.data, form.help_en.data, helps),
                "show_if": _condition(),
            }
            service.edit(g.staff, the_site().id, survey_id, lambda draft: builder.change_section(draft, key, changes))
        return redirect(url("show", survey_id=survey_id))
    first = found["questions"][0]["key"] if found["questions"] else ""
    return render("section", survey, form=form, condition=_rows_of(found), **_asked_before(survey, first))


def _question_form(question: Mapping[str, Any]) -> QuestionForm:
    texts, helps = question.get("text") or {}, question.get("help") or {}

    def lines(name: str, lang: str) -> str:
        return "\n".join(one["text"].get(lang, "") for one in question.get(name) or [])

    form = QuestionForm(
        kind=question.get("kind"), text=texts.get("es"), text_en=texts.get("en"), help=helps.get("es"),
        help_en=helps.get("en"), required=question.get("required", "no"), options=lines("options", "es"),
        options_en=lines("options", "en").strip("\n"), rows=lines("rows", "es"),
        rows_en=lines("rows", "en").strip("\n"),
        labels=question.get("labels", LIKERT[0]), from_site=question.get("from_site"),
        other=question.get("other"), shuffle=question.get("shuffle"),
        low=question.get("low"), high=question.get("high"), most=question.get("most"),
    )  # fmt: skip
    form.kind.choices = {kind: t(f"survey.kinds.{kind}", g.lang) for kind in KINDS}
    form.required.choices = {name: t(f"survey.required.{name}", g.lang) for name in REQUIRED}
    form.labels.choices = {name: t(f"survey.likert.{name}.name", g.lang) for name in LIKERT}
    return form


def _question_of(form: QuestionForm, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the question that a form describes, with nothing in it that its kind has no use for."""
    kind = form.kind.data if form.kind.data in KINDS else "short"
    made: dict[str, Any] = {
        "kind": kind,
        "text": _texts(form.text.data, form.text_en.data, before.get("text")),
        "required": form.required.data if form.required.data in REQUIRED else "no",
    }
    if help_texts := _texts(form.help.data, form.help_en.data, before.get("help")):
        made["help"] = help_texts
    if kind == "place" and form.from_site.data:
        made["from_site"] = True
    elif kind in ("single", "multiple", "ranking", "place", "matrix"):
        made["options"] = builder.options_from(
            form.options.data or "", form.options_en.data or "", before.get("options") or []
        )
    if kind == "matrix":
        made["rows"] = builder.options_from(form.rows.data or "", form.rows_en.data or "", before.get("rows") or [])
    if kind == "likert":
        made["labels"] = form.labels.data if form.labels.data in LIKERT else LIKERT[0]
    if kind in ("single", "multiple") and form.other.data:
        made["other"] = True
    if kind in ("single", "multiple", "ranking") and form.shuffle.data:
        made["shuffle"] = True
    if kind == "multiple" and form.most.data:
        made["most"] = form.most.data
    if kind == "number":
        made |= {name: value for name in ("low", "high") if (value := getattr(form, name).data) is not None}
    if before.get("words") and built_in(before) == built_in(made):
        made["words"] = before["words"]
    if condition := _condition():
        made["show_if"] = condition
    return made


def _condition() -> dict[str, Any]:
    """Return the expression tree of the condition's rows; {} where none is filled."""
    tests = []
    for row in range(CONDITIONS):
        asked, test = request.form.get(f"if_q{row}", ""), request.form.get(f"if_op{row}", "")
        value = request.form.get(f"if_v{row}", "").strip()[:200]
        if asked and test in TESTS:
            tests.append({"op": test, "q": asked} | ({} if test == "answered" else {"v": value}))
    if not tests:
        return {}
    return (
        tests[0] if len(tests) == 1 else {"op": "any" if request.form.get("if_mode") == "any" else "all", "of": tests}
    )


def _rows_of(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return a condition as the form's rows show it."""
    tree = question.get("show_if") or {}
    tests = tree.get("of") or ([tree] if tree else [])
    rows = [{"q": one.get("q", ""), "op": one.get("op", ""), "v": one.get("v", "")} for one in tests][:CONDITIONS]
    return {"mode": tree.get("op", "all"), "rows": rows + [{"q": "", "op": "", "v": ""}] * (CONDITIONS - len(rows))}


def _asked_before(survey: Survey, key: str) -> dict[str, Any]:
    """Return what a condition may look at: the questions that stand before this one, with the values they take."""
    found = []
    for question in questions_of(survey.draft):
        if question["key"] == key:
            break
        found.append({"key": question["key"], "text": text_of(question.get("text"), g.lang)})
    known = [
        (value, f"{one['key']}: {text}")
        for one in questions_of(survey.draft)
        if one["key"] in {asked["key"] for asked in found}
        for value, text in results.option_texts(one, g.lang).items()
    ]
    return {
        "before": found,
        "known_values": known,
        "tests": [(test, t(f"survey.tests.{test}", g.lang)) for test in TESTS],
    }


@bp.route("/survey/<int:survey_id>/questions", methods=["GET", "POST"])
@staff_only(service.WRITE)
def add_question(survey_id: int) -> ResponseReturnValue:
    """A new question of a kind, at the end of a section."""
    survey = survey_of(survey_id, service.WRITE)
    form = _question_form({"kind": request.args.get("kind", "single")})
    section_key = request.values.get("section") or survey.draft["sections"][-1]["key"]
    if request.method == "POST":
        if form.validate_on_submit():
            new = _question_of(form, {})
            service.edit(
                g.staff, the_site().id, survey_id, lambda draft: builder.add_question(draft, section_key, new)[0]
            )
            return redirect(url("show", survey_id=survey_id))
        _wrong(form)
    return render(
        "question_edit",
        survey,
        form=form,
        section=section_key,
        key="",
        condition=_rows_of({}),
        places=count_places(the_site().id),
        **_asked_before(survey, ""),
    ), 422 if form.errors else 200


@bp.route("/survey/<int:survey_id>/questions/<key>", methods=["GET", "POST"])
@staff_only(service.WRITE)
def question(survey_id: int, key: str) -> ResponseReturnValue:
    """Change, move or remove one question of the draft."""
    survey = survey_of(survey_id, service.WRITE)
    found = builder.question(survey.draft, key)
    form = _question_form(found)
    if request.method == "POST":
        act = request.form.get("act", "save")
        if act in ("up", "down"):
            step = -1 if act == "up" else 1
            service.edit(g.staff, the_site().id, survey_id, lambda draft: builder.move_question(draft, key, step))
            return redirect(url("show", survey_id=survey_id) + f"#{key}")
        if act == "remove":
            service.edit(g.staff, the_site().id, survey_id, lambda draft: builder.remove_question(draft, key))
            return redirect(url("show", survey_id=survey_id))
        if form.validate_on_submit():
            new = _question_of(form, found)
            service.edit(g.staff, the_site().id, survey_id, lambda draft: builder.change_question(draft, key, new))
            return redirect(url("show", survey_id=survey_id) + f"#{key}")
        _wrong(form)
    return render(
        "question_edit", survey, form=form, section="", key=key, condition=_rows_of(found),
        places=count_places(the_site().id), **_asked_before(survey, key),
    ), 422 if form.errors else 200  # fmt: skip


@bp.get("/survey/<int:survey_id>/preview")
@staff_only(service.READ)
def preview(survey_id: int) -> ResponseReturnValue:
    """The draft as people would see it, every question shown."""
    survey = survey_of(survey_id)
    return render("preview", survey, sections=_all_sections(service.whole_draft(survey)))


def _all_sections(definition: dict[str, Any]) -> list[dict[str, Any]]:
    by_key = {question["key"]: question for question in questions_of(definition)}
    sections = for_person(definition, g.lang)
    for section in sections:
        for question in section["questions"]:
            question["names"] = results.option_texts(by_key[question["key"]], g.lang)
    return sections


# Acts


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


@bp.post("/survey/<int:survey_id>/codes")
@staff_only(service.WRITE)
def codes(survey_id: int) -> ResponseReturnValue:
    """Make one-use codes and show them, once, as slips to print."""
    form = CodesForm()
    survey = survey_of(survey_id, service.WRITE)
    if not form.validate_on_submit():
        _wrong(form)
        return redirect(url("show", survey_id=survey_id))
    key = survey.key
    made = service.make_codes(g.staff, the_site().id, survey_id, form.count.data or 0, form.batch.data or "")
    return render("slips", survey_of(survey_id), slips=slips(the_site().key, key, made, g.lang), batch=form.batch.data)


@bp.route("/survey/<int:survey_id>/codes/mail", methods=["GET", "POST"])
@staff_only(service.WRITE)
def mail_codes(survey_id: int) -> ResponseReturnValue:
    """Send codes by mail: what was typed stays where it can't be sent."""
    survey = survey_of(survey_id, service.WRITE)
    form = MailCodesForm()
    if form.validate_on_submit():
        try:
            count = service.mail_codes(g.staff, the_site().id, survey_id, form.addresses.data or "", g.lang)
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
    sections = _all_sections(service.definition_of(survey))
    answer = render("paper", survey, sections=sections, values=values, errors=errors)
    return answer, 422 if errors else 200


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
                service.save_targets(
                    g.staff, the_site().id, survey_id, sent or form.table.data or "", form.goal.data or 0, g.lang
                )
                return redirect(url("targets_page", survey_id=survey_id))
            except Invalid as error:
                form.table.data = sent or form.table.data
                blame(form, error)
        _wrong(form)
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


# Closing record


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
        _wrong(form)
    answer = render_template(
        "participation/theme.html", site=the_site(), form=form, back=url("closing_record", survey_id=survey_id)
    )
    return answer, 422 if form.errors else 200
