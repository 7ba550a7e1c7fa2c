"""The items of the form, each with what shows it; ITA question ids 2045 to 2065 (Resolución 1519, Anexo 2, 2.4.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, func, select

from app.cases.children import counted_once
from app.cases.models import Case, CaseParty
from app.clock import now
from app.db import db
from app.embed.gate import FILINGS_BEFORE_PROOF
from app.mail.models import Mail
from app.selfaudit.page import Ask, Seen
from app.sites.branding import TEXT, contrast
from app.sites.service import SiteInfo
from app.words import t

GOOD, BAD, BY_HAND = "good", "bad", "by_hand"
# Acknowledgement within 24 working hours, which are three days of eight: what was filed before must have gone by now.
SETTLED, LOOKED_BACK = timedelta(days=5), timedelta(days=90)
LATEST = 1_000
DOCUMENT_TYPES = {"CC", "NUIP", "CE", "NIT", "PA", "PPT", "OT"}


@dataclass(frozen=True)
class Item:
    """One line of the audit: how it stands, and what was seen."""

    key: str
    state: str
    evidence: str


@dataclass(frozen=True)
class Pages:
    """What was asked for, once for all items."""

    site: SiteInfo
    lang: str
    base_url: str
    form: Seen
    wrong: Seen
    track: Seen
    data: Seen
    failed: Seen

    def tell(self, key: str, **params: object) -> str:
        return t(f"selfaudit.evidence.{key}", self.lang, **params)


def look(site: SiteInfo, lang: str, ask: Ask, base_url: str) -> list[Item]:
    """Return every item of the form as it stands on the site's own pages right now. Nothing is filed."""
    form = f"/{site.key}/pqr?lang=es"
    drawn = ask(form)
    empty = {name: one.value for name, one in drawn.controls.items() if one.kind == "hidden"}
    pages = Pages(
        site, lang, base_url, form=drawn, wrong=ask(form, empty),
        track=ask(f"/{site.key}/track?lang=es"), data=ask(f"/{site.key}/open-data?lang=es"),
        failed=ask(f"/{site.key}/outages/message?lang=es"),
    )  # fmt: skip
    return [Item(key, *check(pages)) for key, check in ITEMS.items()]


Found = tuple[str, str]


def _mark(good: bool) -> str:
    return GOOD if good else BAD


def _acknowledged(at: Pages) -> Found:
    since, until = now() - LOOKED_BACK, now() - SETTLED
    received = (Case.site_id == at.site.id, Case.received_at >= since, Case.received_at <= until)
    cases = select(Case.id).where(*received, counted_once())
    total = db.session.scalar(select(func.count()).select_from(cases.subquery())) or 0
    # From the few mails that did not go to their cases, and not from every case to its mails.
    undelivered = select(Mail.id).where(Mail.site_id == at.site.id, Mail.state.in_(("queued", "failed")))
    stuck = (
        select(func.count(Mail.source_id.distinct()))
        .join(Case, Case.id == Mail.source_id)
        .where(Mail.id.in_(undelivered), Mail.source == "case", *received)
    )
    # Who filed by the form and gave an address must have been written to; the latest tell, for all would take long.
    told = exists().where(Mail.site_id == at.site.id, Mail.source == "case", Mail.source_id == CaseParty.case_id)
    latest = cases.where(Case.channel == "web").order_by(Case.received_at.desc()).limit(LATEST)
    forgotten = select(func.count()).where(CaseParty.case_id.in_(latest), CaseParty.email != "", ~told)
    unsent, unwritten = db.session.scalar(stuck) or 0, db.session.scalar(forgotten) or 0
    said = at.tell("acknowledged", cases=total, unsent=unsent, unwritten=unwritten)
    return _mark(not unsent + unwritten), said


def _validated(at: Pages) -> Found:
    named = [name for name, one in at.wrong.controls.items() if one.invalid]
    good = at.wrong.status == 422 and bool(named) and "alert" in at.wrong.roles
    return _mark(good), at.tell("validated", status=at.wrong.status, fields=", ".join(named) or "–")


def _no_spam(at: Pages) -> Found:
    trap = "website" in at.form.controls
    return _mark(trap), at.tell("no_spam", n=FILINGS_BEFORE_PROOF)


def _tracked(at: Pages) -> Found:
    good = at.track.status == 200 and {"radicado", "code"} <= at.track.controls.keys()
    return _mark(good), at.tell("tracked", path=f"/{at.site.key}/track", status=at.track.status)


def _failure(at: Pages) -> Found:
    failed = t("errors.unavailable", "es")
    shown = at.failed.status == 503 and "alert" in at.failed.roles and at.failed.says(failed)
    apart = at.wrong.status != 503 and not at.wrong.says(failed)
    return _mark(shown and apart), at.tell(
        "failure", failed=at.failed.text[:300], status=at.failed.status, wrong=at.wrong.status
    )


