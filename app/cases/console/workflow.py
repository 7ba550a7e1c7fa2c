"""Do one act of the workflow from the case page; what is refused comes back with what was typed still in it."""

from __future__ import annotations

from flask import flash, g
from flask.typing import ResponseReturnValue

from app.cases import desk
from app.cases.console.case import draw
from app.cases.console.parts import back_to, bp, keep_uploads, seen_by, the_case
from app.cases.console.workflow_forms import ACTS, Act, Doing
from app.cases.forms import CaseForm
from app.cases.service import StaleCase
from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.errors import DomainError, Forbidden, NotFound
from app.words import t


@bp.post("/cases/<int:case_id>/acts/<name>")
@staff_only("cases.read")
def act(case_id: int, name: str) -> ResponseReturnValue:
    """The service asks for the permission of each act; reading the case is what this address takes."""
    chosen = ACTS.get(name)
    if chosen is None:
        raise NotFound
    the_case(case_id)
    form = chosen.form()
    receipts, refused = keep_uploads()
    if "receipts" in form:
        receipts = [*(form["receipts"].data or "").split(), *receipts]
        form["receipts"].data = " ".join(receipts)
    for text in refused:
        flash(text, "error")
    if refused or not form.validate_on_submit():
        return draw(case_id, typed=(name, form)), 422
    return _do(chosen, case_id, form, receipts)


def _do(chosen: Act, case_id: int, form: CaseForm, receipts: list[str]) -> ResponseReturnValue:
    seen = seen_by(form)
    try:
        chosen.run(Doing(g.staff, the_site().id, case_id, seen, tuple(receipts)), form)
    except StaleCase:
        # What was typed stays; the form carries the new state, so that sending again is a decision.
        changes = desk.changes_since(the_case(case_id), seen.event if seen else 0)
        return draw(case_id, typed=(chosen.name, form), changes=changes), 409
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        blame(form, error)
        if not error.fields:
            flash(t(error.message_key, g.lang, **error.params), "error")
        return draw(case_id, typed=(chosen.name, form)), error.status
    flash(t(f"workflow.act.{chosen.name}.done", g.lang))
    return back_to(case_id)
