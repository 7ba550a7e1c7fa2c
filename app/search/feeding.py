"""How content reaches the index: a row in the transaction of the content itself, carried over after the commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import delete, func, select

from app.clock import now
from app.db import after_commit, db, in_write, write
from app.jobs import Job
from app.search.engine import Add, Change, Document, Remove
from app.search.models import SearchChange, SearchDocument

INDEX = "search.index"
_ROWS = 500


def put(site_id: int, document: Document) -> None:
    """Publish a document, new or changed, inside the running write; it is found after the commit."""
    row = db.session.get(SearchDocument, document.id) or SearchDocument(id=document.id)
    row.site_id, row.site, row.kind = site_id, document.site, document.kind
    row.title, row.body, row.url, row.lang = document.title[:300], document.body, document.url, document.lang
    row.published_at, row.office, row.extra = document.published_at, document.office, dict(document.extra)
    row.changed_at = now()
    db.session.add(row)
    _changed(document.id)


def drop(document_id: str) -> None:
    """Take a document away inside the running write; nothing happens when it isn't there."""
    db.session.execute(delete(SearchDocument).where(SearchDocument.id == document_id))
    _changed(document_id)


def drop_all(document_ids: Sequence[str]) -> None:
    """Take many documents away inside the running write: all pages of a website, in a few statements."""
    for start in range(0, len(document_ids), _ROWS):
        some = list(document_ids[start : start + _ROWS])
        db.session.execute(delete(SearchDocument).where(SearchDocument.id.in_(some)))
        _changed(*some)


def _changed(*document_ids: str) -> None:
    if not in_write():
        raise RuntimeError("the index is fed inside write()")
    db.session.add_all(SearchChange(document_id=one) for one in document_ids)
    db.session.flush()
    # The job is the guarantee; the process's own thread, told after the commit, is the speed. One that waits already
    # is enough: a round over a website of thousands of pages must not leave thousands of jobs.
    index = current_app.extensions["ventanilla_index"]
    due = now() + index.fallback_after
    waits = select(Job.id).where(Job.kind == INDEX, Job.state == "ready", Job.run_at <= due).limit(1)
    if db.session.scalar(waits) is None:
        current_app.extensions["ventanilla"].jobs.enqueue(INDEX, at=due)
    after_commit(index.wake)


def document_of(row: SearchDocument) -> Document:
    return Document(
        id=row.id, site=row.site, kind=row.kind, title=row.title, body=row.body, url=row.url, lang=row.lang,
        published_at=row.published_at, office=row.office, extra=row.extra,
    )  # fmt: skip


def all_documents() -> Iterator[Document]:
    """Yield every public document of every site, a few hundred in memory at a time."""
    last = ""
    while True:
        query = select(SearchDocument).where(SearchDocument.id > last).order_by(SearchDocument.id).limit(_ROWS)
        rows = list(db.session.scalars(query))
        if not rows:
            return
        last = rows[-1].id
        yield from map(document_of, rows)
        db.session.expunge_all()


def load_texts(ids: Sequence[str]) -> dict[str, str]:
    """Return the bodies of documents by id."""
    query = select(SearchDocument.id, SearchDocument.body).where(SearchDocument.id.in_(list(ids)))
    return {row.id: row.body for row in db.session.execute(query)}


@dataclass(frozen=True)
class SqlFeed:
    """The changes table as the indexer reads it: numbers of changes, with what the documents are now."""

    def take(self, most: int) -> Sequence[tuple[int, Change]]:
        # An open read would show an older state of the documents than what other processes have committed.
        db.session.rollback()
        changes = db.session.execute(
            select(SearchChange.id, SearchChange.document_id).order_by(SearchChange.id).limit(most)
        ).all()
        ids = {document_id for _, document_id in changes}
        rows = db.session.scalars(
            select(SearchDocument).where(SearchDocument.id.in_(ids)).execution_options(populate_existing=True)
        )
        present = {row.id: document_of(row) for row in rows}
        return [(number, Add(present[id]) if id in present else Remove(id)) for number, id in changes]

    def done(self, numbers: Sequence[int]) -> None:
        with write():
            db.session.execute(delete(SearchChange).where(SearchChange.id.in_(list(numbers))))


def is_empty() -> bool:
    """Return whether nothing was ever published and nothing waits: then there is no index to make."""
    waits = db.session.scalar(select(SearchChange.id).limit(1))
    return waits is None and db.session.scalar(select(SearchDocument.id).limit(1)) is None


def waiting() -> int:
    """Return the number of changes that are not in the index yet."""
    return int(db.session.scalar(select(func.count()).select_from(SearchChange)) or 0)
