"""One-use codes: made to be printed, or sent by mail; which code went where is kept nowhere."""

from __future__ import annotations

import random
import re
import secrets

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from sqlalchemy import func, select

from app.audit import append_audit
from app.cases.radicado import code_hash, derive_code, format_code
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Invalid
from app.mail import outbox
from app.sites.models import Site
from app.words import t
from widgets.survey.definition import text_of
from widgets.survey.models import SurveyCode
from widgets.survey.service import WRITE, is_open, secret, the_survey

MAX_CODES = 5_000
MAX_MAILED = 500


def count_codes(survey_id: int) -> tuple[int, int]:
    """Return how many codes were made, and how many of them have served."""
    query = select(func.count(), func.count(SurveyCode.used_at)).where(SurveyCode.survey_id == survey_id)
    made, used = db.session.execute(query).one()
    return int(made), int(used)


def make_codes(staff: Staff, site_id: int, survey_id: int, count: int, batch: str = "") -> list[str]:
    """Make one-use codes and return them, ready to print: only their hashes are kept, so this is the one time."""
    if not 1 <= count <= MAX_CODES:
        raise Invalid(fields={"count": ["survey.errors.code-count"]})
    key = secret("survey-code")
    made = [derive_code(key, secrets.token_bytes(16)) for _ in range(count)]
    rows = [(code, code_hash(key, code)) for code in dict.fromkeys(made)]
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.level != "codes":
            raise Conflict("survey.errors.no-codes")
        known = set(
            db.session.scalars(
                select(SurveyCode.code_hash).where(
                    SurveyCode.survey_id == survey.id, SurveyCode.code_hash.in_([hashed for _, hashed in rows])
                )
            )
        )
        rows = [row for row in rows if row[1] not in known]
        db.session.add_all([SurveyCode(survey_id=survey.id, code_hash=hashed, batch=batch[:60]) for _, hashed in rows])
        append_audit(site_id, staff.actor, "survey.codes", f"survey:{survey.id}", count=len(rows), batch=batch[:60])
    return [format_code(code) for code, _ in rows]


def mail_codes(staff: Staff, site_id: int, survey_id: int, addresses: str, lang: str = "es") -> int:
    """Send each address a code of its own, and return to how many; which code went where is kept nowhere.

    The code stands in its letter as a secret, forgotten when that is sent. Raises Invalid naming the lines that are no
    addresses: then nobody is written to.
    """
    lines = list(dict.fromkeys(line.strip().casefold() for line in re.split(r"[\n,;]", addresses) if line.strip()))
    if not 1 <= len(lines) <= MAX_MAILED:
        raise Invalid(fields={"addresses": [f"survey.errors.mail-count|most={MAX_MAILED}"]})
    wrong = [number for number, line in enumerate(lines, 1) if not _is_address(line)]
    if wrong:
        raise Invalid(fields={"addresses": [f"survey.errors.mail-address|lines={', '.join(map(str, wrong[:10]))}"]})
    key = secret("survey-code")
    made = [derive_code(key, secrets.token_bytes(16)) for _ in lines]
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.level != "codes":
            raise Conflict("survey.errors.no-codes")
        if not is_open(survey):
            raise Conflict("survey.errors.not-open")
        site = db.session.get_one(Site, site_id)
        base: str = current_app.extensions["ventanilla"].settings.base_url
        told = {"title": text_of(survey.title, lang), "entity": site.entity, "url": outbox.SECRET}
        db.session.add_all(
            [SurveyCode(survey_id=survey.id, code_hash=code_hash(key, code), batch="mail") for code in made]
        )
        # Shuffled: neither the order of the rows nor that of the letters leads from one to the other.
        for address, code in zip(lines, random.sample(made, len(made)), strict=True):
            outbox.enqueue(
                site, address, t("survey.mail.code_subject", lang, title=told["title"]),
                t("survey.mail.code", lang, **told), source="survey", source_id=survey.id,
                secret=f"{base}/{site.key}/survey/{survey.key}?lang={lang}&code={format_code(code)}",
            )  # fmt: skip
        append_audit(site_id, staff.actor, "survey.codes", f"survey:{survey.id}", count=len(made), batch="mail")
    return len(made)


def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
