"""The token after a plus in the address that a letter asks to be answered at: it names the letter, and is signed."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256

from flask import current_app

_TOKEN = re.compile(r"\+v(\d{1,18})-([0-9a-f]{16})@")


def _sign(mail_id: int) -> str:
    key: bytes = current_app.extensions["ventanilla"].settings.key("mail-plus")
    return hmac.new(key, str(mail_id).encode(), sha256).hexdigest()[:16]


def reply_address(official: str, mail_id: int) -> str:
    """Return the address whose letters are replies to this one."""
    local, _, domain = official.partition("@")
    return f"{local}+v{mail_id}-{_sign(mail_id)}@{domain}"


def mail_named(addresses: Iterable[str]) -> int | None:
    """Return the number of the letter that one of these addresses names; None where none does, or it is forged."""
    for address in addresses:
        found = _TOKEN.search(address)
        if found is not None and hmac.compare_digest(found[2], _sign(int(found[1]))):
            return int(found[1])
    return None
