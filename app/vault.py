"""Secrets that the store must hold and be no use for: sealed with keys that are not in it."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet
from flask import current_app


def seal(purpose: str, secret: str) -> str:
    """Return a secret as the store may keep it; each purpose has a key of its own."""
    return _box(purpose).encrypt(secret.encode()).decode()


def unseal(purpose: str, sealed: str) -> str:
    """Return a sealed secret. Raises InvalidToken where it was sealed for another purpose or by another key."""
    return _box(purpose).decrypt(sealed.encode()).decode()


def _box(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(current_app.extensions["ventanilla"].settings.key(purpose)))
