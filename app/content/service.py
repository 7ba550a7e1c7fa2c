"""The verbs of content: write, publish, schedule, withdraw. What people see and what is searched change together."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, or_, select

from app import files
from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.content import documents
from app.content.entries import Enclosure
from app.content.models import KINDS, Faq, Generation, Image, Publication, Topic
from app.content.render import pictures_in, to_html
from app.content.slugs import slug_of
from app.db import db, in_write, write
from app.errors import Conflict, Invalid, NotFound
from app.sanitize import clean_text
from app.search import feeding
from app.sites.models import Office, Site
from app.words import LANGUAGES, t

ANNOUNCE = "content.announce"
REFRESH = "content.refresh"
FIRST_TOPICS = ("news", "notices", "calls")


@dataclass(frozen=True)
class FaqText:
    question: str
    answer: str
    office: str = ""
    lang: str = "es"
    published: bool = True
    position: int = 0
    review_on: date | None = None


@dataclass(frozen=True)
class PublicationText:
    """A publication as it is written. `publish_at` None publishes at once when it is published."""

    title: str
    body: str
    topic_id: int
    kind: str = "news"
    summary: str = ""
    lang: str = "es"
    publish_at: datetime | None = None
    expires_at: datetime | None = None
    review_on: date | None = None
    audio: Enclosure | None = None


# Generations


def touch(site_id: int) -> None:
    """Tell every cache, inside the running write, that the public content of a site changed."""
    if not in_write():
        raise RuntimeError("touch outside write()")
    row = db.session.get(Generation, site_id, with_for_update=True)
    if row is None:
        row = Generation(site_id=site_id, number=0)
        db.session.add(row)
    row.number, row.changed_at = row.number + 1, now()


def generation(site_id: int) -> tuple[int, datetime | None]:
    """Return how often the public content of a site has changed, and when it last did."""
    row = db.session.execute(
        select(Generation.number, Generation.changed_at).where(Generation.site_id == site_id)
    ).first()
    return (row[0], row[1]) if row else (0, None)


def _site(site_id: int) -> Site:
    site = db.session.get(Site, site_id)
    if site is None:
        raise NotFound
    return site


# Topics


def ensure_topics(site_id: int) -> list[Topic]:
    """Return the topics of a site; the first three are made when somebody first looks for them in the console."""
    found = topics(site_id)
    if found:
        return found
    with write():
        for position, key in enumerate(FIRST_TOPICS):
            titles = [t(f"content.first_topics.{key}", lang) for lang in LANGUAGES]
            db.session.add(
                Topic(site_id=site_id, key=slug_of(titles[0]), title=titles[0], title_en=titles[1], position=position)
            )
    return topics(site_id)


def topics_of(site_id: int, lang: str) -> dict[int, str]:
    """Return the titles of a site's topics in a language, by id, in their order."""
    return {topic.id: (lang == "en" and topic.title_en) or topic.title for topic in topics(site_id)}


def topics(site_id: int) -> list[Topic]:
    query = select(Topic).where(Topic.site_id == site_id).order_by(Topic.position, Topic.id)
    return list(db.session.scalars(query))


def save_topic(staff: Staff, site_id: int, title: str, title_en: str = "", topic_id: int | None = None) -> int:
    """Create or rename a topic; its key stays, since feeds that people follow have it in their address."""
    staff.require("content.write", site_id)
    if not title.strip():
        raise Invalid(fields={"title": ["errors.required"]})
    with write():
        if topic_id is None:
            count = db.session.scalar(select(func.count()).where(Topic.site_id == site_id)) or 0
            taken = set(db.session.scalars(select(Topic.key).where(Topic.site_id == site_id)))
            topic = Topic(site_id=site_id, key=free_slug(slug_of(title)[:36], taken), position=int(count))
            db.session.add(topic)
        else:
            found = db.session.get(Topic, topic_id)
            if found is None or found.site_id != site_id:
                raise NotFound
            topic = found
        topic.title, topic.title_en = title.strip()[:80], title_en.strip()[:80]
        touch(site_id)
        db.session.flush()
        append_audit(site_id, staff.actor, "content.topic_saved", f"topic:{topic.id}")
        return topic.id


