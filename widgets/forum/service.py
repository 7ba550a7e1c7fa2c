"""What people write in a forum: new, changed, taken away. Each verb is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from app.audit import append_audit
from app.clock import now
from app.db import db, put, table, write
from app.errors import Conflict, Invalid, NotFound, RateLimited
from app.mail import links
from app.sites.models import Site
from app.sites.service import SiteInfo, rules_in_force, site_info, widget_choice
from app.words import t
from widgets.forum import citing, markup, reading
from widgets.forum.models import Forum, ForumPost
from widgets.forum.people import (
    Introduced,
    accept_rules,
    complete,
    find_person,
    first_state,
    introduce,
    the_person,
    writer,
)
from widgets.forum.standing import (
    DELETED,
    DRAFT,
    EDIT_FOR,
    FORUMS,
    POSTS,
    PUBLISHED,
    UNCONFIRMED,
    WAITING,
    WITHHELD,
    Place,
    count_replies,
    is_open,
    publish,
    the_post,
    touch,
)

# By person, never by network: a whole neighbourhood can share one address. Strangers do a proof of work at the gate.
POSTS_AN_HOUR, SECONDS_BETWEEN = 20, 10
# What a site may add to: words that call a moderator, and words by which people ask.
WORD_LISTS = ("flagged", "asking")
PETITION = "petition"
REVIEW = "forum-review"
READ_MARKS = ("personal", "words", PETITION)


class PersonalData(Invalid):
    """The text seems to hold somebody's data and everybody would read it; sent again, it is taken as it is."""

    code = "personal-data"


@dataclass(frozen=True, kw_only=True)
class NewPost(Introduced):
    """A contribution as a person wrote it."""

    forum: str
    body: str
    title: str = ""
    parent: int | None = None
    person: str = ""
    despite_personal: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """What can be worked out of a text before the store is locked: every other writer would wait for it."""

    html: str
    marks: tuple[str, ...]
    cites: citing.Cites = citing.NOTHING


def _rendered(body: str) -> str:
    html = markup.render(body)
    if markup.says_nothing(html):
        raise Invalid(fields={"body": ["errors.required"]})
    return html


def prepare(site: SiteInfo, new: NewPost) -> Prepared:
    """Render and read a contribution; PersonalData for one that seems to hold somebody's, until it is sent despite it.

    What it is called by, it is: the marks are for people, and none of them refuses anything.
    """
    html = _rendered(new.body)
    marks = dict.fromkeys((*new.marks, *_marks(site, f"{new.title}\n{new.body}", new.despite_personal)))
    return Prepared(html, tuple(marks), citing.cited(site, new.body))


def _marks(site: SiteInfo, text: str, despite_personal: bool) -> list[str]:
    """Return what a reader should look at in a text; PersonalData where its writer should look first."""
    marks = []
    if reading.holds_personal(text):
        if not despite_personal:
            raise PersonalData("forum.errors.personal-data", fields={"body": ["forum.errors.personal-data"]})
        marks.append("personal")
    words = _words(site)
    if reading.flagged_words(text, words["flagged"]):
        marks.append("words")
    if reading.asks(text, words["asking"]):
        marks.append(PETITION)
    return marks


_SITES = table(Site)
# The forum and what its site stands under, in one look.
_PLACE = (
    select(
        *(FORUMS.c[name] for name in Place._fields if name != "stamp"),
        _SITES.c.stamp,
    )
    .join(_SITES, _SITES.c.id == FORUMS.c.site_id)
    .where(FORUMS.c.site_id == bindparam("site"), FORUMS.c.key == bindparam("key"))
)
_NEW_POST = insert(POSTS)
_BEGIN = update(POSTS).where(POSTS.c.id == bindparam("root")).values(thread_id=bindparam("root"))


