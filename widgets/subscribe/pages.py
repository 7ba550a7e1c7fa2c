"""The same without script: the form, the pages behind the links of mails, and the feeds themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller
from app.embed.pages import Typed, form_submission, hidden_fields, page, said, typed_form
from app.errors import DomainError, NotFound
from app.schemas import load
from app.sites.service import SiteInfo
from app.words import t
from widgets.subscribe import cover, feeds, links, public, service, websub
from widgets.subscribe.handing import export_file
from widgets.subscribe.schemas import ChoiceSchema, RequestSchema

bp = Blueprint("subscribe_pages", __name__, template_folder="templates")


def _draw(typed: Typed, errors: dict[str, list[str]], template: str = "subscribe/form.html", **more: Any) -> str:
    caller: Caller = g.caller
    labels = {name: t(f"subscribe.page.{name}_label", g.lang) for name in ("email", "topics", "frequency")}
    return page(
        template, values=typed.fields, errors=said(errors), labels=labels, hidden=hidden_fields(typed),
        options=service.boot(caller.site, caller.lang), **more,
    )  # fmt: skip


def _topics() -> list[int]:
    return [int(value) for value in request.form.getlist("topics") if value.isdecimal() and len(value) < 10]


@bp.get("/subscribe")
def form() -> ResponseReturnValue:
    return _draw(Typed({}), {}, chosen=[])


@bp.post("/subscribe")
def send() -> ResponseReturnValue:
    typed = typed_form()
    asked: dict[str, Any] = {
        name: typed.fields[name] for name in ("email", "frequency", "notice_version") if name in typed.fields
    }
    try:
        data = load(RequestSchema(), {**asked, "topics": _topics()})
        answer = public.ask(form_submission(typed), data)
    except DomainError as error:
        if error.status >= 500:
            raise
        wrong = error.fields or {"email": [error.message_key]}
        return _draw(typed, wrong, chosen=_topics()), 422 if error.fields else error.status
    return page("subscribe/done.html", title=t("subscribe.page.asked_title", g.lang), text=answer["text"])


@bp.after_request
def _private(response: Response) -> Response:
    if "t" in request.args or "t" in request.form:
        # The address of the page opens the subscription: neither caches nor the next site may learn it.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/subscribe/confirm")
def look_at_confirmation() -> ResponseReturnValue:
    """A button: programs that follow the links of mails must not subscribe anybody."""
    token = request.args.get("t", "")
    service.holder(g.caller.site.id, links.CONFIRM, token)
    return page("subscribe/confirm.html", token=token)


@bp.post("/subscribe/confirm")
def confirm() -> ResponseReturnValue:
    service.confirm(g.caller.site.id, request.form.get("t", ""))
    title, text = t("subscribe.page.confirmed_title", g.lang), t("subscribe.page.confirmed", g.lang)
    return page("subscribe/done.html", title=title, text=text)


@bp.get("/subscribe/preferences")
def preferences() -> ResponseReturnValue:
    token = request.args.get("t", "")
    row = service.holder(g.caller.site.id, links.PREFERENCES, token)
    chosen = service.chosen(row)
    typed = Typed({"frequency": row.frequency})
    active = row.state == service.ACTIVE
    return _draw(
        typed, {}, "subscribe/preferences.html", token=token, chosen=chosen, active=active,
        saved=request.args.get("saved") == "1",
    )  # fmt: skip


@bp.post("/subscribe/preferences")
def choose() -> ResponseReturnValue:
    """Change, leave, take one's data along, or be forgotten; which, says the button."""
    caller: Caller = g.caller
    token = request.form.get("t", "")
    row = service.holder(caller.site.id, links.PREFERENCES, token)
    email, what = row.email, request.form.get("what", "save")
    if what == "leave":
        service.leave(links.PREFERENCES, token, caller.site.id)
        title, text = t("subscribe.page.left_title", g.lang), t("subscribe.page.left", g.lang)
        return page("subscribe/done.html", title=title, text=text)
    if what == "export":
        return export_file(service.export_person(caller.site.id, email))
    if what == "erase":
        service.erase_person(caller.site.id, email)
        title, text = t("subscribe.page.erased_title", g.lang), t("subscribe.page.erased", g.lang)
        return page("subscribe/done.html", title=title, text=text)
    data = load(ChoiceSchema(), {"topics": _topics(), "frequency": request.form.get("frequency", "")})
    service.choose(caller.site.id, token, tuple(data["topics"]), data["frequency"])
    saved = url_for("pages.subscribe_pages.preferences", site_key=caller.site.key, t=token, lang=caller.lang, saved=1)
    return redirect(saved, 303)


# Feeds


@bp.get("/feeds/<topic>.<any(rss, atom, json):form>")
def feed(topic: str, form: str) -> ResponseReturnValue:
    """A feed; who has it already gets 304 and nothing is built."""
    caller: Caller = g.caller
    found = feeds.cache().get(caller.site, topic, form)
    response = Response(found.body, content_type=feeds.TYPES[form])
    response.set_etag(found.etag)
    response.last_modified = found.changed_at
    if hub := websub.hub():
        own = next(one[form] for one in service.feeds(caller.site, caller.lang) if one["key"] == topic)
        response.headers["Link"] = f'<{hub}>; rel="hub", <{own}>; rel="self"'
    return _shared(response)


@bp.get("/feeds/cover.png")
def picture() -> ResponseReturnValue:
    site: SiteInfo = g.caller.site
    response = Response(cover.draw(cover.initials(site.name), site.accent, site.on_accent), content_type="image/png")
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    return _shared(response)


@bp.get("/feeds.opml")
def opml() -> ResponseReturnValue:
    caller: Caller = g.caller
    response = Response(feeds.opml(caller.site, caller.lang), content_type="text/x-opml; charset=utf-8")
    response.add_etag()
    return _shared(response)


def _shared(response: Response) -> Response:
    """Let any page and any reader have it, and ask again after some minutes."""
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.make_conditional(request)
    return response


@bp.get("/feeds/<path:_other>")
def no_feed(_other: str) -> ResponseReturnValue:
    raise NotFound
