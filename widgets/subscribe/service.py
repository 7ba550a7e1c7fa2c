"""The verbs of subscription: ask, confirm, choose, leave. Each is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import case, delete, func, select

from app.audit import append_audit, personal
from app.clock import now
from app.content import service as content
from app.db import db, write
from app.errors import Invalid, NotFound
from app.mail import outbox
from app.mail.models import Mail
from app.sites.models import Site
from app.sites.service import SiteInfo
from app.words import t
from widgets.subscribe import links
from widgets.subscribe.models import FREQUENCIES, Delivery, Run, Subscriber, SubscriberTopic

PENDING, ACTIVE, LEFT, SUPPRESSED = "pending", "active", "left", "suppressed"
FORMATS = ("rss", "atom", "json")
EVERYTHING = "todo"
# Mails that somebody else can cause to an address, and to a domain that is nobody's public mailbox.
AGAIN_AFTER = timedelta(minutes=10)
MOST_A_DAY = 3
MOST_TO_A_DOMAIN = 60
MOST_TO_A_PROVIDER = 2000
# Who takes mail for several domains: a provider counts what comes to all of them.
PROVIDER_OF = {
    "hotmail.com": "outlook.com", "hotmail.es": "outlook.com", "outlook.es": "outlook.com", "live.com": "outlook.com",
    "msn.com": "outlook.com", "googlemail.com": "gmail.com", "yahoo.es": "yahoo.com", "me.com": "icloud.com",
    "mac.com": "icloud.com", "protonmail.com": "proton.me", "pm.me": "proton.me",
}  # fmt: skip
PROVIDERS = frozenset(
    {"gmail.com", "hotmail.com", "outlook.com", "outlook.es", "live.com", "yahoo.com", "yahoo.es", "icloud.com",
     "hotmail.es", "proton.me", "msn.com", *PROVIDER_OF}
)  # fmt: skip
UNCONFIRMED_KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Wish:
    """What a person asks for; no topics stands for all of them."""

    email: str
    topics: tuple[int, ...] = ()
    frequency: str = "immediate"
    lang: str = "es"
    notice_version: int = 0


def boot(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return what the element and the page show: topics, feeds, and the notice of data protection."""
    return {
        "topics": [{"id": id, "title": title} for id, title in content.topics_of(site.id, lang).items()],
        "frequencies": [{"key": key, "title": t(f"subscribe.frequencies.{key}", lang)} for key in FREQUENCIES],
        "feeds": feeds(site, lang),
        "opml": f"{_base()}/{site.key}/feeds.opml",
        "notice": {
            "version": 1,
            "text": t("subscribe.page.notice", lang, entity=site.entity, email=site.official_email),
            "url": site.privacy_url,
        },
    }


def feeds(site: SiteInfo, lang: str) -> list[dict[str, Any]]:
    """Return every feed of a site: all that it publishes, then topic by topic, with an address for each format."""
    titles = content.topics_of(site.id, lang)
    rows = [(EVERYTHING, t("subscribe.page.everything", lang))]
    rows += [(topic.key, titles[topic.id]) for topic in content.topics(site.id)]
    return [
        {"key": key, "title": title, **{form: f"{_base()}/{site.key}/feeds/{key}.{form}" for form in FORMATS}}
        for key, title in rows
    ]


def _base() -> str:
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return base


