"""Personal data as lists show them: enough to tell two people apart, not enough to know who they are.

Source: Ley 1581 de 2012, art. 4 f to h; who needs the whole says why, and it is written down (service.reveal).
"""

from __future__ import annotations

DOT = "•"


def mask_name(name: str) -> str:
    """Return "L• M• P•" of a name."""
    return " ".join(f"{word[0]}{DOT * 3}" for word in name.split()[:4])


def mask_number(number: str) -> str:
    """Return the last three signs of a document or telephone number."""
    return f"{DOT * 4}{number[-3:]}" if len(number) > 4 else DOT * 4 if number else ""


def mask_email(email: str) -> str:
    """Return the first letter of a mail address and its domain's last part."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}{DOT * 3}@{DOT * 3}.{domain.rpartition('.')[2]}" if at else ""


def mask_text(text: str) -> str:
    return DOT * 4 if text else ""
