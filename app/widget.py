"""The contract between trunk and leaf: a leaf fills what it needs, and nothing else in the trunk knows its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
from flask import Blueprint

if TYPE_CHECKING:
    from marshmallow import Schema

    from app.console.roles import Staff
    from app.documents import Template
    from app.mail.intake.reading import Letter
    from app.sites.service import SiteInfo


@dataclass(frozen=True)
class Card:
    """One number of the console's dashboard: it opens the list that it counts."""

    title_key: str
    count: int
    href: str
    tone: str = "neutral"


@dataclass(frozen=True)
class CasePanel:
    """What a leaf adds to the page of a case that came through it: where it came from, and the way back there."""

    title: str
    lines: tuple[str, ...]
    href: str = ""
    link: str = ""


@dataclass(frozen=True)
class Link:
    """A page that may be opened."""

    title: str
    href: str


@dataclass(frozen=True)
class Held:
    """One forum, survey or other thing of a leaf that people take part in, as the exercise register lists it."""

    id: int
    title: str
    state: str


@dataclass(frozen=True)
class Exercises:
    """What a leaf lets the exercise register do with what people take part in (S0-9); each inside the register's write.

    listed  everything of a site
    open    let people take part: site, id, who does it; opening what is open changes nothing
    close   take no more: the same
    count   how many contributions or answers it has: site, id
    """

    listed: Callable[[int], list[Held]]
    open: Callable[[int, int, str], None]
    close: Callable[[int, int, str], None]
    count: Callable[[int, int], int]


@dataclass(frozen=True)
class Offer:
    """What a leaf offers a person where another act ends: `key` names it in the leaf's tag, `path` is its page."""

    widget: str
    key: str
    title: str
    path: str


@dataclass(frozen=True)
class Page:
    """One entry of the console's side navigation; `permission` hides it from those who may not."""

    title_key: str
    endpoint: str
    permission: str
    icon: str
    # Under which heading of the navigation it stands: one of app.console.shell.GROUPS.
    group: str = "serve"
    # How many wait there, for a site and the offices that a person answers (None: all).
    waiting: Callable[[int, frozenset[int] | None], int] | None = None


@dataclass(frozen=True)
class Widget:
    """What a leaf brings to the house.

    name        one word, the same in folder, tag, address and words
    owner       which office answers it when a site says nothing: "citizen" or "communications" (S0-8)
    public      blueprint of the JSON API, registered under /api/<site>/<name> behind the gate
    pages       blueprint of the pages without script, registered under /<site>
    console     blueprint of the staff pages, registered under /console/<site>
    hooks       blueprint for other servers (webhooks, one-click unsubscribe): own signature, outside the gate
    systems     blueprint for other systems of the entity, under /api/<site>/systems/<name>: a key opens it
    sockets     called with the app, registers WebSocket routes
    boot        what the browser needs to know at start, for one site and language
    settings    schema of the options a site may set
    navigation  pages of the console
    roles       permission of the console -> the roles that hold it
    cards       numbers of the dashboard, for a site and the offices that a person sees (None: all)
    feed_entries what the site's feeds tell of it: app.content.entries.FeedEntry, for a site
    cited_in    where people talk of a publication, for its own page: site, id of the publication
    head_lines  lines for the <head> of the host's pages, for a site and language; the snippet page shows them
    jobs        kind of job -> handler of its payload
    every       kind of job -> seconds between two runs
    aside       kinds of job that wait for the servers of others: beside the worker, so that they hold up no letter
    subscribers name of an event of app.events -> function
    cli         commands under `ventanilla <name>`
    case_panel  what the leaf knows of a case that came through it, for the case page; None where it knows nothing
    say_party   the words of a person's datum that the leaf's form gave as a code (field, value, language), or None
    claim_mail  makes something of a mail that came in, inside the running write: (source, id), or None to leave it
    documents   kinds of printed document, made by app.documents
    exercises   what the register of participation may open, close and count
    offers      what it offers a person at a moment ("chat", "case") under tags: site, moment, tags, language
    demo        fills the demo, through the service's own verbs
    warm        what the first visitor would wait for otherwise; once a worker, in a thread, while it serves already
    """

    name: str
    title_key: str
    owner: str = "citizen"
    public: Blueprint | None = None
    pages: Blueprint | None = None
    console: Blueprint | None = None
    hooks: Blueprint | None = None
    systems: Blueprint | None = None
    sockets: Callable[[Any], None] | None = None
    boot: Callable[[SiteInfo, str], dict[str, Any]] | None = None
    settings: type[Schema] | None = None
    navigation: tuple[Page, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cards: Callable[[int, frozenset[int] | None], list[Card]] | None = None
    jobs: Mapping[str, Callable[[dict[str, Any]], None]] = field(default_factory=dict)
    every: Mapping[str, int] = field(default_factory=dict)
    aside: tuple[str, ...] = ()
    subscribers: Mapping[str, Callable[..., None]] = field(default_factory=dict)
    search_documents: Callable[[int], Any] | None = None
    feed_entries: Callable[[int], Any] | None = None
    cited_in: Callable[[SiteInfo, int], list[Link]] | None = None
    head_lines: Callable[[SiteInfo, str], list[str]] | None = None
    claim_mail: Callable[[Letter], tuple[str, int] | None] | None = None
    case_panel: Callable[[SiteInfo, int, Staff, str], CasePanel | None] | None = None
    say_party: Callable[[str, str, str], str | None] | None = None
    documents: tuple[Template, ...] = ()
    exercises: Exercises | None = None
    offers: Callable[[int, str, tuple[str, ...], str], list[Offer]] | None = None
    cli: click.Group | None = None
    demo: Callable[[Any], None] | None = None
    warm: Callable[[], None] | None = None
    export_person: Callable[[int, str], Any] | None = None
    erase_person: Callable[[int, str], int] | None = None
    element: bool = True
