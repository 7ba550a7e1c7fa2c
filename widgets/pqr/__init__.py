"""PQRSD: the form by law and the tracking of what was filed; the case itself lives in the trunk (app.cases)."""

from __future__ import annotations

from app.cases import notices
from app.widget import Page, Widget
from widgets.pqr import console, counter, demo, pages, public, service, systems

WIDGET = Widget(
    name="pqr",
    title_key="pqr.page.title",
    owner="citizen",
    public=public.bp,
    pages=pages.bp,
    systems=systems.bp,
    boot=service.boot,
    feed_entries=notices.feed_entries,
    say_party=service.say_party,
    console=console.bp,
    navigation=(Page("pqr.counter.title", "pqr.take_down", "cases.file", "user-plus"),),
    case_panel=counter.case_panel,
    documents=counter.DOCUMENTS,
    demo=demo.fill,
)
