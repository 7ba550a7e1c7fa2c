"""Personal data that must not stand where everybody reads it (S4-28; Ley 1581 de 2012, art. 3 and 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.coach.spans import Remark

# With the blanks that people leave around the sign.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64} ?@ ?[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.[A-Za-z]{2,}")

MAX_REMARKS = 100  # nobody reads more, and each is compared with all before it

_NUMBER = r"(?<![\d.,-])\d{1,3}(?:[.,'’ ]\d{3}){1,3}(?![\d]|[.,]\d)|(?<![\d.,-])\d{6,11}(?![\d])"

# A number after one of these is a document, within a few words.
_ID = re.compile(
    r"(?:\b(?:c\.? ?c\.?|cédulas?|cedulas?|t\.? ?i\.?|c\.? ?e\.?|tarjeta de identidad|documentos? de identidad"
    r"|documento"
    r"|identificad[oa]s?|identificación|identificacion|pasaporte|nuip|p\.?p\.?t\.?|registro civil)(?!\w))"
    rf"[^\d\n]{{0,40}}?(?P<value>{_NUMBER})",
    re.IGNORECASE,
)
# Dotted as people write a document, after who it belongs to.
_PERSON_ID = re.compile(
    r"\b(?:señora?|señorita|ciudadan[oa]|usuari[oa]|peticionari[oa]|don|doña|beneficiari[oa]|titular"
    r"|a nombre de|vecin[oa])\b"
    r"[^\d\n.;]{3,60}?(?P<value>(?<![\d.,-])(?:1\.\d{3}|\d{2})\.\d{3}\.\d{3}(?![\d]|[.,]\d))"
)
# A natural person's is the cédula with its check digit: eight or ten digits before it.
_NIT = re.compile(
    r"\b(?:N\.?I\.?T\.?|identificaci[oó]n tributaria)(?!\w)[^\d\n]{0,24}?"
    r"(?P<value>\d{3}[. ]?\d{3}[. ]?\d{3}(?: ?- ?\d|\d)?|\d{1,2}[. ]?\d{3}[. ]?\d{3}(?:[. ]?\d{3})? ?- ?\d)(?!\d)",
    re.IGNORECASE,
)
_BARE_NIT = re.compile(r"(?<![\d.-])(?P<value>\d{3}\.?\d{3}\.?\d{3}-\d)(?![\d-])")
_MOBILE = re.compile(
    r"(?<![\d.,-])(?P<value>(?:(?:\+"
    r"|00)?\(?57\)?[ .-]?)?\(?3 ?[0-5]\d\)?(?:[ .-]?\d){7})(?![\d-])"
)
_LANDLINE = re.compile(
    r"(?<![\d.,-])(?P<value>(?:(?:\+|00)?57[ .-]?)?\(?60 ?[1-8]\)?[ .-]?\d{3}[ .-]?\d{2}[ .-]?\d{2})(?![\d-])"
)
_SHORT_LANDLINE = re.compile(
    r"\b(?:tel(?:éfonos?|efonos?|s)?\.?|fijo|línea|llam\w+|marc\w+"
    r"|comunic\w+)[^\d\n]{0,25}?"
    r"(?P<value>(?<![\d.,-])(?:(?:\(?\d\)? )?[2-8]\d{2}|[2-8][ .-]\d{2})[ .-]?\d{2}[ .-]?\d{2})(?![\d-]|[.,]\d)",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"\b(?:cuentas?(?: de)?(?: ahorros?| corriente| bancaria)?|ahorros?(?: a la mano)?|cta\.?|nequi|daviplata"
    r"|bancolombia|davivienda|bbva|movii|dale|rappipay|lulo|nubank|colpatria|scotiabank|ita[uú]|falabella|gnb"
    r"|consign\w+"
    r"|banco (?:agrario|caja social|popular|de bogotá|de occidente"
    r"|av villas))\b[^\d\n]{0,45}?(?P<value>(?<![\d.,])\d(?:[ -]?\d){8,17})(?![\d]|[.,]\d)",
    re.IGNORECASE,
)
_ACCOUNT_AFTER = re.compile(
    r"(?<![\d.,-])(?P<value>\d(?:[ -]?\d){8,17})(?=,? (?:de )?(?:su|la) cuenta\b(?! de cobro))", re.IGNORECASE
)
# The key that stands for an account in the instant payments of the country.
_PAY_KEY = re.compile(r"\bllaves?(?: de)?(?: bre-?b)?[^\w@\n]{0,4}(?P<value>@\w{3,20})", re.IGNORECASE)
_STREET = re.compile(
    r"\b(?P<value>(?:carrera|cra|kra|kr|cr|k(?= ?\d{1,3} ?[a-h]? ?#)|calle|cll|cl"
    r"|diagonal|diag|dg|transversal|transv|tv|tr"
    r"|avenida(?: calle| carrera)?|av|ac|ak|circular)\.?"
    r" ?\d{1,3}[ªº]? ?[a-h]{0,2}(?: ?bis)?(?: ?[a-h])?(?: (?:sur|norte|este|oeste))?"
    r" ?,? ?(?:#|n\.?[°ºo]\.?|no|nros?\.?|num\.?|núm\.?|n[uú]mero|-| |con(?= ?\d{1,3} ?[a-h]?-)) ?"
    r"\d{1,3} ?[a-h]{0,2}(?: ?bis)?(?: (?:sur|este))? ?[-–] ?\d{1,3}(?!\d))",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    r"\b(?P<value>(?:apto|apartamento|apt)\.? ?\d{2,4}|(?:manzana|mz)\.? ?\w{1,3},? (?:casa|cs|lote)\.? ?\d{1,3}"
    r"|barrio (?:[^\W\d]+ ){0,3}[^\W\d]+,? (?:casa|lote)(?: n[°ºo]\.?| #)? ?\d{1,3}"
    r"|(?:casa|torre|interior) ?\d{1,3},? (?:apto|apartamento|manzana)\.? ?\w{1,4})\b",
    re.IGNORECASE,
)
# As banks and taxes write it, all in short: "CL 6 6 45".
_SHORT_STREET = re.compile(
    r"\b(?P<value>(?:CL|CLL|CR|CRA|KR|DG|TV|AV|AC|AK) \d{1,3}[A-H]?(?: BIS)?(?: SUR)? \d{1,3}[A-H]? \d{1,3})(?! ?\d)"
)
# A corner or a place on a road is somebody's address only where it is said to be.
_LIVES = (
    r"\b(?:vive|viven|habita|habitan|reside|residen|residentes?|domiciliad[oa]s?|su (?:casa|domicilio))\b"
    r"[^.;\n\d]{0,30}?"
)
_CORNER = re.compile(
    _LIVES + r"(?P<value>(?:calle|carrera|cra|cl|diagonal|transversal)\.? ?\d{1,3} ?[a-h]? (?:con|y) "
    r"(?:la )?(?:calle|carrera|cra|cl|diagonal|transversal)\.? ?\d{1,3})",
    re.IGNORECASE,
)
_ROAD = re.compile(
    _LIVES + r"(?P<value>(?:km|kilómetro)\.? ?\d{1,3}(?:[.,]\d)?(?: de la)? vía (?:a |al )?\w+)", re.IGNORECASE
)
_RURAL = re.compile(
    r"\b(?i:vive|viven|habita|habitan|reside|residen|residentes?|residenciad[oa]s?|domiciliad[oa]s?|domicilio"
    r"|(?:su|la) (?:casa"
    r"|finca|predio|vivienda)|finca|lote|predio|casa)\b"
    r"[^.;\n\d]{0,45}?(?P<value>\b(?:veredas?|corregimientos?) (?:de |del |el |la |los |las )*\w+)",
)

_RURAL_BEFORE = re.compile(
    r"\b(?P<value>veredas? (?:de |del |el |la |los |las )*\w+),? (?:en la "
    r"|en el )?(?:finca|casa|lote|predio) [A-ZÁÉÍÓÚÑ\d]"
)

# What the number is instead. Looked for right before it, in the same sentence.
_OTHER_NUMBER = re.compile(
    r"(?:radicad[oa]s?|cuentas? de cobro|expediente|resolución|resolucion|decreto|acuerdo|ley"
    r"|contrato|convenio|factura|matrícula"
    r"|matricula|código|codigo"
    r"|referencia|proceso|caso|cédula catastral|cedula catastral|catastral|acta|oficio|circular externa|folio"
    r"|placa|recibo|ficha|\$|COP"
    r"|valor|monto|presupuesto|población|inversión|total)(?: \w+){0,3}[^\d\w]{0,6}$",
    re.IGNORECASE,
)
_MONEY_OR_COUNT = re.compile(
    r"^\s*(?:de )?(?:pesos|millones|habitantes|personas|usuarios|metros|m2|m²|hectáreas|kilómetros|suscriptores"
    r"|familias|%|COP|visitas|árboles)",
    re.IGNORECASE,
)
# Whose number or place it is: the entity's own are public.
_INSTITUTION = re.compile(
    r"\b(?:nuestr[oa]s?|línea(?: gratuita| de atención| única| nacional)?|conmutador|pbx|alcaldía|secretaría"
    r"|tesorería|personería|comisaría|inspección"
    r"|palacio municipal|casa de (?:gobierno|justicia|la mujer)|acueducto|empresa de servicios|cisat"
    r"|centro de (?:salud|vida|acopio)|puesto de salud|hospital|biblioteca|casa de la cultura|oficinas?|ventanilla"
    r"|puntos? de atención|sedes?|estación"
    r"|policía|bomberos|institución educativa|colegio|escuela|jardín|polideportivo|coliseo|estadio|parque|plaza"
    r"|cementerio|terminal|salón comunal"
    r"|municipio|concejo|gobernación|icbf|defensoría|procuraduría|contraloría|notaría|registraduría|ips|eps|droguería"
    r"|cuadrillas?|obras?|huecos?|baches?|semáforos?|luminarias?|postes?|cierres?|tramo|alcantarilla|arreglo|(?:re)?paviment\w+"
    r"|reparcheo|feria|jornada|emergencias)\b",
    re.IGNORECASE,
)
_PERSONAL_CUE = re.compile(
    r"\b(?:vive|viven|reside|residen|residentes?|residencia|domiciliad[oa]s?|domicilio|(?:su|mi) (?:casa"
    r"|vivienda|predio|dirección|celular|teléfono|número|correo|cuenta|finca|apartamento"
    r"|línea|fijo)|particular"
    r"|señora?|don|doña|ciudadan[oa]|vecin[oa]|usuari[oa]|peticionari[oa]|propietari[oa]|denunciante|quejos[oa]"
    r"|cel(?:ular)?|whatsapp personal|hij[oa]|espos[oa]|mamá|papá)\b",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"^\s*,?\s*(?:\(?ext(?:ensi[oó]n|ensiones|s)?\b\.?)", re.IGNORECASE)
_PUBLIC_MAIL = re.compile(r"@(?:[\w-]+\.)*(?:gov|mil)\.co$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;](?=\s+[A-ZÁÉÍÓÚÑ¿¡])|\n")
_NIT_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41)


def remarks(text: str, official: frozenset[str] = frozenset()) -> Iterator[Remark]:
    """Yield each place that seems to hold somebody's datum; of two readings of one place, the surer."""
    taken: list[tuple[int, int]] = []
    known = {_plain(value) for value in official}
    for code, start, end in _candidates(text):
        if _plain(text[start:end]) in known or any(start < b and a < end for a, b in taken):
            continue
        taken.append((start, end))
        if len(taken) > MAX_REMARKS:
            return
        yield code, start, end, {"text": _hidden(text[start:end])}


