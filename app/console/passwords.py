"""Which passwords staff may choose, long ones that nobody guesses first; and no more hashes at once than is borne.

No rule asks for signs or capitals, and none forbids blanks or length. Source: ASVS 5.0.0, 6.2; NIST SP 800-63B.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from flask_security import PasswordUtil

from app.cores import anywhere

LIST = Path(__file__).parent / "data" / "common_passwords.txt"
# Each hash takes 19 MiB and a core for 18 ms: more at once would let a crowd at the door stop everybody inside.
HASHES_AT_ONCE = 2
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1234567890" * 2)
_FEW = 4
# What the list, made of the world's passwords, knows too little of.
_HERE = frozenset({
    "administrador", "alcaldia", "bienvenida", "bienvenido", "ciudadano", "clave", "colombia", "contrasena",
    "funcionario", "gobernacion", "municipio", "secretaria", "ventanilla",
})  # fmt: skip


class Passwords(PasswordUtil):
    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """Return what is wrong with a new password (keys of the catalogue, None for nothing), and its normal form."""
        problems, normal = super().validate(password, is_register, **kwargs)
        user = kwargs.get("user")
        own = (user.name or "", user.email) if user is not None else ()
        if not problems and is_easy(normal, own):
            problems = ["console.security.password_simple"]
        return problems, normal


class FewAtOnce:
    """A password context of which at most HASHES_AT_ONCE hashes run; who comes later waits."""

    def __init__(self, context: Any) -> None:
        self._context, self._room = context, BoundedSemaphore(HASHES_AT_ONCE)

    def hash(self, *args: Any, **kwargs: Any) -> str:
        with self._room, anywhere():
            return str(self._context.hash(*args, **kwargs))

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        with self._room, anywhere():
            return bool(self._context.verify(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


def is_easy(password: str, own: Iterable[str] = ()) -> bool:
    """Return whether a password is a common one, a row of keys, or a name, whatever figures stand around or between.

    `own` are texts of the person: their name, their address.
    """
    text = _folded(password)
    names = {word for one in own for word in re.split(r"[\W\d_]+", _folded(one)) if len(word) >= _FEW}
    known = _common() | _HERE | names
    letters = re.sub(r"[\W\d_]+", "", text)
    cores = {text, letters, re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text), _once(text), _once(letters)}
    return bool(cores & known) or len(_once(text)) <= _FEW or _is_row(text) or _only(letters, names)


def _only(letters: str, names: Iterable[str]) -> bool:
    """Return whether nothing but a few letters is left beside the names."""
    left = letters
    for name in sorted(names, key=len, reverse=True):
        left = left.replace(name, "")
    return left != letters and len(left) < _FEW


def _once(text: str) -> str:
    """Return what a text repeats, or the text."""
    found = re.fullmatch(r"(.+?)\1+", text[:128])
    return found[1] if found else text


def _is_row(text: str) -> bool:
    return any(text in row or text[::-1] in row for row in _ROWS)


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@cache
def _common() -> frozenset[str]:
    return frozenset(LIST.read_text(encoding="utf-8").partition("\n----\n")[2].split())
