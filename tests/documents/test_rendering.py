"""Every document is an accessible PDF with its control, whatever stands in its data."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.db import write
from app.documents import Approval, Chart, Control, DocumentsMissing, Paper, Template, available, paper, render
from app.sites.service import site_info
from tests.conftest import Cast
from tests.documents.reading import read

SHEET = Paper(
    "Informe de prueba", "Informe", "es", "Alcaldía de Tenjo", "#0b5cad", Control("INF-01", "03", date(2026, 3, 2)),
    ("Calle 3",), Approval("Ana, profesional", "Beto, jefe", "Carla, alcaldesa"),
)  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 20"><rect width="60" height="20" fill="#0b5cad"/></svg>'
CHART = Chart(
    SVG, "Sesenta de cien respuestas a tiempo", "Respuestas a tiempo", ("Tipo", "N"), (("Queja", "60"),), (1,)
)


@pytest.fixture
def template(tmp_path: Path) -> Template:
    path = tmp_path / "informe.typ"
    path.write_text(
        '#import "sheet.typ": *\n#show: sheet\n#heading(level: 1, frame.title)\n#prose(data.body)\n'
        "#for one in data.charts { chart(one) }\n#approval()\n"
    )
    return Template("informe", path, "INF-01")


def _set(template: Template, body: str, charts: tuple[Chart, ...] = ()) -> bytes:
    return render(template, SHEET, {"body": body, "charts": [one.to_dict() for one in charts]})


def test_it_is_pdf_ua_with_title_language_tags_and_the_words_of_its_charts(template: Template) -> None:
    found = read(_set(template, "Primero.\n\nDespués:\n- uno\n- dos", (CHART,)))

    assert (found.title, found.lang, found.tagged, found.ua) == (SHEET.title, "es", True, True)
    assert {"H1", "P", "L", "LI", "Figure", "Table", "TH", "TD"} <= set(found.tags)
    assert found.alts == [CHART.alt]


def test_each_page_carries_its_document_control_and_the_last_its_approval(template: Template) -> None:
    found = read(_set(template, "Un párrafo que se repite.\n\n" * 60))

    assert found.pages > 1
    for number in range(1, found.pages + 1):
        assert f"Página {number} de {found.pages}" in found.text
    assert found.text.count("Código: INF-01") == found.text.count("Versión: 03") == found.pages
    assert "Elaboró" in found.text and "Carla, alcaldesa" in found.text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("#panic() *no* $x$ @ref <a> [b] \\u{41}", "#panic() *no* $x$ @ref <a> [b] \\u{41}"),
        ("emoji 😀 y 中文", "emoji ▯ y ▯▯"),
        ("nulo\0 bidi\u202e campana\x07", "nulo bidi campana"),
        ("medio par \ud83d fin", "medio par fin"),
    ],
)
def test_what_a_person_typed_is_set_as_it_is_and_never_read_as_markup(
    template: Template, typed: str, shown: str
) -> None:
    assert shown in read(_set(template, typed)).text.replace("\r\n", " ")


def test_a_chart_without_words_for_who_cannot_see_it_is_refused(template: Template) -> None:
    with pytest.raises(ValueError, match="alt"):
        Chart(SVG, " ", "Respuestas")


def test_it_is_never_made_inside_a_transaction(app: Flask, template: Template) -> None:
    with write(), pytest.raises(RuntimeError, match="inside write"):
        _set(template, "Hola")


def test_without_the_extra_it_says_so(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = importlib.util.find_spec
    monkeypatch.setattr(
        "app.documents.rendering.find_spec", lambda name: None if name in {"typst", "segno"} else known(name)
    )

    assert not available()
    with pytest.raises(DocumentsMissing) as refused:
        _set(template, "Hola")

    assert (refused.value.status, refused.value.message_key) == (503, "documents.missing")


def test_the_sheet_is_the_sites_own_in_the_version_in_force(cast: Cast, template: Template) -> None:
    from app.documents.versions import add_version

    before = paper(template, site_info(cast.tenjo), "Informe", "es")
    for version in ("01", "02"):
        add_version(
            "staff:1", cast.tenjo, "informe", code="GC-07", version=version, dated_on=date(2026, 5, 1), approved="Ana"
        )

    after = paper(template, site_info(cast.tenjo), "Informe", "es")
    elsewhere = paper(template, site_info(cast.other), "Informe", "es")

    assert (before.control.code, before.approval) == ("INF-01", Approval())
    assert (after.control, after.approval.approved) == (Control("GC-07", "02", date(2026, 5, 1)), "Ana")
    assert elsewhere.control.code == "INF-01"
