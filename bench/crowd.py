"""Fills a site by SQL with so many rows of everything that a console page lists; what the benches and tests look at.

Half of what hangs on something hangs on the first of its kind, so that one thread, room, forum and survey is long.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, select

from app.db import Base, db, write

TODAY = datetime.now(UTC)
BATCH = 5_000
WRITTEN = "La vía a la vereda necesita placa huella y más alumbrado, señor alcalde."
OPTIONS = [{"key": f"o{n}", "text": {"es": f"Opción {n}"}} for n in range(1, 6)]


def _question(key: str, kind: str) -> dict[str, Any]:
    return {"key": key, "kind": kind, "required": "no", "text": {"es": f"Pregunta {key}"}, "options": OPTIONS}


QUESTIONS = [_question("q1", "single"), _question("q2", "multiple"), _question("q3", "scale"), _question("q4", "long")]
SURVEY = {"last": 4, "sections": [{"key": "s1", "title": {"es": "Única"}, "questions": QUESTIONS}]}


class Row:
    """What a row is made of: its number, chance, and the rows it may hang on."""

    def __init__(self, number: int, ids: dict[str, list[int]], rng: random.Random) -> None:
        self.n, self._ids, self.rng = number, ids, rng

    def of(self, name: str) -> int:
        """Return the first of a table for every second row, and the others by turns."""
        ids = self._ids[name]
        return ids[0] if self.n % 2 else ids[self.n % len(ids)]

    def each(self, name: str) -> int:
        """Return those of a table by turns."""
        return self._ids[name][(self.n - 1) % len(self._ids[name])]

    def one(self, *words: str) -> str:
        return self.rng.choice(words)

    def ago(self, days: float = 1500) -> datetime:
        return TODAY - timedelta(days=self.rng.random() * days)


def _chat(r: Row) -> dict[str, Any]:
    begun, lives = r.ago(), r.n % 400 == 0
    given = {"started_at": begun, "assigned_at": begun, "first_answer_at": begun + timedelta(minutes=1)}
    return {
        "key": f"c{r.n:08}",
        "secret_hash": "",
        "name": f"Luz {r.n}",
        "staff_id": r.each("users"),
        "seq": 3,
        "state": "open" if lives else "ended",
        "task": "open" if r.n % 200 == 1 else "",
        "ended_at": None if lives else begun + timedelta(minutes=9),
        "person_at": begun,
        "seen_at": begun,
        **given,
    }


def _post(r: Row) -> dict[str, Any]:
    return {
        "author": f"Luz {r.n}",
        "body": WRITTEN,
        "html": f"<p>{WRITTEN}</p>",
        "person_id": r.of("forum_people"),
        "state": "waiting" if r.n % 20 == 0 else "published",
        "at": r.ago(),
        "active_at": r.ago(),
        "flags": int(r.n % 50 == 1),
        "decided_at": r.ago(),
    }


def _report(r: Row) -> dict[str, Any]:
    said = r.ago()
    return {
        "code": f"CE-{r.n}",
        "network": r.one("facebook", "x", "instagram"),
        "interaction": "comment",
        "body": WRITTEN,
        "author": f"@luz{r.n}",
        "said_at": said,
        "hand_over_on": said.date(),
        "details": {},
        "evidence": {},
        "state": r.one("captured", "handed", "analysed"),
    }


def _values(r: Row) -> dict[str, Any]:
    return {"q1": f"o{1 + r.n % 5}", "q2": ["o1", f"o{2 + r.n % 4}"], "q3": r.n % 11, "q4": WRITTEN}


def _span(r: Row) -> dict[str, Any]:
    begins = r.ago()
    return {"starts_at": begins, "ends_at": begins + timedelta(days=1)}


def _publication(r: Row) -> dict[str, Any]:
    texts = {"title": f"Nota {r.n}", "body": WRITTEN, "html": f"<p>{WRITTEN}</p>", "slug": f"nota-{r.n}"}
    return {
        "uid": f"u{r.n}",
        "state": r.one("draft", "published"),
        "changed_at": r.ago(),
        "publish_at": r.ago(),
        **texts,
    }


def _deadline(r: Row) -> dict[str, Any]:
    return {"published_on": r.ago().date(), "until_on": r.ago().date(), "effective_on": r.ago().date()}


def _outage(r: Row) -> dict[str, Any]:
    days = {"starts_on": r.ago().date(), "ends_on": r.ago().date(), "until_on": r.ago().date()}
    return {"reason": "Caída", "declared_by": "system", **_span(r), **days}


Maker = Callable[[Row], dict[str, Any]]
# Table -> how many rows, and what stands in one beyond what the table says itself. In the order in which they hang.
ROWS: dict[str, tuple[int, Maker]] = {
    "users": (150, lambda r: {"email": f"u{r.n}@b.co", "name": f"Ana {r.n}", "fs_uniquifier": f"f{r.n}"}),
    "grants": (150, lambda r: {"user_id": r.each("users"), "role": "auditor"}),
    "places": (300, lambda r: {"key": f"v{r.n}", "name": f"Vereda {r.n}", "kind": "vereda"}),
    "saved_texts": (300, lambda r: {"title": f"Texto {r.n}", "body": WRITTEN}),
    "audit_entries": (
        200_000,
        lambda r: {
            "seq": 1_000_000 + r.n,
            "at": r.ago(),
            "actor": f"staff:{r.each('users')}",
            "action": "case.read",
            "subject": f"case:{r.n}",
            "data": {},
            "previous": "",
            "digest": "",
        },
    ),
    "mails": (
        200_000,
        lambda r: {
            "to_address": f"p{r.n}@b.co",
            "subject": "Su radicado",
            "text": WRITTEN,
            "message_id": f"<{r.n}@b.co>",
            "state": "failed" if r.n % 100 == 1 else "sent",
            "created_at": r.ago(),
            "source": "case",
            "source_id": r.n,
        },
    ),
    "mailboxes": (3, lambda r: {"name": f"buzon-{r.n}"}),
    "incoming_mails": (
        20_000,
        lambda r: {
            "uidvalidity": 1,
            "uid": r.n,
            "raw_key": "",
            "size_bytes": 1,
            "received_at": r.ago(),
            "mailbox_id": r.each("mailboxes"),
            "digest": f"d{r.n}",
        },
    ),
    "case_messages": (20_000, lambda r: {"case_id": r.of("cases"), "kind": "note", "author": "staff", "body": WRITTEN}),
    "case_events": (
        20_000,
        lambda r: {"case_id": r.of("cases"), "kind": "assigned", "actor": f"staff:{r.each('users')}"},
    ),
    "case_tasks": (20_000, lambda r: {"case_id": r.of("cases"), "kind": "phone"}),
    "case_notices": (500, lambda r: {"case_id": r.of("cases"), "message_id": r.each("case_messages"), **_deadline(r)}),
    "sui_facts": (20_000, lambda r: {"case_id": r.each("cases"), "changed_by": "system", "cause": "Facturación"}),
    "chat_conversations": (20_000, _chat),
    "chat_messages": (
        60_000,
        lambda r: {
            "conversation_id": r.each("chat_conversations"),
            "seq": 10 + r.n,
            "author": "person",
            "body": WRITTEN,
        },
    ),
    "chat_ratings": (
        10_000,
        lambda r: {
            "conversation_id": r.each("chat_conversations"),
            "kindness": 1 + r.n % 5,
            "quality": 4,
            "timeliness": 5,
            "competence": 3,
            "at": r.ago(),
        },
    ),
    "chat_shifts": (2_000, lambda r: {"staff_id": r.each("users"), "began_at": r.ago(), "ended_at": r.ago()}),
    "chat_shift_notes": (
        300,
        lambda r: {"staff_id": r.each("users"), "body": "Turno", "until": TODAY + timedelta(days=1)},
    ),
    "chat_blocks": (
        300,
        lambda r: {
            "staff_id": r.each("users"),
            "origin_hash": f"{r.n}",
            "reason": "Spam",
            "until": TODAY + timedelta(1),
        },
    ),
    "chat_rooms": (
        300,
        lambda r: {"key": f"sala-{r.n}", "topic": f"Sala {r.n}", "host_id": r.each("users"), "seq": 9_000, **_span(r)},
    ),
    "chat_room_people": (
        2_000,
        lambda r: {"room_id": r.of("chat_rooms"), "key": f"p{r.n}", "secret_hash": "", "name": f"Luz {r.n}"},
    ),
    "chat_room_messages": (
        10_000,
        lambda r: {"room_id": r.of("chat_rooms"), "seq": r.n, "name": "Luz", "body": WRITTEN, "person_id": None},
    ),
    "contact_threads": (
        20_000,
        lambda r: {
            "reference": f"B-{r.n}",
            "code_hash": "",
            "name": f"Luz {r.n}",
            "email": f"p{r.n}@b.co",
            "subject": "Vía",
            "state": "waiting" if r.n % 10 == 1 else "answered",
            "changed_at": r.ago(),
        },
    ),
    "contact_messages": (
        40_000,
        lambda r: {"thread_id": r.each("contact_threads"), "author": "person", "body": WRITTEN},
    ),
    "content_topics": (40, lambda r: {"key": f"tema-{r.n}", "title": f"Tema {r.n}"}),
    "content_faqs": (500, lambda r: {"question": f"¿Cuándo {r.n}?", "answer": WRITTEN, "html": f"<p>{WRITTEN}</p>"}),
    "content_publications": (10_000, _publication),
    "content_sources": (50, lambda r: {"url": f"https://b.co/{r.n}", "topic_id": r.each("content_topics")}),
    "participation_uses": (
        300,
        lambda r: {"tool": r.one("forum", "survey"), "title": f"Uso {r.n}", "moment": "plan", **_span(r)},
    ),
    "forum_forums": (100, lambda r: {"key": f"foro-{r.n}", "title": f"Foro {r.n}", "state": "open"}),
    "forum_people": (3_000, lambda r: {"token_hash": f"{r.n}", "name": f"Luz {r.n}"}),
    "forum_posts": (20_000, lambda r: {"forum_id": r.of("forum_forums"), "title": "Hilo", **_post(r)}),
    "forum_replies": (
        20_000,
        lambda r: {"forum_id": r.of("forum_forums"), "thread_id": r.of("forum_posts"), **_post(r)},
    ),
    "forum_flags": (
        300,
        lambda r: {"post_id": r.each("forum_posts"), "person_id": r.each("forum_people"), "reason": "spam"},
    ),
    "forum_followers": (
        3_000,
        lambda r: {"forum_id": r.of("forum_forums"), "email": f"p{r.n}@b.co", "version": r.n, "confirmed_at": TODAY},
    ),
    "survey_surveys": (
        100,
        lambda r: {
            "key": f"encuesta-{r.n}",
            "title": {"es": f"Encuesta {r.n}"},
            "draft": SURVEY,
            "version": 1,
            "state": "open",
        },
    ),
    "survey_versions": (100, lambda r: {"survey_id": r.each("survey_surveys"), "number": 1, "definition": SURVEY}),
    "survey_answers": (
        20_000,
        lambda r: {"survey_id": r.of("survey_surveys"), "version": 1, "values": _values(r), "at": r.ago()},
    ),
    "survey_codes": (5_000, lambda r: {"survey_id": r.of("survey_surveys"), "code_hash": f"{r.n}"}),
    "survey_exports": (100, lambda r: {"survey_id": r.of("survey_surveys"), "kind": "csv", "state": "done"}),
    "survey_tags": (
        5_000,
        lambda r: {
            "survey_id": r.each("survey_surveys"),
            "answer_id": r.each("survey_answers"),
            "column": "q4",
            "tag": f"t{r.n % 20}",
        },
    ),
    "social_reports": (10_000, _report),
    "social_replies": (
        10_000,
        lambda r: {"report_id": r.each("social_reports"), "body": WRITTEN, "actor": f"staff:{r.each('users')}"},
    ),
    "social_checks": (
        5_000,
        lambda r: {"network": r.one("facebook", "x"), "actor": f"staff:{r.each('users')}", "checked_at": r.ago()},
    ),
    "social_imports": (100, lambda r: {"name": f"{r.n}.xlsx", "actor": f"staff:{r.each('users')}", "state": "done"}),
    "social_channels": (20, lambda r: {"key": f"k{r.n}", "provider": "generic", "name": f"Canal {r.n}", "secret": ""}),
    "social_feeds": (10, lambda r: {"url": f"https://b.co/feed/{r.n}"}),
    "subscribe_subscribers": (
        20_000,
        lambda r: {
            "email": f"p{r.n}@b.co",
            "email_key": f"p{r.n}@b.co",
            "domain": "b.co",
            "asked_at": r.ago(),
            "state": r.one("active", "active", "pending", "left"),
        },
    ),
    "subscribe_runs": (500, lambda r: {"frequency": "daily", "slot": f"s{r.n}", "until": r.ago(), "state": "done"}),
    "subscribe_deliveries": (
        20_000,
        lambda r: {
            "run_id": r.each("subscribe_runs"),
            "subscriber_id": r.each("subscribe_subscribers"),
            "domain": "b.co",
            "state": "sent",
        },
    ),
    "search_documents": (
        10_000,
        lambda r: {
            "id": f"bench:{r.n}",
            "site": "bench",
            "kind": "page",
            "title": f"Página {r.n}",
            "body": WRITTEN,
            "url": f"https://b.co/{r.n}",
        },
    ),
    "search_asked": (
        20_000,
        lambda r: {
            "day": r.ago(365).date(),
            "text": f"predial {r.n % 3000} {r.n}"[:60],
            "key": f"predial {r.n % 3000}",
            "times": 1 + r.n % 9,
            "found": r.n % 3,
            "clicks": r.n % 2,
        },
    ),
    "search_choices": (
        300,
        lambda r: {"key": f"predial {r.n}", "text": f"predial {r.n}", "document_id": f"bench:{r.n}"},
    ),
    "search_synonyms": (300, lambda r: {"word": f"impuesto{r.n}", "other": f"predial{r.n}"}),
    "crawl_hosts": (20, lambda r: {"origin": f"https://{r.n}.b.co", "token": f"{r.n}"}),
    "crawl_pages": (10_000, lambda r: {"host_id": r.of("crawl_hosts"), "url": f"https://b.co/{r.n}", "pattern": ""}),
    "documents": (
        20_000,
        lambda r: {
            "template": "letter",
            "number": f"S-{r.n}",
            "code": f"{r.n:012}",
            "title": "Oficio",
            "content_hash": "",
            "source": "case",
            "source_id": r.n,
        },
    ),
    "memos": (
        5_000,
        lambda r: {"number": f"M-{r.n}", "author_id": r.each("users"), "subject": "Acta", "body": WRITTEN},
    ),
    "outages": (200, _outage),
    "failed_attempts": (5_000, lambda r: {"scope": "pqr", "first_at": r.ago(), "arrived_at": r.ago()}),
    "system_keys": (20, lambda r: {"name": f"Clave {r.n}", "hint": "", "key_hash": f"{r.n}", "created_by": "system"}),
    "system_hooks": (10, lambda r: {"url": f"https://b.co/hook/{r.n}", "sealed": ""}),
    "system_sends": (10_000, lambda r: {"hook_id": r.of("system_hooks"), "number": f"{r.n}"}),
    "pqr_counter_filings": (
        2_000,
        lambda r: {"case_id": r.each("cases"), "spoken": False, "taken_by": r.each("users")},
    ),
}
AS = {"forum_replies": "forum_posts"}


def crowd(site_id: int, most: int | None = None, start: int = 0) -> dict[str, int]:
    """Insert the rows, at most so many of each table from a number on; return the first id of every table."""
    ids: dict[str, list[int]] = {}
    rng = random.Random(7)
    with write():  # One for all tables: sixty commits take longer than a few rows in each.
        for name in ("cases", "offices"):
            ids[name] = _ids(Base.metadata.tables[name], site_id)
        for name, (count, make) in ROWS.items():
            target = Base.metadata.tables[AS.get(name, name)]
            numbers = range(start + 1, start + 1 + min(count, most or count))
            for rows in _batches(target, numbers, ids, rng, make, site_id):
                db.session.execute(insert(target), rows)
            if "id" in target.columns and name == target.name:
                ids[name] = _ids(target, site_id)
    return {name: found[0] for name, found in ids.items() if found}


def _batches(
    target: Table, numbers: range, ids: dict[str, list[int]], rng: random.Random, make: Maker, site_id: int
) -> Iterator[list[dict[str, Any]]]:
    # What a table asks of every row alike; the rest it says itself or its maker does.
    alike: dict[str, Any] = {"site_id": site_id} if "site_id" in target.columns else {}
    if "office_id" in target.columns and not target.columns["office_id"].nullable:
        alike["office_id"] = ids["offices"][0]
    if "topic_id" in target.columns and "content_topics" in ids:
        alike["topic_id"] = ids["content_topics"][0]
    for begin in range(numbers.start, numbers.stop, BATCH):
        yield [{**alike, **make(Row(n, ids, rng))} for n in range(begin, min(begin + BATCH, numbers.stop))]


def _ids(target: Table, site_id: int) -> list[int]:
    query = select(target.columns["id"]).order_by(target.columns["id"])
    if "site_id" in target.columns:
        query = query.where(target.columns["site_id"] == site_id)
    return list(db.session.scalars(query))
