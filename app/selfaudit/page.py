"""A page as an auditor meets it: its fields with their labels and choices, its links, its text."""

from __future__ import annotations

import contextvars
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import Client


@dataclass
class Control:
    """One field: its kind, its label, the values of its choices, and whether an error is tied to it."""

    kind: str
    label: str = ""
    choices: list[str] = field(default_factory=list)
    invalid: bool = False
    # Of a hidden field: what the form itself sends along.
    value: str = ""


_SELECT = re.compile(r"(<select\b[^>]*>)(.*?)</select>", re.DOTALL)
_OPTION = re.compile(r"<option\b([^>]*)>")
_VALUE = re.compile(r'\bvalue="([^"]*)"')
# The label that names no field, but stands around it.
WRAPS = " "


class _Reader(HTMLParser):
    def __init__(self, choices: Iterator[list[str]]) -> None:
        super().__init__(convert_charrefs=True)
        self._choices = choices
        self.controls: dict[str, Control] = {}
        self.ids: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.text: list[str] = []
        self.links: list[str] = []
        self.roles: set[str] = set()
        self.metas: dict[str, str] = {}
        self.buttons = 0
        self.lang = self.title = ""
        self._label = self._tag = ""
        self._wrapped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._tag = tag
        if tag == "html":
            self.lang = given.get("lang", "")
        if given.get("role"):
            self.roles.add(given["role"])
        choices = next(self._choices) if tag == "select" else []
        if tag in ("input", "select", "textarea") and given.get("name"):
            kind = given.get("type", "text") if tag == "input" else tag
            invalid = given.get("aria-invalid") == "true" and bool(given.get("aria-describedby"))
            value = given.get("value", "") if kind == "hidden" else ""
            self.controls[given["name"]] = Control(
                kind, given.get("aria-label", ""), choices, invalid=invalid, value=value
            )  # fmt: skip
            self.ids[given.get("id", "")] = given["name"]
            if self._label == WRAPS:
                self._wrapped.append(given["name"])
        elif tag == "label":
            self._label = given.get("for", WRAPS)
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "meta":
            self.metas[given.get("name", "")] = given.get("content", "")
        elif tag == "button" and given.get("type", "submit") == "submit":
            self.buttons += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            for name in self._wrapped:
                self.controls[name].label = self.labels.get(WRAPS, "")
            self.labels.pop(WRAPS, None)
            self._wrapped, self._label = [], ""

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._tag == "title":
            self.title += data.strip()
        if self._label:
            self.labels[self._label] = f"{self.labels.get(self._label, '')} {data}".strip()


@dataclass(frozen=True)
class Seen:
    """A page that was asked for: its status, headers and what stands on it."""

    path: str
    status: int
    headers: Mapping[str, str]
    controls: dict[str, Control]
    text: str
    links: list[str]
    roles: frozenset[str]
    viewport: str
    buttons: int
    lang: str = ""
    title: str = ""

    @property
    def unlabelled(self) -> list[str]:
        """Return the fields that nobody hears the name of; a group of choices has its legend."""
        kinds = ("hidden", "radio", "submit")
        return [name for name, one in self.controls.items() if one.kind not in kinds and not one.label]

    def says(self, *words: str) -> bool:
        return all(word in self.text for word in words)


def _value(attributes: str) -> str:
    found = _VALUE.search(attributes)
    return unescape(found[1]) if found else ""


def read(path: str, status: int, headers: Mapping[str, str], html: str) -> Seen:
    """Return what stands on a page."""
    # One list holds all municipalities: its options apart, the parser has a tenth of the page to read.
    choices = [[_value(tag) for tag in _OPTION.findall(inner)] for _, inner in _SELECT.findall(html)]
    reader = _Reader(iter(choices))
    reader.feed(_SELECT.sub(r"\1</select>", html))
    for name, label in reader.labels.items():
        if name in reader.ids:
            reader.controls[reader.ids[name]].label = " ".join(label.split())
    return Seen(
        path, status, {name.lower(): value for name, value in headers.items()}, reader.controls,
        " ".join(" ".join(reader.text).split()), reader.links, frozenset(reader.roles),
        reader.metas.get("viewport", ""), reader.buttons, reader.lang, reader.title,
    )  # fmt: skip


Ask = Callable[..., Seen]


def asker(app: Flask) -> Ask:
    """Return how to ask this server for one of its own public pages, as anybody would: through the whole application.

    Not by the network: from inside, a server often can't reach its own public name.
    """

    def ask(path: str, data: dict[str, Any] | None = None) -> Seen:
        client = Client(app)
        # A context of its own: the page must see nothing of the officer who asks for it.
        answer = contextvars.Context().run(client.open, path, method="POST" if data is not None else "GET", data=data)
        return read(path, answer.status_code, dict(answer.headers), answer.get_data(as_text=True))

    return ask