def write_post(site_id: int, new: NewPost, ready: Prepared) -> dict[str, Any]:
    """Take a contribution; published or waiting as the forum says. The person's secret is left out of what is returned.

    Raises RateLimited for one person who writes too often; Conflict where the forum, the thread or the parent takes
    nothing. Statements that are made once and rows that are no objects: half of the time of a contribution was theirs.
    """
    with write():
        store = db.session.connection()
        found = store.execute(_PLACE, {"site": site_id, "key": new.forum}).first()
        if found is None or found.state == DRAFT:
            raise NotFound("forum.errors.unknown")
        forum = Place._make(found)
        if not is_open(forum):
            raise Conflict("forum.errors.closed")
        parent = _parent_of(forum, new.parent)
        if parent is None and not new.title:
            raise Invalid(fields={"title": ["errors.required"]})
        if parent is None and not forum.threads_by_people:
            raise Conflict("forum.errors.no-threads")
        person = writer(site_id, new.person)
        rules = rules_in_force(site_id, "forum", forum.stamp)
        if person is None:
            person = introduce(forum, new, rules)
        else:
            _slow_down(person.id)
            accept_rules(person, rules, new.rules_version)
            person = complete(forum, person, new, new.person)
        at, state = now(), first_state(forum, person)
        row = {
            "forum_id": forum.id, "person_id": person.id, "author": person.name, "body": new.body, "html": ready.html,
            "title": new.title if parent is None else "", "state": state, "marks": ",".join(ready.marks)[:100],
            "parent_id": parent.id if parent else None, "thread_id": parent.thread_id if parent else None,
            "at": at, "active_at": at,
        }  # fmt: skip
        post_id = put(_NEW_POST, row)
        if parent is None:
            store.execute(_BEGIN, {"root": post_id})
        thread_id = parent.thread_id if parent else None
        citing.put(post_id, thread_id or post_id, ready.cites)
        if state == PUBLISHED:
            publish(forum, db.session.get_one(ForumPost, post_id))
        append_audit(site_id, "person", "forum.written", f"forum:{forum.id}", post=post_id, state=state)
        unasked = state == UNCONFIRMED and not person.letters
        return {
            "post": post_id, "thread": thread_id or post_id, "state": state,
            "received_at": at.isoformat(), "petition": PETITION in ready.marks,
            "text": t(f"forum.page.sent_{'unasked' if unasked else state}", new.lang), "new_person": not new.person,
        }  # fmt: skip


def _words(site: SiteInfo) -> dict[str, tuple[str, ...]]:
    """Return the words that a site added to the lists (widgets.forum.words_console)."""
    options = widget_choice(site.id, "forum", site.stamp).options
    return {name: tuple(options.get(f"{name}_words") or ()) for name in WORD_LISTS}


def _parent_of(forum: Place, parent_id: int | None) -> ForumPost | None:
    """Return what is being answered; a reply to a reply of a reply stands beside it, two levels deep."""
    if parent_id is None:
        return None
    parent = db.session.get(ForumPost, parent_id)
    if parent is None or parent.forum_id != forum.id:
        raise NotFound("forum.errors.no-post")
    if parent.state != PUBLISHED:
        raise Conflict("forum.errors.not-public")
    root = db.session.get_one(ForumPost, parent.thread_id)
    if root.locked or root.state != PUBLISHED:
        raise Conflict("forum.errors.locked")
    if parent.parent_id is not None and parent.parent_id != parent.thread_id:
        return db.session.get_one(ForumPost, parent.parent_id)
    return parent


def _slow_down(person_id: int) -> None:
    """Refuse one person who writes faster than people do; nobody else hears of it."""
    recent = list(
        db.session.scalars(
            select(ForumPost.at)
            .where(ForumPost.person_id == person_id, ForumPost.at > now() - timedelta(hours=1))
            .order_by(ForumPost.at.desc())
        )
    )
    if len(recent) >= POSTS_AN_HOUR:
        raise RateLimited("forum.errors.too-many", retry_after_s=int((recent[-1] + timedelta(hours=1) - now()).seconds))
    if recent and (now() - recent[0]).total_seconds() < SECONDS_BETWEEN:
        raise RateLimited("forum.errors.too-fast", retry_after_s=SECONDS_BETWEEN)