def nit_digit(number: str) -> int:
    """Return the check digit of a NIT of nine digits. Source: DIAN, Orden Administrativa 4 of 1989."""
    rest = sum(int(digit) * weight for digit, weight in zip(reversed(number), _NIT_WEIGHTS, strict=False)) % 11
    return rest if rest < 2 else 11 - rest


def _candidates(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield code and place, the surest kinds first."""
    for found in _EMAIL.finditer(text):
        if not _PUBLIC_MAIL.search(found[0]):
            yield "personal-email", found.start(), found.end()
    for found in _NIT.finditer(text):
        yield "personal-nit", found.start("value"), found.end("value")
    for found in _BARE_NIT.finditer(text):
        digits = re.sub(r"\D", "", found["value"])
        if nit_digit(digits[:9]) == int(digits[9]):
            yield "personal-nit", found.start("value"), found.end("value")
    for code, pattern in (("personal-id", _ID), ("personal-id", _PERSON_ID)):
        yield from _numbers(text, code, pattern)
    for found in _ACCOUNT.finditer(text):
        if not _is_other(text, found) and not _of_institution(text, found.start("value"), after=True):
            yield "personal-account", found.start("value"), found.end("value")
    for pattern in (_ACCOUNT_AFTER, _PAY_KEY):
        for found in pattern.finditer(text):
            yield "personal-account", found.start("value"), found.end("value")
    for code, pattern in (
        ("personal-mobile", _MOBILE),
        ("personal-landline", _LANDLINE),
        ("personal-landline", _SHORT_LANDLINE),
    ):
        for found in pattern.finditer(text):
            if not (
                _is_other(text, found)
                or _EXTENSION.match(text, found.end())
                or _of_institution(text, found.start("value"))
            ):
                yield code, found.start("value"), found.end("value")
    for pattern in (_STREET, _SHORT_STREET, _INSIDE, _CORNER, _ROAD, _RURAL, _RURAL_BEFORE):
        for found in pattern.finditer(text):
            if not _of_institution(text, found.start("value")):
                yield "personal-address", found.start("value"), found.end("value")


def _numbers(text: str, code: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
    for found in pattern.finditer(text):
        digits = len(re.sub(r"\D", "", found["value"]))
        if 6 <= digits <= 11 and not _is_other(text, found):
            yield code, found.start("value"), found.end("value")


def _is_other(text: str, found: re.Match[str]) -> bool:
    """Return whether the number counts or names something else."""
    before = text[max(0, found.start("value") - 60) : found.start("value")]
    return bool(_OTHER_NUMBER.search(_last_sentence(before)) or _MONEY_OR_COUNT.match(text[found.end("value") :]))


def _of_institution(text: str, at: int, after: bool = False) -> bool:
    """Return whether the sentence speaks of an entity's own, and of no person, before this place."""
    before = _last_sentence(text[max(0, at - 160) : at])
    around = before + (_SENTENCE_END.split(text[at : at + 90])[0] if after else "")
    return bool(_INSTITUTION.search(around)) and not _PERSONAL_CUE.search(before)


def _last_sentence(before: str) -> str:
    return _SENTENCE_END.split(before)[-1]


def _plain(value: str) -> str:
    return re.sub(r"[^\w@]", "", value.casefold())


def _hidden(value: str) -> str:
    """Return the value masked: advice may be logged or sent along, the datum itself may not."""
    return value[:2] + "…"
