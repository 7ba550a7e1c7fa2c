"""All that changes the index: one writer at a time among all processes, small commits, rebuilds beside the old."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter

from app.search import fields
from app.search.codec import FlatCodec, Pool, schema
from app.search.engine import Add, Change, Document, Shrunk
from app.search.folder import DurableStorage, Folder
from app.search.snapshot import Snapshot

SEGMENT = 10_000
"""Documents in a segment of a rebuild: larger ones take no less time to search, and longer to write."""
MERGED_AT_ONCE = 40
"""Documents that one commit may merge, so that publishing a page stays quick; `tidy` does the rest."""
MOST_SMALL = 8
SHRINK = 0.7
LOCK_S = 30.0


class Writer:
    """Writes into a folder. `fresh` gives the newest commit, with its segments open."""

    def __init__(self, folder: Folder, fresh: Callable[[], Snapshot | None]) -> None:
        self._folder, self._fresh = folder, fresh

    def apply(self, batch: Sequence[Change]) -> None:
        """Make these changes in order; the last of several to one document is the one that counts."""
        last = {change.document.id if isinstance(change, Add) else change.id: change for change in batch}
        if not last:
            return
        with self._folder.writing():
            name = self._folder.current()
            if name is None:
                name = self._folder.create(partial=True)
                self._folder.swap(name)
            writer = self._open(name)
            try:
                self._delete(writer, last)
                for change in last.values():
                    if isinstance(change, Add):
                        writer.add_document(**fields.fields_of(change.document))
            except BaseException:
                writer.cancel()
                raise
            writer.commit(mergetype=_drop_emptied)
            if len(_smallest(writer.segments, MERGED_AT_ONCE)) >= MOST_SMALL:
                self._merge_small(name)

    def rebuild(self, documents: Iterable[Document], allow_shrink: bool) -> int:
        """Index everything anew beside the old index, swap, and return the number of documents."""
        with self._folder.writing():
            before = self._fresh()
            self._folder.sweep()
            name = self._folder.create(partial=False)
            try:
                count = self._fill(name, documents)
                old = before.count() if before else 0
                if not allow_shrink and count < old * SHRINK:
                    raise Shrunk(f"The new index would hold {count} documents in place of {old}.")
            except BaseException:
                self._folder.drop(name)
                raise
            self._folder.swap(name)
            return count

    def tidy(self, most: int = SEGMENT) -> bool:
        """Merge small segments into one of at most `most` documents, and say whether there was anything to do.

        Publishing goes on meanwhile: segments never change, so their documents are written anew beside the index, and
        the lock is held for the moment in which the new segment takes their place.
        """
        with self._folder.merging() as beside:
            name = self._folder.current()
            if name is None:
                return False
            try:
                index = self._folder.open(name)
                chosen = _smallest(index._segments(), most)
                if len(chosen) < 2:
                    return False
                made = _merged(index.storage, beside, chosen)
            except FileNotFoundError:
                # A commit merged some of them first, or the whole index was swapped: the next round sees what is left.
                return False
            with self._folder.writing():
                return self._folder.current() == name and self._take_in(name, beside, chosen, made)

    def _take_in(self, name: str, beside: Path, chosen: Sequence[Any], made: Any) -> bool:
        """Put a segment made beside the index in the place of those it was made of, less what went meanwhile."""
        writer = self._open(name)
        now = {segment.segment_id(): segment for segment in writer.segments}
        if not all(segment.segment_id() in now for segment in chosen):
            writer.cancel()
            return False
        place = 0
        for segment in chosen:
            gone = set(segment.deleted_docs())
            late = set(now.pop(segment.segment_id()).deleted_docs()) - gone
            for doc in range(segment.doc_count_all()):
                if doc in late:
                    made.delete_document(place)
                place += doc not in gone
        for file in beside.glob(f"*{made.segment_id()}*"):
            file.rename(self._folder.root / name / file.name)
        writer.commit(mergetype=lambda _writer, _segments: [*now.values(), made])
        return True

    def _open(self, name: str) -> SegmentWriter:
        self._folder.clear_leftovers(name)
        # The folder's lock is the one that counts; Whoosh's own is never contended, and waited for all the same.
        writer = SegmentWriter(self._folder.open(name), timeout=LOCK_S, codec=FlatCodec())
        writer.pool = Pool()
        return writer

    def _merge_small(self, name: str) -> None:
        """Merge segments of a few documents when they are many: in a commit of its own, for which no page waits."""
        writer = self._open(name)
        small = _smallest(writer.segments, MERGED_AT_ONCE)
        writer.commit(mergetype=lambda into, segments: _merge(into, segments, small))

    def _delete(self, writer: SegmentWriter, ids: Iterable[str]) -> None:
        # Looked up in the open snapshot: Whoosh's own way opens every segment again for each commit.
        now = self._fresh()
        segments = {segment.segment_id(): segment for segment in writer.segments}
        for part, doc in (place for id in ids if now for place in now.find(id)):
            segments[part.segid].delete_document(doc)

    def _fill(self, name: str, documents: Iterable[Document]) -> int:
        seen: set[str] = set()
        writer = self._open(name)
        try:
            for document in documents:
                if document.id in seen:
                    continue
                if seen and len(seen) % SEGMENT == 0:
                    writer.commit(merge=False)
                    writer = self._open(name)
                seen.add(document.id)
                writer.add_document(**fields.fields_of(document))
            writer.commit(merge=False)
        finally:
            if not writer.is_closed:
                writer.cancel()
        return len(seen)


def _drop_emptied(_writer: SegmentWriter, segments: list[Any]) -> list[Any]:
    return [segment for segment in segments if segment.doc_count()]


def _smallest(segments: Iterable[Any], most: int) -> list[Any]:
    chosen, total = [], 0
    for segment in sorted(segments, key=lambda segment: segment.doc_count()):
        total += segment.doc_count()
        if total > most:
            break
        chosen.append(segment)
    return chosen


def _merge(writer: SegmentWriter, segments: list[Any], chosen: Sequence[Any]) -> list[Any]:
    """Write the chosen segments into the new one and return those left."""
    _add_all(writer, chosen)
    return [segment for segment in segments if segment not in chosen]


def _add_all(writer: SegmentWriter, segments: Iterable[Any], storage: FileStorage | None = None) -> None:
    for segment in segments:
        reader = SegmentReader(storage or writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()


def _merged(storage: FileStorage, beside: Path, chosen: Sequence[Any]) -> Any:
    """Return a segment, on disk in a folder of its own, that holds the documents of the chosen ones in their order."""
    index = FileIndex.create(DurableStorage(beside), schema())
    writer = SegmentWriter(index, timeout=LOCK_S, codec=FlatCodec())
    writer.pool = Pool()
    try:
        _add_all(writer, chosen, storage)
        writer.commit(merge=False)
    finally:
        if not writer.is_closed:
            writer.cancel()
    [made] = index._segments()
    return made
