"""The demo's register of participation: one exercise that is over and documented, one that runs, two that come."""

from __future__ import annotations

from datetime import timedelta

from app.demo.cast import Cast, data
from app.participation import register
from app.participation.register import Outcome, Plan


def fill(cast: Cast) -> None:
    """Plan each use in the past, and let the clock open and close it; a forum or survey is found by its title."""
    staff = cast.staff("comu")
    known = {(tool, one.title): one.id for tool, some in register.held(cast.site_id).items() for one in some}
    for told in data("exercises"):
        begin, end = (cast.moment + timedelta(days=days) for days in told["days"])
        plan = Plan(
            title=told["title"], tool=told["tool"], moment=told["moment"], starts_at=begin, ends_at=end,
            source_id=known.get((told["tool"], told.get("of", ""))), purpose=told["purpose"], audience=told["audience"],
            banner=told.get("banner", ""), banner_en=told.get("banner_en", ""),
            indicators=tuple(tuple(one) for one in told["indicators"]),
        )  # fmt: skip
        with cast.at(begin - timedelta(days=1)):
            use_id = register.save(staff, cast.site_id, plan)
        for moment in (begin, end):
            if moment <= cast.moment:
                with cast.at(moment):
                    register.keep_time({})
        if told.get("outcome"):
            register.document(staff, cast.site_id, use_id, Outcome(**told["outcome"]))
