"""Times every page of the console with 1,000 cases, and with many and whatever else an entity gathers, in one run.

    python bench/inbox.py                     1,000 against 200,000
    python bench/inbox.py --cases 1000000     1,000 against 1,000,000
    python bench/inbox.py --json

Whole pages over HTTP, signed in, on SQLite, and how many statements each one asks of the store. The time is this
process's own (wall clock says more of who else is on the machine). Cases are inserted by SQL, a tenth of them open,
over five years; beside the many stand 20,000 conversations, contributions, answers and subscribers, 10,000 documents
and rows of the register, 200,000 mails and entries of the trail (`bench/crowd.py`), beside the 1,000 thirty of each.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.cases.rules import rule_for
from app.db import db
from bench.console import enter, make_app
from bench.crowd import crowd

PAGES = {
    "inbox": "/cases",
    "inbox, one office": "/cases?office={office}",
    "inbox, all by date": "/cases?state=all&sort=newest",
    "inbox, page far in": "/cases?state=all&sort=newest&after={place}",
    "search, a name": "/cases?state=all&q=marina+pena",
    "search, a common word": "/cases?state=all&q=alumbrado",
    "search, a radicado": "/cases?state=all&q={radicado}",
    "dashboard": "/",
    "a case": "/cases/{case}",
    "answering one": "/cases/{case}/answer",
    "report of a half-year": "/reports",
    "report of information": "/reports?about=information",
    "participation": "/participation",
    "audit": "/audit",
    "outbox": "/outbox",
    "incoming": "/incoming",
    "outages": "/outages",
    "memos": "/memos",
    "terms": "/terms",
    "self-audit": "/self-audit",
    "report to the SUI": "/sui",
    "people": "/people",
    "settings": "/settings/",
    "palette": "/cases/palette?q=marina",
    "counter": "/counter",
    "saved texts": "/texts",
    "chat": "/chat",
    "chat, its data": "/chat/desk.json?open={chat_conversations}",
    "chat, help": "/chat/help.json?q=predial",
    "chat, reports": "/chat/reports",
    "chat, rooms": "/chat/rooms",
    "chat, a room": "/chat/rooms/{chat_rooms}",
    "chat, scripts": "/chat/scripts",
    "contact": "/contact",
    "contact, all": "/contact?state=all",
    "contact, a thread": "/contact/{contact_threads}",
    "questions": "/faqs",
    "publications": "/publications",
    "a publication": "/publications/{content_publications}",
    "forums": "/forum",
    "a forum": "/forum/{forum_forums}",
    "forum, its queue": "/forum/queue",
    "forum, a thread": "/forum/{forum_forums}/threads/{forum_posts}",
    "forum, closing": "/forum/{forum_forums}/closing",
    "forum, grouping": "/forum/{forum_forums}/closing/group",
    "forum, words": "/forum/words",
    "surveys": "/survey",
    "a survey": "/survey/{survey_surveys}",
    "survey, results": "/survey/{survey_surveys}/results",
    "survey, texts": "/survey/{survey_surveys}/texts?question=q4",
    "survey, cross": "/survey/{survey_surveys}/cross?row=q1&column=q2",
    "survey, targets": "/survey/{survey_surveys}/targets",
    "survey, exports": "/survey/{survey_surveys}/exports",
    "survey, files": "/survey/{survey_surveys}/files",
    "survey, closing": "/survey/{survey_surveys}/closing",
    "survey, setup": "/survey/{survey_surveys}/setup",
    "social": "/social",
    "register": "/social/reports",
    "register, searched": "/social/reports?q=placa",
    "register, a new one": "/social/reports/new",
    "a report": "/social/reports/{social_reports}",
    "register, channels": "/social/reports/channels",
    "register, checks": "/social/reports/checks",
    "register, imports": "/social/reports/imports",
    "register, replies": "/social/reports/replies?report=1&report=2",
    "replies made": "/social/reports/replies/made?reply=1&reply=2&reply=3",
    "subscribers": "/subscribe",
    "search desk": "/search",
    "search, sites": "/search/sites",
    "systems": "/systems",
    "a hook": "/systems/hooks/{system_hooks}",
    "a use": "/participation/{participation_uses}",
    "offices": "/settings/offices",
    "places": "/settings/places",
    "forms": "/settings/forms",
    "widgets": "/settings/widgets",
    "snippet": "/snippet",
}
SUBJECTS = ("Alumbrado de la calle", "Hueco en la vía", "Copia de un contrato", "Ruido", "Poda de árboles", "Predial")
NAMES = ("Luz Marina Peña", "José Ñáñez", "Carlos Gómez", "María Cárdenas", "Ana Ruiz", "Pedro Páramo")
KINDS = ("peticion_particular", "queja", "reclamo", "informacion", "documentos", "consulta")


def make(folder: Path, cases: int, most: int | None = None) -> tuple[Any, dict[str, str]]:
    """Return an app with so many cases, at most so many of all else, and what the addresses of its pages need."""
    from app.sites.service import office_by_code, save_office

    app, site, _ = make_app(folder)
    with app.app_context():
        for number in range(120, 200, 10):
            save_office(site, "system", code=str(number), name=f"Dependencia {number}")
        office = office_by_code(site, "150")
        assert office is not None
        office_id = office.id
        db.session.remove()
        middle = fill(site, cases)
        first = {name: str(number) for name, number in crowd(site, most).items()}
        db.session.remove()
    return app, {**first, "office": str(office_id), **middle}


def fill(site: int, cases: int, start: int = 0) -> dict[str, str]:
    """Insert the cases by SQL from a number on, and return a place in the middle and the number of an open one."""
    rng, today = random.Random(7), datetime.now(UTC)
    columns = (
        "id, site_id, radicado, year, sequence, kind, state, channel, identity, office_id, subject, body, lang, "
        "received_at, radicated_on, due_on, target_on, answered_at, code_hash, answer_channel, electronic_consent, "
        "notice_version, priority, missing, failed_files, marks, tags, rating_comment, source, version"
    )
    raw = db.engine.raw_connection()
    cursor = raw.cursor()
    offices = [row[0] for row in cursor.execute("SELECT id FROM offices WHERE site_id = ?", (site,)).fetchall()]
    cursor.execute("BEGIN")
    rows, parties, words, place, radicado = [], [], [], "", ""
    given: dict[str, str] = {}
    clocks: list[tuple[object, ...]] = []
    rule = json.dumps(rule_for("peticion_particular", today.date()).to_dict())
    for number in range(start + 1, start + cases + 1):
        # Open ones are recent, as they are in an office that answers.
        days = rng.random() * 1825
        received = today - timedelta(days=days)
        # The first of all, so that there is one.
        is_open = number == 1 or rng.random() < 0.1
        if is_open:
            received = today - timedelta(days=rng.random() * 40)
        due = (received + timedelta(days=21)).date().isoformat()
        answered = None if is_open else (received + timedelta(days=rng.random() * 20)).replace(tzinfo=None)
        at = received.strftime("%Y-%m-%d %H:%M:%S.%f")
        label, subject = f"{received.year}-100-{number:06d}-4", f"{rng.choice(SUBJECTS)} {number % 97}"
        if is_open:
            given["case"] = str(number)
        name, document = rng.choice(NAMES), str(10_000_000 + number)
        rows.append(
            (
                number, site, label, 2000, number, rng.choice(KINDS), "in_process" if is_open else "notified", "web",
                "identified", rng.choice(offices), subject, "Texto de la petición. " * 20, "es", at, at[:10], due, due,
                answered and answered.strftime("%Y-%m-%d %H:%M:%S.%f"), "", "electronic", 1, 1, "", "[]", "[]", "[]",
                "[]", "", "", 1,
            )
        )  # fmt: skip
        blank = ("",) * 8
        parties.append((number, "person", name, "CC", document, f"p{number}@example.org", "{}", *blank))
        clocks.append((number, "answer", rule, at[:10], due, "[]", "bench", answered))
        words.append((number, f"{label} {number}", subject, name, document))
        if number == start + (cases + 1) // 2:
            place, radicado = f"{received.isoformat()}~{number}", label
        if len(rows) == 5000 or number == start + cases:
            marks = ",".join("?" * len(rows[0]))
            cursor.executemany(f"INSERT INTO cases ({columns}) VALUES ({marks})", rows)
            cursor.executemany(
                "INSERT INTO case_parties (case_id, person_type, name, document_type, document_number, email,"
                " characterisation, user_class, represented_name, represented_document, phone, address, neighbourhood,"
                f" municipality, country) VALUES ({','.join('?' * len(parties[0]))})",
                parties,
            )
            cursor.executemany(
                "INSERT INTO case_search (rowid, radicado, subject, person, document) VALUES (?,?,?,?,?)", words
            )
            cursor.executemany(
                "INSERT INTO case_clocks (case_id, name, rule, started_on, due_on, segments, calendar_version, met_at)"
                " VALUES (?,?,?,?,?,?,?,?)",
                clocks,
            )
            rows, parties, words, clocks = [], [], [], []
    cursor.execute("COMMIT")
    raw.close()
    return {"place": place.replace("+", "%2B"), "radicado": radicado, **given}


def time_pages(app: Any, values: dict[str, str], rounds: int) -> dict[str, tuple[float, int]]:
    """Return the median of each page in milliseconds, and its statements."""
    client, asked = enter(app)
    taken: dict[str, tuple[float, int]] = {}
    for name, path in PAGES.items():
        times = []
        for _ in range(rounds + 2):
            asked.clear()
            begun = process_time()
            answer = client.get(f"/console/bench{path.format(**values)}")
            times.append(process_time() - begun)
            assert answer.status_code == 200, (name, answer.status_code)
        taken[name] = round(1000 * median(times[2:]), 1), len(asked)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
        few, many = make(Path(small), 1000, 30), make(Path(large), given.cases)
        first, then = time_pages(*few, given.rounds), time_pages(*many, given.rounds)
    rows = [
        {
            "page": name, "ms_1000": first[name][0], "ms": then[name][0],
            "ratio": round(then[name][0] / first[name][0], 2), "asked_1000": first[name][1], "asked": then[name][1],
        }
        for name in PAGES
    ]
    if given.json:
        print(json.dumps({"cases": given.cases, "pages": rows}, indent=2))
        return
    print(f"{'median of a page, ms':<26}{'1,000':>9}{given.cases:>12,}{'ratio':>8}{'asked':>8}")
    for row in rows:
        print(f"{row['page']:<26}{row['ms_1000']:>9}{row['ms']:>12}{row['ratio']:>8}{row['asked_1000']:>4}/{row['asked']}")


if __name__ == "__main__":
    main()
