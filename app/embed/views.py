"""The trunk's own public addresses of a site: what widgets ask at start, form tokens, uploads."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from app.embed import answers, tokens
from app.embed.gate import Caller, read_token, the_gate
from app.embed.openapi import describe
from app.embed.uploading import take_upload
from app.participation import offers, register
from app.schemas import Strict
from app.sites.service import RulesInfo, SiteInfo, WidgetChoice, rules_of_all, widget_choices
from app.widget import Widget
from app.words import t


def at_start(
    widget: Widget, site: SiteInfo, lang: str, choice: WidgetChoice | None, rules: RulesInfo | None
) -> dict[str, Any]:
    """Return what a browser needs to know of one widget before it is touched."""
    options = dict(choice.options) if choice else {}
    if widget.boot is not None:
        options |= widget.boot(site, lang)
    return {
        "enabled": choice.enabled if choice else True,
        "title": t(widget.title_key, lang),
        "help": (choice.help.get(lang) if choice else None) or t(f"{widget.name}.page.help", lang),
        "rules": rules and {"version": rules.version, "text": (rules.text_en if lang == "en" else "") or rules.text},
        "options": options,
    }


def make_views() -> Blueprint:
    views = Blueprint("embed", __name__)

    @views.get("/boot")
    @describe(answer=answers.BootAnswer)
    def boot() -> ResponseReturnValue:
        """Site and options of the widgets that the page holds; cacheable, nothing of the person in it."""
        caller: Caller = g.caller
        known: dict[str, Widget] = current_app.extensions["ventanilla"].widgets
        wanted = [name for name in request.args.get("w", "").split(",") if name in known]
        site = caller.site
        choices, rules = widget_choices(site.id), rules_of_all(site.id)
        answer = jsonify(
            site={
                "key": site.key, "name": site.name, "accent": site.accent, "on_accent": site.on_accent,
                "lang": caller.lang, "url": the_gate().settings.base_url, "privacy_url": site.privacy_url,
                "banner": (register.banner(site.id, caller.lang) or {}).get("text", ""),
            },
            widgets={
                name: at_start(known[name], site, caller.lang, choices.get(name), rules.get(name)) for name in wanted
            },
        )  # fmt: skip
        answer.headers["Cache-Control"] = "public, max-age=60"
        return answer

    @views.get("/offers")
    @describe(answer=answers.OffersAnswer)
    def offered() -> ResponseReturnValue:
        """What is offered to a person at the end of an act: a survey after a chat."""
        caller: Caller = g.caller
        moment = request.args.get("moment", "")
        return jsonify(offers=offers.offers(caller.site.id, moment, (), caller.lang))

    @views.post("/token")
    @describe(body=Strict, answer=answers.TokenAnswer)
    def token() -> ResponseReturnValue:
        """A form token, fetched when the person begins."""
        caller: Caller = g.caller
        made = tokens.issue(the_gate().settings, caller.site.key, caller.origin)
        return jsonify(token=made, expires_s=tokens.LIFETIME_S)

    @views.post("/uploads")
    @describe(answer=answers.UploadAnswer, status=201, media_type="application/octet-stream")
    def uploads() -> ResponseReturnValue:
        """Take one file as raw bytes, and return the receipt by which a submission claims it."""
        caller: Caller = g.caller
        read_token(caller)
        the_gate().let_upload_in(caller)
        return take_upload(caller.site.id)

    return views
