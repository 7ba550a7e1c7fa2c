"""Turns words into the terms they are indexed under, so that a query finds the other forms of its words.

Accents are folded first, then exceptions, then the stem: Snowball's Spanish stemmer after a fold, and not before it as
Whoosh documents, because people type without accents and `vacunacion` must meet `vacunaciones`.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import Stemmer

LONGEST_WORD = 64
_WORD = re.compile(r"[^\W_]+")
# Soft hyphens and zero-width marks come with text copied out of PDF and Word, and would cut words in two.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
# Dashes, quotes, the ellipsis and the euro: all that keeps most Spanish text out of Latin-1.
_PUNCTUATION = re.compile("[\u2010-\u2044\u20ac\u2122]")
_FOLDS = {
    code: base
    for code in [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]
    if (base := unicodedata.normalize("NFD", chr(code))[0]).isascii()
}
# Snowball takes imagen, taller and arriendo for verbs (imag-, tall-, arr-), but not their plurals: so a plural is made
# singular first. Most `-mos` are left, for pagamos; other nouns that end so are listed with the exceptions.
_SINGULARS = (
    (re.compile(r"(?<=...[ai]r)nos$|(?<=..[gq]ue)l[ao]s?$|(?<=...ite)l[ao]s?$"), ""),  # reunirnos, páguelo, solicítelo
    (re.compile(r"(?<!gre)(?<!pre)(?<!ie)(?<!tere)(?<=....e)se$"), ""),  # regístrese, but not ingrese
    (re.compile(r"(?<=....)(e|(?<=n))cit[ao]s?$"), ""),  # puentecito, jardincito
    (re.compile(r"(?<=..)quit[ao]s?$"), "c"),  # huequito
    (re.compile(r"(?<=..)eses$"), "es"),
    (re.compile(r"(?<=[aeiou][dlnry])es$"), ""),
    (re.compile(r"(?<=..[^m][aeo])s$|(?<=^..[aeo])s$|(?<=m[ae])s$|(?<=..[ntxs]imo)s$"), ""),
    (re.compile(r"(?<=..[^aeiou]i)s$"), ""),  # taxis
    (re.compile(r"(?<=...[ei]r)an$"), ""),  # recibirán, which Snowball knows by its accent alone
)
# Endings that Snowball strips from long words and leaves on short ones, or cuts at different letters.
_ENDINGS = (
    (re.compile(r"(?<=...)acion$"), ""),  # citación, citar
    (re.compile(r"(?<=...)[ai]mient$"), ""),  # cumplimiento, cumplir
    (re.compile(r"ific$"), "if"),  # justificar, justificación
    (re.compile(r"(?<=[ai]b)il$"), "l"),  # contabilidad, contable
    (re.compile(r"(?<=...en)ci?$|(?<=....an)c$"), "t"),  # vigencia, vigente; lactancia, lactante
    (re.compile(r"(?<=[aeiou])duri?$"), "dor"),  # veeduría, veedor
    (re.compile(r"(?<=...)[aei]dor$"), ""),  # cuidadora, cuidar
)
# Words that those would take for others: estación is not este, nor vacación vaca.
_WHOLE = frozenset({"estacion", "relacion", "vacacion", "habitacion", "servidor", "comedor"})
# Lower case and no accents for Latin-1 in one step: a table of bytes is twenty times as fast as str.translate.
_LATIN = bytes(
    ord(folded) if len(folded := chr(code).lower()) == 1 and (folded := folded.translate(_FOLDS)) < "\u0100" else code
    for code in range(256)
)
_LANGUAGES = {"es": "spanish", "en": "english"}
_WORDS = Path(__file__).parent / "words"
_local = threading.local()


def normalize(text: str) -> str:
    """Return the text with one code point a letter and without invisible marks, its case and accents kept."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def lower(text: str) -> str:
    """Return normalized text in lower case and of the same length, so that offsets hold."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


def fold(text: str) -> str:
    """Return normalized text in lower case and without accents (ñ is n), of the same length."""
    try:
        return _PUNCTUATION.sub(" ", text).encode("latin-1").translate(_LATIN).decode("latin-1")
    except UnicodeEncodeError:
        return lower(text).translate(_FOLDS)


def words(text: str) -> list[str]:
    """Return the words of any text, in lower case with their accents."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(lower(normalize(text)))]


