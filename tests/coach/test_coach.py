"""The coach reminds of the protocol, points at the right place, and never fails on what is typed."""

import json
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app.coach
from app.coach import Attachment, Context, advise
from app.coach.personal import nit_digit

LETTER = """Tenjo, 22 de noviembre de 2026

Señora
Rosa Díaz

En respuesta a su solicitud de fecha 3 de noviembre de 2026, relacionada con el alumbrado de la vereda Chincé, \
se informa que la cuadrilla irá el martes.

Contra esta respuesta procede el recurso de reposición.

Atentamente,

Ana Ruiz
Profesional universitaria
Alcaldía de Tenjo
601 864 6471
ana.ruiz@tenjo-cundinamarca.gov.co
www.tenjo-cundinamarca.gov.co
"""


PIECES = [
    "cédula",
    "calle",
    "vereda",
    "cuenta",
    "3",
    "#",
    "-",
    "52.123.456",
    "tú",
    "TE",
    "@",
    ".",
    "\n",
    "su casa",
    "Nequi",
    "NIT",
]


def codes(text: str, **context: object) -> list[str]:
    return [advice.code for advice in advise(text, context=Context(**context))]  # type: ignore[arg-type]


def test_a_letter_by_the_protocol_gets_no_advice() -> None:
    assert codes(LETTER) == []


def test_advice_points_at_its_place() -> None:
    text = "Buenas tardes. ¿Cómo estás? Gracias"

    (advice,) = advise(text, context=Context(channel="chat"))

    assert text[advice.start : advice.end] == "estás"


# --- opening --------------------------------------------------------------------------------------------------------


def test_a_letter_without_the_opening_is_reminded_of_it() -> None:
    assert "no-opening" in codes(
        LETTER.replace("En respuesta a su solicitud de fecha", "Le escribo, vista la nota del")
    )


def test_an_opening_must_say_date_and_subject() -> None:
    without_date = LETTER.replace("de fecha 3 de noviembre de 2026, relacionada", "relacionada")
    without_subject = LETTER.replace(", relacionada con el alumbrado de la vereda Chincé,", ",")

    assert codes(without_date) == ["opening-without-date"]
    assert codes(without_subject) == ["opening-without-subject"]


@pytest.mark.parametrize(
    "opening",
    [
        "Según su solicitud de fecha 3 de noviembre de 2026, relacionada con el alumbrado",
        "En atención a su queja del 03/11/2026, en la que informa el daño",
        "En respuesta a su derecho de petición radicado el 3 de noviembre sobre el alumbrado",
        "En respuesta a la petición de la referencia, del 2026-11-03, relativa al alumbrado",
    ],
)
def test_every_usual_opening_is_known(opening: str) -> None:
    assert codes(LETTER.replace(LETTER[LETTER.index("En respuesta") : LETTER.index(", se informa")], opening)) == []


def test_only_letters_need_an_opening_and_a_signature() -> None:
    assert codes("Con gusto, la oficina abre a las ocho.", channel="chat") == []
    assert codes("La oficina abre a las ocho.", channel="public") == []


# --- signature ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("Profesional universitaria\n", "position"),
        ("601 864 6471\n", "phone"),
        ("ana.ruiz@tenjo-cundinamarca.gov.co\n", "email"),
        ("Alcaldía de Tenjo\n", "entity"),
        ("www.tenjo-cundinamarca.gov.co\n", "web"),
    ],
)
def test_a_signature_is_told_what_it_lacks(line: str, part: str) -> None:
    (advice,) = advise(LETTER.replace(line, ""))

    assert (advice.code, advice.params) == ("signature-incomplete", {"missing": [part]})


def test_what_the_system_signs_below_counts() -> None:
    start = LETTER.index("Ana Ruiz")

    assert codes(LETTER[:start], signature=LETTER[start:]) == []


def test_a_name_in_capitals_in_the_signature_is_custom() -> None:
    assert codes(LETTER.replace("Ana Ruiz", "ANA MARÍA RUIZ PÉREZ")) == []


# --- tone, length, questions, files ---------------------------------------------------------------------------------


def test_a_personal_opinion_in_a_letter_is_noticed() -> None:
    assert "personal-tone" in codes(LETTER.replace("se informa que", "considero que"))


def test_a_chat_takes_shorter_sentences_than_a_letter() -> None:
    sentence = "La oficina " + "de la Alcaldía " * 9 + "abre."

    assert codes(sentence, channel="chat") == ["long-sentence"]
    assert codes(sentence, channel="text") == []


def test_a_long_answer_without_paragraphs_is_to_be_split() -> None:
    block = "La oficina abre a las ocho. " * 20

    assert codes(block, channel="text") == ["long-block"]
    assert codes(block.replace("ocho. La", "ocho.\n\nLa"), channel="text") == []


