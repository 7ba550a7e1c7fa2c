"""What people think of others' contributions: a vote for one, and a word to the staff about one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.audit import append_audit
from app.db import db, write
from app.errors import Conflict, Invalid
from widgets.forum.models import REASONS, ForumFlag, ForumPost, ForumVote
from widgets.forum.people import the_person
from widgets.forum.standing import PUBLISHED, is_open, the_post, touch


def vote(site_id: int, token: str, post_id: int, on: bool) -> dict[str, Any]:
    """Support a public contribution, or take it back; a person counts once however often they press."""
    with write():
        person = the_person(site_id, token)
        post, forum = the_post(site_id, post_id)
        if post.state != PUBLISHED or not is_open(forum):
            raise Conflict("forum.errors.closed")
        if post.person_id == person.id:
            raise Conflict("forum.errors.own-vote")
        known = db.session.get(ForumVote, (post.id, person.id))
        if on and known is None:
            try:
                with db.session.begin_nested():
                    db.session.add(ForumVote(post_id=post.id, person_id=person.id))
            except IntegrityError:
                return {"post": post.id, "votes": post.votes, "on": True}
        elif not on and known is not None:
            db.session.delete(known)
        db.session.flush()
        query = select(func.count()).where(ForumVote.post_id == post.id)
        votes = int(db.session.scalar(query) or 0)
        if votes != post.votes:
            db.session.execute(update(ForumPost).where(ForumPost.id == post.id).values(votes=votes))
            touch(forum, post)
        return {"post": post.id, "votes": votes, "on": on}


def flag(site_id: int, token: str, post_id: int, reason: str) -> dict[str, Any]:
    """Tell the staff that a contribution breaks the rules; it stays where it is until a person decides."""
    if reason not in REASONS:
        raise Invalid(fields={"reason": ["errors.choice"]})
    with write():
        person = the_person(site_id, token)
        post, forum = the_post(site_id, post_id)
        if post.state != PUBLISHED:
            raise Conflict("forum.errors.not-public")
        if db.session.get(ForumFlag, (post.id, person.id)) is None:
            db.session.add(ForumFlag(post_id=post.id, person_id=person.id, reason=reason))
            post.flags += 1
            append_audit(site_id, "person", "forum.flagged", f"forum:{forum.id}", post=post.id, reason=reason)
        return {"post": post.id, "flagged": True}
