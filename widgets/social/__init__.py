"""Social: where the entity really is on social networks, as plain links; nothing of theirs is loaded (S0-7, S2-1)."""

from __future__ import annotations

from app.widget import Page, Widget
from widgets.social import demo, pages, register, register_console, service

WIDGET = Widget(
    name="social",
    title_key="social.page.title",
    owner="communications",
    pages=pages.bp,
    console=register_console.bp,
    boot=service.boot,
    navigation=(
        Page("social.console.title", "social.networks", "social.register", "share", "publish"),
        Page("social.console.reports", "social.reports", "social.reports", "share", waiting=register.overdue),
    ),
    roles={
        "social.register": ("service_officer", "communications", "administrator"),
        # The form is of these two offices alone (S2-7).
        "social.reports": ("service_officer", "communications"),
    },
    demo=demo.fill,
)
