"""The full text of cases, in the store itself: FTS5 on SQLite, tsvector on PostgreSQL, written with the case.

A reserved person's name and document are left out: a search for them that found the case would say who it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import ColumnElement, Integer, column, select, table, text

from app.cases.models import Case, CaseParty
from app.db import db, in_write
from app.search.analysis import fold

# `rowid` is the case's id on both stores, so that one query serves both.
SEARCH = table("case_search", column("rowid", Integer))
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d[\d.]*\d")
MOST_WORDS = 8


def words_of(typed: str) -> list[str]:
    """Return the words that a search must find, folded; a document number typed with dots is one word."""
    plain = _NUMBER.sub(lambda found: found[0].replace(".", ""), typed)
    return _WORD.findall(fold(plain))[:MOST_WORDS]


def matches(typed: str) -> ColumnElement[bool] | None:
    """Return the condition that a row of SEARCH matches every word typed; None for no word.

    Words match by their beginning. Of numbers only the last does: each case of a year begins with that year, and the
    list of all of them is long to read.
    """
    words = words_of(typed)
    if not words:
        return None
    whole = [word.isdigit() and place < len(words) - 1 for place, word in enumerate(words)]
    if db.engine.dialect.name == "sqlite":
        asked = " ".join(f'"{word}"' + ("" if all_of_it else "*") for word, all_of_it in zip(words, whole, strict=True))
        return text("case_search MATCH :words").bindparams(words=asked)  # type: ignore[return-value]
    asked = " & ".join(f"'{word}'" + ("" if all_of_it else ":*") for word, all_of_it in zip(words, whole, strict=True))
    return text("case_search.words @@ to_tsquery('simple', :words)").bindparams(words=asked)  # type: ignore[return-value]


class Party(Protocol):
    """Whose names a case is found by."""

    @property
    def name(self) -> str: ...
    @property
    def represented_name(self) -> str: ...
    @property
    def document_number(self) -> str: ...


@dataclass(frozen=True)
class Shown:
    """What of a case itself is searched."""

    radicado: str
    sequence: int
    subject: str
    identity: str


_DROP = text("DELETE FROM case_search WHERE rowid = :id")
_ADD = {
    "sqlite": text(
        "INSERT INTO case_search (rowid, radicado, subject, person, document)"
        " VALUES (:id, :radicado, :subject, :person, :document)"
    ),
    "postgresql": text("INSERT INTO case_search (rowid, words) VALUES (:id, to_tsvector('simple', :all))"),
}


def index_new(case_id: int, shown: Shown, party: Party | None) -> None:
    """Make a new case's words searchable, inside the running write."""
    if not in_write():
        raise RuntimeError("index_new outside write()")
    who = party if party is not None and shown.identity == "identified" else None
    words = {
        # The sequence without its zeros too: nobody types them.
        "radicado": f"{shown.radicado} {shown.sequence}",
        "subject": fold(shown.subject),
        "person": fold(f"{who.name} {who.represented_name}") if who else "",
        "document": fold(who.document_number.replace(".", "")) if who else "",
    }
    store = db.session.connection()
    # Word by word: of "2026-100-000001" PostgreSQL's own parser makes the numbers 2026, -100 and -1.
    row = words if store.dialect.name == "sqlite" else {"all": " ".join(_WORD.findall(" ".join(words.values())))}
    store.execute(_ADD[store.dialect.name], {"id": case_id, **row})


def index_again(case_id: int) -> None:
    """Index a case as it is now: after its subject or its person changed, or was erased."""
    case = db.session.get_one(Case, case_id)
    party = db.session.scalar(select(CaseParty).where(CaseParty.case_id == case_id))
    db.session.connection().execute(_DROP, {"id": case_id})
    index_new(case_id, Shown(case.radicado, case.sequence, case.subject, case.identity), party)
