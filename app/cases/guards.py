"""What the law forbids an office to do to a case now, each refusal with its article."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from app.cases.models import (
    ANNULLED,
    ANSWERED,
    ARCHIVED,
    CONFLICT,
    IN_PROCESS,
    LAPSED,
    NOTIFIED,
    OPEN,
    RADICATED,
    REJECTED,
    REQUIRED,
    RETURNED,
    TRANSFERRED,
    WITHDRAWN,
    Case,
    CaseClock,
)  # fmt: skip
from app.cases.rules import Rule
from app.cases.terms import Terms
from app.errors import Conflict
from app.outages.service import last_day

_CPACA = "Ley 1437 de 2011"
# The terms of a claim about personal data that stand for the general ones. Source: Ley 1581 de 2012, art. 15.
OWN_LIMITS = ("habeas_requerir", "habeas_complementar", "habeas_trasladar")
# What the entity owes apart from the answer, each a clock of its own: the legend "reclamo en trámite" (Ley 1581 de
# 2012, art. 15), the copies of an accepted request (art. 14), the effects of a utility's silence (Ley 142, art. 158).
OWED = ("label", "copies", "positive_silence")
# Ended by an act that is notified in person, with its own recourse (arts. 17 and 19).
BY_ACT = (LAPSED, REJECTED)


class LawForbids(Conflict):
    """The act is not allowed now; `code` names the guard and `article` the norm that holds it."""

    code = "law-forbids"

    def __init__(self, guard: str, article: str) -> None:
        super().__init__(f"cases.law.{guard}", article=article)
        self.guard, self.article = guard, article


@dataclass(frozen=True)
class Situation:
    """A case as the guards look at it: its row, its clocks by name, the law in force and today's date."""

    case: Case
    clocks: dict[str, CaseClock]
    terms: Terms
    today: date

    @property
    def answer(self) -> CaseClock:
        return self.clocks["answer"]

    @property
    def day_of_term(self) -> date:
        """Today for the answer's clock: what came on Sunday has its day 0 on Monday, and can be worked on before."""
        return max(self.today, self.answer.started_on)

    def is_within(self, rule: Rule) -> bool:
        """Whether a term from the radication has not ended: the Saturday after its last day is no day of it."""
        return self.today <= self.terms.calendar.add_working_days(self.case.radicated_on, rule.days)

    def limit(self, kind: str) -> Rule:
        """Return the rule of a term that binds the office on its way to the answer; personal data have their own."""
        own = f"habeas_{kind}" if self.case.kind == "habeas_reclamo" else kind
        return self.terms.rule(own if own in OWN_LIMITS else kind, self.case.radicated_on)


def _refuse_unless(holds: bool, guard: str, article: str) -> None:
    if not holds:
        raise LawForbids(guard, article)


def _is_running(at: Situation) -> bool:
    """A term that has expired can't be stopped any more: that would undo its expiry."""
    return at.case.due_on is not None and at.today <= at.case.due_on


def can_require(at: Situation) -> None:
    """Ask for what lacks: once, while it is being worked on, in the first ten days. Art. 17."""
    rule = at.limit("requerir")
    _refuse_unless(at.case.state in (RADICATED, IN_PROCESS), "not_running", rule.citation)
    _refuse_unless("completion" not in at.clocks, "require_once", rule.citation)
    _refuse_unless(at.is_within(rule), "require_in_time", rule.citation)
    _refuse_unless(_is_running(at), "expired", rule.citation)


def can_return(at: Situation) -> None:
    """Give it back because its object is not understood; never because it is incomplete. Art. 19."""
    rule = at.limit("aclarar")
    _refuse_unless(at.case.state in (RADICATED, IN_PROCESS), "not_running", rule.citation)
    _refuse_unless("clarification" not in at.clocks, "return_once", rule.citation)
    _refuse_unless(_is_running(at), "expired", rule.citation)


def can_ask_for_time(at: Situation) -> None:
    """The person asks for more time to complete: once, before the month has run out. Art. 17."""
    clock = at.clocks.get("completion")
    article = at.limit("complementar").citation
    _refuse_unless(at.case.state == REQUIRED and clock is not None, "nothing_required", article)
    assert clock is not None
    _refuse_unless(not clock.segments, "time_once", article)
    _refuse_unless(Rule.from_dict(clock.rule).extension_max > 0, "no_extension", article)
    _refuse_unless(clock.due_on is not None and at.today <= clock.due_on, "time_before_expiry", article)


