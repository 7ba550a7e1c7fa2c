"""Who is written to, when, and only once: runs of rows, a batch of them a transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import case, delete, exists, func, insert, literal, or_, select

from app.clock import now
from app.content import service as content
from app.content.models import Publication
from app.content.render import to_text
from app.dates import date_words
from app.db import db, write
from app.mail import outbox
from app.mail.models import Mail
from app.sites.models import Site
from app.sites.service import SiteInfo, all_sites, widget_choice
from app.words import t
from widgets.subscribe import links
from widgets.subscribe.models import Delivery, Run, Subscriber, SubscriberTopic
from widgets.subscribe.service import ACTIVE, PROVIDER_OF

SEND = "subscribe.send"
# Mails of a batch, and how many of them to one provider: what a batch leaves waits for the next, and a batch waits for
# the one before it to be on its way, so that a petition's acknowledgement never stands behind ten thousand newsletters
# and no provider takes us for a flood.
BATCH = 50
PER_DOMAIN = 25
PAUSE = timedelta(seconds=2)
LONGEST_TEXT = 1500
MOST_ITEMS = 50
MARGIN = timedelta(minutes=1)
MAILS_KEPT = timedelta(days=60)


# Planning


def announce(publication_id: int) -> None:
    """Begin the run of a publication that has just become public; asked twice, it is still one run."""
    row = content.live_one(publication_id)
    if row is None:
        return
    site_id, topic_id, shown_at = row.site_id, row.topic_id, row.live_at or now()
    wants = or_(
        Subscriber.all_topics,
        exists().where(SubscriberTopic.subscriber_id == Subscriber.id, SubscriberTopic.topic_id == topic_id),
    )
    _begin(site_id, "immediate", f"publication:{publication_id}", None, shown_at, wants, publication_id)


def _begin(
    site_id: int, frequency: str, slot: str, since: datetime | None, until: datetime, wants: Any,
    publication_id: int | None = None, *, empty: bool = False,
) -> None:  # fmt: skip
    with write():
        if db.session.scalar(select(Run.id).where(Run.site_id == site_id, Run.slot == slot)) is not None:
            return
        run = Run(
            site_id=site_id, frequency=frequency, slot=slot, since=since, until=until, publication_id=publication_id
        )
        db.session.add(run)
        db.session.flush()
        if not empty:
            provider = case(PROVIDER_OF, value=Subscriber.domain, else_=Subscriber.domain)
            who = select(literal(run.id), Subscriber.id, provider, literal("waiting")).where(
                Subscriber.site_id == site_id, Subscriber.state == ACTIVE, Subscriber.frequency == frequency, wants
            )
            db.session.execute(insert(Delivery).from_select(["run_id", "subscriber_id", "domain", "state"], who))
            run.total = int(db.session.scalar(select(func.count()).where(Delivery.run_id == run.id)) or 0)
        if run.total:
            current_app.extensions["ventanilla"].jobs.enqueue(SEND, {"run": run.id})
        else:
            run.state, run.done_at = "empty" if empty else "done", now()


def plan_digests(_payload: dict[str, Any]) -> None:
    """Begin the digests whose hour has come in their site's zone; a day without news sends nothing."""
    for site in all_sites():
        options = widget_choice(site.id, "subscribe").options
        local = now().astimezone(ZoneInfo(site.timezone))
        if local.hour < int(options.get("hour", 7)):
            continue
        _plan(site, "daily", f"daily:{local:%Y-%m-%d}", timedelta(days=1))
        if local.weekday() == int(options.get("weekday", 0)):
            _plan(site, "weekly", f"weekly:{local:%G-%V}", timedelta(days=7))


def _plan(site: SiteInfo, frequency: str, slot: str, span: timedelta) -> None:
    known = select(Run.id).where(Run.site_id == site.id, Run.slot == slot)
    if db.session.scalar(known) is not None:
        return
    # A publication whose transaction is still open may carry an earlier moment: it belongs to the next digest.
    until = now() - MARGIN
    last = db.session.scalar(select(func.max(Run.until)).where(Run.site_id == site.id, Run.frequency == frequency))
    # From where the last one ended: after an outage nothing is left out, however long it was.
    since = last or until - span
    items = content.live(site.id, since=since, until=until, limit=1)
    _begin(site.id, frequency, slot, since, until, literal(True), empty=not items)


# Sending


def send_batch(payload: dict[str, Any]) -> None:
    """Queue the next mails of a run, in one transaction with the rows that say so and with the next batch."""
    with write():
        run = db.session.get(Run, payload["run"], with_for_update=True)
        if run is None or run.state != "sending":
            return
        site = db.session.get_one(Site, run.site_id)
        compose = _composer(run, site)
        for delivery, subscriber in _next(run.id, BATCH - _on_the_way(run.id)):
            text = compose(subscriber) if subscriber.state == ACTIVE else None
            if text is None:
                delivery.state = "skipped"
                continue
            delivery.state, delivery.mail_id = "queued", _queue(site, subscriber, *text)
        db.session.flush()
        left = select(Delivery.id).where(Delivery.run_id == run.id, Delivery.state == "waiting").limit(1)
        if db.session.scalar(left) is None:
            run.state, run.done_at = "done", now()
        else:
            current_app.extensions["ventanilla"].jobs.enqueue(SEND, {"run": run.id}, at=now() + PAUSE)


