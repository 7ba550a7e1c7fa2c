"""Words that offend are found however they are dressed up, and hard opinions are none."""

from __future__ import annotations

import pytest

from app.coach import Context, advise
from app.coach.offence import offences


@pytest.mark.parametrize(
    "text",
    [
        "Usted es un hijueputa", "HIJO DE PERRA", "h.p. ladrones", "puuuta", "PUTAAAA", "m4rica", "P.U.T.A",
        "m i e r d a", "son unos imbéciles", "pendejooos", "You idiots", "váyase a la mierda",
    ],
)  # fmt: skip
def test_an_insult_is_found_however_it_is_spelt(text: str) -> None:
    assert offences(text)


@pytest.mark.parametrize(
    "text",
    [
        "La reputación del alcalde", "La disputa por el lindero", "Mi computador HP no abre", "El salario bruto",
        "Un ladrón robó mi casa", "Son unos corruptos", "El diputado", "Carrera 4a no. 3-10 apto 501", "La perra ladra",
        "Pésimo servicio, nadie responde", "a b c d",
    ],
)  # fmt: skip
def test_a_hard_opinion_or_another_word_is_none(text: str) -> None:
    assert offences(text) == []


def test_the_places_are_those_of_the_text_and_the_coach_says_it() -> None:
    text = "ÁÉÍ usted es un Idiota."

    (start, end) = offences(text)[0]
    advice = advise(text, context=Context(channel="chat"))

    assert text[start:end] == "Idiota"
    assert "offensive" in {one.code for one in advice}
