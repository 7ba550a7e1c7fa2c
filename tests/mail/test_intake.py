"""What people write to the official address becomes a message, a reply or a report: once, whole, and answered."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases import service
from app.cases.models import CaseMessage
from app.cases.workflow import require
from app.cases.workflow_models import CaseTask
from app.clock import now
from app.db import db, write
from app.files import files_of
from app.jobs import Job
from app.mail import outbox
from app.mail.intake.folding import fold
from app.mail.intake.models import IncomingMail, Mailbox
from app.mail.intake.pages import text_of
from app.mail.intake.parsing import parse
from app.mail.intake.plus import reply_address
from app.mail.models import Mail
from app.sites.models import Site
from tests.conftest import PDF, Cast, HostPage, filing
from tests.mail.conftest import Inbox, letter
from widgets.contact.models import ContactMessage, ContactThread


def _threads() -> list[ContactThread]:
    db.session.rollback()
    return list(db.session.scalars(select(ContactThread).order_by(ContactThread.id)))


def _messages(thread_id: int | None = 1) -> list[ContactMessage]:
    db.session.rollback()
    query = select(ContactMessage).where(ContactMessage.thread_id == thread_id).order_by(ContactMessage.id)
    return list(db.session.scalars(query))


def _reply(to: Any, body: str = "Gracias, y además falta la tapa.", **headers: str) -> EmailMessage:
    return letter(body, Subject=f"Re: {to['Subject']}", In_Reply_To=str(to["Message-ID"]), **headers)


@pytest.mark.store
def test_a_mail_becomes_a_thread_with_its_files_and_is_acknowledged(inbox: Inbox, mails: Any) -> None:
    mail = letter("Hay un hueco.\n\n-- \nLuz Peña\nVereda Chacal", Cc="veedor@example.org, contacto@tenjo.example")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="foto.pdf")

    row = inbox.get(mail)

    thread, message = _threads()[0], _messages()[0]
    assert (row.state, row.source, row.source_id, row.marks) == ("thread", "contact", thread.id, [])
    assert (thread.name, thread.email, thread.subject) == ("Luz Peña", "luz@example.org", "Hueco en la vía")
    assert (message.body, message.folded) == ("Hay un hueco.", "-- \nLuz Peña\nVereda Chacal")
    assert thread.copies == "veedor@example.org"
    assert [one.name for one in files_of("contact_message", [message.id])[message.id]] == ["foto.pdf"]
    told = mails()[-1]
    assert told["To"] == "luz@example.org" and thread.reference in told["Subject"]
    assert told["In-Reply-To"] == mail["Message-ID"] and told["From"].addresses[0].addr_spec == "contacto@tenjo.example"


def test_an_answer_wanted_elsewhere_is_marked_and_offered_and_not_obeyed(inbox: Inbox, mails: Any) -> None:
    inbox.get(letter(Reply_To="Luz <luz@examp1e.test>"), letter("Otra.", Reply_To="luz+pqr@example.org"))

    first, second = _threads()
    assert (first.copies, first.marks) == ("luz@examp1e.test", "mail,reply_to")
    assert (second.copies, second.marks) == ("", "mail")
    assert [one["To"] for one in mails()[-2:]] == ["luz@example.org"] * 2


def test_lines_that_were_broken_on_the_way_are_whole_again(inbox: Inbox) -> None:
    mail = letter()
    text = "El hueco de la vía \nsigue abierto.\n\n Sangría y \nfin.\n-- \nLuz\n> citado \n> largo\n>> otro\n"
    mail.set_payload(text.encode())
    mail.replace_header("Content-Type", 'text/plain; charset="utf-8"; format=flowed')
    mail.replace_header("Content-Transfer-Encoding", "8bit")

    inbox.get(mail)

    (message,) = _messages()
    assert message.body == "El hueco de la vía sigue abierto.\n\nSangría y fin."
    assert message.folded == "-- \nLuz\n> citado largo\n>> otro"


def test_the_acknowledgement_of_another_installation_is_not_acknowledged(inbox: Inbox, mails: Any) -> None:
    """Two towns with this product write to each other's official address: the second letter ends it."""
    inbox.get(letter(From="Chía <contacto@chia.example>"))
    told = mails()[-1]
    theirs = letter(told.get_content(), From="Chía <contacto@chia.example>", Subject=f"Re: {told['Subject']}")
    for name in ("Auto-Submitted", "Reply-To", "In-Reply-To", "X-Auto-Response-Suppress"):
        if told[name] is not None:
            theirs[name] = str(told[name]).replace("tenjo", "chia")

    row = inbox.get(theirs)

    assert row.state == "auto" and len(_threads()) == 1 and mails()[-1]["Message-ID"] == told["Message-ID"]


