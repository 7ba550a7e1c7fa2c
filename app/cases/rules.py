"""The terms of the law as dated rows with their citation, so that a lawyer can change one without a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Literal

# What a person may file, in the order in which forms offer it. Source: Resolución 1519 de 2020, Anexo 2, and Ley 1437
# de 2011, arts. 13 and 14. Other kinds of rows are clocks, or petitions that only staff can name.
PETITIONS = (
    "peticion_particular", "peticion_general", "queja", "reclamo", "sugerencia", "denuncia", "informacion",
    "documentos", "consulta",
)  # fmt: skip
# What a person may file besides, on a form that has them: their personal data, a utility's bill.
FILED = (*PETITIONS, "habeas_consulta", "habeas_reclamo", "reclamo_facturacion")
# Every kind that a case may have.
CASE_KINDS = (
    *PETITIONS, "entre_autoridades", "habeas_consulta", "habeas_reclamo", "reclamo_facturacion", "recurso",
    "insistencia",
)  # fmt: skip
Unit = Literal["working", "calendar_month", "hour"]
Regime = Literal["general", "utility"]
CountFrom = Literal["next_day", "filing_day"]


def petitions_of(regime: str) -> tuple[str, ...]:
    """Return what a form offers: a bill can be disputed before a utility alone."""
    return tuple(kind for kind in FILED if kind != "reclamo_facturacion" or regime == "utility")


class UnknownKind(LookupError):
    """No rule of that kind is in force that day."""

    status = 422
    code = "unknown-kind"


@dataclass(frozen=True)
class Rule:
    """One term: `days` of `unit`, with at most `extension_max` more, in force from a day until another (included).

    `count_from` "filing_day" makes the filing day the first of the term, if it works. `verified` is False where the
    text of the norm could not be confirmed. A rule that is not `enabled` applies to nobody until a site wants it.
    """

    kind: str
    days: int
    citation: str
    unit: Unit = "working"
    extension_max: int = 0
    regime: Regime = "general"
    in_force_from: date = date(2015, 6, 30)
    in_force_until: date | None = None
    count_from: CountFrom = "next_day"
    verified: bool = True
    enabled: bool = True

    def __post_init__(self) -> None:
        """Refuse a term that no case could have."""
        if self.days < 1 or self.extension_max < 0:
            raise ValueError(f"a term of {self.days} days with {self.extension_max} more is not one: {self.kind}")
        if self.in_force_until is not None and self.in_force_until < self.in_force_from:
            raise ValueError(f"{self.kind} would end on {self.in_force_until}, before it starts")

    def is_in_force(self, day: date) -> bool:
        """Return whether the rule governs what is radicated that day."""
        ends_on = self.in_force_until or date.max
        return self.enabled and self.in_force_from <= day <= ends_on

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, with dates as ISO text: what a table or a JSON export keeps."""
        row = dict(vars(self))
        row["in_force_from"] = self.in_force_from.isoformat()
        row["in_force_until"] = self.in_force_until and self.in_force_until.isoformat()
        return row

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Rule:
        """Return the rule of `to_dict`; raises TypeError for an unknown field, ValueError for a bad date or term."""
        unknown = row.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise TypeError(f"unknown fields of a rule: {', '.join(sorted(unknown))}")
        dates = {
            name: date.fromisoformat(row[name])
            for name in ("in_force_from", "in_force_until")
            if isinstance(row.get(name), str)
        }
        return cls(**{**row, **dates})


_CPACA = "Ley 1437 de 2011"
_ART_14 = f"{_CPACA}, art. 14 (Ley 1755 de 2015, art. 1)"
_UTILITIES = "Ley 142 de 1994, art. 158 (Decreto Ley 2150 de 1995, art. 123)"
_HABEAS = "Ley 1581 de 2012"
_COVID = "Decreto Legislativo 491 de 2020, art. 5 (Ley 2207 de 2022)"
_COVID_FROM, _COVID_UNTIL = date(2020, 3, 28), date(2022, 5, 17)
_SINCE_CPACA, _SINCE_UTILITIES, _SINCE_HABEAS = date(2012, 7, 2), date(1994, 7, 11), date(2012, 10, 18)


def _around_covid(rule: Rule, covid_days: int) -> tuple[Rule, Rule, Rule]:
    """Return the rule, its longer term of the emergency, and the rule again; the law came back on 18 May 2022."""
    longer = replace(
        rule,
        days=covid_days,
        extension_max=covid_days if rule.extension_max else 0,
        citation=_COVID,
        in_force_from=_COVID_FROM,
        in_force_until=_COVID_UNTIL,
        verified=False,
    )
    one_day = timedelta(days=1)
    before = replace(rule, in_force_until=_COVID_FROM - one_day)
    return before, longer, replace(rule, in_force_from=_COVID_UNTIL + one_day)