def _on_the_way(run_id: int) -> int:
    """Return how many mails of a run stand in the outbox and were not tried yet."""
    query = (
        select(func.count())
        .select_from(Delivery)
        .join(Mail, Mail.id == Delivery.mail_id)
        .where(Delivery.run_id == run_id, Delivery.state == "queued", Mail.state == "queued", Mail.attempts == 0)
    )
    return int(db.session.scalar(query) or 0)


def _next(run_id: int, most: int) -> list[tuple[Delivery, Subscriber]]:
    """Return whose turn it is: so many of each provider, however they stand in line."""
    turn = func.row_number().over(partition_by=Delivery.domain, order_by=Delivery.id)
    lined = select(Delivery.id, turn.label("turn")).where(Delivery.run_id == run_id, Delivery.state == "waiting")
    line = lined.subquery()
    rows = db.session.execute(
        select(Delivery, Subscriber)
        .join(line, line.c.id == Delivery.id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(line.c.turn <= PER_DOMAIN)
        .order_by(Delivery.id)
        .limit(max(most, 0))
    )
    return [(delivery, subscriber) for delivery, subscriber in rows]


Composer = Callable[[Subscriber], "tuple[str, str] | None"]


def _composer(run: Run, site: Site) -> Composer:
    """Return what writes (subject, text) for a subscriber of a run, or None when there is nothing for them."""
    if run.publication_id is not None:
        row = content.live_one(run.publication_id)
        items = [row] if row else []
    else:
        items = content.live(site.id, since=run.since, until=run.until, limit=MOST_ITEMS)
    known: dict[tuple[frozenset[int] | None, str], tuple[str, str] | None] = {}

    def compose(subscriber: Subscriber) -> tuple[str, str] | None:
        topics = None if subscriber.all_topics else _topics_of(subscriber.id)
        key = (topics, subscriber.lang)
        if key not in known:
            wanted = [item for item in items if topics is None or item.topic_id in topics]
            known[key] = _text(run, site, wanted, subscriber.lang) if wanted else None
        return known[key]

    return compose


def _topics_of(subscriber_id: int) -> frozenset[int]:
    query = select(SubscriberTopic.topic_id).where(SubscriberTopic.subscriber_id == subscriber_id)
    return frozenset(db.session.scalars(query))


def _url(site: Site, item: Publication) -> str:
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return item.link or f"{base}/{site.key}/news/{item.slug}"


def _text(run: Run, site: Site, items: list[Publication], lang: str) -> tuple[str, str]:
    zone = ZoneInfo(site.timezone)
    titles = content.topics_of(site.id, lang)
    if run.publication_id is not None:
        item = items[0]
        body = item.summary or to_text(item.html)[:LONGEST_TEXT]
        text = t(
            "subscribe.mail.one", lang, title=item.title, body=body, url=_url(site, item), entity=site.entity,
            topic=titles.get(item.topic_id, ""), settings=outbox.SECRET,
        )  # fmt: skip
        return item.title, text
    parts = [
        t(
            "subscribe.mail.item", lang, title=item.title, topic=titles.get(item.topic_id, ""), url=_url(site, item),
            date=date_words(item.publish_at, lang, zone), summary=item.summary,
        )
        for item in items
    ]  # fmt: skip
    subject = t(f"subscribe.mail.{run.frequency}_subject", lang, entity=site.entity, n=len(items))
    text = t("subscribe.mail.digest", lang, items="\n\n".join(parts), entity=site.entity, settings=outbox.SECRET)
    return subject, text


def _queue(site: Site, subscriber: Subscriber, subject: str, text: str) -> int:
    return outbox.enqueue(
        site, subscriber.email, subject, text, source="subscribe", source_id=subscriber.id,
        headers=headers(site, subscriber),
        secret=links.page(site.key, links.PREFERENCES, subscriber.id, subscriber.version, subscriber.lang),
    )  # fmt: skip


def headers(site: Site, subscriber: Subscriber) -> dict[str, str]:
    """Return what tells mail programs that this is a list (RFC 2919), and how to leave it."""
    domain = site.official_email.rpartition("@")[2]
    return {
        **links.leave_headers(subscriber.id, subscriber.version),
        "List-Id": f"<{site.key}.{domain}>",
        "Precedence": "bulk",
    }


# Afterwards


def purge(_payload: dict[str, Any]) -> None:
    """Forget the mails of two months ago, a thousand at a time: who got which news is nobody's business for long."""
    with write():
        old = (
            select(Mail.id)
            .where(Mail.source == "subscribe", Mail.state.in_(("sent", "failed")), Mail.created_at < now() - MAILS_KEPT)
            .limit(1000)
        )
        db.session.execute(delete(Mail).where(Mail.id.in_(old)))
