"""File a PQRSD: what lacks is said once, and then it is filed all the same."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import select

from app.cases.filing import Filed, Filing, Party, Prepared, file_case, missing_parts, tracking_code
from app.cases.filing import prepare as prepare_case
from app.cases.models import Case
from app.cases.radicado import format_code
from app.cases.rules import petitions_of
from app.cases.terms import terms_of
from app.clock import now
from app.dates import date_words, datetime_words
from app.db import db
from app.embed.gate import Submission, once
from app.errors import DomainError, Invalid
from app.files import limits
from app.sites.service import SiteInfo, offices
from app.sui.service import note_account
from app.words import ROOT, t
from widgets.pqr.schemas import DOCUMENT_TYPES, PERSON_TYPES, without_identity

NOTICE_VERSION = 1
# Whence a case came that another system filed; its number is the key's.
SYSTEM = "system"
# Where a site has no list of its own (S1-13).
USER_CLASSES = ("citizen", "subscriber", "affiliate", "interest_group")


class MissingParts(DomainError):
    """Something that the law asks for is not there; the person may file all the same (art. 15, par. 2)."""

    status = 422
    code = "missing-parts"


def boot(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return what the element needs before it is touched; the form itself is fetched on use."""
    kinds = petitions_of(site.regime)
    return {"anonymous": True, "kinds": [{"key": kind, "title": t(f"kinds.{kind}.title", lang)} for kind in kinds]}


