"""The officials' side of cases: inbox, case page, answer."""

from __future__ import annotations

from app.cases.console import answer, case, inbox, texts, workflow
from app.cases.console.parts import bp

__all__ = ["answer", "bp", "case", "inbox", "texts", "workflow"]
