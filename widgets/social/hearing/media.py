"""What hangs on a message: brought here by the policy for every file, where the entity gave a token to fetch it by.

Source: Meta, WhatsApp Cloud API, "Media": a number is asked for its address, which holds five minutes and wants the
token too; numbers in webhooks hold seven days. What Messenger and Instagram tell is an address that holds as it is.
"""

from __future__ import annotations

import json
import mimetypes
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from app import files
from app.audit import append_audit
from app.db import db, write
from app.errors import DomainError
from app.fetch import AnswerTooLarge, Policy, fetch
from widgets.social.hearing.channels import opened
from widgets.social.models import SocialChannel, SocialReport
from widgets.social.register.reports import AT_NETWORK, SOURCE

JOB = "social.media"
KEPT, REFUSED = "kept", "refused"
GRAPH = "https://graph.facebook.com/v23.0"
# Where Meta keeps what people attach: no other host is asked, and none sees the token.
HOSTS = ("facebook.com", "fbsbx.com", "fbcdn.net", "cdninstagram.com", "whatsapp.net")


class Unreached(Exception):
    """The network did not answer as it should: the job tries again."""


class Lost(Exception):
    """The network does not give it, whoever asks: gone, not ours, or somewhere else."""


def queue(report_id: int, channel_id: int) -> None:
    """Queue the way to the network, inside the running write."""
    jobs = current_app.extensions["ventanilla"].jobs
    jobs.enqueue(JOB, {"report": report_id, "channel": channel_id}, dedupe=f"{JOB}:{report_id}")


def bring(payload: dict[str, Any]) -> None:
    """Bring what hangs on a report, each once; a job, that goes on where it stopped."""
    row, channel = db.session.get(SocialReport, payload["report"]), db.session.get(SocialChannel, payload["channel"])
    token = opened(channel.access_token) if channel is not None else ""
    if row is None or not token:
        return
    report_id, site_id, waiting = row.id, row.site_id, [dict(one) for one in row.media]
    db.session.rollback()
    for place, one in enumerate(waiting):
        if one["state"] == AT_NETWORK and not one.get("why"):
            _bring(report_id, site_id, place, one, token)


def _bring(report_id: int, site_id: int, place: int, one: dict[str, str], token: str) -> None:
    try:
        content, mime = _download(one, token)
    except Lost as error:
        return _note(report_id, place, AT_NETWORK, str(error))
    name = one.get("name") or f"{one['kind']}{mimetypes.guess_extension(mime.partition(';')[0].strip()) or ''}"
    try:
        receipt, _ = files.take(site_id, BytesIO(content), name)
    except DomainError as error:
        if error.status >= 500:
            raise
        return _note(report_id, place, REFUSED, error.message_key)
    return _note(report_id, place, KEPT, receipt=receipt)


def _note(report_id: int, place: int, state: str, why: str = "", receipt: str = "") -> None:
    """Write down what became of it; a file of a report that has a radicado goes on to the case."""
    with write():
        row = db.session.get_one(SocialReport, report_id, with_for_update=True)
        if row.media[place]["state"] != AT_NETWORK:
            return
        found = [dict(one) for one in row.media]
        found[place] |= {"state": state, "why": why}
        row.media = found
        if receipt:
            files.claim(row.site_id, [receipt], SOURCE, row.id)
            if row.case_id is not None:
                files.move(SOURCE, [row.id], "case", row.case_id)
        append_audit(row.site_id, "system", "social.media", f"social:{row.id}", state=state, why=why)


def _download(one: dict[str, str], token: str) -> tuple[bytes, str]:
    """Return the bytes and what they are said to be. Raises Lost and Unreached."""
    url, mime = one.get("url", ""), one.get("mime", "")
    if one.get("id"):
        told, _ = _get(f"{GRAPH}/{one['id']}" if one["id"].isalnum() else "", token)
        try:
            answer = json.loads(told)
            url, mime = str(answer["url"]), str(answer.get("mime_type") or mime)
        except (ValueError, KeyError, TypeError):
            raise Unreached from None
    content, said = _get(url, token)
    return content, mime or said


def _get(url: str, token: str) -> tuple[bytes, str]:
    parts = urlsplit(url)
    host, allow = (parts.hostname or "").lower(), current_app.extensions["ventanilla"].settings.crawl_allow
    # In the clear anybody on the way would read the token; only the demo's own machine may be asked like that.
    hidden = parts.scheme == "https" or parts.netloc in allow
    if not hidden or not any(host == one or host.endswith(f".{one}") for one in HOSTS):
        raise Lost("social.hooks.foreign")
    policy = Policy(
        allow=allow, max_bytes=_most(), max_decoded_bytes=_most(),
        total_s=60,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "Ventanilla"}
    try:
        answer = fetch(url, headers=headers, policy=policy)
    except AnswerTooLarge:
        raise Lost("social.hooks.too_large") from None
    if answer.status >= 500 or answer.status == 429:
        raise Unreached(str(answer.status))
    if answer.status != 200:
        raise Lost("social.hooks.not_given")
    return answer.body, answer.headers.get("content-type", "")


def _most() -> int:
    return int(files.limits()["file_bytes"])