# At most as long again as the term: "no podrá exceder del doble del inicialmente previsto" (art. 14, par.).
_PETITIONS = tuple(
    row
    for kind in ("peticion_general", "peticion_particular", "queja", "reclamo", "denuncia", "sugerencia")
    for row in _around_covid(Rule(kind, 15, _ART_14, extension_max=15), 30)
)
_INFORMATION = tuple(
    row
    for kind in ("informacion", "documentos")
    for row in _around_covid(Rule(kind, 10, f"{_ART_14}, num. 1", extension_max=10), 20)
)

DEFAULT_RULES: tuple[Rule, ...] = (
    *_PETITIONS,
    *_INFORMATION,
    *_around_covid(Rule("consulta", 30, f"{_ART_14}, num. 2", extension_max=30), 35),
    Rule("entre_autoridades", 10, f"{_CPACA}, art. 30"),
    # What the entity owes on the way to an answer.
    Rule("copias", 3, f"{_ART_14}, num. 1"),
    Rule("requerir", 10, f"{_CPACA}, art. 17"),
    Rule("complementar", 1, f"{_CPACA}, art. 17", unit="calendar_month", extension_max=1),
    Rule("aclarar", 10, f"{_CPACA}, art. 19"),
    Rule("trasladar", 5, f"{_CPACA}, art. 21"),
    Rule("insistir", 10, f"{_CPACA}, art. 26"),
    Rule("falla_del_medio", 3, f"{_CPACA}, art. 62, num. 2", in_force_from=_SINCE_CPACA),
    Rule("citar", 5, f"{_CPACA}, art. 68", in_force_from=_SINCE_CPACA),
    Rule("aviso", 5, f"{_CPACA}, art. 69", in_force_from=_SINCE_CPACA),
    Rule("recurrir", 10, f"{_CPACA}, art. 76", in_force_from=_SINCE_CPACA),
    Rule("recurso_queja", 5, f"{_CPACA}, art. 74, num. 3", in_force_from=_SINCE_CPACA),
    # What is brought against an answer: the authority has two months; of an insistence it sends the file to the judge.
    Rule("recurso", 2, f"{_CPACA}, art. 86", unit="calendar_month", in_force_from=_SINCE_CPACA),
    Rule("insistencia", 10, f"{_CPACA}, art. 26", verified=False),
    # Negative silence informs; it never ends the duty to decide.
    Rule("silencio_negativo", 3, f"{_CPACA}, art. 83", unit="calendar_month", in_force_from=_SINCE_CPACA),
    Rule("silencio_recurso", 2, f"{_CPACA}, art. 86", unit="calendar_month", in_force_from=_SINCE_CPACA),
    # Public utilities. Two public programs count the filing day as the first: `count_from` is the switch for it.
    *(
        Rule(kind, 15, _UTILITIES, regime="utility", in_force_from=_SINCE_UTILITIES)
        for kind in ("reclamo_facturacion", "peticion_general", "peticion_particular", "queja", "reclamo", "recurso")
    ),
    Rule("recurrir", 5, "Ley 142 de 1994, art. 154", regime="utility", in_force_from=_SINCE_UTILITIES),
    Rule(
        "silencio_positivo",
        72,
        _UTILITIES,
        unit="hour",
        regime="utility",
        in_force_from=_SINCE_UTILITIES,
        verified=False,
    ),
    # Personal data.
    Rule("habeas_consulta", 10, f"{_HABEAS}, art. 14", extension_max=5, in_force_from=_SINCE_HABEAS),
    Rule("habeas_reclamo", 15, f"{_HABEAS}, art. 15", extension_max=8, in_force_from=_SINCE_HABEAS),
    Rule("habeas_requerir", 5, f"{_HABEAS}, art. 15", in_force_from=_SINCE_HABEAS),
    Rule("habeas_complementar", 2, f"{_HABEAS}, art. 15", unit="calendar_month", in_force_from=_SINCE_HABEAS),
    Rule("habeas_trasladar", 2, f"{_HABEAS}, art. 15", in_force_from=_SINCE_HABEAS),
    Rule("habeas_leyenda", 2, f"{_HABEAS}, art. 15", in_force_from=_SINCE_HABEAS),
    # Not confirmed against the text: off until a site's lawyer turns them on.
    Rule("congresista", 5, "Ley 5 de 1992, art. 258", in_force_from=date(1992, 6, 18), verified=False, enabled=False),
    Rule("defensoria", 5, "Ley 24 de 1992, art. 15", in_force_from=date(1992, 12, 15), verified=False, enabled=False),
)


def rule_for(kind: str, day: date, regime: Regime = "general", rules: Iterable[Rule] = DEFAULT_RULES) -> Rule:
    """Return the rule of this kind in force on the day of radication.

    A utility's own rule comes before the general one, and the general one serves where the utility has none (Ley 1437
    de 2011, art. 33). Of two in force the later wins. Raises UnknownKind.
    """
    found = [
        rule for rule in rules if rule.kind == kind and rule.regime in ("general", regime) and rule.is_in_force(day)
    ]
    if not found:
        raise UnknownKind(f"no rule of kind {kind!r} is in force on {day.isoformat()}")
    return max(found, key=lambda rule: (rule.regime == regime, rule.in_force_from))
