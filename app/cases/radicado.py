"""The two names of a case: its public consecutive number, and the secret code that opens its tracking."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

SALIDA, ENTRADA, INTERNA, PQRSD = 1, 2, 3, 4
DEFAULT_PATTERN = "AAAA-DDD-NNNNNN-T"
_LONGEST = 32

LETTERS = "ABCDEFGHJKLMNPRSTUVWXY"  # no I, O, Q, Z
DIGITS = "23456789"  # no 0, 1
ALPHABET = LETTERS + DIGITS
CODE_LENGTH = 8
# What a person reads or types for a character that no code holds. At a digit's place a letter is always a mistake.
_LOOKALIKES = str.maketrans({"I": "L", "1": "L", "|": "L", "0": "D", "O": "D", "Q": "D", "Z": "2"})
_DIGIT_LOOKALIKES = str.maketrans({"A": "4", "B": "8", "G": "6", "S": "5", "T": "7"})


class BadPattern(ValueError):
    """A pattern of numbers that could not tell two cases apart, or that nobody could read back."""


class BadRadicado(ValueError):
    """A text that is no number of this pattern."""


@dataclass(frozen=True)
class Radicado:
    """The parts of a number; None for what its pattern does not print."""

    year: int
    sequence: int
    month: int | None = None
    office: str | None = None
    kind: int | None = None


@dataclass(frozen=True)
class Pattern:
    """How an entity prints its numbers: AAAA year, MM month, D office, N sequence, T type, and `-` or `.` between.

    Year and sequence are required, each group once. Orfeo's printed numbers are such patterns. A sequence that outgrows
    its width is printed whole: a full counter must never stop a filing. Raises BadPattern.
    """

    text: str = DEFAULT_PATTERN

    def __post_init__(self) -> None:
        """Refuse the pattern here, before any case has such a number."""
        letters = [group[0] for group in self._groups if group[0] not in "-."]
        if not re.fullmatch(r"[AMDNT](?:[-.]?[AMDNT])*", self.text) or len(self.text) > _LONGEST:
            raise BadPattern(f"a pattern has A, M, D, N, T with single hyphens or dots between: {self.text!r}")
        if len(set(letters)) != len(letters):
            raise BadPattern(f"a group stands twice in {self.text!r}")
        widths = {group[0]: len(group) for group in self._groups}
        for letter, allowed in {"A": {4}, "M": {0, 2}, "T": {0, 1}, "N": set(range(4, 13)), "D": set(range(7))}.items():
            if widths.get(letter, 0) not in allowed:
                raise BadPattern(f"{letter} cannot be {widths.get(letter, 0)} long in {self.text!r}")

    @property
    def _groups(self) -> list[str]:
        return [match.group() for match in re.finditer(r"(.)\1*", self.text, re.DOTALL)]

    def format(self, on: date, sequence: int, office: str = "", kind: int = PQRSD) -> str:
        """Return the number of a case radicated `on` that day.

        Raises BadRadicado for parts that the pattern can't hold.
        """
        if sequence < 1 or not 0 <= kind <= 9 or not re.fullmatch(r"[0-9]*", office):
            raise BadRadicado(f"no number has sequence {sequence}, office {office!r}, type {kind}")
        values = {"A": f"{on.year:04}", "M": f"{on.month:02}", "D": office, "N": str(sequence), "T": str(kind)}
        parts = [values.get(group[0], group).rjust(len(group), "0") for group in self._groups]
        if "D" in self.text and len(office) > self.text.count("D"):
            raise BadRadicado(f"office {office!r} is longer than its place in {self.text!r}")
        return "".join(parts)

    def parse(self, text: str) -> Radicado:
        """Return the parts of a number, however its separators and spaces were typed. Raises BadRadicado."""
        found = self._digits.fullmatch(squeeze(text))
        if found is None or len(text) > 2 * _LONGEST:
            raise BadRadicado("not a number of this entity")
        parts = found.groupdict()
        width = self.text.count("N")
        if int(parts["N"]) < 1 or (len(parts["N"]) > width and parts["N"][0] == "0"):
            raise BadRadicado("not a sequence of this entity")
        month, kind = parts.get("M"), parts.get("T")
        if month is not None and not 1 <= int(month) <= 12:
            raise BadRadicado("not a month")
        return Radicado(
            int(parts["A"]),
            int(parts["N"]),
            None if month is None else int(month),
            parts.get("D"),
            None if kind is None else int(kind),
        )

    @cached_property
    def _digits(self) -> re.Pattern[str]:
        """Only the sequence may be longer than its place, so the parts stay unambiguous without separators."""
        groups = [group for group in self._groups if group[0] not in "-."]
        return re.compile("".join(f"(?P<{g[0]}>[0-9]{{{len(g)}{',' if g[0] == 'N' else ''}}})" for g in groups))


def derive_code(secret: bytes, material: bytes) -> str:
    """Return the tracking code of this material: 8 characters without lookalikes, a digit every third place.

    The same secret and material give the same code, so a repeated submission can be told it again and nothing but its
    hash is stored. Bytes that would make some characters likelier are thrown away. Alphabet: GOV.UK Forms.
    """
    stream = _bytes(secret, material)
    return "".join(_pick(stream, DIGITS if place % 3 == 2 else ALPHABET) for place in range(CODE_LENGTH))


def normalise_code(text: str) -> str | None:
    """Return the code that a person meant, or None: case, spaces, hyphens and lookalikes are forgiven."""
    if len(text) > 64:
        return None
    plain = squeeze(unicodedata.normalize("NFKC", text)).translate(_LOOKALIKES)
    code = "".join(char.translate(_DIGIT_LOOKALIKES) if place % 3 == 2 else char for place, char in enumerate(plain))
    return code if is_code(code) else None


def opens(secret: bytes, typed: str, stored_hash: str | None) -> bool:
    """Return whether what a person typed is the code that is stored; None where nothing is, and that takes as long."""
    code = normalise_code(typed)
    matches = hmac.compare_digest(code_hash(secret, code or "AA2AA2AA"), stored_hash or "0" * 64)
    return bool(matches and code and stored_hash)


def squeeze(number: str) -> str:
    """Return a number without what stands between its parts, however it was printed or typed."""
    return re.sub(r"[\s._\-‐-―−]", "", number).upper()


def is_code(text: str) -> bool:
    """Return whether a text has exactly the shape of a code."""
    return len(text) == CODE_LENGTH and all(
        char in (DIGITS if place % 3 == 2 else ALPHABET) for place, char in enumerate(text)
    )


def format_code(code: str) -> str:
    """Return the code in groups that can be dictated: "AB3-CD4-EF"."""
    return "-".join(code[start : start + 3] for start in range(0, len(code), 3))


def code_hash(secret: bytes, code: str) -> str:
    """Return the keyed hash under which a code is stored; `code` is already normalised."""
    return hmac.new(secret, b"tracking-code-hash\0" + code.encode(), hashlib.sha256).hexdigest()


def _bytes(secret: bytes, material: bytes) -> Iterator[int]:
    """Yield as many bytes as wanted, HMAC-SHA-256 in counter mode."""
    counter = 0
    while True:
        label = b"tracking-code\0" + counter.to_bytes(4, "big")
        yield from hmac.new(secret, label + material, hashlib.sha256).digest()
        counter += 1


def _pick(stream: Iterator[int], alphabet: str) -> str:
    fair = 256 - 256 % len(alphabet)
    return alphabet[next(byte for byte in stream if byte < fair) % len(alphabet)]
