"""What each role may do; a role is held on a site, for one office or for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from app.errors import Forbidden

READ = frozenset({"cases.read", "reports.read"})
# Who answers may put into the reserved folder what the law reserves: at the counter it is read first. To open it, or to
# take something out of it, is another right ("cases.reserved"): it goes with the office that decides.
ANSWER = READ | {"cases.answer", "cases.note", "cases.reserve", "people.reveal"}
# What each role may do with the trunk; what it may do with a widget, the widget says (`Widget.roles`).
TRUNK: dict[str, frozenset[str]] = {
    "service_officer": ANSWER | {"cases.assign", "cases.classify", "cases.file"},
    "office_officer": ANSWER | {"cases.reserved"},
    "reviewer": ANSWER | {"cases.reserved", "cases.assign", "cases.approve", "cases.supervise"},
    "communications": READ | {"content.write", "participation.plan"},
    "webmaster": frozenset({"site.embed", "site.brand", "search.manage", "content.write"}),
    "administrator": ANSWER
    | {
        "cases.assign", "cases.classify", "cases.approve", "cases.supervise", "cases.file", "cases.annul",
        "cases.reserved", "site.embed", "site.brand", "site.manage", "staff.manage", "content.write", "search.manage",
        "audit.read", "participation.plan",
    },
    "auditor": READ | {"audit.read"},
}  # fmt: skip
ROLES: dict[str, frozenset[str]] = dict(TRUNK)
# For widgets: whoever reads cases, and whoever answers them.
READERS = tuple(role for role, held in TRUNK.items() if "cases.read" in held)
ANSWERERS = tuple(role for role, held in TRUNK.items() if "cases.answer" in held)


def join(brought: Iterable[Mapping[str, Iterable[str]]]) -> None:
    """Let the roles hold what widgets bring, each as permission -> roles; whatever was joined before is forgotten.

    Raises KeyError for a role that the house does not have.
    """
    held = {role: set(permissions) for role, permissions in TRUNK.items()}
    for permissions in brought:
        for permission, roles in permissions.items():
            for role in roles:
                held[role].add(permission)
    ROLES.update({role: frozenset(permissions) for role, permissions in held.items()})


@dataclass(frozen=True)
class Right:
    """One grant in force: a role on a site, for one office or (None) for all."""

    site_id: int
    office_id: int | None
    role: str


@dataclass(frozen=True)
class Staff:
    """Who acts, as services see it: no session, no request, only what is granted today."""

    id: int
    name: str
    position: str
    email: str
    lang: str
    rights: tuple[Right, ...]
    # With a second factor and no recovery codes, a lost telephone locks them out.
    lacks_codes: bool = False

    @property
    def actor(self) -> str:
        """How the audit trail names this person: by number, never by name."""
        return f"staff:{self.id}"

    def can(self, permission: str, site_id: int, office_id: int | None = None) -> bool:
        """Return whether the person may do this on the site, and for that office where one is given."""
        return any(
            right.site_id == site_id
            and permission in ROLES[right.role]
            and (right.office_id is None or office_id is None or right.office_id == office_id)
            for right in self.rights
        )

    def require(self, permission: str, site_id: int, office_id: int | None = None) -> None | NoReturn:
        if not self.can(permission, site_id, office_id):
            raise Forbidden(permission=permission)
        return None

    def offices(self, permission: str, site_id: int) -> frozenset[int] | None:
        """Return the offices for which the person may do this; None stands for all of them."""
        found = [r.office_id for r in self.rights if r.site_id == site_id and permission in ROLES[r.role]]
        if any(office_id is None for office_id in found):
            return None
        return frozenset(office_id for office_id in found if office_id is not None)

    @property
    def site_ids(self) -> frozenset[int]:
        return frozenset(right.site_id for right in self.rights)


def rights_in_force(grants: Iterable[tuple[int, int | None, str, date | None]], today: date) -> tuple[Right, ...]:
    """Return the rights of rows (site, office, role, until) that hold today; `until` is the last day."""
    return tuple(
        Right(site_id, office_id, role)
        for site_id, office_id, role, until in grants
        if role in ROLES and (until is None or today <= until)
    )
