"""The case page, and the acts on it that need no page of their own."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import current_app, flash, g, render_template, request
from flask.typing import ResponseReturnValue

from app.cases import desk, effect, reserve, retention, service
from app.cases.console.panel import panel_of
from app.cases.console.parts import back_to, bp, complain, keep_uploads, seen_by, the_case
from app.cases.forms import AssignForm, CaseForm, MessageForm, NoteForm, ReasonForm, ReserveForm, TagsForm
from app.cases.inbox import offices_of
from app.console.auth import staff_only, the_site
from app.downloads import attachment
from app.errors import NotFound
from app.mail import trouble
from app.mail.models import Mail
from app.numbers import whole
from app.widget import CasePanel
from app.words import t


@bp.get("/cases/<int:case_id>")
@staff_only("cases.read")
def case(case_id: int) -> ResponseReturnValue:
    return draw(case_id)


def draw(case_id: int, typed: tuple[str, CaseForm] | None = None, *, opened: bool = False, **more: Any) -> str:
    """The page; `typed` is an act of the workflow whose form was refused, `opened` shows the reserved folder."""
    site = the_site()
    sheet = desk.sheet_of(the_case(case_id), g.staff, g.lang, opened=opened)
    carried = {"version": sheet.case.version, "seen": sheet.seen}
    if typed:
        typed[1].version.data, typed[1].seen.data = sheet.case.version, sheet.seen
    assign_form = AssignForm(**carried, office_id=sheet.case.office_id, assignee_id=sheet.case.assignee_id or 0)
    assign_form.office_id.choices = {one.id: one.name for one in offices_of(site.id)}
    people = desk.colleagues(site.id, sheet.case.office_id)
    assign_form.assignee_id.choices = {0: t("console.case.nobody", g.lang)} | {one.id: one.name for one in people}
    forms = {
        "assign_form": assign_form, "note_form": NoteForm(formdata=None), "reason_form": ReasonForm(formdata=None),
        "message_form": MessageForm(formdata=None, **carried),
        "tags_form": TagsForm(formdata=None, **carried, tags=", ".join(sheet.case.tags)),
    }  # fmt: skip
    forms["reserve_form"] = reserve_form = ReserveForm(formdata=None)
    reserve_form.what.choices = dict(sheet.folder.choices)
    reserve_form.cause.choices = {one: t(f"console.reserve.cause.{one}", g.lang) for one in reserve.CAUSES}
    panel = panel_of(sheet.case, g.staff, g.lang, carried, typed)
    can_take = any(one.id == g.staff.id for one in people)
    return render_template(
        "cases/console/case.html", site=site, sheet=sheet, panel=panel, can_take=can_take, origin=_origin(sheet),
        say_party=_say_party, kept=retention.kept(sheet.case), why=partial(trouble.why, lang=g.lang),
        returned=_returned(sheet), **{**forms, **more},
    )  # fmt: skip


def _returned(sheet: desk.Sheet) -> list[Mail]:
    """Return what went out from a case to others and came back; nothing is asked where nothing failed."""
    if not any(event.kind == "mail_failed" for event in sheet.events):
        return []
    return trouble.returned(sheet.case.site_id, ("case_copy",), sheet.case.id)


def _origin(sheet: desk.Sheet) -> CasePanel | None:
    """Return what the leaf through which a case came has to say of it."""
    case = sheet.case
    if sheet.folder.holds_petition and not sheet.folder.may:
        return None  # The way back to where the text was first written.
    widget = current_app.extensions["ventanilla"].widgets.get(case.source)
    if widget is None or widget.case_panel is None or case.source_id is None:
        return None
    panel: CasePanel | None = widget.case_panel(the_site(), case.source_id, g.staff, g.lang)
    return panel


def _say_party(name: str, value: str) -> str:
    """Return a person's datum in words, where a form asked for it with codes."""
    for widget in current_app.extensions["ventanilla"].widgets.values():
        said: str | None = widget.say_party(name, value, g.lang) if widget.say_party else None
        if said is not None:
            return said
    return value


@bp.post("/cases/<int:case_id>/assign")
@staff_only("cases.assign")
def assign(case_id: int) -> ResponseReturnValue:
    form = AssignForm()
    mine = request.form.get("take") == "1"
    service.assign(
        g.staff, the_site().id, case_id, seen=seen_by(form),
        office_id=None if mine else form.office_id.data or None,
        assignee_id=g.staff.id if mine else form.assignee_id.data or None,
    )  # fmt: skip
    flash(t("console.case.assigned", g.lang))
    return back_to(case_id)