def analyze(word: str, lang: str = "es") -> list[str]:
    """Return the terms that a word is indexed under, or nothing for a text without letters or digits.

    Words of few meanings (`de`, `la`) have terms too: who indexes and who asks decides with `is_stop`.
    """
    return [term for part in words(word) if (term := _term(part.translate(_FOLDS), lang))]


def term(word: str, lang: str = "es") -> str:
    """Return the one term of a single word as `words` gives it."""
    return _term(word.translate(_FOLDS), lang)


def is_stop(word: str, lang: str = "es") -> bool:
    """Say whether a word is too common to tell documents apart."""
    return word.translate(_FOLDS) in _stops(lang if lang in _LANGUAGES else "es")


def relatives(terms: Iterable[str], lang: str = "es") -> set[str]:
    """Return beginnings that words of these terms can have though the term begins otherwise: cierr- for cerr-."""
    if lang == "en":
        return set()
    return {start for term in terms for start in _relatives().get(term, ())}


@lru_cache(maxsize=200_000)
def _term(folded: str, lang: str) -> str:
    if len(folded) < 3 or not folded.isalpha():
        return folded
    if lang == "en":
        return _stem(folded, "en")
    same_as, families, own = _exceptions()
    if folded in own:
        return own[folded]
    stem = _spanish(same_as.get(folded, folded))
    return families.get(stem, stem)


def _spanish(folded: str) -> str:
    """Return the stem of a folded word with the endings evened out that Snowball leaves apart."""
    for ending, singular in _SINGULARS:
        folded = ending.sub(singular, folded)
    stem = _stem(folded, "es")
    if len(stem) < 4:
        return stem[:-1] + "c" if stem.endswith("z") else stem
    for ending, even in _ENDINGS if stem not in _WHOLE else ():
        stem = ending.sub(even, stem)
    if stem.endswith("z"):  # luz, luces; cruz, cruces; empieza, empiece
        return stem[:-1] + "c"
    if stem.endswith("qu"):  # busque, buscar
        return stem[:-2] + "c"
    if stem.endswith("gu"):  # entregue, entregar
        return stem[:-1]
    if stem.endswith("i") and len(stem) > 4:  # alcaldia, alcalde; licencia, licencie
        return stem[:-1]
    return stem


def _stem(folded: str, lang: str) -> str:
    # PyStemmer objects aren't safe to share between threads.
    if not hasattr(_local, "stemmers"):
        _local.stemmers = {code: Stemmer.Stemmer(name, 0) for code, name in _LANGUAGES.items()}
    return str(_local.stemmers[lang].stemWord(folded))


@lru_cache(maxsize=1)
def _exceptions() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return the words read as another word, the stems read as the stem of the first of their family, and the words
    that are kept under the first of their line, away from all others that have their stem."""
    same_as: dict[str, str] = {}
    families: dict[str, str] = {}
    own: dict[str, str] = {}
    for line in _lines("families.es.txt"):
        mark, *listed = line.split()
        if "=" in line:
            word, other = line.split("=")
            same_as[word.strip()] = other.strip()
        elif mark == "~":
            same_as.update((small, word) for word in listed for small in _diminutives(word))
        elif mark == "!":
            own.update((word, listed[0]) for word in listed)
        else:
            canonical = _spanish(mark)
            canonical = families.get(canonical, canonical)
            families.update((stem, canonical) for word in listed if (stem := _spanish(word)) != canonical)
    return same_as, families, own


def _diminutives(word: str) -> list[str]:
    begun = word[:-1] if word[-1] in "ao" else word
    return [f"{begun}it{ending}" for ending in ("o", "a", "os", "as")]


@lru_cache(maxsize=1)
def _relatives() -> dict[str, list[str]]:
    same_as, families, own = _exceptions()
    found: dict[str, list[str]] = {}
    read = ((word, _term(other, "es")) for word, other in same_as.items())
    for start, term in (*families.items(), *read, *own.items()):
        found.setdefault(term, []).append(start)
    return found


@lru_cache(maxsize=4)
def _stops(lang: str) -> frozenset[str]:
    return frozenset(word for line in _lines(f"stop.{lang}.txt") for word in line.split())


def _lines(name: str) -> list[str]:
    text = (_WORDS / name).read_text(encoding="utf-8")
    return [line for raw in text.splitlines() if (line := raw.split("#")[0].strip())]
