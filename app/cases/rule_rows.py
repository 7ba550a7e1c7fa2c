"""A site's terms as an administrator edits them: rows with a date of effect and the norm that they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select

from app.audit import append_audit
from app.cases import recompute
from app.cases.models import RuleRow
from app.cases.rules import DEFAULT_RULES, Rule
from app.db import db, write
from app.errors import Invalid

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """What a term becomes from a day on; its unit stays, since the law never counts a month as days."""

    kind: str
    regime: str
    days: int
    extension_max: int
    citation: str
    in_force_from: date
    enabled: bool = True


def rules_of(site_id: int) -> tuple[Rule, ...]:
    rows = db.session.scalars(select(RuleRow.rule).where(RuleRow.site_id == site_id)).all()
    return tuple(Rule.from_dict(row) for row in rows) or DEFAULT_RULES


def current_and_coming(site_id: int, today: date) -> list[Rule]:
    """Return the terms that hold today or will hold, in the order of the law's own list."""
    places = {(rule.kind, rule.regime): place for place, rule in enumerate(DEFAULT_RULES)}
    found = [rule for rule in rules_of(site_id) if (rule.in_force_until or date.max) >= today]
    return sorted(found, key=lambda rule: (places.get((rule.kind, rule.regime), len(places)), rule.in_force_from))


def change(site_id: int, actor: str, to: Change) -> Rule:
    """Change a term from a day on, and have the open cases of its kind counted again.

    What was in force before that day stays as it was. Raises Invalid for a term that no case could have.
    """
    if not to.citation.strip():
        raise Invalid(fields={"citation": ["errors.required"]})
    with write():
        rows = _own_rows(site_id)
        row = next((row for row in rows if _governs(Rule.from_dict(row.rule), to)), None)
        if row is None:
            raise Invalid(fields={"in_force_from": ["terms.errors.before"]})
        old = Rule.from_dict(row.rule)
        try:
            new = replace(
                old, days=to.days, extension_max=to.extension_max, citation=to.citation.strip()[:300],
                in_force_from=to.in_force_from, enabled=to.enabled, verified=True,
            )  # fmt: skip
        except ValueError as error:
            raise Invalid(fields={"days": ["errors.invalid"]}) from error
        if old.in_force_from == new.in_force_from:
            row.rule = new.to_dict()
        else:
            row.rule = replace(old, in_force_until=new.in_force_from - ONE_DAY).to_dict()
            db.session.add(RuleRow(site_id=site_id, kind=new.kind, rule=new.to_dict()))
        append_audit(
            site_id, actor, "rules.changed", f"site:{site_id}", kind=new.kind, regime=new.regime, old=old.days,
            new=new.days, extension=new.extension_max, since=new.in_force_from, citation=new.citation,
            enabled=new.enabled,
        )  # fmt: skip
        recompute.soon(site_id, new.kind)
        return new


def _own_rows(site_id: int) -> list[RuleRow]:
    """Return the rows of a site, made from the law's defaults the first time that one is changed."""
    rows = list(db.session.scalars(select(RuleRow).where(RuleRow.site_id == site_id).with_for_update()))
    if not rows:
        rows = [RuleRow(site_id=site_id, kind=rule.kind, rule=rule.to_dict()) for rule in DEFAULT_RULES]
        db.session.add_all(rows)
        db.session.flush()
    return rows


def _governs(rule: Rule, to: Change) -> bool:
    ends_on = rule.in_force_until or date.max
    return (rule.kind, rule.regime) == (to.kind, to.regime) and rule.in_force_from <= to.in_force_from <= ends_on
