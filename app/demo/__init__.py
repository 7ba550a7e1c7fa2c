"""The demo: a municipality that does not exist, its people, its cases, its website and its mailbox.

Nothing here is registered by a production install: `ventanilla demo …` alone imports it, and refuses to run without
VENTANILLA_DEMO=1.
"""

from __future__ import annotations

from app.demo.cast import Cast

__all__ = ["Cast"]
