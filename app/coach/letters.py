"""What a written answer must have: its opening, an impersonal tone, its signature, files that open (S4-12 to S4-19)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.coach import spans
from app.coach.spans import Remark

# Formats that telephones and computers open without buying or installing anything.
READABLE = frozenset({"pdf", "jpg", "jpeg", "png", "txt", "csv", "docx", "xlsx", "odt"})

_OPENING = re.compile(
    r"(?:según|en respuesta a|en atención a|en relación con|con relación a|dando respuesta a|damos respuesta a"
    r"|respecto (?:de|a)|conforme a|frente a|en contestación a)\s+(?:su|la|el)\s+(?:\w+\s+){0,2}?"
    r"(?:solicitud|petición|queja|reclamo|sugerencia|denuncia|consulta|comunicación|felicitación|escrito"
    r"|mensaje|correo"
    r"|derecho de petición|requerimiento|radicado|oficio)",
    re.IGNORECASE,
)
_MONTH = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
_DATE = re.compile(
    rf"\d{{1,2}}\s*(?:º|°)?\s*(?:de\s+)?(?:{_MONTH})|\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"relacionad[oa]s? con|relativ[oa]s? a|referente a|sobre|acerca de|en (?:la|el) (?:que|cual)|mediante (?:la"
    r"|el) (?:que|cual)"
    r"|por (?:la|el|medio de la|medio del) (?:que|cual)|con asunto|asunto|donde",
    re.IGNORECASE,
)
_OPENING_REACH = 700  # letters: date, addressee and reference stand before it

_FAREWELL = re.compile(
    r"^[ \t]*(?:muy )?(?:cordialmente|atentamente|cordial saludo,?$|con gusto|respetuosamente|saludos)\b.*$",
    re.I | re.M,
)
_SIGNATURE_LINES = 8

_POSITION = re.compile(
    r"\b(?:secretari[oa]|profesional|técnic[oa]|director[a]?|subdirector[a]?|jef[ea]|alcald(?:e|esa)|auxiliar"
    r"|coordinador[a]?"
    r"|asesor[a]?|inspector[a]?|comisari[oa]|contratista|abogad[oa]|ingenier[oa]|líder|gerente|personer[oa]"
    r"|tesorer[oa]"
    r"|enlace|trabajador[a]? social|psicólog[oa]|orientador[a]?|funcionari[oa])\b",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<!\d)(?:\(?\+?57\)?[ -]?)?(?:\(?60\d\)?|3\d{2}|01 ?8000"
    r"|\(?\d\)?)[ .-]?\d[\d .-]{5,12}\d(?!\d)"
)
_ENTITY = re.compile(
    r"\b(?:alcaldía|municipio|secretaría|personería|concejo|gobernación|empresa de servicios|comisaría"
    r"|inspección|instituto)\b",
    re.I,
)

_IMPERSONAL = re.compile(
    r"(?<!\w)(?:[Yy]o|(?:[Aa] )?mí (?:me )?(?:parece|consta)|[Mm]e (?:parece|permito|complace|gustaría|da pena"
    r"|disculpo|comprometo)"
    r"|[Cc]reo que|[Pp]ienso que|[Cc]onsidero que|[Oo]pino que|[Ee]n mi opinión|[Aa] mi juicio|[Ll]e cuento"
    r"|[Mm]i persona)(?!\w)"
)
_QUESTION = re.compile(r"¿[^?\n]{3,300}\?|[^.?!¿\n]{8,300}\?")


def signature_start(text: str) -> int:
    """Return where the signature begins: at the last farewell, or at the end of a text that has none."""
    starts = [found.start() for found in _FAREWELL.finditer(text)]
    return starts[-1] if starts else len(text)


def opening_remarks(text: str) -> Iterator[Remark]:
    """Yield what the opening lacks of "En respuesta a su solicitud de fecha…, relacionada con…" (S4-12)."""
    found = _OPENING.search(text, 0, _OPENING_REACH)
    if found is None:
        yield "no-opening", 0, 0, {}
        return
    start, end = next((a, b) for a, b in spans.sentences(text) if a <= found.start() < b)
    rest = text[found.end() : end]
    if not _DATE.search(rest):
        yield "opening-without-date", start, end, {}
    if not _SUBJECT.search(rest):
        yield "opening-without-subject", start, end, {}


def impersonal_remarks(body: str) -> Iterator[Remark]:
    """Yield where a person speaks instead of the entity (S4-13)."""
    for found in _IMPERSONAL.finditer(spans.prose(body)):
        yield "personal-tone", found.start(), found.end(), {"text": found[0]}


def signature_remarks(
    text: str, appended: str = "", entity: str = "", signed: frozenset[str] = frozenset()
) -> Iterator[Remark]:
    """Yield the parts that the signature lacks (S4-19); `appended` is what the system adds below by itself."""
    start = signature_start(text)
    if start == len(text):
        lines = text.rstrip().split("\n")[-_SIGNATURE_LINES:]
        start = max(0, len(text.rstrip()) - len("\n".join(lines)))
    block = f"{text[start:]}\n{appended}"
    without_mail = spans.EMAIL.sub(" ", block)
    named = entity.casefold() in block.casefold() if entity else bool(_ENTITY.search(without_mail))
    parts = {
        "position": bool(_POSITION.search(block)),
        "phone": bool(_PHONE.search(block)),
        "email": bool(spans.EMAIL.search(block)),
        "entity": named,
        "web": bool(spans.URL.search(without_mail)),
    }
    missing = [part for part, there in parts.items() if not there and part not in signed]
    if missing:
        yield "signature-incomplete", start, len(text), {"missing": missing}


def question_remarks(text: str, asked: str) -> Iterator[Remark]:
    """Yield a reminder where several questions were put (S4-16); whether they are answered no machine can tell."""
    questions = [found[0].strip() for found in _QUESTION.finditer(asked)]
    if len(questions) > 1:
        yield "several-questions", len(text), len(text), {"n": len(questions), "questions": questions}


def attachment_remarks(name: str, size_bytes: int, max_bytes: int, at: int) -> Iterator[Remark]:
    """Yield what may keep the person from opening or receiving a file (S4-17, S4-18)."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in READABLE:
        yield "attachment-format", at, at, {"name": name, "extension": extension}
    if size_bytes > max_bytes:
        yield (
            "attachment-size",
            at,
            at,
            {"name": name, "size_mib": round(size_bytes / 1024**2, 1), "limit_mib": max_bytes // 1024**2},
        )