@bp.post("/cases/<int:case_id>/notes")
@staff_only("cases.note")
def add_note(case_id: int) -> ResponseReturnValue:
    the_case(case_id, "cases.note")
    form = NoteForm()
    if form.validate_on_submit():
        service.add_note(g.staff, the_site().id, case_id, form.body.data or "")
        flash(t("console.case.noted", g.lang))
    else:
        complain(form)
    return back_to(case_id)


@bp.post("/cases/<int:case_id>/tags")
@staff_only("cases.note")
def tags(case_id: int) -> ResponseReturnValue:
    the_case(case_id, "cases.note")
    form = TagsForm()
    if form.validate_on_submit():
        service.set_tags(g.staff, the_site().id, case_id, (form.tags.data or "").split(","))
        flash(t("console.case.tagged", g.lang))
    else:
        complain(form)
    return back_to(case_id)


@bp.post("/cases/<int:case_id>/messages")
@staff_only("cases.answer")
def write_to_person(case_id: int) -> ResponseReturnValue:
    the_case(case_id, "cases.answer")
    form = MessageForm()
    receipts, refused = keep_uploads()
    if form.validate_on_submit():
        words = service.Words(form.body.data or "", tuple(receipts))
        service.write_to_person(g.staff, the_site().id, case_id, words)
        flash(t("console.case.written", g.lang))
        for text in refused:
            flash(text, "error")
    else:
        complain(form)
    return back_to(case_id)


@bp.post("/cases/<int:case_id>/reveal")
@staff_only("people.reveal")
def reveal(case_id: int) -> ResponseReturnValue:
    """The person, whole, for this once: the answer is the page itself, so that a reload asks again."""
    the_case(case_id, "people.reveal")
    form = ReasonForm()
    if not form.validate_on_submit():
        complain(form)
        return back_to(case_id)
    party = service.reveal(g.staff, the_site().id, case_id, form.reason.data or "")
    whole = desk.unmasked(the_case(case_id), party)
    return draw(case_id, revealed=whole)


@bp.post("/cases/<int:case_id>/archive")
@staff_only("cases.answer")
def archive(case_id: int) -> ResponseReturnValue:
    effect.archive(g.staff, the_site().id, case_id)
    flash(t("console.case.archived", g.lang))
    return back_to(case_id)


@bp.post("/cases/<int:case_id>/annul")
@staff_only("cases.annul")
def annul(case_id: int) -> ResponseReturnValue:
    the_case(case_id, "cases.annul")
    form = ReasonForm()
    if form.validate_on_submit():
        service.annul(g.staff, the_site().id, case_id, form.reason.data or "")
        flash(t("console.case.annulled", g.lang))
    else:
        complain(form)
    return back_to(case_id)


@bp.post("/cases/<int:case_id>/reserve")
@staff_only("cases.reserve")
def put_apart(case_id: int) -> ResponseReturnValue:
    """Put a file, a message or the text of the petition into the reserved folder."""
    the_case(case_id, "cases.reserve")
    form = ReserveForm()
    if form.validate_on_submit():
        reserve.put_apart(
            g.staff, the_site().id, case_id, form.what.data or "", form.cause.data or "", form.reason.data or ""
        )
        flash(t("console.reserve.done", g.lang))
    else:
        complain(form)
    return back_to(case_id)


@bp.post("/cases/<int:case_id>/reserve/open")
@staff_only("cases.reserved")
def open_reserve(case_id: int) -> ResponseReturnValue:
    """The page with the reserved folder open, for this once: who reads it stays in the trail."""
    reserve.note_reading(g.staff, the_site().id, case_id, "folder")
    return draw(case_id, opened=True)


@bp.post("/cases/<int:case_id>/reserve/release")
@staff_only("cases.reserved")
def release(case_id: int) -> ResponseReturnValue:
    """Take a thing out of the reserved folder."""
    the_case(case_id, "cases.reserved")
    form = ReasonForm()
    if form.validate_on_submit():
        number = whole(request.form.get("reserve_id", "")) or 0
        reserve.release(g.staff, the_site().id, case_id, number, form.reason.data or "")
        flash(t("console.reserve.released", g.lang))
    else:
        complain(form)
    return back_to(case_id)


@bp.get("/cases/<int:case_id>/files/<int:file_id>")
@staff_only("cases.read")
def file(case_id: int, file_id: int) -> ResponseReturnValue:
    """The bytes of a file of this case, always as an attachment; of no other, whatever its number."""
    found = desk.file_of(the_case(case_id), file_id)
    if found is None:
        raise NotFound
    if found.id in reserve.folder_of(case_id).files:
        reserve.note_reading(g.staff, the_site().id, case_id, f"file:{found.id}")
    return attachment(found)
