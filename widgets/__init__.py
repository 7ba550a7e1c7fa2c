"""The leaves: one folder a widget, and the one shared line that names them."""

from __future__ import annotations

from app.widget import Widget
from widgets import chat, contact, forum, pqr, search, social, subscribe, survey

ALL: tuple[Widget, ...] = (
    chat.WIDGET,
    contact.WIDGET,
    forum.WIDGET,
    pqr.WIDGET,
    search.WIDGET,
    social.WIDGET,
    subscribe.WIDGET,
    survey.WIDGET,
)
