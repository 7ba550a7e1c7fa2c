"""Some two hundred cases in every state, dated from today: a seeded past, lived through the verbs of the case file."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from io import BytesIO

from sqlalchemy import select

from app import files
from app.cases import answering, effect, service
from app.cases.filing import Filing, Party, file_case
from app.cases.terms import Terms, terms_of
from app.console.models import Grant
from app.console.roles import Staff
from app.db import db, write
from app.demo.cast import Cast, data
from app.demo.turns import TURNS, Turn
from app.sites.models import Office

# Fate: how many cases, and how many working days are left of their term (negative: it is past).
FATES: tuple[tuple[str, int, int, int], ...] = (
    ("new", 24, 12, 15),
    ("in_process", 32, 4, 11),
    ("due_today", 7, 0, 0),
    ("due_soon", 14, 1, 3),
    ("overdue", 9, -6, -1),
    ("asked", 10, 3, 9),
    ("answered", 20, -8, 2),
    ("notified", 28, -40, 0),
    ("rated", 14, -45, -5),
    ("archived", 12, -60, -30),
    ("withdrawn", 6, -20, 4),
    ("annulled", 3, -10, 4),
    ("required", 6, 3, 11),
    ("lapsed", 2, -45, -35),
    ("returned", 2, 4, 11),
    ("extended", 4, 2, 7),
    ("urgent", 3, 5, 11),
    ("transferred", 4, -8, 9),
    ("in_conflict", 2, 4, 8),
    ("rejected", 1, 2, 6),
    ("reviewed", 4, 3, 7),
    ("appealed", 2, -15, -5),
    ("reserved", 2, 4, 11),
    ("parted", 1, 4, 9),
)
VISITED = ("required", "lapsed", "extended")
ENDED = ("answered", "notified", "rated", "archived")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


@dataclass
class Story:
    """One case from its first day: what is filed, and when each thing happens."""

    site_id: int
    fate: str
    topic: dict[str, str]
    days: list[date]  # the working days that it has lived
    case_id: int = 0
    assignee: Staff | None = None
    acts: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)


def fill(cast: Cast) -> int:
    """Write the cases of both sites in the order in which things happened, and return how many there are."""
    author = Author(cast)
    stories = list(author.stories())
    acts = [(moment, act) for story in stories for moment, act in story.acts]
    for moment, act in sorted(acts, key=lambda pair: pair[0]):
        with cast.at(moment):
            act()
    return len(stories)


class Author:
    """Invents stories from the lists in data/cases.json; the same seed gives the same stories."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.chance, self.told = cast, cast.random, data("cases")
        self.terms: dict[int, Terms] = {site_id: terms_of(site_id) for site_id in cast.sites}
        self.officers = {site_id: _officers(cast, site_id) for site_id in cast.sites}

    def stories(self) -> Iterator[Story]:
        for fate, count, low, high in FATES:
            for number in range(count):
                topics, _ = TURNS.get(fate, ("topics", ()))
                yield self._story(self.cast.site_id, topics, fate, low, high)
                if number % 12 == 0 and fate not in TURNS:
                    yield self._story(self.cast.hours_site_id, "utility", fate, low, high)

    def _story(self, site_id: int, topics: str, fate: str, low: int, high: int) -> Story:
        place, street = self.chance.choice(self.told["places"]), self.chance.choice(self.told["streets"])
        # What is asked for, and what is put off, is about a place that somebody must go and see.
        fits = [one for one in self.told[topics] if "visit" in one or fate not in VISITED]
        topic = self.chance.choice(fits)
        told = {name: text.format(place=place, street=street) for name, text in topic.items()}
        terms = self.terms[site_id]
        term = terms.rule(told["kind"], terms.today()).days
        age = max(0, term - self.chance.randint(low, high))
        story = Story(site_id, fate, told, self._days(terms, age))
        self._plan(story)
        return story

    def _days(self, terms: Terms, age: int) -> list[date]:
        """Return the working days from the first day of a case to today: `age` of them after the first."""
        days = [terms.today()]
        while not terms.calendar.is_working(days[-1]):
            days[-1] -= timedelta(days=1)
        while len(days) <= age:
            day = days[-1] - timedelta(days=1)
            while not terms.calendar.is_working(day):
                day -= timedelta(days=1)
            days.append(day)
        return days[::-1]

    def _plan(self, story: Story) -> None:
        """Lay the acts of a fate over the days of the case."""
        last = len(story.days) - 1
        self._then(story, 0, lambda: self._file(story))
        if story.fate == "new":
            return
        if story.fate == "annulled":
            self._then(story, min(1, last), lambda: self._annul(story))
            return
        if story.fate not in ("due_today", "due_soon", "overdue") or self.chance.random() < 0.7:
            self._then(story, min(1, last), lambda: self._assign(story))
        if story.fate == "withdrawn":
            self._then(story, min(3, last), lambda: self._withdraw(story))
            return
        if story.fate in TURNS:
            for day, act in TURNS[story.fate][1]:
                self._then(story, min(day, last), partial(self._turn, story, act))
            return
        if self.chance.random() < 0.3:
            self._then(story, min(2, last), lambda: self._note(story))
        if story.fate == "asked" or self.chance.random() < 0.15:
            self._then(story, min(3, last), lambda: self._ask(story))
            if story.fate != "asked":
                self._then(story, min(4, last), lambda: self._reply(story))
        if story.fate in ENDED:
            self._end(story, last)

    def _end(self, story: Story, last: int) -> None:
        # Nine in ten within the term, as a good year of a small town has it.
        on = min(last, self.chance.randint(5, 13) if self.chance.random() < 0.9 else 18)
        self._then(story, on, lambda: self._answer(story))
        if story.fate == "answered":
            return
        self._then(story, min(last, on + self.chance.randint(0, 3)), lambda: self._notice(story))
        if story.fate != "notified":
            self._then(story, min(last, on + 4), lambda: self._rate(story))
        if story.fate == "archived":
            self._then(story, min(last, on + 12), lambda: self._archive(story))

    def _then(self, story: Story, day: int, act: Callable[[], None]) -> None:
        """Put an act on a day of the story, after the act before it and before now."""
        hour = self.chance.choice((7, 8, 9, 10, 11, 13, 14, 15, 16, 19)) if not story.acts else 8 + len(story.acts)
        at = time(hour, self.chance.randint(0, 59), self.chance.randint(0, 59))
        moment = datetime.combine(story.days[day], at, self.terms[story.site_id].zone)
        latest = self.cast.moment - timedelta(minutes=90 - 8 * len(story.acts))
        moment = min(moment, latest)
        if story.acts:
            moment = max(moment, story.acts[-1][0] + timedelta(minutes=1))
        story.acts.append((moment, act))

    # The acts

    def _file(self, story: Story) -> None:
        site_id, topic = story.site_id, story.topic
        receipts = tuple(_attachment(site_id) for _ in range(self.chance.choice((0, 0, 0, 1, 2))))
        identity = self.chance.choices(("identified", "anonymous", "reserved"), (85, 12, 3))[0]
        party = None if identity == "anonymous" else self._party()
        with write():
            filed = file_case(
                site_id,
                Filing(
                    kind=topic["kind"], subject=topic["subject"], body=topic["body"], channel="web", identity=identity,
                    code_material=secrets.token_bytes(16), party=party, electronic_consent=party is not None,
                    office_code=topic["office"] if self.chance.random() < 0.6 else "", receipts=receipts,
                    notice_version=1,
                ),
            )  # fmt: skip
        story.case_id = filed.case_id

    def _party(self) -> Party:
        people = self.told["people"]
        first, last = self.chance.choice(people["first"]), self.chance.choice(people["last"])
        company = self.chance.random() < 0.1
        lacks = self.chance.random() < 0.06
        return Party(
            person_type="company" if company else "person",
            user_class="citizen",
            name=self.chance.choice(people["companies"]) if company else f"{first} {last}",
            document_type="NIT" if company else "CC",
            document_number="" if lacks else str(self.chance.randint(10_000_000, 1_200_000_000)),
            email=f"{_plain(first)}.{_plain(last)}@example.org",
            phone=f"31{self.chance.randint(10_000_000, 99_999_999)}",
            municipality="25799" if self.chance.random() < 0.2 else "",
        )

    def _assign(self, story: Story) -> None:
        office_id, officer = self.officers[story.site_id][story.topic["office"]]
        chief = self._chief(story)
        service.assign(chief, story.site_id, story.case_id, office_id=office_id, assignee_id=officer.id)
        story.assignee = officer

    def _chief(self, story: Story) -> Staff:
        return self.cast.staff("rita" if story.site_id == self.cast.site_id else "jefe")

    def _turn(self, story: Story, act: Callable[[Turn], None]) -> None:
        chief = self._chief(story)
        officer = story.assignee if story.assignee and story.assignee.id != chief.id else self.cast.staff("ana")
        letter = partial(_attachment, story.site_id, "oficio.pdf")
        act(Turn(story.site_id, story.case_id, story.topic, officer, chief, self.told, self.chance, letter))

    def _annul(self, story: Story) -> None:
        admin = self.cast.staff("admin" if story.site_id == self.cast.site_id else "jefe")
        service.annul(admin, story.site_id, story.case_id, self.chance.choice(self.told["annulments"]))

    def _withdraw(self, story: Story) -> None:
        service.withdraw(story.site_id, story.case_id, self.chance.choice(self.told["withdrawals"]))

    def _note(self, story: Story) -> None:
        staff = story.assignee or self._chief(story)
        service.add_note(staff, story.site_id, story.case_id, self.chance.choice(self.told["notes"]))
        service.set_tags(staff, story.site_id, story.case_id, [self.chance.choice(self.told["tags"])])

    def _ask(self, story: Story) -> None:
        staff = story.assignee or self._chief(story)
        question = service.Words(self.told["talks"][story.topic["talk"]][0])
        service.write_to_person(staff, story.site_id, story.case_id, question)

    def _reply(self, story: Story) -> None:
        reply = service.Words(self.told["talks"][story.topic["talk"]][1])
        service.add_from_person(story.site_id, story.case_id, reply)

    def _answer(self, story: Story) -> None:
        given = answering.Answer(story.topic["subject"], story.topic["answer"], story.topic["next"])
        answering.answer(story.assignee or self._chief(story), story.site_id, story.case_id, given)

    def _notice(self, story: Story) -> None:
        effect.note_access(story.site_id, story.case_id)

    def _rate(self, story: Story) -> None:
        score = self.chance.choices((5, 4, 3, 2), (50, 30, 15, 5))[0]
        service.rate(story.site_id, story.case_id, score, self.chance.choice(self.told["comments"]))

    def _archive(self, story: Story) -> None:
        if effect.why_not_archived(service.load_case(story.site_id, story.case_id)) is None:
            effect.archive(story.assignee or self._chief(story), story.site_id, story.case_id)


def _officers(cast: Cast, site_id: int) -> dict[str, tuple[int, Staff]]:
    """Return, for each office's code, its id and who answers there: somebody of the office, else a reviewer or head."""
    chief = cast.staff("rita" if site_id == cast.site_id else "jefe")
    found: dict[str, tuple[int, Staff]] = {}
    for office in db.session.scalars(select(Office).where(Office.site_id == site_id)).all():
        query = select(Grant.user_id).where(Grant.site_id == site_id, Grant.office_id == office.id)
        user_id = db.session.scalar(query)
        name = next((name for name, known in cast.people.items() if known == user_id), None)
        found[office.code] = (office.id, cast.staff(name) if name else chief)
    if site_id == cast.site_id:
        found["100"] = (found["100"][0], cast.staff("ana"))
    return found


def _attachment(site_id: int, name: str = "documento.pdf") -> str:
    return files.take(site_id, BytesIO(PDF), name)[0]


def _plain(name: str) -> str:
    from unicodedata import normalize

    letters = normalize("NFKD", name.split()[0].lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
