"""The mailboxes that are read, from VENTANILLA_IMAP, and the way into one."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from imap_tools import BaseMailBox

TIMEOUT_S = 30


class MailboxMissing(RuntimeError):
    """The extra `mailbox` (imap-tools) is not installed on this server."""


class Unprotected(RuntimeError):
    """The server offers no TLS, and it is not this machine: the password would go over the wire in the clear."""


@dataclass(frozen=True)
class Account:
    """One mailbox of one site."""

    site_key: str
    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    @property
    def name(self) -> str:
        """How the store names it: without the password, and stable when that changes."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"[:200]


def parse_accounts(value: str) -> tuple[Account, ...]:
    """Return the mailboxes of "tenjo=imaps://user:password@host/INBOX …"; ValueError says what is wrong with one."""
    return tuple(_parse(part) for part in value.split())


def _parse(part: str) -> Account:
    key, found, url = part.partition("=")
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("a port is a number") from error
    if not found or not key.replace("-", "").isalnum() or parts.scheme not in {"imap", "imaps"} or not parts.hostname:
        raise ValueError("use site=imaps://user:password@host/folder, several separated by spaces")
    if not parts.username or parts.password is None:
        raise ValueError(f"the mailbox of {key!r} needs user and password (write @ as %40)")
    tls = parts.scheme == "imaps"
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return Account(
        key,
        parts.hostname,
        port or (993 if tls else 143),
        tls,
        unquote(parts.username),
        unquote(parts.password),
        folder,
    )


def available() -> bool:
    return find_spec("imap_tools") is not None


@contextmanager
def opened(account: Account) -> Iterator[BaseMailBox]:
    """Open the mailbox on its folder. Raises MailboxMissing, Unprotected, OSError, or an error of imaplib."""
    if not available():
        raise MailboxMissing
    from imap_tools import MailBox, MailBoxUnencrypted

    context = ssl.create_default_context()
    box: BaseMailBox
    if account.tls:
        box = MailBox(account.host, account.port, timeout=TIMEOUT_S, ssl_context=context)
    else:
        box = MailBoxUnencrypted(account.host, account.port, timeout=TIMEOUT_S)
        if "STARTTLS" in box.client.capabilities:
            box.client.starttls(context)
        elif not _is_here(account.host):
            box.client.shutdown()
            raise Unprotected
    with box.login(account.user, account.password, initial_folder=account.folder):
        yield box


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
