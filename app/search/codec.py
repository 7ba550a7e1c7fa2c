"""How postings lie on disk: Whoosh's third codec with a term's documents and weights as two flat arrays.

Whoosh pickles tuples of 128 postings and steps through them one call at a time; a whole list read at once is what lets
the ranking run over plain arrays. Everything that knows Whoosh's insides stands here.
"""

from __future__ import annotations

import io
import pickle
import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3LeafMatcher, W3PostingsWriter, W3Segment
from whoosh.fields import STORED, FieldType, Schema
from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.structfile import BufferFile
from whoosh.formats import Format
from whoosh.reading import TermNotFound

BLOCK = 65_536
_SIZES = struct.Struct("!ii")  # of key and value, in Whoosh's hash files
_FREQUENCY = struct.Struct("!5xI")  # documents, in Whoosh's W3TermInfo
Postings = tuple["array[int]", "array[float]"]


class Weights(Format):
    """A weight for each document, no positions: half the size, and nothing to unpack at query time."""

    posting_size = 0


class Places(Format):
    """A weight for each document and where the term stands, a byte a place; for titles."""

    posting_size = -1


class TermField(FieldType):
    """A field that is given its terms ready made: `{term: weight}`."""

    def __init__(self) -> None:
        super().__init__(format=Weights(), analyzer=None)

    def index(self, value: Mapping[str, float], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        return ((term.encode(), 1, weight, b"") for term, weight in value.items())


class PlacedField(FieldType):
    """A field that is given its terms with their places: `{term: (weight, places)}`."""

    def __init__(self) -> None:
        super().__init__(format=Places(), analyzer=None)

    def index(self, value: Mapping[str, tuple[float, bytes]], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        return ((term.encode(), 1, weight, places) for term, (weight, places) in value.items())


def schema() -> Schema:
    """Return the fields of the index; `app/search/fields.py` says what each holds."""
    lists = {name: TermField() for name in ("id", "terms", "words", "meta")}
    return Schema(**lists, title=PlacedField(), doc=STORED())


class _List:
    """The postings of one term."""

    __slots__ = ("ids", "values", "weights")

    def __init__(self) -> None:
        self.ids, self.weights = array("I"), array("f")
        self.values: list[bytes] = []


class Pool:
    """Gathers the postings of a segment by term, as they will lie: documents come in the order of their numbers.

    Whoosh keeps a tuple a posting, sorts millions of them, and writes them aside when memory runs out.
    """

    def __init__(self) -> None:
        self._lists: dict[tuple[str, bytes], _List] = {}

    def add(self, item: tuple[str, bytes, int, float, bytes]) -> None:
        field, term, doc, weight, value = item
        found = self._lists.get((field, term))
        if found is None:
            found = self._lists[field, term] = _List()
        found.ids.append(doc)
        found.weights.append(weight)
        if value:
            found.values.append(value)

    def iter_postings(self) -> Iterator[tuple[str, bytes, _List]]:
        return ((*key, self._lists[key]) for key in sorted(self._lists))

    def cleanup(self) -> None:
        self._lists.clear()


class _Writer(W3PostingsWriter):
    def _mini_ids(self) -> bytes:
        return bytes(self._ids)

    def _mini_weights(self) -> bytes:
        return bytes(self._weights)

    def fill(self, found: _List) -> None:
        """Take all postings of a term at once."""
        for at in range(0, len(found.ids), self._blocklimit):
            if at:
                self._write_block()
            self._ids = found.ids[at : at + self._blocklimit]
            self._weights = found.weights[at : at + self._blocklimit]
            self._values = found.values[at : at + self._blocklimit]
            self._maxweight = max(self._weights)


class _FieldWriter(W3FieldWriter):
    """Writes a term's postings at once; Whoosh makes six calls for each."""

    def add_postings(self, schema: Schema, lengths: Any, items: Iterable[tuple[str, bytes, _List]]) -> None:
        for field, of_field in groupby(items, itemgetter(0)):
            self.start_field(field, schema[field])
            for _, term, found in of_field:
                self.start_term(term)
                self._postwriter.fill(found)
                self.finish_term()
            self.finish_field()


class _Matcher(W3LeafMatcher):
    """Steps through our postings for Whoosh, which merges segments with it."""

    def _read_ids(self) -> None:
        if self._data is None:
            self._read_data()
        self._ids = array("I", self._data[0])

    def _read_weights(self) -> None:
        if self._data is None:
            self._read_data()
        self._weights = array("f", self._data[1])

    def _read_values(self) -> None:
        if self._data is None:
            self._read_data()
        self._values = self._data[2] if self._fixedsize is None else (b"",) * self._blocklength


class _View(io.RawIOBase):
    """A file over mapped memory. Whoosh copies each part of a segment into the process as it opens it."""

    def __init__(self, view: memoryview) -> None:
        super().__init__()
        self._view, self._at = view, 0

    def read(self, size: int | None = -1) -> bytes:
        end = len(self._view) if size is None or size < 0 else self._at + size
        data = bytes(self._view[self._at : end])
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, len(self._view))[whence]
        return self._at

    def tell(self) -> int:
        return self._at


class _MappedFile(BufferFile):
    def __init__(self, view: memoryview, name: str | None = None) -> None:
        self._buf, self._name, self.file = view, name, _View(view)
        self.onclose, self.is_real, self.is_closed = None, False, False


class _Compound(CompoundStorage):
    def open_file(self, name: str, *args: Any, **kwargs: Any) -> Any:
        offset, length = self.range(name)
        return _MappedFile(memoryview(self._source)[offset : offset + length], name=name)


class _Segment(W3Segment):
    def open_compound_file(self, storage: Any) -> _Compound:
        return _Compound(storage.open_file(self.make_filename(self.COMPOUND_EXT)))


class FlatCodec(W3Codec):
    """Whoosh's codec with our postings."""

    # Lengths are in the weights. Looking for them costs Whoosh a stat of a missing file for each posting.
    length_stats = False

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK, compression=0)

    def field_writer(self, storage: Any, segment: Any) -> _FieldWriter:
        return _FieldWriter(self, storage, segment)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> _Writer:
        return _Writer(dbfile, blocklimit=self._blocklimit, byteids=byteids, compression=0, inlinelimit=0)

    def postings_reader(self, file: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> _Matcher:
        return _Matcher(file, *terminfo.extent(), format_, term=term, scorer=scorer)

    def new_segment(self, storage: Any, indexname: str) -> _Segment:
        return _Segment(self, indexname)


def read_postings(terms: Any, field: str, term: bytes) -> tuple[Postings, list[bytes]] | None:
    """Return every document of a term with its weight, and the places where the field keeps them.

    `terms` is a segment's terms reader. Documents deleted since are among them. None when no document has the term.
    """
    try:
        start, _ = terms.term_info(field, term).extent()
    except TermNotFound:
        return None
    view = terms._postfile._buf
    ids, weights = array("I"), array("f")
    places: list[bytes] = []
    at, last = start + 4, False
    while not last:
        size = int.from_bytes(view[at : at + 4], "big", signed=True)
        last = size < 0
        block = io.BytesIO(view[at + 4 : at + 4 + abs(size)])
        pickle.load(block)  # noqa: S301 - our own files; the folder is never accepted from outside
        packed_ids, packed_weights, values = pickle.load(block)  # noqa: S301
        ids.frombytes(packed_ids)
        weights.frombytes(packed_weights)
        places.extend(values or ())
        at += 4 + abs(size)
    return (ids, weights), places


def read_terms(terms: Any, field: str, prefix: bytes) -> list[tuple[str, int]]:
    """Return the terms of a field that begin so, what follows the beginning, and the number of documents of each."""
    table = terms._tindex
    start = terms._keycoder(field, prefix)
    at = table.closest_key_pos(start)
    view, found = table.dbfile._buf, []
    while at is not None and at < table.endofdata:
        key_size, value_size = _SIZES.unpack_from(view, at)
        at += _SIZES.size
        key = bytes(view[at : at + key_size])
        if not key.startswith(start):
            break
        at += key_size
        found.append((key[len(start) :].decode(), _FREQUENCY.unpack_from(view, at)[0]))
        at += value_size
    return found
