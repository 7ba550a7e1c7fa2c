"""No text of ours holds a null character, which PostgreSQL can't keep: addresses and staff forms with one are refused.

What citizens type needs no such refusal: their schemas clean it (app.sanitize).
"""

from __future__ import annotations

from flask import request

from app.errors import DomainError


class NullCharacter(DomainError):
    """No browser sends one; whoever does is trying something."""

    status = 400
    code = "invalid"


def refuse_nulls() -> None:
    """Raise NullCharacter for a null in the path, the query or a form of the console."""
    texts = [request.path, *(value for values in request.args.listvalues() for value in values)]
    if request.method == "POST" and request.path.startswith("/console"):
        texts += [value for values in request.form.listvalues() for value in values]
    if any("\0" in text for text in texts):
        raise NullCharacter
