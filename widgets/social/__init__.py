"""Social: where the entity really is on social networks, as plain links; nothing of theirs is loaded (S0-7, S2-1)."""

from __future__ import annotations

from app.widget import Page, Widget
from widgets.social import demo, pages, posts, service
from widgets.social.hearing import console as hearing_console
from widgets.social.hearing import hooks, media
from widgets.social.register import capturing, replies_console
from widgets.social.register import console as register_console
from widgets.social.sheets import console as sheets_console
from widgets.social.sheets import imports, printed
from widgets.social.watch import checks
from widgets.social.watch import console as watch_console

# Each module has put its pages on the one blueprint of the leaf.
CONSOLE = (register_console, capturing, sheets_console, hearing_console, watch_console, replies_console)

WIDGET = Widget(
    name="social",
    title_key="social.page.title",
    owner="communications",
    pages=pages.bp,
    console=CONSOLE[0].bp,
    hooks=hooks.bp,
    boot=service.boot,
    navigation=(
        Page("social.console.title", "social.networks", "social.register", "share", "publish"),
        Page("social.console.reports", "social.reports", "social.reports", "share", waiting=checks.owed),
    ),
    roles={
        "social.register": ("service_officer", "communications", "administrator"),
        "social.channels": ("communications", "administrator"),
        # The form is of these two offices alone (S2-7).
        "social.reports": ("service_officer", "communications"),
    },
    documents=(printed.FORM,),
    jobs={
        imports.JOB: imports.work,
        imports.FORGET: imports.forget,
        media.JOB: media.bring,
        checks.REMIND: checks.remind,
        posts.DUE: posts.begin_due,
        posts.READ: posts.read,
    },
    every={imports.FORGET: 86_400, checks.REMIND: 300, posts.DUE: posts.EVERY_S},
    aside=(media.JOB, posts.READ),
    subscribers={"demo.opened": demo.follow},
    demo=demo.fill,
)
