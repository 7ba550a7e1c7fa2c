"""Every kind of document that the house prints: the trunk's own here, a leaf's in its `Widget.documents`."""

from __future__ import annotations

from collections.abc import Iterable

from app.documents.paper import Template
from app.words import ROOT

PAGES = ROOT / "app" / "templates"

LETTER = Template("letter", PAGES / "cases" / "letter.typ", "AC-FO-01")
REPORT = Template("report", PAGES / "cases" / "reports" / "report.typ", "AC-IN-01")
USE_PLAN = Template("use_plan", PAGES / "participation" / "use_plan.typ", "CE-PL-01")
MATRIX = Template("matrix", PAGES / "participation" / "matrix.typ", "CE-FO-02")
OUTAGE = Template("outage", PAGES / "outages" / "certificate.typ", "AC-CO-01")
SELF_AUDIT = Template("self_audit", PAGES / "selfaudit" / "audit.typ", "AC-LI-01")
MEMO = Template("memo", PAGES / "memos" / "memo.typ", "GD-FO-01")
TRUNK = (MEMO, LETTER, REPORT, USE_PLAN, MATRIX, OUTAGE, SELF_AUDIT)


def known(brought: Iterable[tuple[Template, ...]]) -> dict[str, Template]:
    """Return all templates by name; ValueError where two claim the same one."""
    found: dict[str, Template] = {}
    for template in (*TRUNK, *(one for some in brought for one in some)):
        if template.name in found:
            raise ValueError(f"two documents are called {template.name!r}")
        found[template.name] = template
    return found
