"""What stands around the words of a document: whose it is, which form in which version, and how it is verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from app.clock import now
from app.documents.models import DocumentForm
from app.documents.versions import form_in_force
from app.sites.service import SiteInfo
from app.words import t


@dataclass(frozen=True)
class Template:
    """A kind of document: its name, the file that sets it, and the code of the form until a site gives its own."""

    name: str
    path: Path
    code: str
    title_key: str = ""

    def title(self, lang: str) -> str:
        return t(self.title_key or f"documents.forms.{self.name}", lang)


@dataclass(frozen=True)
class Control:
    """Document control (S0-18); the page numbers are set by the sheet."""

    code: str
    version: str
    dated_on: date


@dataclass(frozen=True)
class Approval:
    """Who wrote, looked over and approved the form (S2-13), each as "name, post"."""

    prepared: str = ""
    reviewed: str = ""
    approved: str = ""


@dataclass(frozen=True)
class Verify:
    """Where anybody checks the document, and the fingerprint of what it says."""

    url: str
    code: str
    hash: str


@dataclass(frozen=True)
class Chart:
    """A drawing as vectors, the words that say the same, and the numbers that it draws."""

    svg: str
    alt: str
    caption: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    numbers: Sequence[int] = ()

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError("a chart without alt says nothing to who can't see it")

    def to_dict(self) -> dict[str, Any]:
        numbers = {"columns": self.columns, "rows": self.rows, "numbers": self.numbers} if self.columns else None
        return {"svg": self.svg, "alt": self.alt, "caption": self.caption, "table": numbers}


@dataclass(frozen=True)
class Paper:
    """The sheet on which a document is set."""

    title: str
    form: str
    lang: str
    entity: str
    accent: str
    control: Control
    foot: tuple[str, ...] = ()
    approval: Approval = field(default_factory=Approval)
    verify: Verify | None = None


def paper(template: Template, site: SiteInfo, title: str, lang: str, verify: Verify | None = None) -> Paper:
    """Return the site's sheet for a document: its heading, and the version of the form that is in force today."""
    kept = form_in_force(site.id, template.name)
    return Paper(
        title, template.title(lang), lang, site.entity, site.accent, _control(template, kept),
        tuple(part for part in (site.address, site.phone, site.official_email, site.website) if part),
        Approval(kept.prepared, kept.reviewed, kept.approved) if kept else Approval(), verify,
    )  # fmt: skip


def _control(template: Template, kept: DocumentForm | None) -> Control:
    if kept is None:
        return Control(template.code, "01", now().date())
    return Control(kept.code, kept.version, kept.dated_on)


def words_of(sheet: Paper) -> dict[str, Any]:
    """Return the sheet as its template reads it."""
    lang, seal = sheet.lang, sheet.verify
    approval = [
        (t(f"documents.approval.{name}", lang), getattr(sheet.approval, name))
        for name in ("prepared", "reviewed", "approved")
    ]
    return {
        "title": sheet.title, "form": sheet.form, "lang": lang, "entity": sheet.entity, "accent": sheet.accent,
        "foot": list(sheet.foot), "page-of": t("documents.sheet.page_of", lang),
        "control": {
            "code": sheet.control.code, "version": sheet.control.version,
            "date": sheet.control.dated_on.isoformat(),
        },
        "approval": approval if any(name for _, name in approval) else [],
        "verify": seal and {"url": seal.url, "code": seal.code, "hash": seal.hash,
                            "alt": t("documents.sheet.qr", lang, url=seal.url)},
        "words": {
            name: t(f"documents.sheet.{name}", lang)
            for name in ("control_code", "control_version", "control_date", "verify", "code", "content_hash", "figure")
        },
    }  # fmt: skip
