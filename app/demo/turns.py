"""What else can become of a case between filing and answer: the acts of the law, each as an example of the demo."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.cases import answering, competence, decrees, drafts, effect, recourse, reserve, service, workflow
from app.cases.workflow_models import APPEAL
from app.console.roles import Staff


@dataclass(frozen=True)
class Turn:
    """A case on its way, and who may do something with it.

    officer   of the office that it was assigned to
    chief     decides what the officer may not; always somebody else
    letter    puts a file away and returns its receipt
    """

    site_id: int
    case_id: int
    topic: Mapping[str, str]
    officer: Staff
    chief: Staff
    told: Mapping[str, Any]
    chance: random.Random
    letter: Callable[[], str]


def require(at: Turn) -> None:
    asked = at.told["requirement"]
    workflow.require(at.officer, at.site_id, at.case_id, asked["items"], asked["reason"])


def lapse(at: Turn) -> None:
    act = at.told["lapse"]
    number = f"Resolución {at.chance.randint(100, 400)}"
    decrees.decree_withdrawal(at.chief, at.site_id, at.case_id, number, act)


def send_back(at: Turn) -> None:
    workflow.send_back(at.officer, at.site_id, at.case_id, at.told["unclear_reason"])


def extend(at: Turn) -> None:
    workflow.extend(at.chief, at.site_id, at.case_id, 5, at.told["extension"])


def prioritise(at: Turn) -> None:
    workflow.prioritise(at.officer, at.site_id, at.case_id, "special_care")


def transfer(at: Turn, questions: str = "") -> None:
    topic = at.topic
    to = workflow.Transfer(
        topic["entity"], topic["address"], f"OF-{at.chance.randint(200, 900)}", topic["answer"], (at.letter(),),
        questions,
    )  # fmt: skip
    workflow.transfer(at.officer, at.site_id, at.case_id, to)


def transfer_part(at: Turn) -> None:
    ours, theirs = at.told["parts"]
    drafts.set_questions(at.officer, at.site_id, at.case_id, [ours, theirs])
    transfer(at, theirs)


def put_apart(at: Turn) -> None:
    why = at.topic["reserve"]
    reserve.put_apart(at.officer, at.site_id, at.case_id, reserve.PETITION, "privacy", why)


def dispute(at: Turn) -> None:
    competence.dispute(at.chief, at.site_id, at.case_id, at.topic["entity"], at.topic["answer"])


def propose_rejection(at: Turn) -> None:
    competence.propose_rejection(at.officer, at.site_id, at.case_id, at.topic["answer"])


def reject(at: Turn) -> None:
    competence.decide_rejection(at.chief, at.site_id, at.case_id, at.topic["answer"], confirm=True)


def draft(at: Turn) -> None:
    topic = at.topic
    text = drafts.Text(topic["subject"], topic["answer"], topic["next"])
    drafts.save(at.officer, at.site_id, at.case_id, text)
    drafts.submit(at.officer, at.site_id, at.case_id)


def decide(at: Turn) -> None:
    topic = at.topic
    given = answering.Answer(topic["subject"], topic["answer"], topic["next"], (), APPEAL)
    answering.answer(at.officer, at.site_id, at.case_id, given)
    effect.note_access(at.site_id, at.case_id)


def appeal(at: Turn) -> None:
    words = service.Words(at.told["appeal"])
    recourse.bring(at.site_id, at.case_id, APPEAL, words, secrets.token_bytes(16))


# Fate: the list of topics in data/cases.json, and the acts by the working day on which they happen.
TURNS: dict[str, tuple[str, tuple[tuple[int, Callable[[Turn], None]], ...]]] = {
    "required": ("topics", ((2, require),)),
    "lapsed": ("topics", ((2, require), (40, lapse))),
    "returned": ("unclear", ((1, send_back),)),
    "extended": ("topics", ((5, extend),)),
    # Today: the target of a priority is the day on which it was given.
    "urgent": ("topics", ((99, prioritise),)),
    "transferred": ("elsewhere", ((3, transfer),)),
    "in_conflict": ("elsewhere", ((3, dispute),)),
    "rejected": ("disrespectful", ((2, propose_rejection), (3, reject))),
    "reviewed": ("topics", ((4, draft),)),
    "reserved": ("confidential", ((1, put_apart),)),
    "parted": ("elsewhere", ((3, transfer_part),)),
    "appealed": ("topics", ((6, decide), (9, appeal))),
}
