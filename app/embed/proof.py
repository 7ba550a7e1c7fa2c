"""Proof of work (ALTCHA v2): asked of a network that files a lot, so that a flood costs its maker something."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from altcha import v2 as altcha

from app.clock import now
from app.config import Settings
from app.errors import DomainError

LIFETIME = timedelta(minutes=20)
# PBKDF2 rounds a try; about 256 tries, some 0.1 s on a desk and 1 s on an old phone.
COST = 1000


class ProofNeeded(DomainError):
    """The network files often: the browser must solve `params["challenge"]` first. Never a refusal of the filing."""

    status = 428
    code = "proof-needed"


def challenge(settings: Settings, site_key: str) -> dict[str, Any]:
    made = altcha.create_challenge(
        "PBKDF2/SHA-256",
        COST,
        expires_at=now() + LIFETIME,
        data={"site": site_key},
        hmac_secret=settings.key("proof"),
    )
    return made.to_dict()


def check(settings: Settings, payload: str, site_key: str) -> tuple[str, datetime]:
    """Return the nonce of a solved challenge and when it expires; ProofNeeded with a new one when it is not solved.

    The caller stores the nonce as spent: the library is stateless and would take the same proof twice.
    """
    if altcha.verify_solution(payload, settings.key("proof")).verified:
        parameters = altcha.Payload.from_base64(payload).challenge.parameters
        # Signed by us, so what it says can be read without suspicion from here on.
        if (parameters.data or {}).get("site") == site_key:
            return parameters.nonce, now() + LIFETIME
    raise ProofNeeded(challenge=challenge(settings, site_key))
