"""Social: where the entity really is on social networks, as plain links; nothing of theirs is loaded (S0-7, S2-1)."""

from __future__ import annotations

from app.widget import Page, Widget
from widgets.social import console, demo, pages, service

WIDGET = Widget(
    name="social",
    title_key="social.page.title",
    owner="communications",
    pages=pages.bp,
    console=console.bp,
    boot=service.boot,
    navigation=(Page("social.console.title", "social.networks", "social.register", "share", "publish"),),
    roles={"social.register": ("service_officer", "communications", "administrator")},
    demo=demo.fill,
)
