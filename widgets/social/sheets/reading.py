"""What an old spreadsheet of the register says: each row that can be taken, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.cases.terms import Terms, terms_of
from app.clock import now
from app.db import db
from app.errors import Invalid
from app.words import find
from widgets.social.models import SocialReport
from widgets.social.register import reports
from widgets.social.sheets import columns, dates
from widgets.social.sheets.opening import Table, tables, text_of

# A cell may be longer than a field of the form, and a column of ours may not be: it is named, never cut.
LONGEST = {
    "code": 40, "author": 120, "link": 500, "body": 20_000, **reports.DETAILS,
    **dict.fromkeys(reports.CRITERIA, reports.LONGEST_EVIDENCE), **dict.fromkeys(columns.PEOPLE, 120),
}  # fmt: skip
# Where in the file: the row, and the sheet before it where the file has several.
Place = int | str


@dataclass(frozen=True)
class Look:
    """What a file holds, by place: what the store takes, and what is wrong (column, words)."""

    rows: list[tuple[Place, dict[str, Any]]]
    errors: list[tuple[Place, str, str]]
    # Which of the rows are of days long handed over, with nothing said of what became of them.
    history: list[Place]


def look(site_id: int, content: bytes, name: str, brought_at: datetime, *, refuse_known: bool = True) -> Look:
    """Read a sheet without keeping anything: the dry run. Raises Invalid for a file that is no such sheet.

    What is history is told by the day on which it was brought: kept later, it is what the dry run said.
    """
    terms, sheets = terms_of(site_id), tables(content, name)
    found, taken = Look([], [], []), _Taken(site_id) if refuse_known else None
    today = terms.day_of(brought_at)
    for sheet in sheets:
        lang = columns.language_of(sheet.said)
        for number, cells in sheet.rows:
            place: Place = f"{number} ({sheet.title})" if len(sheets) > 1 else number
            given = _given(sheet, cells)
            if not given:
                continue
            try:
                row = _row(given, terms)
                if taken is not None:
                    taken.refuse_known(row)
            except Invalid as error:
                found.errors.extend((place, field, texts[0]) for field, texts in error.fields.items())
            else:
                if not row["state"]:
                    row["state"] = reports.CAPTURED
                    if _handed_over_by(terms, row["said_at"]) < today:
                        _make_history(row, lang)
                        found.history.append(place)
                found.rows.append((place, {"site_id": site_id, **row}))
    return found


def _given(sheet: Table, cells: list[Any]) -> dict[str, Any]:
    """Return a row by column; what stands under a heading that is none of ours goes into the remarks, with it."""
    given: dict[str, Any] = {}
    beside: list[str] = []
    for head, said, cell in zip(sheet.heads, sheet.said, cells, strict=False):
        if cell in (None, "") or head in columns.COMPUTED:
            continue
        if head:
            given[head] = cell
        elif said and (text := text_of(cell)):
            beside.append(f"{said}: {text}")
    if given and beside:
        given["remarks"] = "\n".join([text_of(given.get("remarks", "")), *beside]).strip()
    return given


class _Taken:
    """What the register holds, and what the sheet has said so far: the same report never stands there twice."""

    def __init__(self, site_id: int) -> None:
        mine = SocialReport.site_id == site_id
        self.codes = set(db.session.scalars(select(SocialReport.code).where(mine)))
        self.said: set[Any] | None = None
        self.site_id = site_id

    def refuse_known(self, row: dict[str, Any]) -> None:
        """Raise Invalid for a code that is known; where a row has none, for a report that is."""
        if row["code"]:
            if row["code"] in self.codes:
                raise Invalid(fields={"code": ["social.console.known_code"]})
            self.codes.add(row["code"])
            return
        if self.said is None:
            said = (SocialReport.network, SocialReport.said_at, SocialReport.author, SocialReport.body)
            rows = db.session.execute(select(*said).where(SocialReport.site_id == self.site_id))
            self.said = {(network, at, author, body) for network, at, author, body in rows}
        same = (row["network"], row["said_at"], row["author"], row["body"])
        if same in self.said:
            raise Invalid(fields={"body": ["social.console.known_report"]})
        self.said.add(same)


def _row(given: dict[str, Any], terms: Terms) -> dict[str, Any]:
    """Return a row of the sheet as the store takes it; Invalid naming each column that can't be read."""
    wrong: dict[str, list[str]] = {}
    text = {name: text_of(value) for name, value in given.items() if name not in columns.MOMENTS}

    def read(name: str, how: Any, *more: Any) -> Any:
        try:
            return how(name, given.get(name) if more else text.get(name, ""), *more)
        except Invalid as error:
            wrong.update(error.fields)
            return None

    choice = {name: read(name, columns.read_choice) or "" for name in columns.LISTED}
    moments = {name: read(name, dates.read_moment, terms.zone) for name in columns.MOMENTS}
    yes_no = {name: read(name, columns.read_yes_no) for name in columns.YES_NO}
    due_on = read("due_on", dates.read_moment, terms.zone)
    moments["said_at"] = dates.at_hour(moments["said_at"], read(columns.HOUR, dates.read_hour, terms.zone))
    body = text.get("body", "") or text.get("object", "")
    for name, missing in (("said_at", "said_at" not in given), ("network", "network" not in given), ("body", not body)):
        if missing:
            wrong[name] = ["errors.required"]
    for name, longest in LONGEST.items():
        if len(text.get(name, "")) > longest:
            wrong[name] = ["social.console.too_long"]
    if text.get("link") and not text["link"].startswith(("https://", "http://")):
        # Old sheets write a name of a picture here; it is kept, and no link is made of it.
        text["remarks"] = "\n".join(filter(None, (text.get("remarks", ""), text["link"])))
        text["link"] = ""
    if moments["said_at"] and moments["said_at"] > now() + timedelta(minutes=5):
        wrong["said_at"] = ["social.console.future"]
    if wrong:
        raise Invalid(fields=wrong)
    made_at = moments["created_at"] or now()
    details = {name: text.get(name, "") for name in reports.DETAILS} | {"kind": choice["kind"]}
    return {
        "code": text.get("code", ""), "network": choice["network"], "interaction": choice["interaction"] or "comment",
        "author": text.get("author", ""), "link": text.get("link", ""), "body": body,
        "evidence": {name: text.get(name, "") for name in reports.CRITERIA},
        "details": reports.trimmed(details), "decision": choice["decision"],
        "state": choice["state"] or _state_of(text, moments), "due_on": due_on.date() if due_on else None,
        "hand_over_on": _handed_over_by(terms, made_at), **yes_no, **moments, "created_at": made_at,
        **{name: text.get(name, "") for name in columns.PEOPLE},
    }  # fmt: skip


def _state_of(text: dict[str, str], moments: dict[str, datetime | None]) -> str:
    """Return the state that a row's other cells show, the furthest first; "" where they show none."""
    if moments["answered_at"]:
        return reports.ANSWERED
    if text.get("radicado"):
        return reports.RADICATED
    if moments["acknowledged_at"] or text.get("acknowledged_by"):
        return reports.ACKNOWLEDGED
    return reports.HANDED if moments["handed_at"] else ""


def _make_history(row: dict[str, Any], lang: str) -> None:
    """Take a row as received long ago: handed over today, years of them would bury what is new."""
    row["state"] = reports.ACKNOWLEDGED
    remarks = "\n".join(filter(None, (row["details"].get("remarks", ""), str(find("social.sheet.history", lang)))))
    if len(remarks) <= reports.DETAILS["remarks"]:
        row["details"] = {**row["details"], "remarks": remarks}


def _handed_over_by(terms: Terms, made_at: datetime) -> date:
    day = terms.day_of(made_at)
    return terms.remember(("hand over", day), lambda: terms.calendar.add_working_days(day, 1))
