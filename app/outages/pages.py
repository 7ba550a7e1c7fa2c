"""What anyone reads of the outages: which there were, until when to insist, and the certificate."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from app.cases.terms import terms_of
from app.dates import date_words, datetime_words
from app.documents.issuing import file_of
from app.downloads import attachment
from app.embed.gate import Caller
from app.embed.pages import page
from app.errors import NotFound, Unavailable
from app.outages import service

bp = Blueprint("outages", __name__)


@bp.get("/outages")
def outages() -> ResponseReturnValue:
    caller: Caller = g.caller
    terms = terms_of(caller.site.id)
    rows = [
        {
            "id": one.id, "reason": one.reason, "running": one.until_on >= terms.today(),
            "starts": datetime_words(one.starts_at, caller.lang, terms.zone),
            "ends": datetime_words(one.ends_at, caller.lang, terms.zone),
            "until": date_words(one.until_on, caller.lang),
        }
        for one in service.outages_of(caller.site.id)
    ]  # fmt: skip
    return page("outages/public.html", outages=rows)


@bp.get("/outages/message")
def message() -> ResponseReturnValue:
    """What a person reads when the system fails: shown on purpose, for whoever audits it (Resolución 1519 de 2020)."""
    raise Unavailable


@bp.get("/outages/<int:outage_id>/certificate")
def certificate(outage_id: int) -> ResponseReturnValue:
    """The dated certificate of an outage, to be verified by its code like any document."""
    caller: Caller = g.caller
    found = service.find(caller.site.id, outage_id)
    file = file_of(found.document_id) if found is not None and found.document_id is not None else None
    if file is None:
        raise NotFound
    return attachment(file)