def can_extend(at: Situation, more: int) -> None:
    """Extend the term: once, told before it expires, to at most double. Art. 14, par."""
    rule = Rule.from_dict(at.answer.rule)
    article = f"{rule.citation}, par."
    _refuse_unless(at.case.state in (RADICATED, IN_PROCESS), "not_running", article)
    _refuse_unless(rule.extension_max > 0, "no_extension", article)
    _refuse_unless(_is_running(at), "extend_before_expiry", article)
    used = any(segment["state"] == "extended" for segment in at.answer.segments)
    _refuse_unless(not used, "extend_once", article)
    _refuse_unless(1 <= more <= rule.extension_max, "extend_at_most_double", article)


def can_transfer(at: Situation) -> None:
    """Send it to the competent entity, within five days of receipt. Art. 21.

    Later it is still owed, so lateness does not forbid it: it is recorded (`transfer_is_late`).
    """
    _refuse_unless(at.case.state in OPEN, "not_running", at.limit("trasladar").citation)


def transfer_is_late(at: Situation) -> bool:
    return not at.is_within(at.limit("trasladar"))


def can_decree_withdrawal(at: Situation) -> None:
    """Declare it withdrawn because nothing came: only after the whole month, by a reasoned act. Art. 17.

    What was given back because it was not understood is archived after its ten days. Art. 19.
    """
    is_returned = at.case.state == RETURNED
    clock = at.clocks.get("clarification" if is_returned else "completion")
    article = at.limit("aclarar" if is_returned else "complementar").citation
    _refuse_unless(at.case.state in (REQUIRED, RETURNED) and clock is not None, "nothing_required", article)
    assert clock is not None
    _refuse_unless(clock.due_on is not None and at.today > clock.due_on, "withdrawal_too_early", article)


def can_take(at: Situation) -> None:
    """Take what came, also late, as the completion of what was required. Art. 17."""
    _refuse_unless(at.case.state in (REQUIRED, RETURNED), "nothing_required", at.limit("complementar").citation)


def can_prioritise(at: Situation) -> None:
    """Put it first: as long as it waits for the entity. Art. 20."""
    _refuse_unless(at.case.state in OPEN, "not_running", f"{_CPACA}, art. 20")


def can_reopen(at: Situation) -> None:
    """Open it again once it has ended; never a number that was annulled. Art. 3, num. 11; AGN, Acuerdo 001 de 2024."""
    _refuse_unless(at.case.state not in OPEN, "not_ended", f"{_CPACA}, art. 3")
    _refuse_unless(at.case.state != ANNULLED, "annulled", "AGN, Acuerdo 001 de 2024")


def can_reclassify(at: Situation, due_on: date | None, supervises: bool) -> None:
    """Change the type: counted from the original radication, and never later unless a supervisor says so. Art. 14.

    Not while the clock stands still: a shorter term may have ended before it stopped.
    """
    article = Rule.from_dict(at.answer.rule).citation
    _refuse_unless(at.case.state in (RADICATED, IN_PROCESS), "not_running", article)
    later = due_on is not None and at.case.due_on is not None and due_on > at.case.due_on
    _refuse_unless(supervises or not later, "reclassify_later", article)


# Kinds that one answer may serve when more than ten are alike. Art. 22.
ANALOGOUS = ("peticion_general", "informacion", "documentos", "consulta")


def can_join(at: Situation, tied: bool = False) -> None:
    """Join it to another of the same matter: while it waits, and not where it is joined already. Art. 36."""
    article = f"{_CPACA}, art. 36"
    _refuse_unless(at.case.state in OPEN, "not_running", article)
    _refuse_unless(not tied, "joined_once", article)


def can_gather(at: Situation, number: int = 11) -> None:
    """Answer many at once: more than ten analogous ones, of information, general interest or consultation. Art. 22."""
    article = f"{_CPACA}, art. 22"
    _refuse_unless(at.case.state in OPEN, "not_running", article)
    _refuse_unless(at.case.kind in ANALOGOUS, "gather_kinds", article)
    _refuse_unless(number > 10, "gather_more_than_ten", article)


