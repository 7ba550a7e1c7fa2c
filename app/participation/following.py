"""Follow by mail what people take part in: asked for, confirmed by the owner of the address, left by a click.

A leaf keeps its own table of followers (`Follows`) and says what there is to tell; asking, links, leaving, and what
becomes of addresses that don't exist are the same for all.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import BigInteger, ForeignKey, String, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import append_audit
from app.clock import now
from app.db import UtcDateTime, db, write
from app.errors import NotFound
from app.mail import bounces, links, outbox
from app.mail.links import CONFIRM, LEAVE, WEEK_S, YEARS_S
from app.mail.models import Mail
from app.participation import asking
from app.sites.models import Site
from app.words import t

BATCH = 100
_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Follows:
    """The columns of a table of followers; leaving takes the row away.

    `version` stands in every link of the row: a number that is given again to another row opens nothing.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    lang: Mapped[str] = mapped_column(String(2), default="es")
    version: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    letters: Mapped[int] = mapped_column(default=0, server_default="0")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Up to when they have been told.
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Following:
    """The followers of one leaf's things.

    `name` is the leaf's: its addresses, and its words (mail.follow_subject, mail.follow, page.follow_asked,
    errors.follow-link). `what` says what a row follows, as its reader sees it; `about` the same for the audit.
    """

    name: str
    model: Any
    what: Callable[[Any], str]
    about: Callable[[Any], str]

    @property
    def source(self) -> str:
        return f"{self.name}_follow"

    @property
    def _family(self) -> str:
        return f"{self.name}-follow"

    def ask(self, site_id: int, email: str, lang: str, **of: int | None) -> dict[str, Any]:
        """Note the wish to follow what the columns `of` name, and send the letter that asks for a yes.

        What is returned is the same whether the address follows already, has been asked before, or is asked too much:
        nobody learns from it who follows what. A wish without a letter is kept too: the letters that the address did
        get open it (app.participation.asking).
        """
        with write():
            row = self._noted(site_id, email, lang, of)
            waits = row is not None and row.confirmed_at is None
            if waits and not (asking.wait_again_s(row) or asking.wait_s(self.model, site_id, email)):
                asking.note_letter(row)
                self._ask(row)
        return {"text": t(f"{self.name}.page.follow_asked", lang)}

    def _noted(self, site_id: int, email: str, lang: str, of: Mapping[str, int | None]) -> Any:
        """Return the one row of an address and a thing, made where there is none; None where too much waits already."""
        model, waiting = self.model, asking.unanswered(self.model, site_id, email)
        same = [getattr(model, name).is_not_distinct_from(value) for name, value in of.items()]
        row = select(model).where(waiting[0], waiting[1], *same).with_for_update()
        known = db.session.scalar(row)
        if known is None:
            if int(db.session.scalar(select(func.count()).where(*waiting)) or 0) >= asking.MOST_WAITING:
                return None
            # Two may ask at once: the store keeps one of them, and both go on with it.
            insert: Any = _INSERT[db.session.connection().dialect.name]
            new = insert(model).values(
                site_id=site_id, email=email, lang=lang, version=secrets.randbits(40), **of
            )  # fmt: skip
            db.session.execute(new.on_conflict_do_nothing())
            known = db.session.scalar(row)
        return known

    def _ask(self, row: Any) -> None:
        site = db.session.get_one(Site, row.site_id)
        params = {"what": self.what(row), "entity": site.entity, "url": outbox.SECRET}
        self._enqueue(site, row, "follow", params, CONFIRM)

    def _enqueue(self, site: Site, row: Any, words: str, params: Mapping[str, Any], link: str) -> None:
        token = links.sign(self._family, link, row.id, row.version)
        leave = links.sign(self._family, LEAVE, row.id, row.version)
        outbox.enqueue(
            site, row.email, t(f"{self.name}.mail.{words}_subject", row.lang, **params),
            t(f"{self.name}.mail.{words}", row.lang, **params), source=self.source, source_id=row.id,
            headers=links.leave_headers(f"{base()}/hooks/{self.name}/leave?t={leave}"),
            secret=f"{base()}/{site.key}/{self.name}/follow/{link}?lang={row.lang}&t={token}",
        )  # fmt: skip

    def send(self, site: Site, row: Any, words: str, **params: Any) -> None:
        """Write to a follower inside the running write; every letter holds the way out (`{leave}`)."""
        known = {"what": self.what(row), "entity": site.entity, "leave": outbox.SECRET}
        self._enqueue(site, row, f"{words}_follow", known | params, LEAVE)

    def look(self, token: str, purpose: str, site_id: int | None = None) -> tuple[Any, str]:
        """Return whose link this is, and what they follow; NotFound for one that opens nothing, or another site's."""
        found = links.read(self._family, purpose, token, WEEK_S if purpose == CONFIRM else YEARS_S)
        row = db.session.get(self.model, found[0]) if found else None
        if found is None or row is None or row.version != found[1] or site_id not in (None, row.site_id):
            raise NotFound(f"{self.name}.errors.follow-link")
        return row, self.what(row)

    def whose(self, token: str) -> tuple[str, str]:
        """Return the key of the site and the language of a link to leave; NotFound for one that opens nothing."""
        row, _ = self.look(token, LEAVE)
        return db.session.get_one(Site, row.site_id).key, row.lang

    def waiting(self, token: str, site_id: int) -> list[asking.Waiting]:
        """Return what the owner of a letter's address can say yes to."""
        row, _ = self.look(token, CONFIRM, site_id)
        return [asking.Waiting(one.id, self.what(one), one is row) for one in asking.waiting_with(self.model, row)]

    def confirm(self, site_id: int, token: str, ids: list[int] | None = None) -> list[str]:
        """Begin to tell this address of what comes from now on, and return of what; the same again changes nothing.

        `ids` are those that its owner ticked of what waits for the same address; without them, the letter's own.
        """
        with write():
            row, what = self.look(token, CONFIRM, site_id)
            told = [what] if ids is None else []
            for one in asking.chosen(self.model, row, ids):
                one.confirmed_at = one.told_at = now()
                append_audit(site_id, "person", f"{self.name}.followed", self.about(one), follower=one.id)
                if ids is not None:
                    told.append(self.what(one))
            return told

    def leave(self, token: str, site_id: int | None = None) -> None:
        """Forget the address of a link; a link of nobody is no error, since mail programs press twice."""
        with write():
            try:
                row, _ = self.look(token, LEAVE, site_id)
            except NotFound:
                return
            append_audit(row.site_id, "person", f"{self.name}.left", self.about(row), follower=row.id)
            db.session.delete(row)

    def count(self, **of: int) -> int:
        """Return how many confirmed addresses follow something."""
        wanted = [getattr(self.model, name) == value for name, value in of.items()]
        query = select(func.count()).select_from(self.model).where(*wanted, self.model.confirmed_at.is_not(None))
        return int(db.session.scalar(query) or 0)

    def heed(self, source: str, source_id: int | None, kind: str, mail_id: int, **_facts: Any) -> None:
        """Forget an address that does not exist, or that complained (app.mail.bounces).

        The letter's own: a number may have been given again to somebody else since it was sent.
        """
        if source == self.source and source_id is not None and kind != bounces.SOFT:
            written_to = select(func.lower(Mail.to_address)).where(Mail.id == mail_id).scalar_subquery()
            with write():
                mine = self.model.id == source_id, func.lower(self.model.email) == written_to
                db.session.execute(delete(self.model).where(*mine))

    def purge(self, _payload: dict[str, Any]) -> None:
        """Forget addresses that nobody confirmed within a week; a job."""
        with write():
            asked_by = now() - timedelta(seconds=WEEK_S)
            never = self.model.confirmed_at.is_(None), self.model.asked_at < asked_by
            db.session.execute(delete(self.model).where(*never))


def base() -> str:
    found: str = current_app.extensions["ventanilla"].settings.base_url
    return found