def test_nothing_is_deleted_and_what_was_taken_is_marked_seen(inbox: Inbox) -> None:
    inbox.get(letter(), letter())

    assert [b"Seen" in flags for flags in inbox.server.flags(inbox.user)] == [True, True]


def test_the_same_mail_is_never_read_twice(inbox: Inbox) -> None:
    """Looked for again, delivered again, and shown again by a server that has numbered all of its messages anew."""
    mail = letter()
    inbox.get(mail, letter(Message_ID=""))
    inbox.fetch()
    inbox.get(mail)
    numbered = _numbered()
    inbox.server.number_anew(inbox.user)
    inbox.deliver(letter(Subject="Después"))

    states = [row.state for row in inbox.fetch()]

    assert _numbered() != numbered and len(states) == 2 + 1 + 4
    assert [thread.subject for thread in _threads()] == ["Hueco en la vía", "Hueco en la vía", "Después"]
    assert (states.count("thread"), states.count("double")) == (3, 4)
    # What was read once is known once more: the next look finds nothing.
    assert [row.state for row in inbox.fetch()] == states


def _numbered() -> int:
    db.session.rollback()
    return db.session.scalars(select(Mailbox.uidvalidity)).one()


def test_a_mail_taken_before_an_update_is_known_when_the_mailbox_is_numbered_anew(inbox: Inbox) -> None:
    mail = letter()
    row = inbox.get(mail)
    with write():
        row = db.session.get_one(IncomingMail, row.id)
        row.digest = sha256(str(mail["Message-ID"]).encode()).hexdigest()
        row.uidvalidity = db.session.scalars(select(Mailbox)).one().uidvalidity = 1

    assert [row.state for row in inbox.fetch()] == ["thread", "double"]


def test_quotes_in_quotes_without_end_do_not_grow_a_mail_without_end() -> None:
    text, _ = text_of("<blockquote type=cite>a" * 1_000)

    assert text.count("a") == 1_000 and len(text) < 50_000


def test_what_is_set_back_smaller_or_cut_is_not_hidden() -> None:
    seen = ("margin-left: -100px", "transform: scale(0.9)", "clip: rect(0, 100px, 100px, 0)", "opacity: 0.5")
    away = ("left:-999px", "COLOR:red; transform:scale(0)", "clip:rect(0 0 0 0)", "font-size:1px")

    assert [text_of(f'<p style="{style}">Hay un hueco</p>') for style in seen] == [("Hay un hueco", False)] * len(seen)
    assert [text_of(f'<p style="{style}">Hay un hueco</p>') for style in away] == [("", True)] * len(away)


def test_a_writer_of_ten_thousand_words_is_read_once() -> None:
    many, cut = "ab " * 100_000, "=?utf-8?b?" + "ab " * 100_000
    read = [parse(f"From: {head}\nTo: {head}\n\nHola".encode()) for head in (many, cut, f"{'ab ' * 100} luz@x.example")]

    # Quadratic in the letters, it held up the mailbox for minutes.
    assert [mail.address for mail in read] == ["", "", "luz@x.example"]


def test_of_a_mailbox_seen_for_the_first_time_only_what_nobody_read_is_taken(inbox: Inbox) -> None:
    inbox.server.deliver(inbox.user, letter(Subject="De hace años").as_bytes(), flags=r"(\Seen)")
    inbox.get(letter(Subject="Sin leer"))
    inbox.server.deliver(inbox.user, letter(Subject="Otro programa lo abrió").as_bytes(), flags=r"(\Seen)")

    inbox.fetch()

    assert [thread.subject for thread in _threads()] == ["Sin leer", "Otro programa lo abrió"]


