"""Office documents are zips: what their table of contents gives away, without unpacking them."""

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.uploads.errors import ArchiveUnsafe, FileDamaged, HasMacros, TypeMismatch

MAX_MEMBERS = 1000
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_RATIO = 100
MAX_DIRECTORY_BYTES = 1024 * 1024

# Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_UNIX = 3
_SYMLINK = 0o120000

_OUTSIDE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|\\|^[A-Za-z]:|[\x00-\x1f]")
_MACRO_MEMBER = re.compile(r"(^|/)vba(project|data)[^/]*$|^(basic|scripts)/|(^|/)macrosheets/", re.IGNORECASE)
_ACTIVE_MEMBER = re.compile(
    r"(^|/)(activex|embeddings)/|(^|/)object ?\d+(/|$)|\.(exe|dll|js|vbs|bat|ps1|jar|html?|svg)$", re.IGNORECASE
)
# The macro part may have any name: its content type is what makes an office program run it.
_MACRO_TYPE = re.compile(rb"macroenabled|vbaproject", re.IGNORECASE)
_MAIN_PART = {
    "docx": re.compile(r"word/document\d*\.xml"),
    "xlsx": re.compile(r"xl/workbook\d*\.(xml|bin)"),
    "odt": re.compile(r"content\.xml"),
}
_CONTENTS = {"docx": "[Content_Types].xml", "xlsx": "[Content_Types].xml", "odt": "META-INF/manifest.xml"}


@dataclass(frozen=True)
class Member:
    """A line of the table of contents."""

    name: str
    packed_bytes: int
    unpacked_bytes: int
    method: int
    offset: int
    is_link: bool
    encrypted: bool


def check_office(path: Path, kind: str) -> frozenset[str]:
    """Return flags of a docx, xlsx or odt. Raises TypeMismatch, HasMacros, ArchiveUnsafe, FileDamaged."""
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        members = _members(file, size_bytes)
        names = [member.name for member in members]
        _check_safe(members, size_bytes)
        contents = next((member for member in members if member.name == _CONTENTS[kind]), None)
        if contents is None or not any(_MAIN_PART[kind].fullmatch(name) for name in names):
            raise TypeMismatch(extension=kind)
        if any(_MACRO_MEMBER.search(name) for name in names) or _MACRO_TYPE.search(_unpacked(file, contents)):
            raise HasMacros()
    return frozenset({"embedded-objects"}) if any(_ACTIVE_MEMBER.search(name) for name in names) else frozenset()


def _check_safe(members: list[Member], size_bytes: int) -> None:
    unpacked_bytes = sum(member.unpacked_bytes for member in members)
    names = {member.name.casefold() for member in members}
    if (
        unpacked_bytes > min(MAX_UNPACKED_BYTES, MAX_RATIO * size_bytes)
        or len(names) != len(members)  # two of one name: a checker and a reader could each see another
        or any(_OUTSIDE.search(member.name) or member.is_link or member.encrypted for member in members)
    ):
        raise ArchiveUnsafe()


def _members(file: BinaryIO, size_bytes: int) -> list[Member]:
    """Return the table of contents, in one reading of it; nothing is unpacked.

    Own reader rather than zipfile's, which parses as many entries as a hostile file likes (a file of
    10 MiB holds 200,000) and takes a zip glued behind something else. Zip64 and several disks are not
    needed below 10 MiB, and are refused.
    """
    file.seek(max(0, size_bytes - _END.size - 0xFFFF))
    tail = file.read()
    start = tail.rfind(b"PK\x05\x06")
    if start < 0 or len(tail) - start < _END.size:
        raise FileDamaged()
    _, disk, first_disk, here, total, directory_bytes, offset, comment = _END.unpack_from(tail, start)
    end = size_bytes - len(tail) + start
    if (
        disk
        or first_disk
        or here != total
        or len(tail) - start != _END.size + comment
        or offset + directory_bytes != end
    ):
        raise FileDamaged()
    if total > MAX_MEMBERS or directory_bytes > MAX_DIRECTORY_BYTES:
        raise ArchiveUnsafe()
    file.seek(offset)
    directory = file.read(directory_bytes)
    members, at = [], 0
    for _ in range(total):
        member, at = _member(directory, at)
        members.append(member)
    if at != directory_bytes or any(member.offset >= offset for member in members):
        raise FileDamaged()
    return members


def _member(directory: bytes, at: int) -> tuple[Member, int]:
    """Return the entry at this place of the table, and where the next one begins."""
    if len(directory) - at < _ENTRY.size:
        raise FileDamaged()
    fields = _ENTRY.unpack_from(directory, at)
    (
        signature,
        made_by,
        _,
        flags,
        method,
        _,
        _,
        _,
        packed,
        unpacked,
        name_n,
        extra_n,
        comment_n,
        _,
        _,
        attributes,
        offset,
    ) = fields
    start = at + _ENTRY.size
    after = start + name_n + extra_n + comment_n
    if signature != b"PK\x01\x02" or after > len(directory):
        raise FileDamaged()
    name = directory[start : start + name_n].decode("utf-8" if flags & 0x800 else "cp437", "replace")
    is_link = made_by >> 8 == _UNIX and (attributes >> 16) & 0o170000 == _SYMLINK
    return Member(name, packed, unpacked, method, offset, is_link, bool(flags & 1)), after


def _unpacked(file: BinaryIO, member: Member, max_bytes: int = 1024 * 1024) -> bytes:
    """Return one small member, never more than `max_bytes` of it. NULs are left out: XML may be UTF-16."""
    file.seek(member.offset)
    local = file.read(_LOCAL.size)
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        raise FileDamaged()
    *_, name_n, extra_n = _LOCAL.unpack(local)
    file.seek(name_n + extra_n, 1)
    packed = file.read(min(member.packed_bytes, max_bytes))
    if member.unpacked_bytes > max_bytes or member.method not in (0, 8):
        raise ArchiveUnsafe()
    if member.method == 0:
        return packed.replace(b"\0", b"")
    try:
        inflater = zlib.decompressobj(-15)
        unpacked = inflater.decompress(packed, max_bytes)
    except zlib.error as error:
        raise FileDamaged() from error
    if not inflater.eof:
        raise FileDamaged()
    return unpacked.replace(b"\0", b"")
