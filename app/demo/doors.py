"""What the trunk's own doors hold in the demo: a key of another system, retention, what the water company reports."""

from __future__ import annotations

from sqlalchemy import select

from app.cases import retention
from app.cases.models import Case
from app.cases.retention import Series
from app.console.auth import staff_of
from app.console.models import User
from app.db import db
from app.demo.cast import Cast
from app.memos import service as memos
from app.sites.service import office_by_code
from app.sui import lists
from app.sui import service as sui
from app.sui.lists import Cause, Centre
from app.systems import addresses, keys

# Where the website takes what a site's own document manager would.
HEARD = "/avisos"
# Codes to look at: an entity writes those of its own annex.
CAUSES = tuple(
    Cause(name, group, detail, "Ejemplo de la demostración")
    for name, group, detail in (
        ("Lectura", "F", "101"), ("Cobro desconocido", "F", "102"), ("Alto consumo", "F", "103"),
        ("Suspensión", "P", "301"),
    )
)  # fmt: skip
CENTRES = (Centre("25799", "La Punta", "001"), Centre("25799", "Vereda Chincé", "002"))


def fill(cast: Cast) -> None:
    """Fill the doors of the municipality, and what its water company reports."""
    admin = cast.staff("admin")
    keys.make(admin, cast.site_id, "Gestor documental", keys.SCOPES)
    for kind, code in (("peticion_general", "1"), ("peticion_particular", "2"), ("queja", "3")):
        line = Series(kind, f"110-32.{code}", "Derechos de petición", "", 2, 8, "select")
        retention.save(admin, cast.site_id, line)
    office = office_by_code(cast.site_id, "120")
    if office is not None:
        memos.send(cast.staff("ana"), cast.site_id, office.id, "Visita al puente", "Favor programarla.")
    _reported(cast)


def _reported(cast: Cast) -> None:
    """Fill what the water company reports: its lists, and the facts of most cases: some wait for them."""
    staff = cast.staff("jefe")
    lists.save_causes(staff, cast.hours_site_id, CAUSES)
    lists.save_centres(staff, cast.hours_site_id, CENTRES)
    cases = db.session.execute(
        select(Case.id, Case.answered_at).where(Case.site_id == cast.hours_site_id).order_by(Case.id)
    ).all()
    for number, (case_id, answered_at) in enumerate(cases):
        if number % 9 == 8:
            continue
        decision = ("denies", "grants", "grants_partly")[number % 3] if answered_at else ""
        facts = sui.Facts(f"0002001{50034 + number}", CAUSES[number % len(CAUSES)].name, decision)
        sui.keep_facts(staff, cast.hours_site_id, case_id, facts)


def listen(site_id: int, url: str) -> None:
    """Let the website hear what happens to cases, at the address where it stands today."""
    had = {row.url: row.id for row in addresses.hooks_of(site_id) if row.active and row.url.endswith(HEARD)}
    if list(had) == [url]:
        return
    admin = staff_of(db.session.scalars(select(User.id).where(User.email.like("admin@%.example"))).one())
    for hook_id in had.values():
        addresses.stop(admin, site_id, hook_id)
    addresses.add(admin, site_id, url)
