"""What anyone reads: news, one publication, frequent questions, pictures. Nothing here needs script."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue

from app import files
from app.content import service
from app.content.models import Publication
from app.dates import date_words
from app.embed.gate import Caller
from app.embed.pages import page
from app.errors import NotFound
from app.sites.service import offices

bp = Blueprint("content_pages", __name__)
PER_PAGE = 20


def shown(row: Publication, lang: str, topics: dict[int, str]) -> dict[str, Any]:
    return {
        "title": row.title, "summary": row.summary, "html": row.html, "lang": row.lang, "slug": row.slug,
        "audio_url": row.audio_url, "kind": row.kind,
        "topic": topics.get(row.topic_id, ""), "on": row.publish_at.isoformat(),
        "on_text": date_words(row.publish_at, lang), "expires_at": row.expires_at,
        "expires_text": date_words(row.expires_at, lang) if row.expires_at else "",
    }  # fmt: skip


@bp.get("/news")
def news() -> ResponseReturnValue:
    """Everything published, the newest first; `tema` chooses a topic."""
    caller: Caller = g.caller
    titles = service.topics_of(caller.site.id, caller.lang)
    chosen = next((topic for topic in service.topics(caller.site.id) if topic.key == request.args.get("tema")), None)
    number = max(0, request.args.get("pagina", 1, type=int) - 1)
    rows = service.live(
        caller.site.id, topic_id=chosen.id if chosen else None, limit=PER_PAGE + 1, offset=number * PER_PAGE
    )
    return page(
        "content/news.html", rows=[shown(row, caller.lang, titles) for row in rows[:PER_PAGE]],
        topics=[(topic.key, titles[topic.id]) for topic in service.topics(caller.site.id)],
        chosen=chosen.key if chosen else "", number=number + 1, more=len(rows) > PER_PAGE,
    )  # fmt: skip


@bp.get("/news/<slug>")
def publication(slug: str) -> ResponseReturnValue:
    caller: Caller = g.caller
    row = service.live_by_slug(caller.site.id, slug)
    widgets = current_app.extensions["ventanilla"].widgets.values()
    cited = [link for widget in widgets if widget.cited_in for link in widget.cited_in(caller.site, row.id)]
    topics = service.topics_of(caller.site.id, caller.lang)
    return page("content/publication.html", row=shown(row, caller.lang, topics), cited=cited)


@bp.get("/faq")
def faq() -> ResponseReturnValue:
    caller: Caller = g.caller
    names = {office.id: office.name for office in offices(caller.site.id, only_active=False)}
    rows = [(row, names.get(row.office_id or 0, "")) for row in service.faqs(caller.site.id)]
    return page("content/faq.html", rows=rows)


def send_image(info: files.FileInfo) -> Response:
    """Return the bytes of a picture that was drawn anew when it was taken, so it holds nothing but a picture."""
    if info.media_type not in {"image/png", "image/jpeg", "image/webp"}:
        raise NotFound
    with current_app.extensions["ventanilla"].storage.open(info.key) as file:
        response = Response(file.read(), content_type=info.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@bp.get("/images/<int:image_id>")
def image(image_id: int) -> ResponseReturnValue:
    caller: Caller = g.caller
    return send_image(service.image_file(caller.site.id, image_id))


def publication_url(base_url: str, site_key: str, slug: str) -> str:
    return base_url + url_for("pages.content_pages.publication", site_key=site_key, slug=slug)
