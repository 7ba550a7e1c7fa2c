"""Profiles of a municipality that does not exist, and a register with something in every state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app import clock
from app.cases.terms import terms_of
from app.db import db
from widgets.social import service
from widgets.social.hearing import channels, heard
from widgets.social.models import SocialReport
from widgets.social.register import replies, reports
from widgets.social.register.reports import Said
from widgets.social.watch import checks

MASTODON = "https://social.example/@piedraverde"
PROFILES = [
    ("facebook", "Alcaldía de Piedraverde", "https://www.facebook.com/piedraverde.example"),
    ("x", "@piedraverde_ej", "https://x.com/piedraverde_ej"),
    ("instagram", "@piedraverde.ej", "https://www.instagram.com/piedraverde.ej"),
    ("youtube", "Piedraverde TV", "https://www.youtube.com/@piedraverde-ej"),
    ("whatsapp", "601 555 0100", "https://wa.me/576015550100"),
    ("mastodon", "@piedraverde@social.example", MASTODON),
]
# (network, kind, who, what, hours ago)
SAID: Sequence[tuple[str, str, str, str, int]] = (
    ("facebook", "comment", "@vecina.ej", "El alumbrado de la vereda El Roble está apagado desde el lunes.", 75),
    ("x", "tag", "@barriocentro_ej", "@piedraverde_ej sin agua en el barrio Centro, calle 4 # 5-12.", 30),
    ("x", "comment", "@rosa_ej", "Tampoco hay agua en La Punta. Mi celular es 310 555 0112.", 29),
    ("instagram", "comment", "@tienda.ej", "¿Qué papeles piden para el permiso de la tienda?", 26),
    ("facebook", "message", "Luis Ejemplo", "Me llegó el predial de una finca que no es mía. CC 52.000.111.", 5),
    ("facebook", "comment", "@camilo.ej", "En la página dice que abren el sábado y estaba cerrado.", 3),
)


def follow(site_id: int, website: str) -> None:
    """Let the feed of the demo's website stand where that stands today."""
    feed = f"{website}/redes.rss"
    kept = [(row["network"], row["handle"], row["url"], row.get("feed", "")) for row in service.profiles(site_id)]
    fresh = [(*row[:3], feed if row[0] == "mastodon" and row[2] == MASTODON else row[3]) for row in kept]
    if fresh != kept:
        service.save_profiles(site_id, fresh, "system")


def fill(cast: Any) -> None:
    service.save_profiles(cast.site_id, PROFILES, "system")
    comu, ana, site_id = cast.staff("comu"), cast.staff("ana"), cast.site_id
    numbers = [_captured(site_id, one, cast.moment, comu.actor) for one in SAID]
    reports.judge(
        ana, site_id, numbers[4], {"identification": "Luis Ejemplo, CC 52.000.111", "object": "Corregir el predial"},
        is_petition=True, at_once=False, details={"name": "Luis Ejemplo", "document": "52.000.111", "kind": "peticion"},
    )  # fmt: skip
    reports.radicate(ana, site_id, numbers[0], "peticion_general")
    common = "El daño de la tubería se repara hoy y el servicio vuelve a las 6:00 de la tarde."
    details = {numbers[1]: "Ya hay un carrotanque en el barrio Centro.", numbers[2]: "A La Punta llega a mediodía."}
    replies.reply(comu, site_id, replies.Draft(common, details))
    replies.refer(comu, site_id, numbers[3], replies.PROCEDURE, cast.people["ana"])
    checks.save_schedule(comu, site_id, {"facebook": "8:00, 14:00", "x": "8:00, 11:00, 15:00", "instagram": "9:00"})
    with clock.at(_a_morning(site_id, cast.moment)):
        checks.remind({})
    checks.record(comu, site_id, "facebook", 2, "Alumbrado y predial")
    made = channels.add(comu, site_id, channels.SIGNED, "Lector de Mastodon", "")
    said = Said(
        "mastodon", "comment", "@julia@social.example", "https://social.example/@julia/1",
        "Piden arreglar el puente de la vereda Las Brisas.", cast.moment - timedelta(hours=1),
        external_id=heard.name_of("mastodon", "1"),
    )  # fmt: skip
    heard.take(made.id, [heard.Event(heard.SAID, said)])


def _a_morning(site_id: int, moment: datetime) -> datetime:
    """Return half past eight of the last working day before: nobody had looked, and communications was written to."""
    terms = terms_of(site_id)
    day = terms.day_of(moment) - timedelta(days=1)
    while not terms.calendar.is_working(day):
        day -= timedelta(days=1)
    return datetime.combine(day, time(8, 30), terms.zone)


def _captured(site_id: int, one: tuple[str, str, str, str, int], moment: datetime, actor: str) -> int:
    network, interaction, author, body, hours = one
    said = Said(network, interaction, author, "", body, moment - timedelta(hours=hours), at_once=hours < 4)
    with clock.at(moment - timedelta(hours=hours - 1)):
        code = reports.capture(site_id, said, actor)
    found = select(SocialReport.id).where(SocialReport.site_id == site_id, SocialReport.code == code)
    number: int = db.session.scalars(found).one()
    db.session.rollback()
    return number
