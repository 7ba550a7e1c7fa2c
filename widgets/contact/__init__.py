"""Contact: a message with files to an office, answered in a thread that goes on from a tracking page (S0-3, S1-2).

THE EXEMPLAR: the smallest complete leaf. To add a widget, copy this folder, rename, and add it to widgets.ALL.
"""

from __future__ import annotations

from app.console.roles import ANSWERERS, READERS
from app.widget import Page, Widget
from widgets.contact import console, demo, mail, pages, public, service

WIDGET = Widget(
    name="contact",
    title_key="contact.page.title",
    owner="citizen",
    public=public.bp,
    pages=pages.bp,
    console=console.bp,
    boot=service.boot,
    navigation=(Page("contact.console.title", "contact.inbox", "contact.read", "mail", waiting=service.waiting),),
    case_panel=service.case_panel,
    claim_mail=mail.claim,
    subscribers={"mail.failed": service.heed, "mail.bounced": service.heed},
    roles={"contact.read": READERS, "contact.answer": ANSWERERS},
    demo=demo.fill,
)
