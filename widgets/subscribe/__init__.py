"""Subscription: news by topic in a reader (RSS, Atom, JSON Feed) or by mail, at once or in a digest (S0-1)."""

from __future__ import annotations

from app.widget import Page, Widget
from widgets.subscribe import console, demo, feeds, hooks, mailing, pages, public, schemas, service, undelivered, websub


def websub_and_mail(publication_id: int) -> None:
    """Begin what follows from a publication: its mails, and the hub."""
    mailing.announce(publication_id)
    websub.tell_later(publication_id)


WIDGET = Widget(
    name="subscribe",
    title_key="subscribe.page.title",
    owner="communications",
    public=public.bp,
    pages=pages.bp,
    console=console.bp,
    hooks=hooks.bp,
    boot=service.boot,
    settings=schemas.OptionsSchema,
    navigation=(Page("subscribe.console.title", "subscribe.desk", "subscribe.send", "bell", "publish"),),
    roles={"subscribe.send": ("communications", "administrator")},
    jobs={
        mailing.SEND: mailing.send_batch,
        websub.PING: websub.tell,
        "subscribe.plan": mailing.plan_digests,
        "subscribe.bounces": undelivered.count_bounces,
        "subscribe.purge": service.purge,
        "subscribe.purge_mails": mailing.purge,
    },
    every={"subscribe.plan": 300, "subscribe.bounces": 900, "subscribe.purge": 6 * 3600, "subscribe.purge_mails": 1800},
    aside=(websub.PING,),
    head_lines=feeds.alternate_lines,
    subscribers={"content.published": websub_and_mail, "mail.bounced": undelivered.heed},
    demo=demo.fill,
    export_person=service.export_person,
    erase_person=service.erase_person,
)
