"""Published content as the search index takes it."""

from __future__ import annotations

from app.content.models import Faq, Publication
from app.content.render import to_text
from app.search.engine import Document


def faq_id(faq_id: int) -> str:
    return f"faq:{faq_id}"


def publication_id(publication_id: int) -> str:
    return f"publication:{publication_id}"


def of_faq(faq: Faq, site_key: str, office: str | None) -> Document:
    return Document(
        id=faq_id(faq.id), site=site_key, kind="faq", title=faq.question, body=to_text(faq.html),
        url=f"/{site_key}/faq#faq-{faq.id}", lang=faq.lang, office=office,
    )  # fmt: skip


def of_publication(publication: Publication, site_key: str) -> Document:
    body = "\n".join(part for part in (publication.summary, to_text(publication.html)) if part)
    return Document(
        id=publication_id(publication.id), site=site_key, kind="news", title=publication.title, body=body,
        url=f"/{site_key}/news/{publication.slug}", lang=publication.lang, published_at=publication.publish_at,
    )  # fmt: skip
