"""What the staff pages of cases share: their blueprint, and how they find the case that an address names."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from app import files
from app.cases import service
from app.cases.models import Case
from app.console.auth import the_site
from app.errors import DomainError
from app.schemas import say
from app.words import t

bp = Blueprint("cases", __name__)
UPLOAD_BYTES = 10 * 1024 * 1024


def the_case(case_id: int, permission: str = "cases.read") -> Case:
    return service.staff_case(g.staff, the_site().id, case_id, permission)


def back_to(case_id: int, anchor: str = "") -> ResponseReturnValue:
    url = url_for("console.site.cases.case", site_key=the_site().key, case_id=case_id)
    return redirect(url + (f"#{anchor}" if anchor else ""))


def seen_by(form: Any) -> service.Seen | None:
    """Return the state in which the form's case was seen; None where the form carries none."""
    if form.version.data is None or form.seen.data is None:
        return None
    return service.Seen(form.version.data, form.seen.data)


def complain(form: Form) -> None:
    """Tell what is wrong in a form that is not drawn again."""
    for texts in form.errors.values():
        for text in texts:
            flash(say(text, g.lang), "error")


def keep_uploads(name: str = "files") -> tuple[list[str], list[str]]:
    """Keep the files of a form, and return their receipts and what to say of those that were not taken."""
    receipts: list[str] = []
    refused: list[str] = []
    site_id = the_site().id
    for upload in request.files.getlist(name):
        if not upload.filename:
            continue
        try:
            receipt, _ = files.take(site_id, upload.stream, upload.filename)
        except DomainError as error:
            if error.status >= 500:
                raise
            refused.append(f"{upload.filename[:120]}: {t(error.message_key, g.lang, **error.params)}")
            continue
        receipts.append(receipt)
    return receipts, refused


def take_uploads(form: Any) -> bool:
    """Keep the files of a form among its receipts, say those that were not taken, and return whether there were any."""
    receipts, refused = keep_uploads()
    form.receipts.data = " ".join([*(form.receipts.data or "").split(), *receipts])
    for text in refused:
        flash(text, "error")
    return bool(refused)