def ask(site_id: int, wish: Wish, *, doubtful: bool = False) -> dict[str, Any]:
    """Take a wish, and ask the owner of the address by mail; the answer is the same whoever is subscribed already.

    The mail holds no text of whoever asked. An address gets at most three such mails a day, so that nobody can be
    bombed through us; a suppressed one, or a `doubtful` request, gets none.
    """
    with write():
        site = db.session.get_one(Site, site_id)
        _check_topics(site_id, wish.topics)
        key = wish.email.casefold()
        row = db.session.scalar(
            select(Subscriber).where(Subscriber.site_id == site_id, Subscriber.email_key == key).with_for_update()
        )
        if row is None:
            row = Subscriber(site_id=site_id, email=wish.email, email_key=key, domain=key.rpartition("@")[2])
            db.session.add(row)
            db.session.flush()
        if row.state in {PENDING, LEFT}:
            # Who is subscribed changes nothing here: anybody can type anybody's address.
            row.state, row.email, row.lang, row.notice_version = PENDING, wish.email, wish.lang, wish.notice_version
            row.asked_at = now()
            _choose(row, wish.topics, wish.frequency)
        if row.state != SUPPRESSED and not doubtful and _may_mail(row):
            _mail(site, row, "confirm" if row.state == PENDING else "already")
        append_audit(site_id, "person", "subscribe.asked", f"subscriber:{row.id}", address=personal(key))
        return {"text": t("subscribe.page.asked", wish.lang, n=links.LIFETIMES_S[links.CONFIRM] // 86400)}


def _check_topics(site_id: int, topics: tuple[int, ...]) -> None:
    if set(topics) - {topic.id for topic in content.topics(site_id)}:
        raise Invalid(fields={"topics": ["errors.choice"]})


def _choose(row: Subscriber, topics: tuple[int, ...], frequency: str) -> None:
    db.session.execute(delete(SubscriberTopic).where(SubscriberTopic.subscriber_id == row.id))
    row.frequency, row.all_topics = frequency, not topics
    db.session.add_all(SubscriberTopic(subscriber_id=row.id, topic_id=topic) for topic in dict.fromkeys(topics))
    db.session.flush()


def _may_mail(row: Subscriber) -> bool:
    moment = now()
    if row.mailed_at is not None:
        if moment - row.mailed_at < AGAIN_AFTER:
            return False
        if moment - row.mailed_at > timedelta(days=1):
            row.mailed_today = 0
        if row.mailed_today >= MOST_A_DAY:
            return False
    lately = select(func.count()).where(
        Subscriber.domain == row.domain, Subscriber.mailed_at > moment - timedelta(hours=1)
    )
    most = MOST_TO_A_PROVIDER if row.domain in PROVIDERS else MOST_TO_A_DOMAIN
    if int(db.session.scalar(lately) or 0) >= most:
        return False
    row.mailed_at, row.mailed_today = moment, row.mailed_today + 1
    return True


def _mail(site: Site, row: Subscriber, what: str) -> None:
    purpose = links.CONFIRM if what == "confirm" else links.PREFERENCES
    outbox.enqueue(
        site, row.email, t(f"subscribe.mail.{what}_subject", row.lang, entity=site.entity),
        t(f"subscribe.mail.{what}", row.lang, entity=site.entity, url=outbox.SECRET), source="subscribe",
        source_id=row.id, headers=links.leave_headers(row.id, row.version),
        secret=links.page(site.key, purpose, row.id, row.version, row.lang),
    )  # fmt: skip


def holder(site_id: int, purpose: str, token: str) -> Subscriber:
    """Return the subscriber of a link; NotFound for one that does not serve here or no more."""
    found = links.read(purpose, token)
    row = db.session.get(Subscriber, found[0]) if found else None
    if row is None or found is None or row.site_id != site_id or row.version != found[1]:
        raise NotFound("subscribe.page.bad_link")
    return row


def confirm(site_id: int, token: str) -> None:
    """Subscribe the owner of an address, who has just said so. A second time changes nothing."""
    with write():
        row = holder(site_id, links.CONFIRM, token)
        if row.state != PENDING:
            return
        row.state, row.confirmed_at, row.left_at, row.reason = ACTIVE, now(), None, ""
        append_audit(site_id, "person", "subscribe.confirmed", f"subscriber:{row.id}", notice=row.notice_version)


def choose(site_id: int, token: str, topics: tuple[int, ...], frequency: str) -> None:
    """Change topics and frequency of who holds the link."""
    with write():
        row = holder(site_id, links.PREFERENCES, token)
        if row.state != ACTIVE:
            raise NotFound("subscribe.page.bad_link")
        _check_topics(site_id, topics)
        _choose(row, topics, frequency)
        append_audit(site_id, "person", "subscribe.changed", f"subscriber:{row.id}", frequency=frequency)


def leave(purpose: str, token: str, site_id: int | None = None) -> None:
    """Unsubscribe who holds the link, at once and without another question; twice is as good as once."""
    found = links.read(purpose, token)
    with write():
        row = db.session.get(Subscriber, found[0], with_for_update=True) if found else None
        if row is None or found is None or (site_id is not None and row.site_id != site_id):
            raise NotFound("subscribe.page.bad_link")
        if row.state not in {ACTIVE, PENDING} or row.version != found[1]:
            return
        row.state, row.left_at, row.version = LEFT, now(), row.version + 1
        append_audit(row.site_id, "person", "subscribe.left", f"subscriber:{row.id}")


def suppress(subscriber_id: int, reason: str) -> None:
    """Never write to an address again: it does not exist, or its owner complained."""
    with write():
        row = db.session.get(Subscriber, subscriber_id, with_for_update=True)
        if row is None or row.state == SUPPRESSED:
            return
        row.state, row.reason = SUPPRESSED, reason[:20]
        append_audit(row.site_id, "system", "subscribe.suppressed", f"subscriber:{row.id}", reason=reason[:20])


def purge(_payload: dict[str, Any]) -> None:
    """Forget who never confirmed, and the addresses of who left a month ago."""
    moment = now()
    with write():
        db.session.execute(
            delete(Subscriber).where(Subscriber.state == PENDING, Subscriber.asked_at < moment - UNCONFIRMED_KEPT)
        )
        db.session.execute(
            delete(Subscriber).where(Subscriber.state == LEFT, Subscriber.left_at < moment - timedelta(days=30))
        )


# What a person may ask of us: Ley 1581 de 2012, art. 8


def export_person(site_id: int, email: str, actor: str = "person") -> list[dict[str, Any]]:
    """Return everything kept of an address on a site; the trail says that it was handed out, and to whom."""
    key = email.strip().casefold()
    rows = list(
        db.session.scalars(select(Subscriber).where(Subscriber.site_id == site_id, Subscriber.email_key == key))
    )
    found = [
        {
            "email": row.email, "state": row.state, "frequency": row.frequency, "topics": chosen(row),
            "asked_at": row.asked_at.isoformat(), "notice_version": row.notice_version,
            "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
            "mails": db.session.scalar(
                select(func.count()).where(Delivery.subscriber_id == row.id, Delivery.state == "queued")
            ),
        }
        for row in rows
    ]  # fmt: skip
    if found:
        with write():
            append_audit(site_id, actor, "subscribe.exported", f"site:{site_id}", address=personal(key))
    return found


def erase_person(site_id: int, email: str, actor: str = "person") -> int:
    """Delete everything kept of an address on a site, and return how many rows it was."""
    key = email.strip().casefold()
    with write():
        ids = list(
            db.session.scalars(select(Subscriber.id).where(Subscriber.site_id == site_id, Subscriber.email_key == key))
        )
        if ids:
            db.session.execute(delete(Subscriber).where(Subscriber.id.in_(ids)))
            # Their mails hold the address too, and what is on its way must not leave.
            db.session.execute(delete(Mail).where(Mail.source == "subscribe", Mail.source_id.in_(ids)))
            append_audit(site_id, actor, "subscribe.erased", f"site:{site_id}", address=personal(key))
        return len(ids)


def subscriber_id(site_id: int, email: str) -> int:
    """Return the number of an address on a site; NotFound where it is unknown."""
    key = email.strip().casefold()
    found = db.session.scalar(select(Subscriber.id).where(Subscriber.site_id == site_id, Subscriber.email_key == key))
    if found is None:
        raise NotFound
    return found


def chosen(row: Subscriber) -> list[int]:
    """Return the ids of the topics that a subscriber chose; none for all."""
    query = select(SubscriberTopic.topic_id).where(SubscriberTopic.subscriber_id == row.id)
    return list(db.session.scalars(query.order_by(SubscriberTopic.topic_id)))


# The console


def counts(site_id: int) -> dict[str, int]:
    query = select(Subscriber.state, func.count()).where(Subscriber.site_id == site_id).group_by(Subscriber.state)
    found: dict[str, int] = {row[0]: row[1] for row in db.session.execute(query)}
    return {state: found.get(state, 0) for state in (ACTIVE, PENDING, LEFT, SUPPRESSED)}


@dataclass(frozen=True)
class Progress:
    """A run as the console shows it."""

    run: Run
    sent: int
    on_the_way: int
    failed: int
    skipped: int
    title: str


def runs(site_id: int, limit: int = 30) -> list[Progress]:
    """Return the last runs with how far they are."""
    rows = list(db.session.scalars(select(Run).where(Run.site_id == site_id).order_by(Run.id.desc()).limit(limit)))
    # A mail that was forgotten meanwhile had been sent long before.
    fate = case((Delivery.state != "queued", Delivery.state), else_=func.coalesce(Mail.state, "sent"))
    counted: dict[tuple[int, str], int] = {
        (run_id, state): count
        for run_id, state, count in db.session.execute(
            select(Delivery.run_id, fate, func.count())
            .join(Mail, Mail.id == Delivery.mail_id, isouter=True)
            .where(Delivery.run_id.in_([row.id for row in rows]))
            .group_by(Delivery.run_id, fate)
        )
    }
    found = []
    for row in rows:
        publication = content.publication(site_id, row.publication_id) if row.publication_id else None
        sent, queued, failed, skipped, waiting = (
            counted.get((row.id, state), 0) for state in ("sent", "queued", "failed", "skipped", "waiting")
        )
        found.append(Progress(row, sent, queued + waiting, failed, skipped, publication.title if publication else ""))
    return found