def topic_of(site_id: int, topic_id: int) -> Topic:
    topic = db.session.get(Topic, topic_id)
    if topic is None or topic.site_id != site_id:
        raise Invalid(fields={"topic": ["errors.choice"]})
    return topic


def free_slug(wanted: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    number = 1
    slug = wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


# Frequent questions


def save_faq(staff: Staff, site_id: int, text: FaqText, faq_id: int | None = None) -> int:
    """Create or change a question; a published one is searched from the commit on."""
    staff.require("content.write", site_id)
    missing = {name: ["errors.required"] for name in ("question", "answer") if not getattr(text, name).strip()}
    if text.lang not in LANGUAGES:
        missing["lang"] = ["errors.choice"]
    if missing:
        raise Invalid(fields=missing)
    answer = clean_text(text.answer, multiline=True)
    html = to_html(answer)
    with write():
        site = _site(site_id)
        office = _office(site_id, text.office)
        faq = Faq(site_id=site_id) if faq_id is None else _faq(site_id, faq_id)
        faq.question, faq.answer, faq.html = clean_text(text.question, 200), answer, html
        faq.office_id, faq.lang = office.id if office else None, text.lang
        faq.published, faq.position, faq.changed_at = text.published, text.position, now()
        faq.review_on = text.review_on
        db.session.add(faq)
        db.session.flush()
        if faq.published:
            feeding.put(site_id, documents.of_faq(faq, site.key, office.code if office else None))
        else:
            feeding.drop(documents.faq_id(faq.id))
        touch(site_id)
        append_audit(site_id, staff.actor, "content.faq_saved", f"faq:{faq.id}", published=faq.published)
        return faq.id


def delete_faq(staff: Staff, site_id: int, faq_id: int) -> None:
    staff.require("content.write", site_id)
    with write():
        faq = _faq(site_id, faq_id)
        db.session.delete(faq)
        feeding.drop(documents.faq_id(faq_id))
        touch(site_id)
        append_audit(site_id, staff.actor, "content.faq_deleted", f"faq:{faq_id}")


def _faq(site_id: int, faq_id: int) -> Faq:
    faq = db.session.get(Faq, faq_id)
    if faq is None or faq.site_id != site_id:
        raise NotFound
    return faq


def _office(site_id: int, code: str) -> Office | None:
    if not code:
        return None
    office = db.session.scalar(select(Office).where(Office.site_id == site_id, Office.code == code))
    if office is None:
        raise Invalid(fields={"office": ["errors.choice"]})
    return office


def faq(site_id: int, faq_id: int) -> Faq:
    return _faq(site_id, faq_id)


def faqs(site_id: int, *, only_published: bool = True) -> list[Faq]:
    query = select(Faq).where(Faq.site_id == site_id).order_by(Faq.position, Faq.id)
    return list(db.session.scalars(query.where(Faq.published) if only_published else query))


# Publications


def save_publication(staff: Staff, site_id: int, text: PublicationText, publication_id: int | None = None) -> int:
    """Create a draft, or change a publication and whatever people see of it. Returns its id.

    Raises Invalid for a picture that is not the publication's own, or an expiry before the beginning.
    """
    staff.require("content.write", site_id)
    wrong = {name: ["errors.required"] for name in ("title", "body") if not getattr(text, name).strip()}
    if text.lang not in LANGUAGES:
        wrong["lang"] = ["errors.choice"]
    if text.kind not in KINDS:
        wrong["kind"] = ["errors.choice"]
    if text.expires_at is not None and text.expires_at <= (text.publish_at or now()):
        wrong["expires_at"] = ["content.console.expires_before"]
    if wrong:
        raise Invalid(fields=wrong)
    key = _site(site_id).key
    alts = _alts(publication_id)
    # A control character that came with a paste would make every feed of the site unreadable.
    title, summary = clean_text(text.title, 200), clean_text(text.summary, 500)
    body = clean_text(text.body, multiline=True)
    if unknown := pictures_in(body) - set(alts):
        raise Invalid(fields={"body": [f"content.console.no_such_image|number={min(unknown)}"]})
    html = _draw(key, body, alts)
    with write():
        topic_of(site_id, text.topic_id)
        if publication_id is None:
            taken = db.session.scalars(select(Publication.slug).where(Publication.site_id == site_id))
            row = Publication(
                site_id=site_id, uid=str(uuid.uuid4()), slug=free_slug(slug_of(title), taken), author_id=staff.id
            )
            db.session.add(row)
        else:
            row = _publication(site_id, publication_id)
        row.title, row.summary, row.body, row.html = title, summary, body, html
        row.kind, row.topic_id, row.lang, row.expires_at = text.kind, text.topic_id, text.lang, text.expires_at
        row.review_on, audio = text.review_on, text.audio or Enclosure("", "", 0)
        row.audio_url, row.audio_type, row.audio_bytes = audio.url, audio.media_type, audio.size_bytes
        if text.publish_at is not None:
            row.publish_at = text.publish_at
        row.changed_at = now()
        db.session.flush()
        settle(row, key)
        append_audit(site_id, staff.actor, "content.saved", f"publication:{row.id}", state=row.state)
        return row.id


def _alts(publication_id: int | None) -> dict[int, str]:
    if publication_id is None:
        return {}
    rows = db.session.execute(select(Image.id, Image.alt).where(Image.publication_id == publication_id))
    return {row.id: row.alt for row in rows}


def _draw(site_key: str, body: str, alts: dict[int, str]) -> str:
    def picture(number: int, typed: str) -> tuple[str, str] | None:
        return (f"/{site_key}/images/{number}", typed.strip() or alts[number]) if number in alts else None

    return to_html(body, picture)


def set_state(staff: Staff, site_id: int, publication_id: int, state: str) -> None:
    """Publish, withdraw, or make a draft again. Publishing with a date in the future schedules it."""
    staff.require("content.write", site_id)
    if state not in {"draft", "published", "withdrawn"}:
        raise Invalid(fields={"state": ["errors.choice"]})
    with write():
        row = _publication(site_id, publication_id)
        if state == row.state:
            return
        if state == "published":
            # Written yesterday and published today is today's news; a date ahead stays as it was set.
            row.publish_at = max(row.publish_at, now()) if row.live_at is None else row.publish_at
            if row.expires_at is not None and row.expires_at <= now():
                raise Conflict("content.console.expires_before")
        row.state, row.changed_at = state, now()
        settle(row, _site(site_id).key)
        append_audit(site_id, staff.actor, f"content.{state}", f"publication:{row.id}")


def settle(row: Publication, site_key: str) -> None:
    """Bring what people see of a publication up to its state and the clock, inside the running write."""
    moment = now()
    is_over = row.expires_at is not None and row.expires_at <= moment
    visible = row.state == "published" and row.publish_at <= moment and not is_over
    jobs = current_app.extensions["ventanilla"].jobs
    if visible or row.live:
        touch(row.site_id)
    if visible:
        if not row.link:
            # What stands on the host's own site is found there: the crawler reads it.
            feeding.put(row.site_id, documents.of_publication(row, site_key))
        if row.live_at is None:
            row.live_at = moment
            # A job, not a signal: who subscribed must hear of it though the process dies after this commit.
            jobs.enqueue(ANNOUNCE, {"publication": row.id}, dedupe=f"{ANNOUNCE}:{row.id}")
    elif row.live:
        feeding.drop(documents.publication_id(row.id))
    row.live = visible
    if row.state == "published":
        for when in (row.publish_at, row.expires_at):
            if when is not None and when > moment:
                jobs.enqueue(REFRESH, {}, dedupe=f"{REFRESH}:{row.id}:{int(when.timestamp())}", at=when)


def refresh(_payload: dict[str, Any]) -> None:
    """Show what is due and take away what has expired; a job of every minute and of each date set."""
    moment = now()
    due = (Publication.state == "published") & (Publication.publish_at <= moment)
    over = Publication.expires_at <= moment
    query = select(Publication.id).where(
        or_(Publication.live.is_(False) & due & or_(Publication.expires_at.is_(None), ~over), Publication.live & over)
    )
    for publication_id in list(db.session.scalars(query)):
        with write():
            row = db.session.get(Publication, publication_id)
            if row is not None:
                settle(row, _site(row.site_id).key)


def announce(payload: dict[str, Any]) -> None:
    """Tell the leaves, once at least, that a publication is there for everyone to see."""
    from app import events

    events.send("content.published", publication_id=payload["publication"])


def delete_publication(staff: Staff, site_id: int, publication_id: int) -> None:
    """Delete a draft that nobody ever saw; what was public is withdrawn and stays in the record."""
    staff.require("content.write", site_id)
    with write():
        row = _publication(site_id, publication_id)
        if row.live_at is not None:
            raise Conflict("content.console.was_public")
        db.session.execute(delete(Image).where(Image.publication_id == publication_id))
        db.session.delete(row)
        append_audit(site_id, staff.actor, "content.deleted", f"publication:{publication_id}")


def _publication(site_id: int, publication_id: int) -> Publication:
    row = db.session.get(Publication, publication_id)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def publication(site_id: int, publication_id: int) -> Publication:
    return _publication(site_id, publication_id)


def add_image(staff: Staff, site_id: int, publication_id: int, receipt: str, alt: str) -> int:
    """Give a publication a picture that was uploaded, with the text that stands for it. Raises Invalid without one."""
    staff.require("content.write", site_id)
    if not alt.strip():
        raise Invalid(fields={"alt": ["content.console.alt_missing"]})
    with write():
        row = _publication(site_id, publication_id)
        [file] = files.claim(site_id, [receipt], "publication", row.id)
        if not file.media_type.startswith("image/"):
            raise Invalid(fields={"image": ["content.console.not_an_image"]})
        image = Image(publication_id=row.id, file_id=file.id, alt=alt.strip()[:300])
        db.session.add(image)
        db.session.flush()
        append_audit(site_id, staff.actor, "content.image_added", f"publication:{row.id}")
        return image.id


def images(publication_id: int) -> list[Image]:
    return list(db.session.scalars(select(Image).where(Image.publication_id == publication_id).order_by(Image.id)))


def image_file(site_id: int, image_id: int, *, only_live: bool = True) -> files.FileInfo:
    """Return the file of a picture; NotFound where its publication is not to be seen."""
    row = db.session.execute(
        select(Image.file_id, Publication.id, Publication.live)
        .join(Publication, Publication.id == Image.publication_id)
        .where(Image.id == image_id, Publication.site_id == site_id)
    ).first()
    if row is None or (only_live and not row[2]):
        raise NotFound
    found = files.find_file(row[0], "publication", [row[1]])
    if found is None:
        raise NotFound
    return found


def publications(site_id: int, *, state: str = "", limit: int = 200) -> list[Publication]:
    """Return the publications of a site for its staff, the newest first."""
    query = select(Publication).where(Publication.site_id == site_id)
    if state:
        query = query.where(Publication.state == state)
    return list(db.session.scalars(query.order_by(Publication.changed_at.desc(), Publication.id.desc()).limit(limit)))


def live(
    site_id: int, *, topic_id: int | None = None, since: datetime | None = None, until: datetime | None = None,
    limit: int = 50, offset: int = 0,
) -> list[Publication]:  # fmt: skip
    """Return what people see now, the newest first; `since` and `until` bound when they first saw it."""
    query = select(Publication).where(Publication.site_id == site_id, Publication.live)
    if topic_id is not None:
        query = query.where(Publication.topic_id == topic_id)
    if since is not None:
        query = query.where(Publication.live_at > since)
    if until is not None:
        query = query.where(Publication.live_at <= until)
    newest = query.order_by(Publication.publish_at.desc(), Publication.id.desc())
    return list(db.session.scalars(newest.limit(limit).offset(offset)))


def live_by_slug(site_id: int, slug: str) -> Publication:
    row = db.session.scalar(
        select(Publication).where(Publication.site_id == site_id, Publication.slug == slug, Publication.live)
    )
    if row is None:
        raise NotFound
    return row


def live_one(publication_id: int) -> Publication | None:
    """Return a publication of any site while people see it."""
    row = db.session.get(Publication, publication_id)
    return row if row is not None and row.live else None
