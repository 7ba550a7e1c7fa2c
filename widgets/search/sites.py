"""Staff pages about the host's own website in the index: prove it, read it, see what was left out and why."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import DomainError
from app.search.crawl import hosts
from app.words import t
from widgets.search.console import bp
from widgets.search.forms import HostForm, RemoveForm


@bp.get("/search/sites")
@staff_only("search.manage")
def sites() -> ResponseReturnValue:
    return _draw()


def _draw(origin: str = "", wrong: str = "") -> str:
    """Draw the page; an address that was refused stands in its field again, with what is wrong beside it."""
    site = the_site()
    rows = [(host, counts, hosts.ping_key(host)) for host, counts in hosts.hosts(site.id)]
    base = current_app.extensions["ventanilla"].settings.base_url
    return render_template(
        "search/sites.html", site=site, rows=rows, skipped=hosts.skipped(site.id), file=hosts.FILE, base=base,
        txt_name=hosts.txt_name, form=HostForm(formdata=None, origin=origin), wrong=wrong,
    )  # fmt: skip


def _act(act: Callable[[], object], done: str) -> ResponseReturnValue:
    try:
        act()
    except DomainError as error:
        flash(_said(error), "error")
    else:
        flash(t(done, g.lang))
    return redirect(url_for("console.site.search.sites", site_key=the_site().key))


def _said(error: DomainError) -> str:
    if error.status in {403, 404}:
        raise error
    told = [key for keys in error.fields.values() for key in keys] or [error.message_key]
    known = told[0] if told[0].startswith(("crawl.", "fetch.", "errors.")) else "crawl.refused"
    return t(known, g.lang, **error.params)


@bp.post("/search/sites")
@staff_only("search.manage")
def add_site() -> ResponseReturnValue:
    origin = HostForm().origin.data or ""
    try:
        hosts.add(g.staff, the_site().id, origin)
    except DomainError as error:
        return _draw(origin[:300], _said(error)), 422
    flash(t("crawl.added", g.lang))
    return redirect(url_for("console.site.search.sites", site_key=the_site().key))


@bp.post("/search/sites/<int:host_id>/prove")
@staff_only("search.manage")
def prove_site(host_id: int) -> ResponseReturnValue:
    RemoveForm()
    return _act(lambda: hosts.prove(g.staff, the_site().id, host_id), "crawl.proved")


@bp.post("/search/sites/<int:host_id>/start")
@staff_only("search.manage")
def start_site(host_id: int) -> ResponseReturnValue:
    RemoveForm()
    return _act(lambda: hosts.start(g.staff, the_site().id, host_id), "crawl.started")


@bp.post("/search/sites/<int:host_id>/remove")
@staff_only("search.manage")
def remove_site(host_id: int) -> ResponseReturnValue:
    RemoveForm()
    return _act(lambda: hosts.remove(g.staff, the_site().id, host_id), "crawl.removed")