def _integrated(at: Pages) -> Found:
    kinds = at.form.controls["kind"].choices if "kind" in at.form.controls else []
    return _mark("informacion" in kinds), at.tell("integrated", n=len([kind for kind in kinds if kind]))


def _mobile(at: Pages) -> Found:
    return _mark("width=device-width" in at.form.viewport), at.tell("mobile", viewport=at.form.viewport or "–")


def _accessible(at: Pages) -> Found:
    """Return what of WCAG 2.1 AA a program can see of the form (Resolución 1519, Anexo 1); the rest is for people."""
    ratio = contrast(at.site.accent, at.site.on_accent)
    good = not at.form.unlabelled and at.form.lang == "es" and bool(at.form.title) and ratio >= TEXT
    return _mark(good), at.tell(
        "accessible", unlabelled=", ".join(at.form.unlabelled) or "–", page_lang=at.form.lang or "–",
        title=at.form.title or "–", ratio=f"{ratio:.1f}",
    )  # fmt: skip


def _secure(at: Pages) -> Found:
    wanted = ("content-security-policy", "x-content-type-options", "referrer-policy")
    there, tls = [name for name in wanted if name in at.form.headers], at.base_url.startswith("https://")
    return _mark(tls and len(there) == len(wanted)), at.tell(
        "secure", address=at.base_url, headers=", ".join(there) or "–"
    )


def _terms(at: Pages) -> Found:
    return _mark(at.form.says("días hábiles")), at.tell("terms", path=f"/{at.site.key}/pqr")


def _field(*names: str) -> Callable[[Pages], Found]:
    """Return the check that these fields stand in the form, each with its label."""

    def check(at: Pages) -> Found:
        found = [at.form.controls[name].label for name in names if name in at.form.controls]
        good = len(found) == len(names) and all(found)
        return _mark(good), at.tell("fields", names="; ".join(found) or "–")

    return check


def _kinds(at: Pages) -> Found:
    kinds = set(at.form.controls["kind"].choices) if "kind" in at.form.controls else set()
    wanted = {"peticion_particular", "queja", "reclamo", "informacion", "denuncia", "sugerencia"}
    lacking = wanted - kinds
    good = not lacking and at.form.says("Ejemplo:")
    return _mark(good), at.tell("kinds", n=len(kinds - {""}), lacking=", ".join(sorted(lacking)) or "–")


def _anonymous(at: Pages) -> Found:
    choices = at.form.controls["identity"].choices if "identity" in at.form.controls else []
    good = "anonymous" in choices and at.form.says("Ley 962 de 2005")
    return _mark(good), at.tell("anonymous", choices=", ".join(choices) or "–")


def _reserved(at: Pages) -> Found:
    return _mark(at.form.says("Procuraduría")), at.tell("reserved")


def _documents(at: Pages) -> Found:
    found = set(at.form.controls["document_type"].choices) if "document_type" in at.form.controls else set()
    good = found >= DOCUMENT_TYPES and "document_number" in at.form.controls
    return _mark(good), at.tell("documents", types=", ".join(sorted(found - {""})) or "–")


def _channel(at: Pages) -> Found:
    choices = at.form.controls["answer_channel"].choices if "answer_channel" in at.form.controls else []
    return _mark({"electronic", "postal"} <= set(choices)), at.tell("channel", choices=", ".join(choices) or "–")


def _notice(at: Pages) -> Found:
    said = at.form.says("Ley 1581 de 2012")
    linked = bool(at.site.privacy_url) and at.site.privacy_url in at.form.links
    return _mark(said and linked), at.tell("notice" if linked else "notice_unlinked", url=at.site.privacy_url)


def _sent(at: Pages) -> Found:
    return _mark(at.form.buttons > 0), at.tell("sent", n=at.form.buttons)


def _published(at: Pages) -> Found:
    return _mark(at.data.status == 200), at.tell("published", path=f"/{at.site.key}/open-data")


def _no_limit(at: Pages) -> Found:
    return BY_HAND, at.tell("no_limit")


ITEMS: dict[str, Callable[[Pages], Found]] = {
    "acknowledged": _acknowledged, "validated": _validated, "no_spam": _no_spam, "tracked": _tracked,
    "failure": _failure, "integrated": _integrated, "mobile": _mobile, "accessible": _accessible, "secure": _secure,
    "terms": _terms,
    "kinds": _kinds, "name": _field("name"), "anonymous": _anonymous, "reserved": _reserved, "documents": _documents,
    "channel": _channel, "email": _field("email"),
    "address": _field("address", "neighbourhood", "municipality", "country"),
    "phone": _field("phone"), "object": _field("subject", "body"), "attachments": _field("files"),
    "no_limit": _no_limit, "notice": _notice, "sent": _sent, "published": _published,
}  # fmt: skip