def form(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return everything that the form shows: types with help, example and term from the rules that count."""
    terms = terms_of(site.id)
    today = terms.today()
    return {
        "kinds": [
            {
                "key": kind,
                "title": t(f"kinds.{kind}.title", lang),
                "help": t(f"kinds.{kind}.help", lang),
                "example": t(f"kinds.{kind}.example", lang),
                "days": terms.rule(kind, today).days,
            }
            for kind in petitions_of(site.regime)
        ],
        "document_types": [{"key": key, "title": t(f"pqr.page.document_types.{key}", lang)} for key in DOCUMENT_TYPES],
        "person_types": [{"key": key, "title": t(f"pqr.page.person_types.{key}", lang)} for key in PERSON_TYPES],
        "user_classes": [{"key": name, "title": name} for name in site.user_classes]
        or [{"key": key, "title": t(f"pqr.page.user_classes.{key}", lang)} for key in USER_CLASSES],
        "offices": [{"code": office.code, "name": office.name} for office in offices(site.id)],
        "notice": {
            "version": NOTICE_VERSION,
            "text": t("pqr.page.notice", lang, entity=site.entity, address=site.address, phone=site.phone),
            "url": site.privacy_url,
        },
        "anonymous_conditions": t("pqr.page.anonymous_conditions", lang),
        "reserved_help": t("pqr.page.reserved_help", lang),
        "account": site.regime == "utility",
        "limits": limits(),
    }  # fmt: skip


@cache
def municipalities() -> list[list[str]]:
    """Return [DANE code, municipality, department] of all of Colombia. Source: DANE, DIVIPOLA."""
    path = ROOT / "widgets" / "pqr" / "data" / "divipola.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [[row["code"], row["municipality"], row["department"]] for row in csv.DictReader(file)]


@cache
def _places() -> dict[str, str]:
    return {code: f"{name}, {department}" for code, name, department in municipalities()}


def say_party(field: str, value: str, lang: str) -> str | None:
    """Return in words what the form keeps as a code; None for a field, or a value, that it does not."""
    if field == "municipality":
        return _places().get(value)
    known = {
        "person_type": ("person_types", PERSON_TYPES), "document_type": ("document_types", DOCUMENT_TYPES),
        "user_class": ("user_classes", USER_CLASSES),
    }  # fmt: skip
    section, values = known.get(field, ("", ()))
    return t(f"pqr.page.{section}.{value}", lang) if value in values else None


def filing_of(data: dict[str, Any], sent: Submission) -> Filing:
    """Return the filing of loaded data; an anonymous one is stripped of every identifying field first."""
    anonymous = data["identity"] == "anonymous"
    if anonymous:
        data = without_identity(data)
    party_fields = {name: data[name] for name in Party.__dataclass_fields__ if name != "characterisation"}
    return Filing(
        kind=data["kind"], subject=data["subject"], body=data["body"], channel="web",
        code_material=sent.material("case"), identity=data["identity"],
        party=None if anonymous else Party(
            **party_fields, characterisation=data["characterisation"] if data["characterisation_consent"] else {}
        ),
        answer_channel=data["answer_channel"],
        electronic_consent=data["electronic_consent"] and data["answer_channel"] == "electronic",
        office_code=data["office"], receipts=tuple(data["files"]), failed_files=tuple(data["failed_files"]),
        notice_version=data["notice_version"], marks=sent.marks, failed_at=sent.failed_at,
        lang=sent.lang,
    )  # fmt: skip


def prepare(sent: Submission, data: dict[str, Any]) -> Prepared:
    """Return the filing with all that can be worked out before it takes its turn to be written.

    Raises MissingParts, naming each, when something is not there and the person has not said to file all the same.
    """
    return _prepared(sent, filing_of(data, sent), data)


def _prepared(sent: Submission, filing: Filing, data: dict[str, Any]) -> Prepared:
    missing = missing_parts(filing)
    if missing and not data["despite_missing"]:
        fields = {name: [f"pqr.page.missing.{name}"] for name in missing}
        raise MissingParts("pqr.page.missing_parts", fields=fields, can_file_anyway=True)
    return prepare_case(sent.site.id, filing, sent.site.stamp)


def file(sent: Submission, data: dict[str, Any]) -> dict[str, Any]:
    """File the case once, and return the acknowledgement, without its code."""

    def act(prepared: Prepared) -> dict[str, Any]:
        return _filed(sent, data, prepared)

    return once(sent, "pqr.cases", act, prepare=lambda: prepare(sent, data))


def _filed(sent: Submission, data: dict[str, Any], prepared: Prepared) -> dict[str, Any]:
    filed = file_case(sent.site.id, prepared.filing, prepared)
    if data["account"] and data["identity"] != "anonymous" and sent.site.regime == "utility":
        note_account(filed.case_id, data["account"])
    return acknowledgement(filed, prepared.filing, sent)


def file_for_system(sent: Submission, data: dict[str, Any], system_id: int) -> dict[str, Any]:
    """File once what another system received, and return the acknowledgement; its moment of receipt is kept."""
    received_at = data.pop("received_at", None)
    if received_at is not None and received_at > now():
        raise Invalid(fields={"received_at": ["systems.errors.future"]})

    def prepared() -> Prepared:
        filing = replace(
            filing_of(data, sent), channel="api", received_at=received_at, source=SYSTEM, source_id=system_id,
            actor="system",
        )  # fmt: skip
        return _prepared(sent, filing, data)

    def act(made: Prepared) -> dict[str, Any]:
        return _filed(sent, data, made)

    return once(sent, "pqr.systems", act, prepare=prepared)


def state_for_system(site_id: int, radicado: str, system_id: int) -> dict[str, Any] | None:
    """Return how a case stands that this system filed; None for any other."""
    mine = (Case.site_id == site_id, Case.radicado == radicado, Case.source == SYSTEM, Case.source_id == system_id)
    case = db.session.scalar(select(Case).where(*mine))
    if case is None:
        return None
    return {
        "radicado": case.radicado, "kind": case.kind, "state": case.state,
        "received_at": case.received_at.isoformat(), "radicated_on": case.radicated_on.isoformat(),
        "due_on": case.due_on and case.due_on.isoformat(),
        "answered_at": case.answered_at and case.answered_at.isoformat(),
    }  # fmt: skip


def acknowledgement(filed: Filed, filing: Filing, sent: Submission) -> dict[str, Any]:
    """Return what art. 61 and Resolución 1519 make the person's proof, ready to show."""
    lang = sent.lang
    due = filed.explanation.due_on
    assert due is not None  # nothing has suspended a clock that has just started
    return {
        "radicado": filed.radicado,
        "kind_title": t(f"kinds.{filing.kind}.title", lang),
        "received_at": filed.received_at.isoformat(),
        "radicated_on": filed.radicated_on.isoformat(),
        "due_on": due.isoformat(),
        "rule": {"kind": filed.rule.kind, "days": filed.rule.days, "citation": filed.rule.citation},
        "count": list(filed.count),
        "files": [stored.public() for stored in filed.files],
        "failed_files": list(filing.failed_files),
        "missing": [{"field": name, "text": t(f"pqr.page.missing.{name}", lang)} for name in filed.missing],
        "mailed": filed.mailed,
        "text": {
            "received": datetime_words(filed.received_at, lang),
            "radicated": date_words(filed.radicated_on, lang),
            "due": date_words(due, lang),
            "next": t(
                "pqr.page.next" if filed.mailed else "pqr.page.next_without_mail", lang, due=date_words(due, lang)
            ),
        },
    }


def code_for(sent: Submission) -> str:
    """Return the tracking code of a submission, in groups; made again from its key, never read from the store."""
    return format_code(tracking_code(sent.material("case")))
