"""What staff do with messages: read, answer, turn into a case."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import reserve
from app.cases.console.parts import take_uploads
from app.cases.rules import PETITIONS
from app.cases.texts import letter_advice, signature
from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.downloads import attachment
from app.errors import Invalid
from app.files import waiting
from app.mail import trouble
from app.words import t
from widgets.contact import service
from widgets.contact.forms import AnswerForm, ForwardForm, RadicateForm, RevealForm

bp = Blueprint("contact", __name__, template_folder="templates")

STATES = (service.WAITING, service.ANSWERED, service.RADICATED)


@bp.get("/contact")
@staff_only("contact.read")
def inbox() -> ResponseReturnValue:
    """The messages of one state: what waits from the oldest, the rest from the newest."""
    site = the_site()
    state = request.args.get("state", service.WAITING)
    state = state if state in STATES else service.WAITING
    after = request.args.get("after", type=int)
    threads, more = service.inbox(site.id, g.staff.offices("contact.read", site.id), state, after)
    return render_template(
        "contact/inbox.html", threads=threads, states=STATES, state=state, more=more, after=after, site=site,
        closed=reserve.with_folder(one.case_id for one in threads),
    )  # fmt: skip


@bp.get("/contact/<int:thread_id>")
@staff_only("contact.read")
def thread(thread_id: int) -> ResponseReturnValue:
    """One thread, with what can be done in it."""
    return _draw(thread_id, AnswerForm(formdata=None, seen=service.last_message(thread_id)))


def _draw(
    thread_id: int, form: AnswerForm, *, whole: bool = False, stale: bool = False, forward: ForwardForm | None = None
) -> str:
    site = the_site()
    row = service.staff_thread(g.staff, site.id, thread_id)
    radicate_form = RadicateForm(formdata=None)
    radicate_form.kind.choices = {kind: t(f"kinds.{kind}.title", g.lang) for kind in PETITIONS}
    kept = waiting(site.id, (form.receipts.data or "").split())
    return render_template(
        "contact/staff_thread.html", row=row, messages=service.for_staff(row), office=service.office_of(row), form=form,
        radicate_form=radicate_form, reveal_form=RevealForm(formdata=None), whole=whole, stale=stale, kept=kept,
        forward_form=forward or ForwardForm(formdata=None, seen=form.seen.data),
        returned=service.returned(row), why=partial(trouble.why, lang=g.lang),
        signature=signature(g.staff, site.id, row.lang), site=site,
    )  # fmt: skip


@bp.post("/contact/<int:thread_id>/reveal")
@staff_only("people.reveal")
def reveal(thread_id: int) -> ResponseReturnValue:
    """The person, whole, for this once: the answer is the page itself, so that a reload asks again."""
    service.staff_thread(g.staff, the_site().id, thread_id)
    form = RevealForm()
    if not form.validate_on_submit():
        flash(t("errors.validation", g.lang), "error")
        return redirect(url_for("console.site.contact.thread", site_key=the_site().key, thread_id=thread_id))
    service.reveal(g.staff, the_site().id, thread_id, form.reason.data or "")
    return _draw(thread_id, AnswerForm(formdata=None, seen=service.last_message(thread_id)), whole=True)


@bp.get("/contact/<int:thread_id>/files/<int:file_id>")
@staff_only("contact.read")
def file(thread_id: int, file_id: int) -> ResponseReturnValue:
    """The bytes of a file of this thread, always as an attachment."""
    return attachment(service.file_of(g.staff, the_site().id, thread_id, file_id))


@bp.post("/contact/<int:thread_id>/answer")
@staff_only("contact.answer")
def answer(thread_id: int) -> ResponseReturnValue:
    """Send an answer; what cannot be sent comes back with everything that was typed and attached."""
    service.staff_thread(g.staff, the_site().id, thread_id)
    form = AnswerForm()
    refused = take_uploads(form)
    if refused or not form.validate_on_submit():
        return _draw(thread_id, form), 422
    try:
        service.answer(
            g.staff, the_site().id, thread_id, form.body.data or "", tuple((form.receipts.data or "").split()),
            seen=form.seen.data, copies=tuple(form.copies.data or ()),
        )  # fmt: skip
    except service.StaleThread:
        form.seen.data = service.last_message(thread_id)
        return _draw(thread_id, form, stale=True), 409
    flash(t("contact.console.sent", g.lang))
    return redirect(url_for("console.site.contact.thread", site_key=the_site().key, thread_id=thread_id))


@bp.post("/contact/<int:thread_id>/coach")
@staff_only("contact.answer")
def coach(thread_id: int) -> ResponseReturnValue:
    """The protocol's advice on an answer while it is written, as a fragment of the page; it forbids nothing."""
    row, form = service.staff_thread(g.staff, the_site().id, thread_id), AnswerForm()
    body, receipts = form.body.data or "", (form.receipts.data or "").split()
    asked = service.last_asked(row)
    remarks = letter_advice(g.staff, row.site_id, row.lang, body, receipts, asked=asked) if body.strip() else []
    return render_template("cases/console/coach.html", remarks=remarks, quiet=not body.strip())


@bp.post("/contact/<int:thread_id>/forward")
@staff_only("contact.answer")
def forward(thread_id: int) -> ResponseReturnValue:
    """Send a message on to who is competent and tell the person; what is missing comes back beside its field."""
    service.staff_thread(g.staff, the_site().id, thread_id)
    form, empty = ForwardForm(), AnswerForm(formdata=None, seen=service.last_message(thread_id))
    if not form.validate_on_submit():
        return _draw(thread_id, empty, forward=form), 422
    try:
        service.forward(
            g.staff, the_site().id, thread_id, form.entity.data or "", form.address.data or "", form.reason.data or "",
            seen=form.seen.data,
        )  # fmt: skip
    except service.StaleThread:
        form.seen.data = empty.seen.data
        return _draw(thread_id, empty, forward=form, stale=True), 409
    except Invalid as error:
        blame(form, error)
        return _draw(thread_id, empty, forward=form), 422
    flash(t("contact.console.forwarded", g.lang))
    return redirect(url_for("console.site.contact.thread", site_key=the_site().key, thread_id=thread_id))


@bp.post("/contact/<int:thread_id>/radicate")
@staff_only("contact.answer")
def radicate(thread_id: int) -> ResponseReturnValue:
    """One click from a message to a case."""
    form = RadicateForm()
    kind = form.kind.data if form.kind.data in PETITIONS else PETITIONS[0]
    filed = service.radicate(g.staff, the_site().id, thread_id, kind)
    flash(t("contact.console.radicated_done", g.lang, radicado=filed.radicado))
    return redirect(url_for("console.site.cases.case", site_key=the_site().key, case_id=filed.case_id))
