"""A validator of feeds that knows nothing of how ours are made: what each format's own text asks, rule by rule."""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_GRAMMAR = etree.RelaxNG(etree.parse(str(Path(__file__).with_name("atom.rng"))))
_RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|GMT)")
_CHANNEL = {
    "title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate", "lastBuildDate",
    "category", "generator", "docs", "cloud", "ttl", "image", "rating", "textInput", "skipHours", "skipDays", "item",
}  # fmt: skip
_ITEM = {
    "title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source"
}  # fmt: skip


def _absolute(address: str | None) -> None:
    parts = urlsplit(address or "")
    assert parts.scheme in {"http", "https"} and parts.netloc and not re.search(r"\s", address or ""), address


def _instant(text: str | None) -> datetime:
    found = datetime.fromisoformat(text or "")
    assert found.tzinfo, text
    return found


def check_rss(body: bytes) -> Any:
    """Assert RSS 2.0 (rssboard.org/rss-specification) and the Advisory Board's profile, and return the channel."""
    root = etree.fromstring(body)
    [channel] = root
    assert (root.tag, root.get("version"), channel.tag) == ("rss", "2.0", "channel")
    own = [child for child in channel if not child.tag.startswith("{")]
    assert {child.tag for child in own} <= _CHANNEL
    names = [child.tag for child in own if child.tag not in {"item", "category"}]
    assert len(names) == len(set(names)), "an element of the channel stands twice"
    for name in ("title", "link", "description"):
        assert channel.findtext(name), name
    _absolute(channel.findtext("link"))
    for name in ("pubDate", "lastBuildDate"):
        assert channel.find(name) is None or _RFC822.fullmatch(channel.findtext(name)), channel.findtext(name)
    assert re.fullmatch(r"[a-z]{2}(-[a-z]{2})?", channel.findtext("language") or "es")
    links = channel.findall(f"{ATOM}link")
    [itself] = [link for link in links if link.get("rel") == "self"]
    assert itself.get("type") == "application/rss+xml"
    _absolute(itself.get("href"))
    guids = [guid.text for guid in channel.iter("guid")]
    assert len(guids) == len(set(guids)) == len(channel.findall("item")), "each item has a guid of its own"
    for item in channel.findall("item"):
        _check_item(item)
    _check_podcast(channel)
    return channel


def _check_item(item: Any) -> None:
    own = [child.tag for child in item if not child.tag.startswith("{")]
    assert set(own) <= _ITEM
    once = [name for name in own if name not in {"category", "enclosure"}]
    assert len(once) == len(set(once)) and own.count("enclosure") <= 1, "players take one enclosure an item"
    assert item.findtext("title") or item.findtext("description")
    assert len(item.findall(f"{CONTENT}encoded")) <= 1
    _absolute(item.findtext("link"))
    guid = item.find("guid")
    assert guid.get("isPermaLink") in {None, "true", "false"}
    if guid.get("isPermaLink") != "false":
        _absolute(guid.text)
    assert _RFC822.fullmatch(item.findtext("pubDate")) and parsedate_to_datetime(item.findtext("pubDate")).tzinfo
    assert item.find("author") is None or re.fullmatch(r"\S+@\S+( \(.+\))?", item.findtext("author"))
    for enclosure in item.findall("enclosure"):
        _absolute(enclosure.get("url"))
        assert re.fullmatch(r"[a-z]+/[\w.+-]+", enclosure.get("type")) and enclosure.get("length").isdecimal()


def _check_podcast(channel: Any) -> None:
    """Assert what a directory of podcasts asks of a feed with recordings (help.apple.com/itc/podcasts_connect)."""
    if channel.find("item/enclosure") is None:
        return
    assert channel.find(f"{ITUNES}category").get("text")
    assert channel.findtext(f"{ITUNES}explicit") in {"true", "false"}
    assert "@" in channel.findtext(f"{ITUNES}owner/{ITUNES}email")
    assert channel.findtext(f"{ITUNES}author")
    _absolute(channel.find(f"{ITUNES}image").get("href"))


def check_atom(body: bytes) -> Any:
    """Assert RFC 4287: its grammar, and what its text asks beyond it; return the feed."""
    feed = etree.fromstring(body)
    _GRAMMAR.assertValid(feed)
    entries = feed.findall(f"{ATOM}entry")
    assert feed.find(f"{ATOM}author") is not None or all(entry.find(f"{ATOM}author") is not None for entry in entries)
    assert [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"], "4.1.1 SHOULD"
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids)) and feed.findtext(f"{ATOM}id") not in ids
    for node in (feed, *entries):
        alternates = [
            (link.get("type"), link.get("hreflang"))
            for link in node.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"
        ]  # fmt: skip
        # 4.1.1: not more than one alternate of one type and language; 4.1.2: one at least without content.
        assert len(alternates) == len(set(alternates))
        assert alternates or node.find(f"{ATOM}content") is not None
        assert urlsplit(node.findtext(f"{ATOM}id")).scheme, "4.2.6: an IRI, whole"
        for link in node.findall(f"{ATOM}link"):
            _absolute(link.get("href"))
        _instant(node.findtext(f"{ATOM}updated"))
    for entry in entries:
        published = entry.findtext(f"{ATOM}published")
        assert published is None or _instant(published) <= _instant(entry.findtext(f"{ATOM}updated"))
    return feed


def check_json(body: bytes) -> Any:
    """Assert JSON Feed 1.1 (jsonfeed.org/version/1.1), and return it."""
    feed = json.loads(body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str) and feed["title"] and isinstance(feed["items"], list)
    known = {"version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url", "icon",
             "favicon", "authors", "language", "expired", "hubs", "items"}  # fmt: skip
    assert set(feed) <= known
    for name in ("home_page_url", "feed_url"):
        _absolute(feed[name])
    assert all(author.get("name") or author.get("url") or author.get("avatar") for author in feed.get("authors", []))
    assert all(set(hub) == {"type", "url"} for hub in feed.get("hubs", []))
    ids = [item["id"] for item in feed["items"]]
    assert len(ids) == len(set(ids)) and all(isinstance(one, str) and one for one in ids)
    for item in feed["items"]:
        assert set(item) <= {"id", "url", "external_url", "title", "content_html", "content_text", "summary", "image",
                             "banner_image", "date_published", "date_modified", "authors", "tags", "language",
                             "attachments"}  # fmt: skip
        assert item.get("content_html") or item.get("content_text")
        _absolute(item["url"])
        assert _instant(item["date_published"]) <= _instant(item["date_modified"])
        assert all(isinstance(tag, str) and tag for tag in item.get("tags", []))
        for attachment in item.get("attachments", []):
            _absolute(attachment["url"])
            assert "/" in attachment["mime_type"] and isinstance(attachment["size_in_bytes"], int)
    return feed


def read_by_feedparser(body: bytes, content_type: str) -> Any:
    """Return what feedparser reads; anything that it had to forgive is an error."""
    found = feedparser.parse(body, response_headers={"content-type": content_type})
    assert not found.bozo, found.get("bozo_exception")
    return found


CHECKS = {"rss": check_rss, "atom": check_atom, "json": check_json}
