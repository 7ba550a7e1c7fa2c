"""What Outlook packed as winmail.dat is opened: files by the policy of all files, its text where none is outside."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from compressed_rtf import compress
from sqlalchemy import select

from app.db import db
from app.files import files_of
from app.mail.intake import winmail
from tests.conftest import PDF
from tests.mail.conftest import Inbox, letter
from widgets.contact.models import ContactMessage

BINARY, RTF, EMBEDDED = 0x0102, 0x1009, 0x3701
A_LETTER = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"


def _piece(level: int, name: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _props(*props: tuple[int, bytes]) -> bytes:
    one = (
        struct.pack("<HHII", BINARY, name, 1, len(data)) + data + bytes(-len(data) % 4) for name, data in props
    )  # fmt: skip
    return struct.pack("<I", len(props)) + b"".join(one)


def _packed(text: str, *files: tuple[str, bytes], letter: bytes = b"") -> bytes:
    """Return a winmail.dat as Outlook makes it: the text as compressed RTF, the names in the writer's code page."""
    rtf = r"{\rtf1\ansi\ansicpg1252 " + "".join(c if c.isascii() else f"\\'{ord(c):02x}" for c in text) + "}"
    pieces = [
        _piece(1, 0x9006, 8, struct.pack("<I", 0x10000)), _piece(1, 0x9007, 6, struct.pack("<II", 1252, 0)),
        _piece(1, 0x9003, 6, _props((RTF, compress(rtf.encode())))),
    ]  # fmt: skip
    for name, content in files:
        pieces.append(_piece(2, 0x9002, 6, bytes(14)))
        pieces.append(_piece(2, 0x8010, 1, name.encode("cp1252") + b"\0"))
        pieces.append(_piece(2, 0x800F, 6, content))
    if letter:
        pieces.append(_piece(2, 0x9002, 6, bytes(14)))
        pieces.append(_piece(2, 0x9005, 6, _props((EMBEDDED, A_LETTER + letter))))
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(pieces) + bytes(12)


def _mail(body: str, content: bytes) -> Any:
    mail = letter(body)
    mail.add_attachment(content, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return mail


def _said() -> ContactMessage:
    db.session.rollback()
    return db.session.scalars(select(ContactMessage).order_by(ContactMessage.id.desc())).first()  # type: ignore[return-value]


def test_its_files_and_text_are_taken_and_the_receipt_tells_what_was_not(inbox: Inbox, mails: Any) -> None:
    inside = _packed("El puente se cayó.", ("contrato.pdf", PDF))
    outlook = _packed("Petición de la señora.", ("petición niñez.pdf", PDF), ("virus.exe", b"MZ"), letter=inside)

    row = inbox.get(_mail("", outlook))

    message = _said()
    names = [one.name for one in files_of("contact_message", [message.id])[message.id]]
    assert row.state == "thread" and row.marks == ["outlook", "files"]
    assert message.body.startswith("Petición de la señora.\n\n— Mensaje adjunto —\n\nEl puente se cayó.")
    assert names == ["petición niñez.pdf", "contrato.pdf"]
    told = mails()[-1].get_content()
    assert "no se recibieron estos archivos:\n\n- virus.exe: Este tipo de archivo no se recibe" in told


def test_what_stands_outside_is_the_letter_and_not_told_twice(inbox: Inbox) -> None:
    inbox.get(_mail("La petición.", _packed("La petición, con formato.", ("foto.pdf", PDF))))

    assert _said().body == "La petición."


# What promises four thousand million properties, what is cut short, and what is none.
HOSTILE = [
    _packed("x")[:-12] + _piece(1, 0x9003, 6, struct.pack("<I", 0xFFFFFFFF)) + bytes(12),
    _packed("x", ("a.pdf", PDF * 99))[:900], b"\x78\x9f\x3e\x22", b"", b"PK\x03\x04",
]  # fmt: skip


def test_one_that_does_harm_or_is_broken_is_marked_and_the_writer_asked_for_a_pdf(
    inbox: Inbox, mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(winmail, "PROCESSOR_S", 1)
    inbox.deliver(*(_mail("Va el documento.", content) for content in HOSTILE))

    rows = inbox.fetch()

    assert [row.state for row in rows] == ["thread"] * 5
    marks = [set(row.marks) for row in rows]
    assert marks[0] == marks[2] == {"winmail", "files"}
    told = mails()[0].get_content()
    assert "winmail.dat: Outlook lo empacó" in told and "cada uno en PDF" in told
