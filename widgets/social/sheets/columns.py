"""The columns of the form CE-F05, as they are written out and as old sheets head them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.errors import Invalid
from app.words import find
from widgets.social.models import SocialReport
from widgets.social.register import reports
from widgets.social.service import NETWORKS
from widgets.social.sheets.dates import write_moment

NAMES = (
    "code", "said_at", "network", "interaction", "link", "author", "user_class", "name", "document", "address",
    "account", "place", "object", "grounds", "service", "kind", "body", "identification", "result", "is_petition",
    "answers_at_once", "consolidated_by", "created_at", "handed_at", "handed_by", "acknowledged_by", "acknowledged_at",
    "analysed_by", "analysed_at", "decision", "radicado", "due_on", "state", "answered_at", "answer_channel",
    "reply_link", "remarks",
)  # fmt: skip
# An old sheet's hour beside its date; ours stands in one column.
HOUR = "hour"
# Worked out of the others: written, and never read.
COMPUTED = ("result",)
MOMENTS = ("said_at", "created_at", "handed_at", "acknowledged_at", "analysed_at", "answered_at")
PEOPLE = ("consolidated_by", "handed_by", "acknowledged_by", "analysed_by")
YES_NO = ("is_petition", "answers_at_once")
LISTED: Mapping[str, tuple[str, ...]] = {
    "network": tuple(NETWORKS),
    "interaction": reports.INTERACTIONS,
    "kind": reports.KINDS,
    "decision": reports.DECISIONS,
    "state": reports.STATES,
}
# The words of each list, below "social.".
_WORDS = {
    "network": "page.networks", "interaction": "console.interactions", "kind": "console.kinds",
    "decision": "console.decisions", "state": "console.states",
}  # fmt: skip
# What old sheets write instead, for a column or for a choice of one.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "code": ("consecutivo", "n", "no", "numero", "item", "id", "código ce-f05"),
    "said_at": ("fecha", "fecha y hora", "fecha del reporte", "fecha de publicación", "fecha reporte"),
    HOUR: ("hora", "hora del reporte", "hora del mensaje", "hora de publicación"),
    "network": ("red", "canal", "medio", "plataforma"),
    "interaction": ("interacción", "tipo", "clase de interacción"),
    "link": ("link", "url", "enlace", "enlace o captura"),
    "author": ("alias", "usuario", "perfil", "nombre de usuario", "usuario red social"),
    "user_class": ("tipo de usuario", "clase usuario", "calidad"),
    "name": ("nombre", "nombres y apellidos", "nombre del solicitante", "solicitante", "peticionario"),
    "document": ("cédula", "documento", "cc", "identificación", "número de identificación",
                 "identificación del solicitante"),
    "address": ("dirección", "dirección notificación", "correo o dirección", "correo", "datos de contacto", "contacto"),
    "account": ("matrícula", "cuenta", "número de cuenta", "póliza", "cuenta contrato"),
    "place": ("barrio", "sector", "ubicación", "lugar"),
    "object": ("objeto de la petición", "asunto", "solicitud"),
    "grounds": ("fundamentos de la petición", "hechos", "motivo", "razones"),
    "kind": ("tipo de solicitud", "tipo pqr", "clasificación", "tipo propuesto"),
    "body": ("mensaje", "comentario", "reporte", "descripción", "texto"),
    "is_petition": ("es pqr", "pqr", "cumple criterios"),
    "consolidated_by": ("consolidó", "elaboró", "responsable"),
    "created_at": ("fecha de consolidación",),
    "handed_at": ("fecha de entrega", "fecha de envío"),
    "acknowledged_by": ("recibió", "recibido por"),
    "radicado": ("número de radicado", "no radicado", "radicado n"),
    "due_on": ("fecha de vencimiento", "vence", "fecha límite"),
    "state": ("estado del trámite",),
    "answered_at": ("fecha de respuesta",),
    "reply_link": ("enlace de la respuesta", "link respuesta"),
    "remarks": ("observaciones", "observación", "notas"),
    "facebook": ("fb", "face", "messenger", "facebook messenger"),
    "x": ("twitter", "x twitter", "tw"), "instagram": ("ig", "insta"),
    "whatsapp": ("wa", "wpp", "whats app"), "comment": ("comentarios",),
    "message": ("mensajes", "mensaje privado", "mensaje directo", "dm", "inbox", "interno"),
    "tag": ("etiquetas", "mención", "mencion"),
    "peticion": ("p",), "queja": ("q",), "reclamo": ("r",),
    "captured": ("pendiente", "nuevo", "abierto"), "handed": ("enviado", "remitido"),
    "radicated": ("en trámite", "tramitado"), "answered": ("cerrado", "resuelto", "contestado", "finalizado"),
}  # fmt: skip
LANGUAGES = ("es", "en")


def plain(text: str) -> str:
    """Return a heading or a choice without accents, case and punctuation: "N.º de cédula" is "n de cedula"."""
    bare = unicodedata.normalize("NFKD", text.replace("º", "").replace("°", "")).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", bare.lower()))


def heading(name: str, lang: str = "es") -> str:
    return str(find(f"social.sheet.columns.{name}", lang))


@lru_cache(maxsize=1)
def _headings() -> dict[str, str]:
    """Return which column each known heading means: our own name, those of both languages, and those of old sheets."""
    known: dict[str, str] = {}
    for one in _ALSO[HOUR]:
        known[plain(one)] = HOUR
    for name in NAMES:
        for one in (name, *(heading(name, lang) for lang in LANGUAGES), *_ALSO.get(name, ())):
            known.setdefault(plain(one), name)
    return known


def column_of(head: str) -> str:
    """Return the column that a heading means, "" for none of ours."""
    return _headings().get(plain(head), "")


def language_of(heads: list[str]) -> str:
    """Return the language whose headings a sheet has most of; Spanish where that can't be told."""
    said = {plain(head) for head in heads}
    return max(LANGUAGES, key=lambda lang: sum(plain(heading(name, lang)) in said for name in NAMES))


