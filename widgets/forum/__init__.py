"""Forum: discussion that is moderated in the open and ends with what was decided and done (S0-4, S0-16, S0-17)."""

from __future__ import annotations

from app.widget import Page, Widget
from widgets.forum import (
    citing,
    demo,
    exercises,
    following,
    holding,
    hooks,
    listing,
    moderation,
    pages,
    people,
    petition,
    public,
    reading,
    telling,
    words_console,
)

WIDGET = Widget(
    name="forum",
    title_key="forum.page.title",
    owner="communications",
    public=public.bp,
    pages=pages.bp,
    console=words_console.bp,
    hooks=hooks.bp,
    boot=listing.boot,
    navigation=(
        Page("forum.console.title", "forum.index", holding.MODERATE, "users", "take_part"),
        Page("forum.console.queue", "forum.queue", holding.MODERATE, "eye", "take_part", moderation.waiting),
    ),
    roles={"forum.moderate": ("communications", "administrator")},
    jobs={"forum.tell": following.tell_due, "forum.purge": following.FOLLOWING.purge, "forum.forget": people.forget},
    every={"forum.tell": 300, "forum.purge": 6 * 3600, "forum.forget": 24 * 3600},
    subscribers={"mail.bounced": following.FOLLOWING.heed},
    exercises=exercises.EXERCISES,
    case_panel=petition.case_panel,
    feed_entries=telling.feed_entries,
    cited_in=citing.conversations,
    demo=demo.fill,
    warm=reading.warm,
)
