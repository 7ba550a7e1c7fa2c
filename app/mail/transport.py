"""Ways to hand a message over: an SMTP server, or a Maildir for a demo and for a machine without mail."""

from __future__ import annotations

import mailbox
import re
import smtplib
import ssl
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 30


class Rejected(Exception):
    """The server will never take this message (SMTP 5xx); trying again would only annoy it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transport(Protocol):
    def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand over a whole message, lines ending in CRLF, to the last byte as it is: it may be signed."""


class Smtp:
    """An SMTP server: `smtp://user:password@host:587` (STARTTLS where it is offered) or `smtps://…:465`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.tls = parts.hostname or "localhost", parts.scheme == "smtps"
        self.port = parts.port or (465 if self.tls else 25)
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        # An address of other letters than English ones needs a server that knows them (RFC 6531).
        options = () if (sender + recipient).isascii() else ("SMTPUTF8", "BODY=8BITMIME")
        try:
            with self._connect() as server:
                server.sendmail(sender, [recipient], content, mail_options=options)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            if code >= 500:
                raise Rejected(f"recipient refused: {_told(code, said)}") from error
            raise
        except smtplib.SMTPResponseException as error:
            # A bad login is ours to mend, not the message's end.
            if error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError):
                raise Rejected(f"refused: {_told(error.smtp_code, error.smtp_error)}") from error
            raise

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        if self.user:
            server.login(self.user, self.password)
        return server


def _told(code: int, said: bytes | str) -> str:
    """Return the code of an answer with its enhanced status (RFC 3463): the rest of it may name a person."""
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    status = re.match(r"\s*([245]\.\d{1,3}\.\d{1,3})\b", text)
    return f"{code} {status[1]}" if status else str(code)


class MaildirBox:
    """A folder of real messages: what the demo mailbox shows."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(str(self.path), create=True).add(content.replace(b"\r\n", b"\n"))


class Nowhere:
    """No mail is configured: messages wait in the store, and readiness says so."""

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        raise ConnectionError("VENTANILLA_MAIL is not set")


def make_transport(setting: str) -> Transport:
    if setting.startswith("maildir:"):
        return MaildirBox(setting.removeprefix("maildir:"))
    if setting.startswith(("smtp://", "smtps://")):
        return Smtp(setting)
    return Nowhere()
