"""Forms of a word meet under one term, with accents or without."""

from __future__ import annotations

import threading
from pathlib import Path

from app.search.analysis import analyze, fold, is_stop, normalize, words
from app.search.snippets import Marker


def pairs(name: str) -> list[list[str]]:
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


PAIRS = pairs("pairs.txt")


def meet(one: str, other: str) -> bool:
    return bool(set(analyze(one)) & set(analyze(other)))


def test_a_form_of_a_word_finds_the_others() -> None:
    assert [pair for pair in PAIRS if not meet(*pair)] == []


def test_words_of_different_meaning_stay_apart() -> None:
    assert [pair for pair in pairs("apart.txt") if meet(*pair)] == []


def test_a_word_kept_apart_is_still_marked_in_its_forms() -> None:
    marked = Marker(["parque", "perro"], "es").snippet("Los parques, los parqueaderos y un perrito.")

    assert [text for text, found in marked if found] == ["parques", "perrito"]


def test_accents_and_case_do_not_matter() -> None:
    assert analyze("VACUNACIÓN") == analyze("vacunacion") == analyze("Vacunacio\u0301n")


def test_folding_keeps_the_length_so_that_offsets_hold() -> None:
    text = normalize("Año de la İstanbul ﬁesta, ÑANDÚ ß")

    assert len(fold(text)) == len(text)
    assert fold("ÑANDÚ") == "nandu"


def test_soft_hyphens_and_ligatures_of_pdf_do_not_cut_words() -> None:
    assert words("certi\u00adﬁcado") == ["certificado"]


def test_numbers_are_kept_whole_and_words_cut_at_sixty_four_letters() -> None:
    assert words("Ley 1755 de 2015") == ["ley", "1755", "de", "2015"]
    assert [len(word) for word in words("a" * 1000)] == [64]


def test_what_holds_no_word_has_no_terms() -> None:
    assert analyze("¡¿…?! \x00\ud800") == []


def test_english_has_its_own_stems() -> None:
    assert analyze("taxes", "en") == analyze("tax", "en")
    assert is_stop("the", "en") and not is_stop("the", "es")


def test_state_and_high_are_words_of_public_pages_and_no_stop_words() -> None:
    assert not any(is_stop(word) for word in ("estado", "alta", "nada", "mayor", "hora"))
    assert is_stop("De".lower()) and is_stop("más")


def test_threads_do_not_disturb_each_other() -> None:
    expected = {word: analyze(word) for pair in PAIRS for word in pair}
    wrong: list[str] = []

    def work(turn: int) -> None:
        for number, word in enumerate(expected):
            fresh = f"{word}{'x' * ((turn * number) % 5)}"
            if analyze(word) != expected[word] or analyze(fresh) != analyze(fresh):
                wrong.append(word)

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
