"""Form tokens: signed, short-lived, bound to a site and an origin, each good for one submission."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from app.config import Settings
from app.errors import DomainError

LIFETIME_S = 2 * 60 * 60


class TokenExpired(DomainError):
    """The page was open for long; the widget takes a new token and sends again under the same key."""

    status = 401
    code = "token-expired"


class TokenForeign(DomainError):
    """Not a token of this site and origin."""

    status = 403
    code = "token-foreign"


@dataclass(frozen=True)
class FormToken:
    nonce: str
    issued_at: datetime

    @property
    def expires_at(self) -> datetime:
        return self.issued_at + timedelta(seconds=LIFETIME_S)


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.key("form-token"))


def issue(settings: Settings, site_key: str, origin: str) -> str:
    return _serializer(settings).dumps([site_key, origin, secrets.token_hex(12)])


def read(settings: Settings, token: str, site_key: str, origin: str) -> FormToken:
    """Return what the token says; TokenExpired or TokenForeign when it can't serve here."""
    try:
        (site, bound_to, nonce), issued_at = _serializer(settings).loads(
            token, max_age=LIFETIME_S, return_timestamp=True
        )
    except SignatureExpired as error:
        raise TokenExpired from error
    except (BadData, ValueError) as error:
        raise TokenForeign from error
    if (site, bound_to) != (site_key, origin):
        raise TokenForeign
    return FormToken(nonce=nonce, issued_at=issued_at)
