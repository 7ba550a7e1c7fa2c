"""Change a survey's draft: pure functions from a definition to the next, so that nothing is half-changed."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.errors import Invalid, NotFound
from widgets.survey.definition import questions_of
from widgets.survey.questions import built_in

Definition = dict[str, Any]


def empty(title: str = "") -> Definition:
    """Return a definition with one section and nothing asked in it."""
    return {"sections": [{"key": "s1", "title": {"es": title}, "questions": []}], "last": 0}


def _copy(definition: Mapping[str, Any]) -> Definition:
    return copy.deepcopy(dict(definition))


def _next_key(definition: Definition) -> str:
    """Return a key that no question of this survey has had: answers of earlier versions keep their meaning."""
    definition["last"] = int(definition.get("last", 0)) + 1
    return f"q{definition['last']}"


def add_section(definition: Mapping[str, Any], title: Mapping[str, str]) -> Definition:
    made = _copy(definition)
    made["last_section"] = int(made.get("last_section", len(made["sections"]))) + 1
    made["sections"].append({"key": f"s{made['last_section']}", "title": dict(title), "questions": []})
    return made


def change_section(definition: Mapping[str, Any], key: str, changes: Mapping[str, Any]) -> Definition:
    made = _copy(definition)
    _section(made, key).update(changes)
    return made


def remove_section(definition: Mapping[str, Any], key: str) -> Definition:
    made = _copy(definition)
    section = _section(made, key)
    if section["questions"] or len(made["sections"]) == 1:
        raise Invalid("survey.errors.section-not-empty")
    made["sections"].remove(section)
    return made


def _section(definition: Definition, key: str) -> dict[str, Any]:
    for section in definition["sections"]:
        if section["key"] == key:
            return section
    raise NotFound


def question(definition: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return one question of a definition; NotFound where it has none of that key."""
    for one in questions_of(definition):
        if one["key"] == key:
            return one
    raise NotFound


def add_question(definition: Mapping[str, Any], section_key: str, new: Mapping[str, Any]) -> tuple[Definition, str]:
    """Return the definition with the question at the end of a section, and the key it got."""
    made = _copy(definition)
    key = _next_key(made)
    _section(made, section_key)["questions"].append({**new, "key": key})
    return made, key


def change_question(definition: Mapping[str, Any], key: str, new: Mapping[str, Any]) -> Definition:
    made = _copy(definition)
    found = question(made, key)
    found.clear()
    found.update({**new, "key": key})
    return made


def with_places(definition: Mapping[str, Any], options: list[dict[str, Any]]) -> Definition:
    """Return the definition with these options in every question that asks with the site's places."""
    made = _copy(definition)
    for one in questions_of(made):
        if one.get("from_site"):
            one["options"] = copy.deepcopy(options)
    return made


def said(texts: Mapping[str, str] | None, lang: str, text: str) -> dict[str, str]:
    """Return a text with its words in one language; "" takes those away."""
    others = {code: words for code, words in (texts or {}).items() if code != lang}
    plain = " ".join(text.split())[:2_000]
    return {**others, lang: plain} if plain else others


def places_of(definition: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield (place, what holds it, the field) of every text that is asked: s1.title, q1.text, q1.options.o1."""
    for section in definition["sections"]:
        for name in ("title", "help"):
            yield f"{section['key']}.{name}", section, name
        for question in section["questions"]:
            for name in ("text", "help"):
                yield f"{question['key']}.{name}", question, name
            for part in ("options", "rows"):
                # The names of places are theirs in every language.
                for one in [] if question.get("from_site") else question.get(part) or []:
                    yield f"{question['key']}.{part}.{one['key']}", one, "text"


def words_of(definition: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    """Yield (place, question, value, the catalogue's key) of every word that the house brings along: q1.words.yes."""
    for question in questions_of(definition):
        for value, key in built_in(question).items():
            yield f"{question['key']}.words.{value}", question, value, key


def translated(definition: Mapping[str, Any], lang: str, texts: Mapping[str, str]) -> Definition:
    """Return the definition with these texts, by place, in one language."""
    made = _copy(definition)
    for place, holder, name in places_of(made):
        if place in texts and holder.get(name):
            holder[name] = said(holder[name], lang, texts[place])
    for place, holder, value, _ in words_of(made):
        if place in texts:
            words = {**holder.get("words", {}), value: said(holder.get("words", {}).get(value), lang, texts[place])}
            holder["words"] = {one: texts for one, texts in words.items() if texts}
    return made


def remove_question(definition: Mapping[str, Any], key: str) -> Definition:
    made = _copy(definition)
    question(made, key)
    for section in made["sections"]:
        section["questions"] = [one for one in section["questions"] if one["key"] != key]
    return made


def move_question(definition: Mapping[str, Any], key: str, step: int) -> Definition:
    """Return the definition with a question one place up (-1) or down (1), over the edge of its section too."""
    made = _copy(definition)
    question(made, key)
    sections = made["sections"]
    for number, section in enumerate(sections):
        places = [one["key"] for one in section["questions"]]
        if key not in places:
            continue
        place = places.index(key)
        moved = section["questions"].pop(place)
        target = place + step
        if 0 <= target <= len(section["questions"]):
            section["questions"].insert(target, moved)
        elif target < 0 and number > 0:
            sections[number - 1]["questions"].append(moved)
        elif target > 0 and number + 1 < len(sections):
            sections[number + 1]["questions"].insert(0, moved)
        else:
            section["questions"].insert(place, moved)
        break
    return made


def options_from(lines: str, english: str, before: Iterable[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Return options from a text of one a line, keeping the keys that they had, so that conditions stay true."""
    before = list(before)
    kept = {one["text"].get("es", ""): one["key"] for one in before}
    # What was written in further languages belongs to the option, wherever it stands now.
    further = {
        one["key"]: {lang: words for lang, words in one["text"].items() if lang not in ("es", "en")} for one in before
    }
    known = set(kept.values())
    translated = [line.strip() for line in english.splitlines()]
    made: list[dict[str, Any]] = []
    seen: set[str] = set()
    last = max((int(key[1:]) for key in known if re.fullmatch(r"o\d+", key)), default=0)
    for line in lines.splitlines():
        text = " ".join(line.split())[:200]
        if not text or text in seen:
            continue
        seen.add(text)
        key = kept.get(text)
        if key is None:
            last += 1
            key = f"o{last}"
        place = len(made)
        other = translated[place] if place < len(translated) else ""
        texts = {**further.get(key, {}), "es": text, **({"en": other[:200]} if other else {})}
        made.append({"key": key, "text": texts})
    return made
