"""What staff do with messages: read, answer, turn into a case."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.downloads import attachment
from app.words import t
from widgets.contact import service
from widgets.contact.forms import AnswerForm, RadicateForm

bp = Blueprint("contact", __name__, template_folder="templates")

STATES = (service.WAITING, service.ANSWERED, service.RADICATED)
KINDS = (
    "peticion_particular",
    "peticion_general",
    "queja",
    "reclamo",
    "sugerencia",
    "denuncia",
    "informacion",
    "documentos",
    "consulta",
)


@bp.get("/contact")
@staff_only("contact.read")
def inbox() -> ResponseReturnValue:
    """The messages of one state, the oldest first."""
    site = the_site()
    state = request.args.get("state", service.WAITING)
    threads = service.inbox(site.id, g.staff.offices("contact.read", site.id), state)
    return render_template("contact/inbox.html", threads=threads, states=STATES, state=state, site=site)


@bp.get("/contact/<int:thread_id>")
@staff_only("contact.read")
def thread(thread_id: int) -> ResponseReturnValue:
    """One thread, with what can be done in it."""
    site = the_site()
    row = service.staff_thread(g.staff, site.id, thread_id)
    radicate_form = RadicateForm()
    radicate_form.kind.choices = [(kind, t(f"kinds.{kind}.title", g.lang)) for kind in KINDS]
    shown = service.for_person(row, g.lang)
    return render_template(
        "contact/staff_thread.html", row=row, thread=shown, form=AnswerForm(), radicate_form=radicate_form, site=site
    )


@bp.get("/contact/<int:thread_id>/files/<int:file_id>")
@staff_only("contact.read")
def file(thread_id: int, file_id: int) -> ResponseReturnValue:
    """The bytes of a file of this thread, always as an attachment."""
    return attachment(service.file_of(g.staff, the_site().id, thread_id, file_id))


@bp.post("/contact/<int:thread_id>/answer")
@staff_only("contact.answer")
def answer(thread_id: int) -> ResponseReturnValue:
    form = AnswerForm()
    if form.validate_on_submit():
        service.answer(g.staff, the_site().id, thread_id, form.body.data or "")
        flash(t("contact.console.sent", g.lang))
    else:
        flash(t("errors.validation", g.lang), "error")
    return redirect(url_for("console.site.contact.thread", site_key=the_site().key, thread_id=thread_id))


@bp.post("/contact/<int:thread_id>/radicate")
@staff_only("contact.answer")
def radicate(thread_id: int) -> ResponseReturnValue:
    """One click from a message to a case."""
    form = RadicateForm()
    kind = form.kind.data if form.kind.data in KINDS else KINDS[0]
    filed = service.radicate(g.staff, the_site().id, thread_id, kind)
    flash(t("contact.console.radicated_done", g.lang, radicado=filed.radicado))
    return redirect(url_for("console.site.contact.thread", site_key=the_site().key, thread_id=thread_id))
