"""The words of the protocol, which a site may put in its own; and the answers that it adds to them (S3-5 to S3-19).

A text holds words in braces that are filled when it is used: {hour} {name} {entity} {adviser} {office} {link}
{radicado}. The desk fills what belongs to a conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app

from app.console.roles import Staff
from app.errors import Invalid
from app.sanitize import clean_text
from app.sites.service import choose_widget, site_row, widget_choice
from app.words import LANGUAGES, find, t

# In the order of a conversation. Those of DESK are sent by an adviser as they stand; the others go with an act.
DESK = ("help", "online", "unclear", "moment", "overflow_link", "overflow_file")
ACTS = ("greeting", "overflow", "offensive", "satisfactory", "thanks")
KEYS = ("greeting", *DESK, "overflow", "offensive", "satisfactory", "thanks")
MOST_OWN = 40
LONGEST = 1000


@dataclass(frozen=True)
class Timing:
    """After how many seconds the desk warns: of silence (S3-14), of a first answer that is late (S3-4)."""

    silence_s: int = 60
    target_s: int = 120


def timing(site_id: int) -> Timing:
    found = widget_choice(site_id, "chat").options.get("timing", {})
    return Timing(**{name: found[name] for name in ("silence_s", "target_s") if isinstance(found.get(name), int)})


def script(site_id: int, key: str, lang: str, **values: str) -> str:
    """Return a script in the site's words, or the protocol's, with the values in place."""
    own = widget_choice(site_id, "chat").options.get("scripts", {}).get(lang, {})
    return fill(own.get(key) or t(f"chat.scripts.{key}", lang), {"entity": site_row(site_id).entity, **values})


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its words in braces filled; not str.format, since a site's words may hold any brace."""
    for word, value in values.items():
        text = text.replace(f"{{{word}}}", value)
    return text


def for_desk(site_id: int) -> list[dict[str, Any]]:
    """Return what an adviser sends in one click, each with its shortcut, in each language of a conversation."""
    site = site_row(site_id)
    base = current_app.extensions["ventanilla"].settings.base_url
    facts = {"entity": site.entity, "link": f"{base}/{site.key}/pqr"}
    texts = {lang: {key: script(site_id, key, lang, **facts) for key in DESK} for lang in LANGUAGES}
    made = [
        {
            "key": key,
            "shortcut": t(f"chat.shortcuts.{key}", "es"),
            "text": {lang: texts[lang][key] for lang in LANGUAGES},
        }
        for key in DESK
    ]
    return made + [
        {
            "key": f"own-{number}",
            "shortcut": one["shortcut"],
            "text": {lang: fill(one.get(lang) or one["es"], facts) for lang in LANGUAGES},
        }
        for number, one in enumerate(own_answers(site_id))
    ]


def own_answers(site_id: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = widget_choice(site_id, "chat").options.get("own", [])
    return found


def in_force(site_id: int) -> dict[str, dict[str, str]]:
    """Return the site's own words by language and key; "" where the protocol's hold."""
    own = widget_choice(site_id, "chat").options.get("scripts", {})
    return {lang: {key: own.get(lang, {}).get(key, "") for key in KEYS} for lang in LANGUAGES}


def protocol(lang: str) -> dict[str, str]:
    found = find("chat.scripts", lang)
    return {key: found[key] for key in KEYS}


def save(
    staff: Staff, site_id: int, texts: Mapping[str, Mapping[str, str]], own: list[dict[str, str]], timing: Timing
) -> None:
    """Keep the site's words; an empty one gives the protocol's back. Raises Invalid."""
    staff.require("chat.supervise", site_id)
    wrong: dict[str, list[str]] = {}
    kept = {
        lang: {key: clean_text(texts.get(lang, {}).get(key, ""), multiline=True) for key in KEYS} for lang in LANGUAGES
    }
    for lang, words in kept.items():
        for key, text in words.items():
            if len(text) > LONGEST:
                wrong[f"{key}-{lang}"] = [_long(text)]
    answers = [
        {name: clean_text(one.get(name, ""), multiline=name != "shortcut") for name in ("shortcut", *LANGUAGES)}
        for one in own
        if any(one.get(name, "").strip() for name in ("shortcut", *LANGUAGES))
    ]
    taken = {t(f"chat.shortcuts.{key}", "es") for key in DESK}
    for number, one in enumerate(answers):
        if not one["es"]:
            wrong[f"own-{number}-es"] = ["errors.required"]
        for lang in LANGUAGES:
            if len(one[lang]) > LONGEST:
                wrong[f"own-{number}-{lang}"] = [_long(one[lang])]
        if not one["shortcut"].isalnum() or len(one["shortcut"]) > 20 or one["shortcut"] in taken:
            wrong[f"own-{number}-shortcut"] = ["chat.errors.shortcut"]
        taken.add(one["shortcut"])
    if len(answers) > MOST_OWN:
        wrong["own"] = ["errors.choice"]
    if not 20 <= timing.silence_s <= 600:
        wrong["silence_s"] = ["errors.choice"]
    if not 20 <= timing.target_s <= 3600:
        wrong["target_s"] = ["errors.choice"]
    if wrong:
        raise Invalid(fields=wrong)
    options = {
        **widget_choice(site_id, "chat").options,
        "scripts": {lang: {key: text for key, text in words.items() if text} for lang, words in kept.items()},
        "own": answers,
        "timing": {"silence_s": timing.silence_s, "target_s": timing.target_s},
    }
    choose_widget(site_id, "chat", staff.actor, options=options)


def _long(text: str) -> str:
    return f"errors.text-too-long|length={len(text)}|max_length={LONGEST}"
