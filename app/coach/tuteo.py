"""The second person, which the protocol asks officials to avoid (S3-20): pronouns, and verbs that can be nothing else.

Few false alarms matter more than finding all: one tuteo hardly comes alone. So a form that is also a noun or a
third person (consulta, cuentas, envía, llamas) counts only where the words around it leave no other reading.
"""

from __future__ import annotations

import re

from app.coach.spans import vocabulary

# TI is a card and an office, SOS a call: in capitals these are not looked for.
_PRONOUNS = r"[Tt]ú|[Tt]e|ti|[Tt]us?|[Tt]uy[oa]s?|[Cc]ontigo|vos|(?<=[¿¡])Vos"


# Preterite: recibiste, enviaste. Not: existe, contraste and the like, which are third persons and nouns.
_NO_PRETERITE = "|".join(vocabulary("not_preterite"))
_PRETERITE = rf"(?!(?:{_NO_PRETERITE})\b)[a-záéíóúñ]{{2,}}(?:aste|iste)"
# Future: recibirás, podrás. Not: detrás, atrás, jamás.
_FUTURE = r"(?!aguarrás\b)[a-záéíóúñ]+(?:ar|er|ir|[bd]r|rr)ás"
# Reflexive imperative: acércate, inscríbete. An accent three syllables before the end rules the nouns out.
_IMPERATIVE = r"[a-zñ]*[áéíóú][a-zñ]{1,4}[ae]te|[a-zñ]+(?:ándote|iéndote)"

_AR_ORDERS = (
    "déja|envía|mánda|cuénta|regála|lláma|lléva|espéra|pága|búsca|consúlta|entréga|adjúnta|fírma|guárda|avísa|descárga"
    "|revísa|confírma|ayúda|tóma|presénta|solicíta|diligéncia|regístra|anóta|recláma|escúcha|termína"
)

_PHRASES = (
    r"[Hh]az(?= (?!de\b))",
    r"[Tt]en en cuenta",
    r"[Dd]ale(?= (?:clic|click|play|aquí)\b)",
    # Of verbs in -ar; the same ending is an usted of the others (dígame, póngalo).
    rf"(?i:{_AR_ORDERS})(?i:lo|la|los|las|le|les|nos|me)",
    r"(?:Mira|Oye)(?=,)",
    r"[Tt]en presente",
    r"[Nn]o (?:olvides|dudes|dejes|pierdas|compartas|entregues|uses|pagues|esperes|presentes|consultes|traigas"
    r"|firmes)",
    r"(?:[Ss]i|[Cc]uando|[Dd]onde|que ya|[Yy]a) (?:consultas|presentas|solicitas|llamas|entregas|pagas|firmas"
    r"|esperas|adjuntas"
    r"|llegas|pagues|consultes|presentes|solicites)",
)

# Imperatives that are third persons or nouns elsewhere: only at the start of a sentence and before their object.
_START = r"(?:(?<=^)|(?<=[.;:\n!?…] )|(?<=\n)|(?<=[¡¿]))"
_OBJECT = r"(?= (?:el|la|los|las|un|una|nuestr[oa]s?|este|esta|aquí|tus?)\b)"
_OPEN_OBJECT = (
    r"(?= (?:el|la|los|las|un|una|nuestr[oa]s?|este|esta|aquí|tus?|a|al|en|con|por|que|si|bien|primero|siempre)\b)"
)
_ORDERS = (
    r"(?:Consulta|Visita|Busca|Descarga|Llama|Escribe|Envía|Diligencia|Adjunta|Sigue|Conoce|Comparte|Espera|Paga)"
    + _OBJECT
)
_OPEN_ORDERS = rf"(?:Revisa|Recuerda|Verifica|Ingresa|Acude|Mira|Lee|Elige|Selecciona|Escoge){_OPEN_OBJECT}"
_TASKS = (
    r"Recuerda(?= [a-zñ]+(?:ar|er|ir)\b)|Pregunta(?= (?:por|en) (?:el|la|los|las)\b)|Firma(?= aquí\b)"
    r"|Sube(?= (?:el|la|los|las|un|una|tus?) (?:archivos?|documentos?|fotos?|soportes?|formularios?|PDF|evidencias?)\b)"
)


def _either_case(word: str) -> str:
    return f"[{word[0].upper()}{word[0]}]{word[1:]}"


TUTEO = re.compile(
    r"(?<![\w@#.-])(?:"
    + "|".join([_PRONOUNS, *map(_either_case, vocabulary("verbs")), *_PHRASES])
    + rf"|(?i:{_PRETERITE}|{_FUTURE}|{_IMPERATIVE}))(?![\w@-])"
    + rf"|{_START}(?:{_ORDERS}|{_OPEN_ORDERS}|{_TASKS})",
    re.MULTILINE,
)
