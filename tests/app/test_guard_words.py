"""Whatever a guard refuses, there is a sentence for it in both languages, and it can be filled."""

import json
import re
import string
from pathlib import Path

import pytest

import app
from app.errors import DomainError
from app.fetch import errors as fetch_errors
from app.uploads import errors as upload_errors

ROOT = Path(str(app.__file__)).parent
FAMILIES = {"uploads": upload_errors, "fetch": fetch_errors}


def words(family: str, lang: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((ROOT / family / "words" / f"{lang}.json").read_text(encoding="utf-8"))[family]
    return texts


def keys_raised(family: str) -> set[str]:
    """Return the keys of each class, and those written in a call."""
    classes = {
        kind for kind in vars(FAMILIES[family]).values() if isinstance(kind, type) and issubclass(kind, DomainError)
    }
    named = {kind().message_key for kind in classes - {DomainError, upload_errors.UploadError}}
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / family).rglob("*.py"))
    return named | set(re.findall(rf'"({family}\.[a-z-]+)"', sources))


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_refusal_has_its_sentence(family: str, lang: str) -> None:
    assert keys_raised(family) <= {f"{family}.{key}" for key in words(family, lang)}


@pytest.mark.parametrize("family", FAMILIES)
def test_both_languages_say_the_same_things(family: str) -> None:
    spanish, english = words(family, "es"), words(family, "en")

    assert spanish.keys() == english.keys()
    assert all(blanks(str(spanish[key])) == blanks(str(english[key])) for key in spanish)
