"""The workflow on the case page: each act with its form or the article that forbids it, and the other clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.cases import guards, notices, workflow
from app.cases.console.workflow_forms import ACTS, Act
from app.cases.delivery import WAYS
from app.cases.drafts import draft_of, questions_of
from app.cases.forms import CaseForm
from app.cases.guards import LawForbids, Situation
from app.cases.models import OPEN, Case, CaseClock
from app.cases.rules import CASE_KINDS
from app.cases.silence import hours_left, silence_on
from app.cases.tasks import REJECTION, waiting
from app.cases.ties import is_tied, ties_of
from app.cases.workflow_models import CaseDraft
from app.console.roles import Staff
from app.words import find, t

UNDRAWN = {"version", "seen", "receipts", "csrf_token"}


@dataclass(frozen=True)
class Field:
    field: Any
    label: str
    hint: str


@dataclass(frozen=True)
class Entry:
    """One act as it is drawn: `why` says in words, with the article, what forbids it; "" where nothing does."""

    name: str
    icon: str
    why: str
    form: CaseForm
    fields: tuple[Field, ...]
    is_open: bool = False


@dataclass(frozen=True)
class Ticking:
    """A clock beside the one of the answer."""

    name: str
    started_on: date
    due_on: date | None
    tone: str
    state: str
    # Of the 72 hours of a utility's silence, what is left of them.
    hours: int | None = None


@dataclass(frozen=True)
class Tie:
    """Another case that hangs on this one, or on which this one hangs."""

    kind: str
    case_id: int
    radicado: str
    state: str


@dataclass(frozen=True)
class Panel:
    """`tasks` are the kinds of what waits for a hand; `draft` is the answer that is being prepared."""

    acts: tuple[Entry, ...]
    clocks: tuple[Ticking, ...]
    tasks: tuple[str, ...]
    ties: tuple[Tie, ...]
    draft: CaseDraft | None
    may_draft: bool


def panel_of(
    case: Case, staff: Staff, lang: str, carried: dict[str, int], typed: tuple[str, CaseForm] | None = None
) -> Panel:
    """Return the acts of this person's role on a case; `typed` is the form of one that was refused."""
    at = workflow.situation(case)
    tasks = waiting(case)
    proposers = [int(task.data["by"]) for task in tasks if task.kind == REJECTION]
    forbidden = guards.possible(
        at, tied=is_tied(case.id), proposers=proposers, who=staff.id, hangs=notices.hangs(case.id)
    )
    entries = []
    for act in ACTS.values():
        if not staff.can(act.permission, case.site_id, case.office_id):
            continue
        form = typed[1] if typed and typed[0] == act.name else act.form(formdata=None, **carried)
        prepare(act, form, case, lang)
        is_open = bool(typed and typed[0] == act.name)
        entries.append(
            Entry(act.name, act.icon, _why(forbidden[act.name], lang), form, _fields(act, form, lang), is_open)
        )
    clocks = sorted(at.clocks.values(), key=lambda clock: clock.id)
    ticking = [_ticking(clock, at) for clock in clocks if clock.name != "answer"]
    if case.state in OPEN and (on := silence_on(case, at.terms)) is not None:
        ticking.append(Ticking("negative_silence", case.radicated_on, on, "secondary", "informs"))
    return Panel(
        tuple(entries),
        tuple(ticking),
        tuple(task.kind for task in tasks),
        tuple(_ties(case, staff)),
        draft_of(case.id),
        guards.allows(guards.can_prepare, at) and staff.can("cases.answer", case.site_id, case.office_id),
    )


def _ties(case: Case, staff: Staff) -> Iterator[Tie]:
    """Yield the cases that this one hangs on, and those that hang on it, as far as this officer may read them."""
    for kind, way, other in ties_of(case.id):
        if staff.can("cases.read", case.site_id, other.office_id):
            yield Tie(f"{kind}_{way}", other.id, other.radicado, other.state)


def prepare(act: Act, form: CaseForm, case: Case, lang: str) -> None:
    """Fill the choices of a form, and give its fields ids that no other form of the page has."""
    for field in form:
        field.id = f"{act.name}-{field.name}"
    if act.name == "reclassify":
        form["kind"].choices = {kind: t(f"kinds.{kind}.title", lang) for kind in CASE_KINDS if kind != case.kind}
    choices = {"decide_rejection": ("decision", ("confirm", "decline")), "deliver": ("way", WAYS)}
    if act.name == "comply":
        # Asked for this act alone: every other one would read the clocks again.
        choices["comply"] = ("which", _owed(case))
    if act.name in choices:
        name, keys = choices[act.name]
        form[name].choices = {key: t(f"workflow.{name}.{key}", lang) for key in keys}
    if act.name == "questions" and form["questions"].data is None:
        form["questions"].data = "\n".join(one.text for one in questions_of(case.id))
    if act.name == "prioritise":
        form["cause"].choices = {cause: t(f"workflow.cause.{cause}", lang) for cause in workflow.PRIORITIES}


def _owed(case: Case) -> tuple[str, ...]:
    clocks = workflow.situation(case).clocks
    return tuple(name for name in guards.OWED if name in clocks and clocks[name].met_at is None)


def _why(refusal: LawForbids | None, lang: str) -> str:
    return t(refusal.message_key, lang, **refusal.params) if refusal else ""


def _fields(act: Act, form: CaseForm, lang: str) -> tuple[Field, ...]:
    texts: dict[str, str] = find(f"workflow.act.{act.name}", lang)
    return tuple(
        Field(field, texts[field.name], texts.get(f"{field.name}_hint", ""))
        for field in form
        if field.name not in UNDRAWN
    )


def _ticking(clock: CaseClock, at: Situation) -> Ticking:
    state, tone = "running", "success"
    if clock.met_at is not None:
        state, tone = "met", "secondary"
    elif clock.due_on is None:
        state, tone = "suspended", "warning"
    elif clock.due_on < at.today:
        state, tone = "over", "danger"
    # One that was put aside for another of its name has a number behind it.
    name = "answer_before" if clock.name.startswith("answer") else clock.name.rstrip("0123456789").rstrip("_")
    return Ticking(name, clock.started_on, clock.due_on, tone, state, hours_left(at.case, clock))