def test_a_killed_worker_leaves_a_message_here_or_there_and_never_twice(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the commit, after it but before the mark on the server, and in the middle of reading."""

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> Any:
        raise Killed

    inbox.deliver(letter())
    for place in (
        "app.mail.intake.fetching._add",
        "app.mail.intake.fetching.suppress",
        "app.mail.intake.reading._claim",
    ):
        with monkeypatch.context() as patched:
            patched.setattr(place, die)
            with pytest.raises(Killed):
                inbox.fetch()
        with write():
            for job in db.session.scalars(select(Job)):
                job.state, job.run_at = ("ready", now()) if job.state == "leased" else (job.state, job.run_at)

    rows = inbox.fetch()

    assert [row.state for row in rows] == ["thread"] and len(_messages()) == 1


def test_a_reply_goes_on_with_its_thread_and_the_quote_is_folded(inbox: Inbox, mails: Any) -> None:
    inbox.get(letter())
    told = mails()[-1]

    inbox.get(
        _reply(told, "Además falta la tapa.\n\nEl lun, 2 feb 2026, Alcaldía <x@y.co> escribió:\n> Su mensaje llegó")
    )

    assert len(_threads()) == 1
    said = _messages()[-1]
    assert (said.author, said.body) == ("person", "Además falta la tapa.") and "Su mensaje llegó" in said.folded


# As mail programs head what they quote, in Spanish; what stands before is what the person says.
HEADS = [
    "El lun, 3 nov 2025 a las 10:15, Alcaldía de Tenjo (<\ncontacto@tenjo.example>) escribió:\n\n> Cita",
    "El lun., 3 de nov. de 2025 10:15 a. m., Alcaldía de\nTenjo, Cundinamarca <\nc@tenjo.example> escribió:\n\n> Cita",
    "> El 3 nov 2025, a las 10:15, Alcaldía <c@tenjo.example> escribió:\n> \n> Cita",
    "    En lunes, 3 de noviembre de 2025, 10:15:00 a. m. COT, Alcaldía <c@t.co> escribió:  \n \n Cita sin marcas",
    "El 3/11/25 a las 10:15 a. m., c@t.example escribió:\n>\n> Cita\n\n-- \nLuz",
    "De: Alcaldía <c@t.co>\nEnviado: lunes, 3 de noviembre de 2025 10:15 a. m.\nPara: Luz\nAsunto: Re\n\nCita",
    "De: Alcaldía [mailto:c@t.co]\nEnviado el: lunes, 3 de noviembre de 2025\nPara: Luz\nCC: Pedro\nAsunto: Re\n\nCita",
    "*De:* Alcaldía <c@t.co>\n*Enviado el:* lunes\n*Para:* Luz\n\nCita",
    "Obtener Outlook para Android<https://aka.ms/AAb9ysg>\n________________________________\nFrom: X\n\nCita",
    "Enviado desde mi Galaxy\n-------- Mensaje original --------\nDe: A\nFecha: 3/11/25\nAsunto: Re\n\nCita",
]
# What programs put below, and no person says.
SIGNATURES = [
    "Enviado desde mi HUAWEI P30", "Enviado desde Yahoo Mail con Android", "Enviado desde Correo para Windows",
    "Descargue Outlook para iOS<https://aka.ms/o0ukef>", "Enviado con correo seguro de Proton Mail.",
    "Sent from Mail for Windows 10", "Enviado desde Gmail Mobile",
]  # fmt: skip
# And what only looks like a head, or is what the person wants read.
WORDS = [
    "De: la vereda El Roble\nPara: el alcalde\nAsunto: luz\nNo tenemos luz.",
    "El 5 de mayo de 2025 el alcalde me escribió:\nque iba a pavimentar.",
    "---------- Forwarded message ---------\nDe: Empresa <e@x.co>\nDate: lun\n\nLe cortamos el agua.",
]


def test_what_is_quoted_is_folded_whatever_program_wrote_it_and_the_persons_own_words_are_not(inbox: Inbox) -> None:
    inbox.deliver(*(letter(f"Buenos días.\n\n{head}") for head in (*HEADS, *WORDS)))
    inbox.deliver(letter("Vea.\n\nDe: E <e@x.co>\nEnviado: lunes\nPara: Luz\n\nCorte.", Subject="RV: Corte"))
    said = [_messages(row.source_id or 0)[0].body for row in inbox.fetch()]

    assert [fold(f"No hay luz.\n\n{one}\n").said for one in SIGNATURES] == ["No hay luz."] * len(SIGNATURES)
    assert fold("No hay luz.\n\nEnviado desde la vereda El Roble.").rest == ""
    assert said[: len(HEADS)] == ["Buenos días."] * len(HEADS)
    assert said[len(HEADS) : -1] == [f"Buenos días.\n\n{words}" for words in WORDS]
    assert "Corte." in said[-1]


def test_a_reply_that_names_another_sites_letter_is_a_new_message(
    app: Flask, inbox: Inbox, cast: Cast, mails: Any
) -> None:
    HostPage(app.test_client(), "other", "https://www.otra.example").send("/pqr/cases", filing())
    told = mails()[-1]
    number = db.session.scalars(select(Mail.id).where(Mail.message_id == told["Message-ID"])).one()

    plus = letter(To=reply_address("contacto@tenjo.example", number))
    inbox.deliver(_reply(told, "Por referencia."), plus)

    assert [(row.state, row.source) for row in inbox.fetch()] == [("thread", "contact")] * 2
    assert not db.session.scalars(select(CaseMessage).where(CaseMessage.body.contains("referencia"))).all()
    assert len(_threads()) == 2


def test_an_answer_written_between_quoted_lines_stays_whole(inbox: Inbox, mails: Any) -> None:
    inbox.get(letter())
    body = "> ¿Dónde es?\nEn la calle 5.\n> ¿Desde cuándo?\nDesde enero."

    inbox.get(_reply(mails()[-1], body))

    assert _messages()[-1].body == body


def test_a_reply_from_another_address_opens_a_thread_of_its_own(inbox: Inbox, mails: Any) -> None:
    inbox.get(letter())

    row = inbox.get(_reply(mails()[-1], From="Otro <otro@example.org>"))

    first, second = _threads()
    assert len(_messages(first.id)) == 1 and second.email == "otro@example.org" and "other_address" in second.marks
    assert row.source_id == second.id


@pytest.mark.parametrize("named", ["references", "plus"])
def test_a_reply_to_a_case_is_added_and_completes_what_was_required(
    inbox: Inbox, cast: Cast, host: HostPage, mails: Any, named: str
) -> None:
    host.send("/pqr/cases", filing())
    require(cast.staff("ana"), cast.tenjo, 1, ["La dirección"], "Para ir a verlo.")
    told = mails()[-1]
    number = db.session.scalars(select(Mail.id).where(Mail.message_id == told["Message-ID"])).one()
    plus = {"To": reply_address("contacto@tenjo.example", number)}

    row = inbox.get(_reply(told, "Calle 5 con 3.") if named == "references" else letter("Calle 5 con 3.", **plus))

    said = db.session.scalars(select(CaseMessage).order_by(CaseMessage.id.desc())).first()
    assert (row.state, row.source_id) == ("case", 1) and said is not None
    assert (said.author, said.kind, said.body) == ("person", "message", "Calle 5 con 3.")
    assert service.load_case(cast.tenjo, 1).state == "radicated"


def test_a_forged_plus_address_names_no_case(inbox: Inbox, cast: Cast, host: HostPage, mails: Any) -> None:
    host.send("/pqr/cases", filing())
    assert mails()

    row = inbox.get(letter(To="contacto+v1-0123456789abcdef@tenjo.example"))

    assert row.state == "thread"


def test_a_reply_to_a_case_from_another_address_is_seen_by_the_office_alone(
    inbox: Inbox, cast: Cast, host: HostPage, mails: Any
) -> None:
    filed = host.send("/pqr/cases", filing()).get_json()
    require(cast.staff("ana"), cast.tenjo, 1, ["La dirección"], "Para ir a verlo.")

    inbox.get(_reply(mails()[-1], "No es necesario ya.", From="Vecino <vecino@example.org>"))

    shown = host.ask("/cases/track", {"radicado": filed["radicado"], "code": filed["code"]}).get_json()
    assert "No es necesario" not in str(shown) and shown["state"] == "required"
    note = db.session.scalars(select(CaseMessage).where(CaseMessage.kind == "note")).one()
    assert "vecino@example.org" in note.body


MACHINES: list[tuple[dict[str, str], str]] = [
    ({"Auto_Submitted": "auto-replied"}, "auto"), ({"Precedence": "bulk"}, "auto"), ({"List_Id": "<x.y>"}, "auto"),
    ({"X_Autoreply": "yes"}, "auto"), ({"Return_Path": "<>"}, "auto"),
    ({"From": "Alcaldía <contacto@tenjo.example>"}, "own"), ({"From": "contacto+x@tenjo.example"}, "own"),
    ({"Auto_Submitted": "no"}, "thread"),
]  # fmt: skip


def test_machines_and_ourselves_are_not_answered(inbox: Inbox, mails: Any) -> None:
    receipt = b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b\r\n\r\nHola"
    coming = b"Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR"
    inbox.deliver(*(letter(**headers) for headers, _ in MACHINES), HEAD + receipt, HEAD + coming)

    assert [row.state for row in inbox.fetch()] == [*(state for _, state in MACHINES), "auto", "auto"]
    assert len(mails()) == 1


# How programs say that somebody is away, with no header that says so.
ABSENT = ["Respuesta automática: C2026-000001: recibimos su mensaje", "Fuera de la oficina", "RE: Ausente: su mensaje"]


def test_an_absence_note_without_any_header_is_one_only_after_a_letter_of_ours(inbox: Inbox, mails: Any) -> None:
    first = inbox.get(letter("Pido una cita.", Subject="Estoy de vacaciones y pido una cita"))

    inbox.deliver(*(letter("Vuelvo el lunes.", Subject=subject) for subject in ABSENT), letter(Subject="Una cita"))

    assert first.state == "thread"
    assert [row.state for row in inbox.fetch()] == ["thread", *["auto"] * len(ABSENT), "thread"]
    assert len(mails()) == 2


# The same person, as programs write who she is; with the comma that Outlook puts into a name, encoded.
WRITERS = [
    "=?iso-8859-1?Q?Pe=F1a=2C_Luz?= <luz@example.org>", '"Peña, Luz" <luz@example.org>',
    "=?utf-8?q?Pe=C3=B1a_Luz_=3Cluz=40example.org=3E?=", "=?utf-8?B?UGXDsWE=?= =?utf-8?B?LCBMdXo=?= <luz@example.org>",
    "luz@example.org (Luz)", "Luz Peña luz@example.org", "LUZ@example.org",
]  # fmt: skip


def test_whoever_wrote_is_known_however_their_program_writes_it() -> None:
    head = "To: =?utf-8?q?Alcald=C3=ADa=2C_Tenjo?= <contacto@tenjo.example>, otra@example.org\n\nHola"
    read = [parse(f"From: {writer}\n{head}".encode()) for writer in WRITERS]

    assert [mail.address for mail in read] == ["luz@example.org"] * len(WRITERS)
    assert [mail.name for mail in read[:4]] == ["Peña, Luz", "Peña, Luz", "Peña Luz", "Peña, Luz"]
    assert {mail.to for mail in read} == {("contacto@tenjo.example", "otra@example.org")}


def test_two_machines_do_not_talk_for_ever(inbox: Inbox, mails: Any) -> None:
    inbox.get(*(letter(f"Número {number}") for number in range(8)))

    assert len(_threads()) == 8 and len(mails()) == 5


def _report(told: Any) -> bytes:
    """Return what the other server reports where there is no such address."""
    from tests.mail.test_bounces import REPORT

    return REPORT.format(
        action="failed", status="5.1.1", said="550 no such user", original="text/rfc822-headers",
        message_id=told["Message-ID"],
    ).encode()  # fmt: skip


def test_a_bounce_fails_the_letter_and_opens_a_task_on_its_case(
    inbox: Inbox, host: HostPage, mails: Any, cast: Cast
) -> None:
    host.send("/pqr/cases", filing())
    told = mails()[-1]

    row = inbox.get(_report(told))

    db.session.rollback()
    mail = db.session.scalars(select(Mail).where(Mail.message_id == told["Message-ID"])).one()
    assert (row.state, mail.state) == ("bounce", "failed") and _threads() == []
    assert [task.kind for task in db.session.scalars(select(CaseTask))] == ["bounce"]


def _many_parts() -> bytes:
    mail = letter()
    for number in range(200):
        mail.add_attachment(PDF, maintype="application", subtype="pdf", filename=f"f{number}.pdf")
    return mail.as_bytes()


def _winmail() -> bytes:
    mail = letter("El texto.")
    mail.add_attachment(b"\x78\x9f\x3e\x22", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return mail.as_bytes()


def _with(kind: str, content: str) -> bytes:
    """A mail of a text and one more part, as it stands on the wire."""
    text = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nEl texto.\r\n"
    return HEAD + f"{text}--b\r\nContent-Type: {kind}\r\n\r\n{content}\r\n--b--\r\n".encode()


INNER = "From: Juan <juan@example.org>\r\nSubject: Corte\r\n\r\nLe cortamos el agua.\r\n"
INVITED = "BEGIN:VEVENT\r\nSUMMARY:Junta\r\nDTSTART:20251103T150000Z\r\nEND:VEVENT"
HIDDEN = (
    b'<div style="display: none">PIDO DINERO</div><p>Hay un <a href="https://x.example/y">hueco</a></p>'
    b'<p style="font-size:0px">PIDO DINERO</p>'
)
HEAD = b"From: luz@example.org\r\nTo: contacto@tenjo.example\r\nSubject: Raro\r\n"
PAGE = b"<style>p{}</style><p>Uno</p><script>x</script><p>Dos &amp;</p>"
CODED = HEAD + b"Content-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"


def _dolls() -> bytes:
    inside = (b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(30))
    return b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + b"".join(inside) + b"--b30\r\n\r\nHola\r\n"


HOSTILE = {
    "charset": (HEAD + b'Content-Type: text/plain; charset="nada-8"\r\n\r\nEl ni\xf1o\r\n', "El niño", "charset"),
    "wrong_charset": (HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nA\xf1o\r\n", "Año", "charset"),
    "headers": (HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\nHola\r\n", "Hola", ""),
    "no_headers": (b"\r\nSolo texto\r\n", "Solo texto", "no_writer"),
    "no_boundary": (HEAD + b"Content-Type: multipart/mixed\r\n\r\nSin borde\r\n", "", ""),
    "html": (HEAD + b"Content-Type: text/html\r\n\r\n" + PAGE, "Uno\n\nDos &", ""),
    "bad_base64": (HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n!!!esto no es!!!\r\n", "", ""),
    "nul": (HEAD + b"\r\nCon \x00 nulo y \xff\xfe\r\n", "Con", ""),
    "nothing": (b"", "", "no_writer"),
    "parts": (_many_parts(), "hueco", "parts"),
    "winmail": (_winmail(), "winmail.dat: Outlook lo empacó", "winmail"),
    "raw_header": (HEAD + "X-Y: \u202eñ\r\nContent-Type: text/plain\r\n\r\nHola".encode(), "Hola", ""),
    "windows": (CODED % b"iso-8859-1; x" + "Dijo “no”, son 5 €".encode("cp1252"), "Dijo “no”, son 5 €", ""),
    "mixed": (CODED % b"utf-8" + "Petición ".encode() + b"de Pe\xf1a", "Petición de Peña", "charset"),
    # A codec of Python's own: two minutes for three megabytes of it.
    "codec": (CODED % b"punycode" + b"hueco " * 9_000, "hueco hueco", "charset"),
    "long": (HEAD + b"\r\n" + b"hueco " * 20_000, "hueco", "long"),
    "deep": (HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 70_000 + b"Al fondo", "Al fondo", ""),
    "dolls": (HEAD + _dolls(), "no trae texto", "parts"),
    "hidden": (HEAD + b"Content-Type: text/html\r\n\r\n" + HIDDEN, "Hay un hueco (https://x.example/y)", "hidden"),
    "letter": (_with("message/rfc822", INNER), "Juan <juan@example.org>\nAsunto: Corte\n\nLe cortamos", ""),
    "signed": (_with("application/pkcs7-signature; name=smime.p7s", "MIAG"), "El texto.", "signed"),
    "sealed": (_with("application/pkcs7-mime; name=smime.p7m", "MIAG"), "no se puede leer aquí", "sealed"),
    "invited": (_with("text/calendar; method=REQUEST", INVITED), "Qué: Junta\nDesde: 2025-11-03 15:00 UTC", "calendar"),
}  # fmt: skip


def test_odd_mails_are_taken_and_marked_and_stop_no_other(inbox: Inbox) -> None:
    names = list(HOSTILE)

    inbox.deliver(*(HOSTILE[name][0] or b"\r\n" for name in names), letter("La última."))
    rows, wrong = inbox.fetch(), []

    for name, row in zip(names, rows, strict=False):
        _, said, mark = HOSTILE[name]
        read = _messages(row.source_id)[0].body if row.source_id else ""
        if row.state != "thread" or said not in read or "PIDO" in read or (mark and mark not in row.marks):
            wrong.append((name, row.state, row.marks, read[:80]))
    assert wrong == [] and len(rows) == len(names) + 1
    assert _messages(rows[-1].source_id or 0)[0].body == "La última."


@pytest.mark.parametrize("lines", [20_000, pytest.param(800_000, marks=pytest.mark.full)])
def test_a_mail_too_big_is_taken_by_its_beginning_and_says_so(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    """Of 60 MB in make drills; of 1.5 MB, against a limit as much smaller, in make test."""
    if lines < 800_000:
        monkeypatch.setattr("app.mail.intake.fetching.WHOLE_BYTES", 1_000_000)
    mail = (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nLa petici\xc3\xb3n completa.\r\n--b\r\n'
    )
    mail += b'Content-Type: application/pdf; name="enorme.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    mail += (b"A" * 76 + b"\r\n") * lines + b"--b--\r\n"

    row = inbox.get(mail)

    assert row.size_bytes == len(mail) and row.cut and row.state == "thread" and {"cut", "files"} <= set(row.marks)
    assert "La petición completa." in _messages()[0].body and "enorme.pdf" in _messages()[0].body


def test_what_cannot_be_parsed_is_kept_raw_and_shown(
    inbox: Inbox, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RecursionError

    mail = letter()
    with monkeypatch.context() as patched:
        patched.setattr("app.mail.intake.reading.parse", fail)
        row = inbox.get(mail)
    desk = sign_in("ana")

    page, raw = desk.get("/incoming"), desk.get(f"/incoming/{row.id}/raw")

    assert row.state == "broken" and "Guardar el original" in page.text
    assert raw.data.replace(b"\r\n", b"\n") == mail.as_bytes() and "attachment" in raw.headers["Content-Disposition"]
    assert inbox.get(letter()).state == "thread"


def test_the_console_shows_a_mailbox_that_cannot_be_read_and_catches_up(inbox: Inbox, sign_in: Any, app: Flask) -> None:
    inbox.get(letter())
    desk = sign_in("ana")
    inbox.deliver(letter(Subject="Mientras tanto"))
    inbox.server.close()
    try:
        inbox.fetch()
        down = [desk.get("/incoming").text, desk.get("/").text]
    finally:
        inbox.server.open()

    inbox.fetch()

    assert all("no se puede leer desde" in page and "no recibe conexiones: ConnectionRefused" in page for page in down)
    assert "no se puede leer" not in desk.get("/incoming").text + desk.get("/").text
    assert [thread.subject for thread in _threads()] == ["Hueco en la vía", "Mientras tanto"]


def test_an_officer_makes_a_message_of_what_was_held_for_a_machine(inbox: Inbox, sign_in: Any) -> None:
    row = inbox.get(letter("Soy una persona.", Precedence="bulk"))
    desk = sign_in("ana")

    assert desk.post(f"/incoming/{row.id}/take", {}).status_code == 302

    assert _messages()[0].body == "Soy una persona." and inbox.fetch()[-1].state == "thread"
    assert desk.post(f"/incoming/{row.id}/take", {}).status_code == 409


def test_who_got_the_mail_too_is_asked_about_at_the_answer(inbox: Inbox, sign_in: Any, mails: Any) -> None:
    inbox.get(letter(Cc="veedor@example.org, jefe@example.org"))
    desk = sign_in("ana")

    page = desk.get("/contact/1").text
    strange = desk.post("/contact/1/answer", {"body": "Iremos.", "copies": "nadie@example.org", "seen": "1"})
    desk.post("/contact/1/answer", {"body": "Iremos el martes.", "copies": "veedor@example.org", "seen": "1"})

    assert "¿Quién más necesita esta respuesta?" in page and strange.status_code == 422
    told = [mail["To"] for mail in mails() if "Iremos" in mail.get_content()]
    assert told == ["luz@example.org", "veedor@example.org"]


@pytest.mark.store
def test_a_message_is_sent_on_to_who_is_competent_and_the_person_told_in_one_act(
    inbox: Inbox, sign_in: Any, mails: Any
) -> None:
    """And where the entity's address turns out to be none, whoever sent it on reads that, and sends it again."""
    mail = letter("El río está sucio.")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="rio.pdf")
    inbox.get(mail)
    desk = sign_in("ana")
    given = {"entity": "CAR Cundinamarca", "address": "sau@car.example", "reason": "Es la autoridad.", "seen": "1"}

    wrong = desk.post("/contact/1/forward", {**given, "address": "no es correo"})
    sent, twice = desk.post("/contact/1/forward", given), desk.post("/contact/1/forward", given)
    entity, person = mails()[-2:]
    inbox.get(_report(entity))
    back = desk.get("/contact/1").text
    desk.post("/contact/1/forward", {**given, "address": "pqr@car.example", "seen": "2"})

    assert (wrong.status_code, sent.status_code, twice.status_code) == (422, 302, 409)
    assert "Es la autoridad." in wrong.text and "Es la autoridad." in twice.text
    assert entity["To"] == "sau@car.example" and "El río está sucio." in entity.get_body().get_content()
    assert [part.get_filename() for part in entity.iter_attachments()] == ["rio.pdf"]
    assert person["To"] == "luz@example.org" and "CAR Cundinamarca" in person.get_content()
    assert {entity["From"].addresses[0].addr_spec, person["From"].addresses[0].addr_spec} == {"contacto@tenjo.example"}
    # No machine's letter: the other entity's mailbox would hold it among those.
    assert (entity["Auto-Submitted"], entity["X-Auto-Response-Suppress"]) == ("no", None)
    assert "para sau@car.example: la dirección no existe" in back and "no llegó" not in desk.get("/contact/1").text
    assert [one["To"] for one in mails()[-2:]] == ["pqr@car.example", "luz@example.org"]


