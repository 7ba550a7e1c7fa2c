"""The pages on which answers to reports are prepared, and reports handed to one person."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.coach import say as say_advice
from app.console.auth import staff_only, the_site
from app.content.helping import find_help
from app.errors import Invalid
from app.numbers import MOST
from app.schemas import say
from app.words import t
from widgets.social.console import bp
from widgets.social.register import masking, people, replies, reports
from widgets.social.watch import manual

# Of so many messages of one answer it is looked up what may help: each is a search.
HELPED = 5


def _ids(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and 0 < int(text) <= MOST]


def _draw(ids: list[int], errors: dict[str, list[str]], named: replies.NamesPeople | None = None) -> str:
    site = the_site()
    rows = masking.set_apart(replies.chosen(site.id, ids), g.lang)
    typed = request.form
    common = typed.get("common", "")
    asks = typed.get("asks") == "1" if typed else request.args.get("asks") == "1"
    if asks and not typed and len(rows) == 1:
        common = replies.asking_text(site, rows[0], g.lang)
    found = named.found if named else {}
    said = {number: [say_advice(one, g.lang) for one in remarks] for number, remarks in found.items()}
    return render_template(
        "social/reply.html", rows=rows, common=common, asks=asks, typed=typed, named=said, site=site,
        manual=manual.manual_of(site.id),
        blotted=masking.blotted, helps={row.id: find_help(site, row.body, g.lang, 3) for row in rows[:HELPED]},
        errors={name: [say(one, g.lang) for one in texts] for name, texts in errors.items()},
    )  # fmt: skip


@bp.get("/social/reports/replies")
@staff_only("social.reports")
def reply_page() -> ResponseReturnValue:
    """One answer for the reports that were chosen; asks=1 begins it with what lacks."""
    ids = _ids(request.args.getlist("report"))
    if not ids:
        flash(t("social.reply.choose", g.lang), "error")
        return redirect(url_for("console.site.social.reports", site_key=the_site().key))
    return _draw(ids, {})


@bp.post("/social/reports/replies")
@staff_only("social.reports")
def reply() -> ResponseReturnValue:
    """Write the answers down; where one names people in public, it comes back to be confirmed."""
    form = request.form
    ids = _ids(form.getlist("report"))
    draft = replies.Draft(
        form.get("common", ""), {number: form.get(f"detail-{number}", "") for number in ids}, form.get("asks") == "1",
        form.get("despite_personal") == "1",
    )  # fmt: skip
    try:
        made = replies.reply(g.staff, the_site().id, draft)
    except Invalid as error:
        return _draw(ids, error.fields), 422
    except replies.NamesPeople as error:
        return _draw(ids, {}, error), 409
    return redirect(url_for("console.site.social.replies_made", site_key=the_site().key, reply=made))


@bp.get("/social/reports/replies/made")
@staff_only("social.reports")
def replies_made() -> ResponseReturnValue:
    """The answers to be copied, each with the message that it is for."""
    rows = replies.made(the_site().id, _ids(request.args.getlist("reply")))
    return render_template("social/replies.html", rows=rows, site=the_site())


@bp.post("/social/reports/replies/<int:reply_id>/link")
@staff_only("social.reports")
def reply_link(reply_id: int) -> ResponseReturnValue:
    """Where an answer stands on the network."""
    try:
        report_id = replies.published(g.staff, the_site().id, reply_id, request.form.get("link", ""))
    except Invalid as error:
        rows = replies.made(the_site().id, [reply_id])
        wrong = [say(one, g.lang) for texts in error.fields.values() for one in texts]
        return render_template("social/replies.html", rows=rows, site=the_site(), wrong=wrong, typed=request.form), 422
    flash(t("social.reply.kept_link", g.lang))
    return redirect(url_for("console.site.social.report", site_key=the_site().key, report_id=report_id))


@bp.post("/social/reports/<int:report_id>/refer")
@staff_only("social.reports")
def refer(report_id: int) -> ResponseReturnValue:
    """Hand a report to one person of citizen service."""
    chosen = _ids([request.form.get("colleague", "")])
    try:
        replies.refer(g.staff, the_site().id, report_id, request.form.get("why", ""), chosen[0] if chosen else 0)
        flash(t("social.reply.referred", g.lang))
    except Invalid:
        flash(t("social.reply.choose_person", g.lang), "error")
    return redirect(url_for("console.site.social.report", site_key=the_site().key, report_id=report_id))


def beside(report_id: int) -> dict[str, object]:
    """Return what the page of a report shows of answers and hand-over."""
    return {
        "replies": replies.of_report(report_id), "whys": replies.WHYS,
        "colleagues": people.of_role(the_site().id, people.CITIZEN), "handed_state": reports.HANDED,
    }  # fmt: skip
