"""What people look for comes first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app import clock
from app.search.engine import Add, Document
from app.search.query import key_of
from tests.search.conftest import Town

FILLER = "El municipio informa a la comunidad sobre sus planes y programas. " * 10


def test_a_word_finds_its_other_forms(town: Town) -> None:
    town.publish("a", "Jornada", "Habrá vacunaciones en el parque")

    assert town.ids("vacunacion") == ["a"]


def test_a_title_counts_more_than_a_mention(town: Town) -> None:
    town.publish("mention", "Noticias del mes", FILLER + "Vence el impuesto predial.")
    town.publish("page", "Impuesto predial", FILLER)

    assert town.ids("impuesto predial") == ["page", "mention"]


def test_the_title_that_is_the_query_comes_before_longer_ones(town: Town) -> None:
    town.publish("long", "Licencia de construcción para obra nueva en suelo rural", "licencia construcción " * 20)
    town.publish("whole", "Licencia de construcción", FILLER)

    assert town.ids("licencias de construccion")[0] == "whole"


def test_a_title_in_the_order_typed_comes_before_another_order(town: Town) -> None:
    town.publish("other", "Cultura y casa nueva", FILLER)
    town.publish("order", "La casa de la cultura abre", FILLER)

    assert town.ids("casa de la cultura")[0] == "order"


@pytest.mark.parametrize("typed", ["papá", "papa", "año", "ano"])
def test_the_word_exactly_as_typed_comes_before_its_folded_twin(town: Town, typed: str) -> None:
    for word in ("papa", "papá", "ano", "año"):
        town.publish(word, "Aviso", f"{FILLER} {word} {FILLER}")

    assert len(town.ids(typed)) == 2
    assert town.ids(typed)[0] == typed


def test_fresh_news_come_before_old_news(town: Town) -> None:
    now = clock.now()
    town.publish("old", "Cierre de vías", FILLER, kind="news", published_at=now - timedelta(days=700))
    town.publish("fresh", "Cierre de vías", FILLER, kind="news", published_at=now - timedelta(days=1))

    assert town.ids("cierre de vias") == ["fresh", "old"]


def test_the_age_of_a_page_does_not_matter(town: Town) -> None:
    town.publish("old", "Trámite", FILLER + "sisbén sisbén", published_at=clock.now() - timedelta(days=4000))
    town.publish("fresh", "Trámite", FILLER + "sisbén", published_at=clock.now())

    assert town.ids("sisben") == ["old", "fresh"]


class Console:
    """A site whose webmaster chose."""

    def promoted(self, site: str, key: str) -> list[str]:
        return ["form"] if key == key_of("paz y salvo") else []

    def demoted(self, site: str, key: str) -> list[str]:
        return ["draft"] if key == key_of("paz y salvo") else []

    def synonyms(self, site: str) -> dict[str, list[str]]:
        return {"plata": ["impuesto"], "recolección": ["aseo"]}


def test_promoted_results_come_first_and_demoted_last(make_town: Callable[..., Town]) -> None:
    town = make_town(tuning=Console())
    town.publish("draft", "Paz y salvo", "paz y salvo")
    town.publish("page", "Información", FILLER + "paz y salvo")
    town.publish("form", "Formulario en línea", "Otra cosa")

    results = town.ask("Paz y Salvo")

    assert [(hit.id, hit.promoted) for hit in results.hits] == [("form", True), ("page", False), ("draft", False)]
    assert results.total == 3


def test_another_sites_page_cannot_be_promoted(make_town: Callable[..., Town]) -> None:
    town = make_town(tuning=Console())
    town.publish("form", "Formulario", "x", site="chia")

    assert town.ask("paz y salvo").total == 0


def test_a_synonym_is_searched_too(make_town: Callable[..., Town]) -> None:
    town = make_town(tuning=Console())
    town.publish("a", "Impuestos", "Pague aquí")

    assert town.ids("plata") == ["a"]


def test_a_synonym_is_of_the_word_in_all_its_forms(make_town: Callable[..., Town]) -> None:
    town = make_town(tuning=Console())
    town.publish("a", "Aseo", "Martes y viernes")

    assert [town.ids(word) for word in ("recoleccion", "recolecciones")] == [["a"], ["a"]]


def test_a_demoted_document_comes_last(town: Town) -> None:
    town.publish("old", "Plan de desarrollo", FILLER, extra={"demoted": True})
    town.publish("new", "Noticias", FILLER + "plan de desarrollo")

    assert town.ids("plan de desarrollo") == ["new", "old"]


def test_one_site_never_sees_another(town: Town) -> None:
    town.publish("theirs", "Impuesto predial", "predial", site="chia")

    assert town.ask("predial").total == 0
    assert town.engine.query("chia", "predial").total == 1
    assert town.engine.suggest("tenjo", "pre") == ()


def test_when_no_page_has_every_word_those_with_most_are_shown(town: Town) -> None:
    town.publish("two", "Certificado de residencia", FILLER)
    town.publish("one", "Residencia universitaria", FILLER)

    results = town.ask("certificado residencia urgente")

    assert results.relaxed
    assert [hit.id for hit in results.hits] == ["two"]


def test_unwanted_words_take_pages_out(town: Town) -> None:
    town.publish("a", "Agua potable", "tarifas")
    town.publish("b", "Agua lluvia", "canales")

    assert town.ids("agua -tarifa") == ["b"]


def test_a_phrase_must_stand_word_for_word(town: Town) -> None:
    town.publish("no", "Desarrollo", "El plan habla de desarrollo")
    town.publish("yes", "Documento", "Aprobado el Plan de Desarrollo municipal")
    town.publish("title", "Plan de desarrollo", "")

    assert set(town.ids('"plan de desarrollo"')) == {"yes", "title"}
    assert town.ids('plan desarrollo -"plan de desarrollo"') == ["no"]
    assert town.ask('"plan de desarrollo"').facets == {"page": 2}


def test_kinds_filter_the_results_and_facets_count_them_all(town: Town) -> None:
    town.publish("p", "Becas", "becas")
    town.publish("n", "Becas nuevas", "becas", kind="news")

    results = town.ask("beca", kinds=["news"])

    assert ([hit.id for hit in results.hits], results.total) == (["n"], 1)
    assert results.facets == {"page": 1, "news": 1}


def test_pages_of_results_follow_one_another(town: Town) -> None:
    town.engine.apply([Add(town.document(f"d{n}", f"Acta {n}", "acta " * n)) for n in range(1, 26)])

    pages = [town.ids("acta", limit=10, offset=offset) for offset in (0, 10, 20)]

    assert [len(page) for page in pages] == [10, 10, 5]
    assert len({id for page in pages for id in page}) == 25


def test_a_page_in_english_is_found_in_english(town: Town) -> None:
    town.publish("en", "Paying taxes", "How to pay your taxes", lang="en")

    assert town.ids("tax payment", lang="en") == ["en"] or town.ids("tax", lang="en") == ["en"]
    assert town.ids("taxes") == ["en"]


def test_the_snippet_marks_every_form_of_the_words(town: Town) -> None:
    town.publish("a", "Aviso", FILLER + "Habrá vacunaciones el lunes. Las vías cierran al mediodía. " + FILLER)

    (hit,) = town.ask("vacunacion cierre").hits
    marked = [piece for piece, is_marked in hit.snippet if is_marked]

    assert marked == ["vacunaciones", "cierran"]
    assert hit.snippet[0] == ("…", False)


def test_the_title_is_marked_too(town: Town) -> None:
    town.publish("a", "Jornada de vacunación", "texto")

    assert town.ask("vacunaciones").hits[0].title_parts == (("Jornada de ", False), ("vacunación", True))


def test_the_snippet_is_text_for_the_page_to_escape(town: Town) -> None:
    town.publish("a", "<script>alert(1)</script>", "Predial <b onclick=x>predial</b>")

    (hit,) = town.ask("predial").hits

    assert "".join(piece for piece, _ in hit.snippet) == "Predial <b onclick=x>predial</b>"


def test_a_document_without_text_in_the_store_still_shows(town: Town) -> None:
    town.publish("a", "Predial", "predial")
    town.texts.clear()

    assert town.ask("predial").hits[0].snippet == ()


def test_words_like_who_we_are_find_the_page_of_that_name(town: Town) -> None:
    town.publish("about", "Quiénes somos", FILLER)
    town.publish("other", "Somos Tenjo", FILLER)

    assert town.ids("quienes somos")[0] == "about"


def test_a_document_may_be_all_empty(town: Town) -> None:
    town.engine.apply([Add(Document("e", "tenjo", "page", "", "", "/e"))])

    assert town.engine.count() == 1