def say_choice(name: str, value: str, lang: str = "es") -> str:
    return str(find(f"social.{_WORDS[name]}.{value}", lang)) if value in LISTED[name] else value


def say_channel(row: SocialReport, value: str) -> str:
    """Return by which channel it was answered: ours is the network itself; an old sheet's words stay."""
    return say_choice("network", row.network) if value == "social" else value


@lru_cache(maxsize=8)
def _choices(name: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for value in LISTED[name]:
        for one in (value, *(say_choice(name, value, lang) for lang in LANGUAGES), *_ALSO.get(value, ())):
            known.setdefault(plain(one), value)
    return known


def read_choice(name: str, text: str) -> str:
    """Return the value that a cell names; Invalid for none of the list."""
    found = _choices(name).get(plain(text)) if text.strip() else ""
    if found is None:
        raise Invalid(fields={name: ["errors.choice"]})
    return found


def read_yes_no(name: str, text: str) -> bool | None:
    said = plain(text)
    if not said:
        return None
    if said in ("si", "s", "1", "x", "yes", "true", "verdadero", "cumple"):
        return True
    if said in ("no", "n", "0", "false", "falso", "no cumple"):
        return False
    raise Invalid(fields={name: ["social.console.bad_yes_no"]})


def cells_of(
    row: SocialReport, zone: ZoneInfo, radicado: str, due_on: date | None, who: Callable[[str], str]
) -> list[str]:
    """Return a report as text, a cell a column."""
    shown, more = row.evidence or {}, row.details or {}
    yes_no = {None: "", True: "Sí", False: "No"}
    given: dict[str, str] = {
        "code": row.code, "link": row.link, "author": row.author, "body": row.body,
        "due_on": due_on.isoformat() if due_on else "", "result": yes_no[not reports.lacking(row)],
        **{name: str(more.get(name, "")) for name in reports.DETAILS},
        # After the details, among which an old sheet's own radicado stands.
        "radicado": radicado or str(more.get("radicado", "")),
        **{name: str(shown.get(name, "")) for name in reports.CRITERIA},
        **{name: write_moment(getattr(row, name), zone) for name in MOMENTS},
        **{name: who(getattr(row, name)) for name in PEOPLE},
        **{name: yes_no[getattr(row, name)] for name in YES_NO},
        "network": say_choice("network", row.network), "interaction": say_choice("interaction", row.interaction),
        "decision": say_choice("decision", row.decision), "state": say_choice("state", row.state),
        "kind": say_choice("kind", str(more.get("kind", ""))),
        "answer_channel": say_channel(row, str(more.get("answer_channel", ""))),
    }  # fmt: skip
    return [given[name] for name in NAMES]
