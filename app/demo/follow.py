"""What the counter does with the demo's website: it proves it, reads it, follows its news, tells of a session."""

from __future__ import annotations

from sqlalchemy import select

from app.console.auth import staff_of
from app.console.models import User
from app.console.roles import Staff
from app.content import recordings, service, sources
from app.content.models import Publication
from app.content.service import PublicationText
from app.db import db
from app.demo.press import FEED, RECORDING
from app.search.crawl import hosts

SESSION = "Audio de la sesión ordinaria del Concejo"


def _staff(name: str) -> Staff:
    return staff_of(db.session.scalars(select(User.id).where(User.email == f"{name}@piedraverde.example")).one())


def claim(site_id: int, website: str) -> str:
    """Add the website as it is called today, forget what it was called before, and return the mark that proves it."""
    web = _staff("web")
    for host, _ in hosts.hosts(site_id):
        if host.origin != website:
            hosts.remove(web, site_id, host.id)
    made = hosts.add(web, site_id, website)
    return next(host.token for host, _ in hosts.hosts(site_id) if host.id == made)


def follow(site_id: int, website: str) -> None:
    """Prove the website and have it read, follow its feed, and publish the recording of a session."""
    web, press = _staff("web"), _staff("comu")
    [(host, _)] = hosts.hosts(site_id)
    host_id = host.id
    hosts.prove(web, site_id, host_id)
    hosts.start(web, site_id, host_id)
    topic = service.ensure_topics(site_id)[0].id
    for one in sources.sources(site_id):
        if not one.url.startswith(website):
            sources.remove(press, site_id, one.id)
    sources.add(press, site_id, website + FEED, topic)
    known = db.session.scalar(select(Publication).where(Publication.site_id == site_id, Publication.title == SESSION))
    if known is None or not known.audio_url.startswith(website):
        text = PublicationText(
            SESSION, "Se aprobó el presupuesto en segundo debate. El acta sale cuando la comisión la firme.", topic,
            audio=recordings.look(website + RECORDING),
        )  # fmt: skip
        made = service.save_publication(press, site_id, text, known.id if known else None)
        service.set_state(press, site_id, made, "published")
