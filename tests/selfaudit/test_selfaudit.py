"""The form of Resolución 1519 de 2020 is looked at on the live pages, and what is wrong with them shows."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from app.cases.models import Case
from app.db import db, write
from app.demo.cast import MAIN
from app.demo.website import make_website
from app.selfaudit.checks import ITEMS
from app.sites.models import Site
from app.sites.service import change_site
from tests.conftest import Cast, Desk
from tests.documents.reading import read


def states(page: str) -> dict[str, str]:
    """Return how each item stands on the page, by its first words."""
    rows = re.findall(r"<tr><td>([^<]+)</td>\s*<td><span[^>]*>([^<]+)</span>", page)
    return {name.split(",")[0]: state for name, state in rows}


@pytest.mark.store
def test_each_item_is_looked_at_with_its_evidence_and_nothing_is_filed(sign_in: Any, cast: Cast) -> None:
    change_site(cast.tenjo, "system", privacy_url="https://www.tenjo.example/datos")

    page = sign_in("admin").get("/self-audit").text

    found = states(page)
    assert len(found) == len(ITEMS)
    # The tests serve http, and the audit says so; attachments are for a person to judge.
    assert {name for name, state in found.items() if state != "Cumple"} == {
        "Seguridad digital", "Adjuntos que no impiden radicar",
    }  # fmt: skip
    assert "respondió 422, con un resumen que se anuncia y el error atado a: kind, subject" in page
    assert "Correo electrónico" in page
    assert db.session.scalar(select(func.count()).select_from(Case)) == 0


def test_what_is_taken_away_from_the_form_is_found_out(sign_in: Any, cast: Cast, app: Flask) -> None:
    desk = sign_in("admin")
    before = states(desk.get("/self-audit").text)

    form = app.view_functions["pages.pqr_pages.form"]
    app.view_functions["pages.pqr_pages.form"] = lambda: str(form()).replace('name="phone"', "").replace(
        "Procuraduría", ""
    )
    after = states(desk.get("/self-audit").text)

    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Teléfono", "Identidad reservada: remisión a la Procuraduría"}


def test_the_policy_that_is_not_linked_is_named(sign_in: Any) -> None:
    page = sign_in("admin").get("/self-audit").text

    assert states(page)["Aviso de aceptación y política de datos"] == "No cumple"
    assert "póngala en la configuración" in page


def test_it_is_printed_as_an_accessible_document(sign_in: Any) -> None:
    answer = sign_in("admin").post("/self-audit", {"act": "print"})

    paper = read(answer.data)
    assert paper.ua
    assert "Ley 962 de 2005" in paper.text
    assert "Admin, Profesional" in paper.text


def test_a_page_inside_our_own_network_is_not_visited(sign_in: Any) -> None:
    page = sign_in("admin").post("/self-audit", {"url": "http://127.0.0.1:9/"}).text

    assert states(page)["El sitio de la entidad lleva al formulario"] == "No cumple"


def test_the_live_site_of_the_entity_is_visited_and_leads_to_the_form(
    sign_in: Any, app: Flask, cast: Cast
) -> None:
    """The demo's own website on loopback, which only a demo's setting lets us visit."""
    ventanilla = app.extensions["ventanilla"]
    base = ventanilla.settings.base_url
    website = make_website(base, "http://127.0.0.1", base, "none", [("pqr", "PQRSD")])
    server = make_server("127.0.0.1", 0, website)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"127.0.0.1:{server.server_port}"
    ventanilla.settings = replace(ventanilla.settings, crawl_allow=frozenset({place}))
    with write():
        # The website of the demo speaks of the demo's town.
        db.session.get_one(Site, cast.tenjo).key = MAIN
    try:
        desk = Desk(sign_in("admin").client, MAIN)
        there = desk.post("/self-audit", {"url": f"http://{place}/atencion"}).text
        paper = read(desk.post("/self-audit", {"url": f"http://{place}/atencion", "act": "print"}).data)
        policy = desk.post("/self-audit", {"url": f"http://{place}/estilos/reset.css"}).text
    finally:
        server.shutdown()
        server.server_close()

    name = "El sitio de la entidad lleva al formulario"
    assert (states(there)[name], states(policy)[name]) == ("Cumple", "No cumple")
    assert f"http://{place}/atencion" in paper.text.replace("\n", "").replace(" ", "")
