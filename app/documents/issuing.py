"""Documents that leave the entity: a number taken in the act's own transaction, the file made by a job after it."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO
from typing import Any

from flask import current_app
from sqlalchemy import select

from app import files
from app.cases.filing import next_number
from app.cases.radicado import ALPHABET, SALIDA, Pattern
from app.cases.standing import Fallen, fallen
from app.clock import now
from app.db import db, in_write, write
from app.documents.models import Document
from app.documents.paper import Approval, Control, Paper, Template, Verify, paper
from app.documents.rendering import DocumentsMissing, NotRendered, render
from app.sites.service import SiteInfo
from app.uploads import receive
from app.words import t

log = logging.getLogger("ventanilla.documents")

MAKE = "documents.make"
_CODE = 12


@dataclass(frozen=True)
class Issued:
    """A document as its act knows it: the file comes after the commit."""

    id: int
    number: str
    code: str


def issue(
    template: Template, site: SiteInfo, title: str, lang: str, data: Mapping[str, Any], *, source: str, source_id: int,
    on: date, office: str = "", series: str = "salida", kind: int = SALIDA,
) -> Issued:  # fmt: skip
    """Take the next radicado de salida inside the running write, freeze the data, and queue the file.

    The number is rolled back with its act and given once only. `title` is shown to whoever verifies: never about whom.
    The template finds the number as `data.number`. `on` is the day of the entity's calendar.
    """
    if not in_write():
        raise RuntimeError("issue outside write()")
    ventanilla = current_app.extensions["ventanilla"]
    number = Pattern(site.radicado_pattern).format(on, next_number(site.id, series, on.year), office, kind)
    code = "".join(secrets.choice(ALPHABET) for _ in range(_CODE))
    said = {**data, "number": number}
    content = sha256(_canonical({"entity": site.entity, "title": title, "data": said})).hexdigest()
    seal = Verify(f"{ventanilla.settings.base_url}/{site.key}/verify/{code}", code, content)
    row = Document(
        site_id=site.id, template=template.name, number=number, code=code, title=title[:200], lang=lang,
        content_hash=content, source=source, source_id=source_id,
        data=json.loads(_canonical({"paper": asdict(paper(template, site, title, lang, seal)), "data": said})),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    ventanilla.jobs.enqueue(MAKE, {"document": row.id}, dedupe=f"{MAKE}:{row.id}")
    return Issued(row.id, number, code)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def attachment(document_id: int) -> dict[str, Any]:
    """Return what the outbox takes among a mail's attachments: the mail makes the file where the job has not yet."""
    return {"document": document_id}


def make(payload: dict[str, Any]) -> None:
    """Make the file of a document that was issued; the job of each. Doing it twice leaves one file."""
    file_of(int(payload["document"]))


def file_of(document_id: int) -> files.FileInfo | None:
    """Return the file of a document, made now where it was not; None for a document that is gone.

    Raises DocumentsMissing without the extra. Of two that make it at once the first to commit counts.
    """
    row = db.session.get(Document, document_id)
    if row is None:
        return None
    if row.file_id is not None:
        return files.by_number(row.file_id)
    template, given, number, site_id = row.template, row.data, row.number, row.site_id
    db.session.rollback()
    known: dict[str, Template] = current_app.extensions["ventanilla"].documents
    pdf = render(known[template], _thaw(given["paper"]), given["data"])
    storage = current_app.extensions["ventanilla"].storage
    stored = receive(BytesIO(pdf), f"{number}.pdf", storage=storage)
    with write():
        row = db.session.get_one(Document, document_id, with_for_update=True, populate_existing=True)
        mine = row.file_id is None
        if mine:
            receipt = files.keep(site_id, stored)
            row.file_id = files.claim(site_id, [receipt], row.source, row.source_id)[0].id
            row.file_hash, row.made_at, row.data = stored.sha256, now(), {}
        file_id = row.file_id
    if not mine:
        storage.delete(stored.key)
    return files.by_number(file_id) if file_id is not None else None


def letter_part(document_id: int) -> tuple[dict[str, Any], str] | None:
    """Return a document as a part of a mail, with what the mail says of it; None where it can't be made here."""
    row = db.session.get(Document, document_id)
    said = t("documents.mail.attached", row.lang, number=row.number) if row is not None else ""
    try:
        made = file_of(document_id)
    except (DocumentsMissing, NotRendered) as error:
        log.warning("document %s goes without its file: %s", document_id, type(error).__name__)
        return None
    return ({"key": made.key, "name": made.name, "media_type": made.media_type}, said) if made else None


def _thaw(kept: dict[str, Any]) -> Paper:
    control = Control(**{**kept["control"], "dated_on": date.fromisoformat(kept["control"]["dated_on"])})
    return Paper(
        **{
            **kept, "control": control, "foot": tuple(kept["foot"]), "approval": Approval(**kept["approval"]),
            "verify": kept["verify"] and Verify(**kept["verify"]),
        }
    )  # fmt: skip


def documents_of(source: str, ids: list[int]) -> dict[int, list[Document]]:
    """Return what was issued for several things of one source, by the id of the thing."""
    found: dict[int, list[Document]] = {}
    rows = select(Document).where(Document.source == source, Document.source_id.in_(ids)).order_by(Document.id)
    for row in db.session.scalars(rows):
        found.setdefault(row.source_id, []).append(row)
    return found


@dataclass(frozen=True)
class Verified:
    """What anybody may know of a document who holds its code."""

    title: str
    number: str
    issued_at: Any
    content_hash: str
    file_hash: str
    # Why it does not stand any more: a true document can say what was undone since.
    fallen: Fallen | None = None


def plain_code(typed: str) -> str:
    """Return a code as it is stored, however it was typed."""
    return "".join(typed.split()).replace("-", "").upper()[:20]


def verify(site_id: int, typed: str) -> Verified | None:
    """Return what is public of a document by its code, however it was typed; None for a code of nobody here."""
    query = select(Document).where(Document.site_id == site_id, Document.code == plain_code(typed))
    row = db.session.scalar(query)
    if row is None:
        return None
    undone = fallen(row.source, row.source_id)
    return Verified(row.title, row.number, row.issued_at, row.content_hash, row.file_hash, undone)