def test_what_went_to_another_entity_and_came_back_stands_on_its_case_and_its_answer_too(
    inbox: Inbox, host: HostPage, sign_in: Any, cast: Cast, mails: Any
) -> None:
    host.send("/pqr/cases", filing())
    with write():
        case = service.load_case(cast.tenjo, 1)
        site = db.session.get_one(Site, cast.tenjo)
        outbox.enqueue(site, "sau@car.example", "Remisión", "Va.", source="case_copy", source_id=case.id, by_hand=True)
    told = mails()[-1]

    inbox.deliver(_report(told), _reply(told, "Es nuestro.", From="CAR <pqr@car.example>"))
    states = [row.state for row in inbox.fetch()]

    assert states == ["bounce", "case"]
    page = sign_in("ana").get("/cases/1").text
    assert "No llegó «Remisión»" in page and "para sau@car.example" in page and "Es nuestro." in page
    assert db.session.scalars(select(CaseTask)).all() == []


def test_a_mail_that_becomes_a_case_has_the_date_on_which_the_server_took_it(
    inbox: Inbox, cast: Cast, sign_in: Any
) -> None:
    inbox.get(letter(Date="Mon, 05 Jan 2015 10:00:00 -0500"))
    with write():
        earlier = now() - timedelta(days=3)
        for message in _messages():
            message.at = earlier

    sign_in("ana").post("/contact/1/radicate", {"kind": "peticion_particular"})

    db.session.rollback()
    assert service.load_case(cast.tenjo, 1).received_at == earlier
    assert db.session.scalar(select(func.count()).select_from(IncomingMail)) == 1
