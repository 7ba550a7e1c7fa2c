"""The versions of the printed forms: the log of changes and who approved each (S2-13)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from app.audit import append_audit
from app.db import db, write
from app.documents.models import DocumentForm
from app.errors import Invalid


def form_in_force(site_id: int, template: str) -> DocumentForm | None:
    """Return the last version of a form; None where the site keeps the one that comes with the house."""
    found = select(DocumentForm).where(DocumentForm.site_id == site_id, DocumentForm.template == template)
    return db.session.scalar(found.order_by(DocumentForm.id.desc()).limit(1))


def versions_of(site_id: int) -> list[DocumentForm]:
    """Return all versions of all forms of a site, newest first."""
    return list(
        db.session.scalars(select(DocumentForm).where(DocumentForm.site_id == site_id).order_by(DocumentForm.id.desc()))
    )


def add_version(
    actor: str, site_id: int, template: str, *, code: str, version: str, dated_on: date, change: str = "",
    prepared: str = "", reviewed: str = "", approved: str = "",
) -> None:  # fmt: skip
    """Put a new version of a form in force; one that was is never changed, since documents were printed on it."""
    missing = {name: ["errors.required"] for name, value in (("code", code), ("version", version)) if not value.strip()}
    if missing:
        raise Invalid(fields=missing)
    with write():
        taken = select(DocumentForm.id).where(
            DocumentForm.site_id == site_id, DocumentForm.template == template, DocumentForm.version == version.strip()
        )
        if db.session.scalar(taken) is not None:
            raise Invalid(fields={"version": ["documents.errors.version_taken"]})
        row = DocumentForm(
            site_id=site_id, template=template, code=code.strip(), version=version.strip(), dated_on=dated_on,
            change=change.strip(), prepared=prepared.strip(), reviewed=reviewed.strip(), approved=approved.strip(),
        )  # fmt: skip
        db.session.add(row)
        append_audit(site_id, actor, "form.version", f"form:{template}", version=row.version, code=row.code)
