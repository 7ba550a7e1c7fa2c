"""The page on which a message that was seen on a network is put in the register."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue

from app.cases.console.parts import keep_uploads
from app.cases.terms import terms_of
from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.files import waiting
from app.words import t
from widgets.social import service
from widgets.social.console import bp
from widgets.social.register import reports
from widgets.social.register.console import CLASSES, back, classes, said


@bp.get("/social/reports/new")
@staff_only("social.reports")
def capture_page() -> ResponseReturnValue:
    return _draw({})


def _draw(errors: dict[str, list[str]], receipts: tuple[str, ...] = ()) -> str:
    return render_template(
        "social/capture.html", errors=said(errors), typed=request.form, site=the_site(), receipts=receipts,
        kept_files=waiting(the_site().id, receipts), networks=list(service.NETWORKS),
        interactions=reports.INTERACTIONS, longest=reports.DETAILS, kinds=reports.KINDS, classes=classes(g.lang),
        definitions=CLASSES,
    )  # fmt: skip


@bp.post("/social/reports")
@staff_only("social.reports")
def capture() -> ResponseReturnValue:
    """Put a report in the register; a mistake keeps what was typed, and the files that were sent."""
    typed: Any = request.form
    sent, refused = keep_uploads("screenshot")
    receipts = (*typed.getlist("receipts"), *sent)
    wrong: dict[str, list[str]] = {"screenshot": refused} if refused else {}
    try:
        moment = datetime.fromisoformat(typed.get("said_at", ""))
    except ValueError:
        moment = datetime(1970, 1, 1)  # noqa: DTZ001 - stands in for it while the rest is looked at
        wrong["said_at"] = ["social.console.bad_date"]
    told = reports.Said(
        typed.get("network", ""), typed.get("interaction", ""), typed.get("author", ""),
        typed.get("link", "").strip(), typed.get("body", ""), moment.replace(tzinfo=terms_of(the_site().id).zone),
        {name: typed.get(name, "") for name in reports.ASKED_AT_CAPTURE}, typed.get("at_once") == "1", receipts,
    )  # fmt: skip
    try:
        if wrong:
            # All at once: who mends one field after the other gives up.
            reports.check(told)
            raise Invalid(fields={})
        code = reports.capture(the_site().id, told, g.staff.actor)
    except Invalid as error:
        return _draw({**error.fields, **wrong}, receipts), 422
    flash(t("social.console.captured", g.lang, code=code))
    return back()
