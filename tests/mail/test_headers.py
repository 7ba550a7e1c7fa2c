"""What a mail is about and whom it is from arrive with all their blanks, however long they are."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import formataddr, parseaddr

import pytest

from app.mail.headers import WHOLE

ENTITY = "Empresa de Servicios Públicos Domiciliarios de Acueducto, Alcantarillado y Aseo de San José del Guaviare"


@pytest.mark.parametrize(
    ("subject", "sender"),
    [
        ("Qué decidimos con los aportes de «Ciclovía nocturna»", "Alcaldía Municipal de Piedraverde"),
        ("ñandú " * 40 + "fin", ENTITY),
        ("¿Qué más? " + "á" * 200, 'Alcaldía "de" Peñas, Ñame'),
        ("Sin tildes", "Alcaldia"),
    ],
)
def test_nothing_is_lost_between_the_words(subject: str, sender: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = subject, formataddr((sender, "correo@tenjo.example"))
    message.set_content("Hola.")

    raw = message.as_bytes(policy=WHOLE)
    # The older reader: the newer one puts a blank between two encoded words of a name, where RFC 2047 puts none.
    read = message_from_bytes(raw)
    name, address = parseaddr("".join(read["From"].splitlines()))

    assert str(make_header(decode_header(read["Subject"]))) == subject
    assert (str(make_header(decode_header(name))), address) == (sender, "correo@tenjo.example")
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