def can_dispute(at: Situation) -> None:
    """Stop the term for a conflict of competence: while it runs. Art. 39."""
    article = f"{_CPACA}, art. 39"
    _refuse_unless(at.case.state in (RADICATED, IN_PROCESS), "not_running", article)
    _refuse_unless(_is_running(at), "expired", article)


def can_decide_dispute(at: Situation) -> None:
    _refuse_unless(at.case.state == CONFLICT, "no_conflict", f"{_CPACA}, art. 39")


def can_continue(at: Situation) -> None:
    """Go on of its own motion: only with what the person withdrew. Art. 18."""
    _refuse_unless(at.case.state == WITHDRAWN, "not_withdrawn", f"{_CPACA}, art. 18")


def can_propose_rejection(at: Situation, proposed: bool = False) -> None:
    """Reject it as disrespectful: by two people, and while it waits. Art. 19."""
    article = f"{_CPACA}, art. 19"
    _refuse_unless(at.case.state in OPEN, "not_running", article)
    _refuse_unless(not proposed, "rejection_waits", article)


def can_decide_rejection(at: Situation, proposers: Sequence[int], who: int) -> None:
    """Confirm or turn down a rejection that somebody else proposed. Art. 19."""
    article = f"{_CPACA}, art. 19"
    _refuse_unless(bool(proposers) and at.case.state in OPEN, "no_rejection", article)
    _refuse_unless(who not in proposers, "two_people", article)


def can_deliver(at: Situation) -> None:
    """Notify a decision by other means: while it is sent and not yet notified. Arts. 66 to 69."""
    decided = at.case.state in (ANSWERED, *BY_ACT) and at.case.notified_at is None
    _refuse_unless(decided, "not_waiting_for_notice", f"{_CPACA}, art. 67")


def can_put_on_board(at: Situation, hangs: bool = False) -> None:
    """Publish a notice of a decision: once, and while nothing else has notified it. Art. 69."""
    can_deliver(at)
    _refuse_unless(not hangs, "on_board", f"{_CPACA}, art. 69")


def can_archive(at: Situation, recourse: str, child_open: bool) -> None:
    """Close the file: once what may be brought against its decision can't be brought any more. Arts. 76 and 87."""
    article = f"{_CPACA}, art. 87"
    ended = (NOTIFIED, WITHDRAWN, TRANSFERRED, *BY_ACT)
    _refuse_unless(at.case.state in ended, "archive_too_early", article)
    if at.case.state in BY_ACT:
        _refuse_unless(at.case.notified_at is not None, "archive_unnotified", article)
    _refuse_unless(not child_open, "archive_recourse", article)
    if recourse and not child_open:
        _refuse_unless(recourse_is_late(at, recourse), "archive_recourse", article)


def can_recur(at: Situation, which: str, brought: bool, told: str) -> None:
    """Bring an appeal or an insistence: once, against a decision; lateness is flagged, not refused. Arts. 26 and 74."""
    article = f"{_CPACA}, art. {'74' if which == 'appeal' else '26'}"
    decided = at.case.state in (ANSWERED, NOTIFIED, ARCHIVED) and at.case.answered_at is not None
    # What decides a recourse ends the matter before this entity (art. 87).
    _refuse_unless(at.case.kind not in ("recurso", "insistencia"), "recur_again", f"{_CPACA}, art. 87")
    if which == "appeal":
        # Also once its file is closed: only a notified act has such a clock.
        by_act = at.case.state == ARCHIVED and "appeal" in at.clocks
        decided = decided or at.case.state in BY_ACT or by_act
    else:
        _refuse_unless(told == "insistence", "nothing_reserved", article)
    _refuse_unless(decided, "nothing_decided", article)
    _refuse_unless(not brought, "recur_once", article)


def can_comply(at: Situation) -> None:
    """Record that what is owed apart from the answer was done, also late: the debt stays until it is paid."""
    owed = [clock for name, clock in at.clocks.items() if name in OWED and clock.met_at is None]
    _refuse_unless(bool(owed), "nothing_owed", f"{_CPACA}, art. 14")


