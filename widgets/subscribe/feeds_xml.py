"""RSS 2.0 and Atom, drawn by feedgen: imported when the first feed is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedgen.entry import FeedEntry as GeneratedEntry
from feedgen.ext.podcast import PodcastExtension
from feedgen.feed import FeedGenerator

from app.content.entries import FeedEntry
from app.sites.service import SiteInfo
from widgets.subscribe import websub
from widgets.subscribe.feeds import NOT_XML, TYPES, absolute, html_of


class _Entry(GeneratedEntry):
    """An entry whose links keep what they are: feedgen 1.0 reads `rel` and `type` from the element it has just made."""

    def atom_entry(self, extensions: bool = True) -> Any:
        made = super().atom_entry(extensions)
        drawn = [element for element in made if element.tag.rpartition("}")[2] == "link"]
        for element, link in zip(drawn, self.link() or [], strict=True):
            for name in ("rel", "type", "hreflang", "title", "length"):
                if link.get(name):
                    element.set(name, link[name])
        return made


class _Podcast(PodcastExtension):
    """Directories ask for `false`, which feedgen 1.0 refuses, and were asked for `no` until 2020."""

    def extend_rss(self, rss_feed: Any) -> Any:
        made = super().extend_rss(rss_feed)
        for element in made.iter("{*}explicit"):
            element.text = "false"
        return made


def build(site: SiteInfo, about: dict[str, str], form: str, found: Sequence[FeedEntry], changed_at: datetime) -> bytes:
    feed = FeedGenerator()
    feed.id(about["self"].rpartition(".")[0])
    feed.title(about["title"])
    feed.description(about["text"])
    feed.language(site.lang)
    feed.author({"name": site.entity, "email": site.official_email})
    feed.generator("Ventanilla")
    feed.docs("https://www.rssboard.org/rss-specification")
    # The channel's link is the last one added, and its date would be the present moment.
    feed.link(href=about["self"], rel="self", type=TYPES[form].partition(";")[0])
    if hub := websub.hub():
        feed.link(href=hub, rel="hub")
    feed.link(href=about["page"], rel="alternate", type="text/html")
    feed.updated(changed_at)
    if form == "rss" and any(entry.enclosure for entry in found):
        feed.register_extension("podcast", _Podcast, atom=False)
        feed.podcast.itunes_author(site.entity)
        feed.podcast.itunes_owner(site.entity, site.official_email)
        feed.podcast.itunes_category("Government")
        feed.podcast.itunes_explicit("no")
        feed.podcast.itunes_image(about["cover"])
    for entry in found:
        feed.add_entry(_entry(entry), order="append")
    if form == "rss":
        # RSS's own author is an address with a name; an entity's is not a person's.
        return bytes(feed.rss_str(pretty=False))
    return bytes(feed.atom_str(pretty=False))


def _entry(entry: FeedEntry) -> _Entry:
    made = _Entry()
    made.id(entry.uid)
    made.title(NOT_XML.sub("", entry.title))
    made.link(href=absolute(entry.url), rel="alternate", type="text/html", hreflang=entry.lang)
    if entry.enclosure is not None:
        one = entry.enclosure
        made.link(href=absolute(one.url), rel="enclosure", type=one.media_type, length=str(one.size_bytes))
    made.published(entry.published_at)
    made.updated(entry.updated_at)
    if entry.topic:
        made.category(term=entry.topic, label=entry.topic)
    if entry.summary:
        made.summary(NOT_XML.sub("", entry.summary))
    made.content(html_of(entry) or NOT_XML.sub("", entry.summary or entry.title), type="html")
    return made
