"""The full text of cases, in the store itself: FTS5 on SQLite, tsvector on PostgreSQL, written with the case.

A reserved person's name and document are left out: a search for them that found the case would say who it is.
"""

from __future__ import annotations

import re
from typing import Any

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


def index_case(case: Case, party: CaseParty | None) -> None:
    """Put a case's words in place of those that were there, inside the running write."""
    if not in_write():
        raise RuntimeError("index_case outside write()")
    shown = party if party is not None and case.identity == "identified" else None
    person = f"{shown.name} {shown.represented_name}" if shown else ""
    number = shown.document_number.replace(".", "") if shown else ""
    words = {
        # The sequence without its zeros too: nobody types them.
        "radicado": f"{case.radicado} {case.sequence}",
        "subject": fold(case.subject),
        "person": fold(person),
        "document": fold(number),
    }
    _replace(case.id, words)


def _replace(case_id: int, words: dict[str, Any]) -> None:
    session, row = db.session, {"id": case_id, **words}
    session.execute(text("DELETE FROM case_search WHERE rowid = :id"), {"id": case_id})
    if db.engine.dialect.name == "sqlite":
        session.execute(
            text(
                "INSERT INTO case_search (rowid, radicado, subject, person, document)"
                " VALUES (:id, :radicado, :subject, :person, :document)"
            ),
            row,
        )
        return
    session.execute(
        text("INSERT INTO case_search (rowid, words) VALUES (:id, to_tsvector('simple', :all))"),
        {"id": case_id, "all": " ".join(words.values())},
    )


def index_again(case_id: int) -> None:
    """Index a case as it is now: after its subject or its person changed, or was erased."""
    case = db.session.get_one(Case, case_id)
    index_case(case, db.session.scalar(select(CaseParty).where(CaseParty.case_id == case_id)))
