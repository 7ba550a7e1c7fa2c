"""The contract between trunk and leaf: a leaf fills what it needs, and nothing else in the trunk knows its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
from flask import Blueprint

if TYPE_CHECKING:
    from marshmallow import Schema

    from app.sites.service import SiteInfo


@dataclass(frozen=True)
class Card:
    """One number of the console's dashboard: it opens the list that it counts."""

    title_key: str
    count: int
    href: str
    tone: str = "neutral"


@dataclass(frozen=True)
class Page:
    """One entry of the console's side navigation; `permission` hides it from those who may not."""

    title_key: str
    endpoint: str
    permission: str
    icon: str
    waiting: Callable[[int], int] | None = None


@dataclass(frozen=True)
class Widget:
    """What a leaf brings to the house.

    name        one word, the same in folder, tag, address and words
    owner       which office answers it when a site says nothing: "citizen" or "communications" (S0-8)
    public      blueprint of the JSON API, registered under /api/<site>/<name> behind the gate
    pages       blueprint of the pages without script, registered under /<site>
    console     blueprint of the staff pages, registered under /console/<site>
    hooks       blueprint for other servers (webhooks, one-click unsubscribe): own signature, outside the gate
    sockets     called with the app, registers WebSocket routes
    boot        what the browser needs to know at start, for one site and language
    settings    schema of the options a site may set
    navigation  pages of the console
    cards       numbers of the dashboard, for a site and the offices that a person sees (None: all)
    jobs        kind of job -> handler of its payload
    every       kind of job -> seconds between two runs
    subscribers name of an event of app.events -> function
    cli         commands under `ventanilla <name>`
    demo        fills the demo, through the service's own verbs
    """

    name: str
    title_key: str
    owner: str = "citizen"
    public: Blueprint | None = None
    pages: Blueprint | None = None
    console: Blueprint | None = None
    hooks: Blueprint | None = None
    sockets: Callable[[Any], None] | None = None
    boot: Callable[[SiteInfo, str], dict[str, Any]] | None = None
    settings: type[Schema] | None = None
    navigation: tuple[Page, ...] = ()
    cards: Callable[[int, frozenset[int] | None], list[Card]] | None = None
    jobs: Mapping[str, Callable[[dict[str, Any]], None]] = field(default_factory=dict)
    every: Mapping[str, int] = field(default_factory=dict)
    subscribers: Mapping[str, Callable[..., None]] = field(default_factory=dict)
    search_documents: Callable[[int], Any] | None = None
    feed_entries: Callable[[int], Any] | None = None
    claim_mail: Callable[[Any], bool] | None = None
    case_panel: Callable[[int], str] | None = None
    cli: click.Group | None = None
    demo: Callable[[Any], None] | None = None
    export_person: Callable[[int, str], Any] | None = None
    erase_person: Callable[[int, str], int] | None = None
    element: bool = True