def test_an_abbreviation_ends_no_sentence() -> None:
    text = (
        "El Sr. Inspector, según el art. 14 de la Ley 1755, núm. 2, de 8:00 a. m. en adelante, "
        + "atiende " * 18
        + "en la Cra. 4."
    )

    assert codes(text, channel="text") == ["long-sentence"]


def test_several_questions_are_counted_for_the_one_who_answers() -> None:
    (advice,) = advise(
        LETTER, context=Context(asked="¿Cuándo arreglan la luz? Es urgente. ¿Quién responde por el daño?")
    )

    assert advice.code == "several-questions"
    assert advice.params["questions"] == ["¿Cuándo arreglan la luz?", "¿Quién responde por el daño?"]


@pytest.mark.parametrize(
    ("name", "size_bytes", "expected"),
    [
        ("acta.pdf", 1000, []),
        ("acta.PDF", 1000, []),
        ("plano.dwg", 1000, ["attachment-format"]),
        ("acta.docm", 1000, ["attachment-format"]),
        ("sin extension", 1000, ["attachment-format"]),
        ("acta.pdf", 11 * 1024**2, ["attachment-size"]),
        ("plano.rar", 11 * 1024**2, ["attachment-format", "attachment-size"]),
    ],
)
def test_a_file_that_may_not_open_or_arrive_is_noticed(name: str, size_bytes: int, expected: list[str]) -> None:
    assert codes(LETTER, attachments=(Attachment(name, size_bytes),)) == expected


# --- personal data --------------------------------------------------------------------------------------------------


def test_a_private_answer_may_name_the_persons_own_data() -> None:
    assert codes("Su cédula es 52.123.456.", channel="chat") == []
    assert codes("Su cédula es 52.123.456.", channel="public") == ["personal-id"]


def test_what_the_entity_itself_publishes_is_nobodys_datum() -> None:
    text = "Escriba a alcaldia.tenjo@gmail.com o al 3101234567."

    assert codes(text, channel="public", official=frozenset({"alcaldia.tenjo@gmail.com", "310 123 4567"})) == []


def test_advice_never_repeats_the_datum_it_found() -> None:
    text = "La señora Rosa, C.C. 52.123.456, celular 310 456 7890, rosa.diaz@gmail.com, vive en la calle 3 # 2-45."

    said = repr(advise(text, context=Context(channel="public")))

    assert not [datum for datum in ("123.456", "456 7890", "diaz@", "# 2-45") if datum in said]


@pytest.mark.parametrize(("number", "digit"), [("800197268", 4), ("899999230", 7), ("860002964", 4), ("890903938", 8)])
def test_the_check_digit_of_a_nit_is_the_dians(number: str, digit: int) -> None:
    assert nit_digit(number) == digit


# --- robustness and words -------------------------------------------------------------------------------------------


@given(
    st.text(max_size=300)
    | st.text(alphabet='aá ñTÉ.¡!¿?0123456789#-@:)\n"«»', max_size=120)
    | st.lists(
        st.sampled_from(PIECES),
        max_size=40,
    ).map(" ".join),
    st.sampled_from(["chat", "letter", "public", "text"]),
    st.sampled_from(["es", "en"]),
)
def test_any_text_gets_advice_inside_itself(text: str, channel: str, lang: str) -> None:
    for advice in advise(text, lang=lang, context=Context(channel=channel, asked=text)):  # type: ignore[arg-type]
        assert 0 <= advice.start <= advice.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "A" * 50_000,
        "a" * 50_000,
        "1" * 50_000,
        "1 " * 25_000,
        "cédula " * 7_000,
        "calle 1 " * 6_000,
        "¡" * 50_000,
        "á" * 50_000,
        "¿" * 50_000,
        "a@" * 25_000,
        "a." * 25_000,
        "cuenta " * 7_000,
        '"' * 50_000,
        "A " * 25_000,
        "vive en " * 6_000,
        " " * 50_000,
    ],
)
def test_a_hostile_text_of_fifty_thousand_letters_is_read_to_its_end(text: str) -> None:
    for channel in ("letter", "public"):
        advise(text, context=Context(channel=channel, asked=text))  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_each_advice_has_its_words_and_they_can_be_filled(lang: str) -> None:
    words = json.loads((Path(app.coach.__file__).parent / "words" / f"{lang}.json").read_text(encoding="utf-8"))[
        "coach"
    ]
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(app.coach.__file__).parent.glob("*.py"))
    said = set(re.findall(r"(?:yield|\()\s*\"([a-z]+(?:-[a-z]+)*)\",", sources)) & set(words) | set(
        re.findall(r"\"(personal-[a-z]+)\"", sources)
    )

    assert words.keys() - {"signature-part"} == said
    shout = advise("URGENTE: TRAIGA TODO! Te esperamos 😀 al 3104567890 de doña Ana", context=Context(channel="public"))
    for advice in shout:
        names = {name for _, name, _, _ in string.Formatter().parse(words[advice.code]) if name}
        assert names <= advice.params.keys()
