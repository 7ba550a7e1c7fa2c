"""The builder: sections, questions and their conditions, their words in other languages, and how it will look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, request
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import NotFound
from app.numbers import whole
from app.search.analysis import fold
from app.sites.places import count_places
from app.words import LANGUAGES, t
from widgets.survey import builder, results, service
from widgets.survey.branching import TESTS
from widgets.survey.console import bp, render, say_wrong, survey_of, texts_of, url
from widgets.survey.definition import for_person, questions_of, text_of
from widgets.survey.forms import QuestionForm, SectionForm
from widgets.survey.models import Survey
from widgets.survey.questions import KINDS, LIKERT, built_in, option_keys

REQUIRED = ("hard", "soft", "no")
CONDITIONS = 3


@bp.post("/survey/<int:survey_id>/sections")
@staff_only(service.WRITE)
def add_section(survey_id: int) -> ResponseReturnValue:
    form = SectionForm()
    if form.validate_on_submit():
        title = texts_of(form.title.data, form.title_en.data)
        service.edit(g.staff, the_site().id, survey_id, lambda draft: builder.add_section(draft, title))
    else:
        say_wrong(form)
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
                "title": texts_of(form.title.data, form.title_en.data, texts),
                "help": texts_of(form.help.data, form.help_en.data, helps),
                "show_if": _condition(survey.draft),
            }
            service.edit(g.staff, the_site().id, survey_id, lambda draft: builder.change_section(draft, key, changes))
        return redirect(url("show", survey_id=survey_id))
    if form.errors:
        say_wrong(form)
    first = found["questions"][0]["key"] if found["questions"] else ""
    page = render("section", survey, form=form, condition=_rows_of(found), **_asked_before(survey, first))
    return page, 422 if form.errors else 200


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


def _question_of(form: QuestionForm, before: Mapping[str, Any], draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return the question that a form describes, with nothing in it that its kind has no use for."""
    kind = form.kind.data if form.kind.data in KINDS else "short"
    made: dict[str, Any] = {
        "kind": kind,
        "text": texts_of(form.text.data, form.text_en.data, before.get("text")),
        "required": form.required.data if form.required.data in REQUIRED else "no",
    }
    if help_texts := texts_of(form.help.data, form.help_en.data, before.get("help")):
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
    if condition := _condition(draft):
        made["show_if"] = condition
    return made


def _condition(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return the expression tree of the condition's rows; {} where none is filled."""
    by_key, tests = {question["key"]: question for question in questions_of(draft)}, []
    for row in range(CONDITIONS):
        asked, test = request.form.get(f"if_q{row}", ""), request.form.get(f"if_op{row}", "")
        value = request.form.get(f"if_v{row}", "").strip()[:200]
        if asked in by_key:
            value = _value_of(by_key[asked], value)
        if asked and test in TESTS:
            tests.append({"op": test, "q": asked} | ({} if test == "answered" else {"v": value}))
    if not tests:
        return {}
    return (
        tests[0] if len(tests) == 1 else {"op": "any" if request.form.get("if_mode") == "any" else "all", "of": tests}
    )


def _value_of(question: Mapping[str, Any], typed: str) -> str:
    """Return the key of an option that was typed as people read it; anything else as it is."""
    if typed in option_keys(question):
        return typed
    named = {fold(text): key for lang in LANGUAGES for key, text in results.option_texts(question, lang).items()}
    return named.get(fold(typed), typed)


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
            new = _question_of(form, {}, survey.draft)
            service.edit(
                g.staff, the_site().id, survey_id, lambda draft: builder.add_question(draft, section_key, new)[0]
            )
            return redirect(url("show", survey_id=survey_id))
        say_wrong(form)
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
            new = _question_of(form, found, survey.draft)
            service.edit(g.staff, the_site().id, survey_id, lambda draft: builder.change_question(draft, key, new))
            return redirect(url("show", survey_id=survey_id) + f"#{key}")
        say_wrong(form)
    return render(
        "question_edit", survey, form=form, section="", key=key, condition=_rows_of(found),
        places=count_places(the_site().id), **_asked_before(survey, key),
    ), 422 if form.errors else 200  # fmt: skip


@bp.get("/survey/<int:survey_id>/preview")
@staff_only(service.READ)
def preview(survey_id: int) -> ResponseReturnValue:
    """The draft as people would see it, every question shown."""
    survey = survey_of(survey_id)
    return render("preview", survey, sections=all_sections(service.whole_draft(survey)))


def all_sections(definition: dict[str, Any]) -> list[dict[str, Any]]:
    by_key = {question["key"]: question for question in questions_of(definition)}
    sections = for_person(definition, g.lang)
    for section in sections:
        for question in section["questions"]:
            question["names"] = results.option_texts(by_key[question["key"]], g.lang)
    return sections


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
