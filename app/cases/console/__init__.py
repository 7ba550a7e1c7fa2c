"""The officials' side of cases: inbox, case page, answer."""

from __future__ import annotations

from app.cases.console import answer, case, draft, inbox, retention, terms, texts, workflow
from app.cases.console.parts import bp

__all__ = ["answer", "bp", "case", "draft", "inbox", "retention", "terms", "texts", "workflow"]
