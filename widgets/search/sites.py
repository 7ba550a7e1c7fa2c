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
    site = the_site()
    rows = [(host, counts, hosts.ping_key(host)) for host, counts in hosts.hosts(site.id)]
    base = current_app.extensions["ventanilla"].settings.base_url
    return render_template(
        "search/sites.html", site=site, rows=rows, skipped=hosts.skipped(site.id), file=hosts.FILE, base=base,
        txt_name=hosts.txt_name, form=HostForm(formdata=None),
    )  # fmt: skip


def _act(act: Callable[[], object], done: str) -> ResponseReturnValue:
    try:
        act()
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        known = error.message_key if error.message_key.startswith("crawl.") else "crawl.refused"
        flash(t(known, g.lang, **error.params), "error")
    else:
        flash(t(done, g.lang))
    return redirect(url_for("console.site.search.sites", site_key=the_site().key))


@bp.post("/search/sites")
@staff_only("search.manage")
def add_site() -> ResponseReturnValue:
    origin = HostForm().origin.data or ""
    return _act(lambda: hosts.add(g.staff, the_site().id, origin), "crawl.added")


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
