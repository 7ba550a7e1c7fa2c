"""Publications and a few subscribers for the demo, made through the services' own verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.content import service as content
from app.content.service import PublicationText
from widgets.subscribe import links, service
from widgets.subscribe.service import Wish


def fill(cast: Any) -> None:
    """Publish the demo's news over the last weeks, and subscribe some people to them (app.demo.Cast)."""
    staff = cast.staff("comu")
    topics = content.ensure_topics(cast.site_id)
    rows = cast.texts("subscribe")
    for number, (kind, topic, title, summary, body) in enumerate(rows):
        at = cast.moment - timedelta(days=4 * (len(rows) - number), hours=3)
        with cast.at(at):
            made = content.save_publication(
                staff, cast.site_id,
                PublicationText(
                    title, body, topics[int(topic)].id, kind=kind, summary=summary, publish_at=at,
                    # The oldest one waits for a look: the desk shows what that is like.
                    review_on=cast.moment.date() if number == 0 else None,
                ),
            )  # fmt: skip
            content.set_state(staff, cast.site_id, made, "published")
    for number, frequency in enumerate(("immediate", "daily", "weekly", "immediate", "weekly")):
        wish = Wish(f"suscrita{number}@example.org", (topics[number % 3].id,), frequency)
        service.ask(cast.site_id, wish, doubtful=True)
        service.confirm(cast.site_id, links.sign(links.CONFIRM, service.subscriber_id(cast.site_id, wish.email), 1))
