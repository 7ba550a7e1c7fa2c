"""What pages show of people: enough to tell two reports apart (Ley 1581 de 2012, art. 4 f to h).

The whole is shown to who says why, and that is written down (reports.reveal).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from app.cases import reserve
from app.cases.masking import DOT, mask_name, mask_number, mask_text
from app.coach import personal
from app.db import db
from app.words import t
from widgets.social.models import SocialReport

SHOWN = 140
# Fields that are somebody's datum whatever stands in them; of the others only what looks like one is blotted out.
PERSONAL: Mapping[str, Callable[[str], str]] = {
    "name": mask_name, "document": mask_number, "account": mask_number, "identification": mask_text,
    "address": mask_text,
}  # fmt: skip
# Of these the radicado, dates and what was decided tell nothing; the rest is what the person said, or where.
TELLING = ("object", "grounds", "service", "remarks")


def set_apart(rows: Iterable[SocialReport], lang: str) -> list[SocialReport]:
    """Return reports as anybody may read them: without the words that lie in the reserved folder of their case.

    For whoever may open that, too: it is opened in the case, where it stays who did.
    """
    found = list(rows)
    closed = reserve.with_folder(row.case_id for row in found)
    for row in found:
        if row.case_id in closed:
            # Let go by the session, so that no flush writes what is shown over what was said.
            db.session.expunge(row)
            row.body, row.link, row.evidence, row.later, row.media = t("console.reserve.apart", lang), "", {}, [], []
            row.details = {name: text for name, text in (row.details or {}).items() if name not in TELLING}
    return found


def blotted(text: str) -> str:
    """Return a text, each place that seems to hold somebody's datum blotted out."""
    for _, start, end, _ in sorted(personal.remarks(text), key=lambda one: one[1], reverse=True):
        text = text[:start] + mask_text(text[start:end]) + text[end:]
    return text


def masked(text: str) -> str:
    """Return the beginning of a text for a list, blotted."""
    text = blotted(" ".join(text[:2_000].split()))
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def mask_author(author: str) -> str:
    """Return "@v•••" of "@vecina.ej"."""
    start = 2 if author.startswith("@") else 1
    return f"{author[:start]}{DOT * 3}" if author else ""


def covered(row: SocialReport) -> dict[str, str]:
    """Return the fields of a report that are not shown as they are, each as it is shown."""
    found = {}
    for name, text in {**(row.details or {}), **(row.evidence or {})}.items():
        text = str(text or "")
        seen = PERSONAL.get(name, blotted)(text)
        if text and seen != text:
            found[name] = seen
    return found