def own_posts(site_id: int, token: str) -> list[ForumPost]:
    """Return what the holder of this secret wrote, the newest first."""
    person = find_person(site_id, token)
    if person is None:
        return []
    query = select(ForumPost).where(ForumPost.person_id == person.id).order_by(ForumPost.id.desc()).limit(100)
    return list(db.session.scalars(query))


def own_post(site_id: int, token: str, post_id: int) -> tuple[ForumPost, Forum]:
    person = the_person(site_id, token)
    post, forum = the_post(site_id, post_id)
    if post.person_id != person.id:
        raise NotFound("forum.errors.no-post")
    return post, forum


def edit(site_id: int, token: str, post_id: int, body: str, despite_personal: bool = False) -> dict[str, Any]:
    """Change one's own text within EDIT_FOR; it is read again, before it is public where the forum reads first."""
    site = site_info(site_id)
    html, cites = _rendered(body), citing.cited(site, body)
    title = own_post(site_id, token, post_id)[0].title
    marks = _marks(site, f"{title}\n{body}", despite_personal)
    with write():
        post, forum = own_post(site_id, token, post_id)
        if post.state in (DELETED, WITHHELD) or not is_open(forum) or now() - post.at > EDIT_FOR:
            raise Conflict("forum.errors.no-edit")
        was_public = post.state == PUBLISHED
        post.body, post.html, post.edited_at = body, html, now()
        kept = (mark for mark in post.marks.split(",") if mark and mark not in READ_MARKS)
        post.marks = ",".join(dict.fromkeys((*kept, *marks)))[:100]
        # What was decided, in a review too, was decided on other words.
        post.decided_at = post.decided_by = post.review_asked_at = post.review_done_at = None
        citing.put(post.id, post.thread_id or post.id, cites, anew=True)
        if was_public and forum.moderation == "before":
            post.state = WAITING
            count_replies(post)
        if was_public:
            touch(forum, post)
        append_audit(site_id, "person", "forum.edited", f"forum:{forum.id}", post=post.id)
        return {"post": post.id, "state": post.state, "text": t(f"forum.page.sent_{post.state}")}


def delete(site_id: int, token: str, post_id: int) -> dict[str, Any]:
    """Take one's own words away; the place in the thread stays, so that the answers to it keep their sense."""
    with write():
        post, forum = own_post(site_id, token, post_id)
        if post.state != DELETED:
            post.state, post.body, post.html, post.title = DELETED, "", "", ""
            post.author = ""
            citing.put(post.id, post.thread_id or post.id, citing.NOTHING, anew=True)
            count_replies(post)
            touch(forum, post)
            append_audit(site_id, "person", "forum.deleted", f"forum:{forum.id}", post=post.id)
        return {"post": post.id, "state": DELETED}


def ask_review(site_id: int, token: str, post_id: int) -> dict[str, Any]:
    """Ask for another person's look at one's withheld contribution, once."""
    with write():
        return _ask_review(*own_post(site_id, token, post_id))


def withheld_of(site_id: int, link: str) -> tuple[ForumPost, Forum]:
    """Return the contribution that the letter with this link told of, whoever's browser it is opened in."""
    found = links.read(REVIEW, REVIEW, link, links.YEARS_S)
    post, forum = the_post(site_id, found[0]) if found else (None, None)
    if found is None or post is None or forum is None or post.person_id != found[1]:
        raise NotFound("forum.errors.review-link")
    return post, forum


def ask_review_by_link(site_id: int, link: str) -> None:
    """The same by the link of the letter: who wrote without script, or elsewhere, has no other way."""
    with write():
        _ask_review(*withheld_of(site_id, link))


def _ask_review(post: ForumPost, forum: Forum) -> dict[str, Any]:
    if post.state != WITHHELD:
        raise Conflict("forum.errors.no-review")
    if post.review_asked_at is None:
        post.review_asked_at = now()
        append_audit(forum.site_id, "person", "forum.review-asked", f"forum:{forum.id}", post=post.id)
    return {"post": post.id, "asked_at": post.review_asked_at.isoformat()}
