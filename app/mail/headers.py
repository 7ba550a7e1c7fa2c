"""Headers with accents as every program reads them: the library loses blanks between the words that it encodes."""

from __future__ import annotations

from email.header import Header
from email.policy import EmailPolicy
from typing import Any


class Whole(EmailPolicy):
    """The policy for SMTP, with Subject and From encoded as a whole.

    The new policy of Python 3.11 encodes word by word where a line is full, and what stands between two encoded words
    is no blank to who reads them (RFC 2047, 6.2): «Ciclovía nocturna» came as «Ciclovíanocturna».
    """

    def _plain(self, name: str, value: Any) -> str | None:
        text = str(value)
        if self.utf8 or text.isascii() or name.lower() not in ("subject", "from"):
            return None
        if name.lower() == "subject":
            return f"{name}: {Header(text, 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"
        (one,) = value.addresses
        shown = Header(one.display_name, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {shown}{self.linesep} <{one.addr_spec}>{self.linesep}"

    def fold(self, name: str, value: Any) -> str:
        return self._plain(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        plain = self._plain(name, value)
        return plain.encode("ascii") if plain is not None else super().fold_binary(name, value)


WHOLE = Whole(linesep="\r\n", max_line_length=78)
