"""From a comment to a radicado: one click of its author, with the date on which it was written."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.audit import append_audit
from app.cases.filing import Filing, Party, file_case, tracking_code
from app.cases.radicado import format_code
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict
from app.sites.models import Office
from app.sites.service import SiteInfo
from app.widget import CasePanel
from app.words import t
from widgets.forum import markup, service, standing
from widgets.forum.models import Forum, ForumPerson, ForumPost


def _material(post: ForumPost, person: ForumPerson) -> bytes:
    return f"forum/{post.id}/{person.token_hash}".encode()


def radicate(site_id: int, token: str, post_id: int, email: str = "") -> dict[str, Any]:
    """File one's own contribution as a petition received when it was written; again, and the same radicado comes back.

    The forum shows a mark and nothing else of it. Source: Ley 1437 de 2011, arts. 13 and 15.
    """
    with write():
        post, forum = service.own_post(site_id, token, post_id)
        if post.state == standing.DELETED:
            raise Conflict("forum.errors.deleted")
        if post.case_id is not None:
            raise Conflict("forum.errors.radicated")
        person = db.session.get_one(ForumPerson, post.person_id)
        address = email or person.email
        filed = file_case(
            site_id,
            Filing(
                kind="peticion_particular", subject=post.title or markup.excerpt(post.body, 100), body=post.body,
                channel="forum", code_material=_material(post, person), party=Party(name=person.name, email=address),
                electronic_consent=bool(address), office_code=db.session.get_one(Office, forum.office_id).code,
                received_at=post.at, lang=person.lang, source="forum", source_id=post.id,
            ),
        )  # fmt: skip
        post.case_id = filed.case_id
        standing.touch(forum, post)
        append_audit(site_id, "person", "forum.radicated", f"forum:{forum.id}", post=post.id, case=filed.case_id)
        return {
            "radicado": filed.radicado,
            "received_at": filed.received_at.isoformat(),
            "due_on": filed.explanation.due_on.isoformat() if filed.explanation.due_on else None,
            "mailed": filed.mailed,
        }


def case_panel(site: SiteInfo, post_id: int, staff: Staff, lang: str) -> CasePanel | None:
    """Return what the page of a case says of the contribution that it was."""
    post = db.session.get(ForumPost, post_id)
    forum = db.session.get(Forum, post.forum_id) if post else None
    if post is None or forum is None or forum.site_id != site.id:
        return None
    href = ""
    if staff.can("forum.moderate", site.id):
        thread_id = post.thread_id or post.id
        href = url_for("console.site.forum.thread", site_key=site.key, forum_id=forum.id, thread_id=thread_id)
    line = t("forum.console.panel", lang, title=forum.title)
    return CasePanel(t("forum.console.panel_title", lang), (line,), href, t("forum.console.panel_link", lang))


def code_of(site_id: int, token: str, post_id: int) -> str:
    """Return the tracking code of one's own radicated contribution: derived again, stored nowhere."""
    post, _ = service.own_post(site_id, token, post_id)
    person = db.session.get_one(ForumPerson, post.person_id)
    code = format_code(tracking_code(_material(post, person)))
    db.session.rollback()
    return code