def can_remit(at: Situation) -> None:
    """Send the file of an appeal to the superior (a utility's: to the superintendence), of an insistence to the judge.

    Sources: Ley 1437 de 2011, arts. 26 and 74; Ley 142 de 1994, art. 154.
    """
    article = f"{_CPACA}, art. {'26' if at.case.kind == 'insistencia' else '74'}"
    _refuse_unless(at.case.kind in ("recurso", "insistencia"), "nothing_to_remit", article)
    states = OPEN if at.case.kind == "insistencia" else (*OPEN, ANSWERED, NOTIFIED)
    _refuse_unless(at.case.state in states, "not_running", article)


def recourse_is_late(at: Situation, which: str) -> bool:
    """Whether its days from the notice have passed; before the notice they have not begun."""
    decided_at = at.case.notified_at
    if decided_at is None:
        return False
    from_on = at.terms.day_of(decided_at)
    # The term that ran from the notice, and that its letter told: a rule of later doesn't shorten it.
    rule = at.terms.rule("recurrir" if which == "appeal" else "insistir", from_on)
    # Where the medium failed on the last day, it is a later one (art. 62).
    return at.today > last_day(at.case.site_id, at.terms.calendar.add_working_days(from_on, rule.days))


# The answer on its way. That its author never approves it is the entity's own control (S4), not an article.


def can_prepare(at: Situation) -> None:
    """Write the answer while the case waits for it. Art. 42."""
    _refuse_unless(at.case.state in OPEN, "not_running", f"{_CPACA}, art. 42")


def can_change_draft(state: str) -> None:
    _refuse_unless(state != "review", "draft_in_review", "")


def can_submit(state: str) -> None:
    _refuse_unless(state in ("draft", "returned"), "draft_submitted", "")


def can_review(state: str, author: int, who: int) -> None:
    _refuse_unless(state == "review", "draft_not_in_review", "")
    _refuse_unless(author != who, "own_draft", "")


def can_send_draft(state: str) -> None:
    _refuse_unless(state == "approved", "draft_not_approved", "")


def can_send_these(approved: bool) -> None:
    """Send the words that were approved, and no others."""
    _refuse_unless(approved, "draft_changed", "")


def can_change_type(at: Situation) -> None:
    """Change the type at all; whether to this one, `can_reclassify` says."""
    can_reclassify(at, None, supervises=True)


def can_extend_at_all(at: Situation) -> None:
    can_extend(at, 1)


# Every act by its name, with what forbids it whatever is typed in its form.
ACTS: dict[str, Callable[[Situation], None]] = {
    "require": can_require,
    "send_back": can_return,
    "take": can_take,
    "extend": can_extend_at_all,
    "transfer": can_transfer,
    "reclassify": can_change_type,
    "prioritise": can_prioritise,
    "lapse": can_decree_withdrawal,
    "reopen": can_reopen,
    "no_competent": can_transfer,
    "dispute": can_dispute,
    "decide_dispute": can_decide_dispute,
    "gather": can_gather,
    "continue": can_continue,
    "deliver": can_deliver,
    "put_on_board": can_put_on_board,
    "questions": can_prepare,
    "refer": can_prepare,
    "comply": can_comply,
    "remit": can_remit,
}


def possible(
    at: Situation, *, tied: bool = False, proposers: Sequence[int] = (), who: int = 0, hangs: bool = False
) -> dict[str, LawForbids | None]:
    """Return each act with what forbids it now, or None: a console shows the refusal instead of hiding the act.

    `tied` is whether the case is joined to another, `proposers` who proposed to reject it, `who` the one who looks,
    `hangs` whether a notice of it is on the board.
    """
    found: dict[str, LawForbids | None] = {}
    known: dict[str, Callable[[Situation], None]] = {
        **ACTS,
        "merge": lambda at: can_join(at, tied),
        "put_on_board": lambda at: can_put_on_board(at, hangs),
        "propose_rejection": lambda at: can_propose_rejection(at, bool(proposers)),
        "decide_rejection": lambda at: can_decide_rejection(at, proposers, who),
    }
    for name, guard in known.items():
        found[name] = None
        try:
            guard(at)
        except LawForbids as refusal:
            found[name] = refusal
    return found


def allows(guard: Callable[[Situation], None], at: Situation) -> bool:
    """Return whether this guard lets the act pass."""
    try:
        guard(at)
    except LawForbids:
        return False
    return True
