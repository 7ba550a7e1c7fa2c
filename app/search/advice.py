"""What a site offers a person who types: titles that continue the words, and the query they may have meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from app.search import analysis
from app.search.fields import scoped
from app.search.lexicon import Lexicon
from app.search.query import LONGEST_TEXT, Query, parse
from app.search.ranking import Ranking
from app.search.snapshot import Snapshot

FEW = 3
"""Documents found below which words that do stand on the site are doubted too."""
ENDINGS = 20


def suggest(now: Snapshot, site: str, lexicon: Lexicon, prefix: str, limit: int) -> tuple[str, ...]:
    """Return past queries, then titles, that hold the words typed, the last of them perhaps unfinished."""
    typed = analysis.words(prefix[:100])
    if not typed or limit < 1:
        return ()
    begun = analysis.fold(" ".join(typed))
    found = [query for query, _ in lexicon.queries if _plain(query).startswith(begun)]
    for ending in lexicon.completions(typed[-1], ENDINGS):
        if len(found) >= 2 * limit:
            break
        found += _titles(now, site, typed[:-1], ending, limit)
    shown: dict[str, str] = {}
    for text in found:
        if lexicon.is_clean(text):
            shown.setdefault(_plain(text), text)
    return tuple(shown.values())[:limit]


def did_you_mean(
    now: Snapshot,
    site: str,
    lexicon_of: Callable[[], Lexicon],
    text: str,
    query: Query,
    got: Ranking,
    again: Callable[[Query], Ranking],
) -> str | None:
    """Return the text with its likely slips mended, when that finds what the text itself doesn't.

    Words that stand nowhere on the site are mended together. When all stand somewhere and still little is found, each
    is tried in turn, and has to make the title of a page: `máscara de casa` for `máscara de capa`.
    """
    if got.title == 2:
        return None
    typed = analysis.words(text[:LONGEST_TEXT])
    unseen, enough = [word for word in typed if not _stands(now, site, word)], not got.relaxed and got.total() >= FEW
    if enough and not unseen:
        return None  # as most are: the lexicon of a site that has just published is not made yet
    lexicon = lexicon_of()
    strange = [word for word in unseen if word not in lexicon]
    rewrites, least = lexicon.rewrites(strange), _worth(got)
    if not strange and not enough:
        doubtful = [word for word in typed if not analysis.is_stop(word)]
        rewrites = [rewrite for word in doubtful for rewrite in lexicon.rewrites([word], far=False)]
        least = max(least, (1, 0, True, 0))
    best: dict[str, str] | None = None
    for rewrite in rewrites:
        mended = parse(" ".join(rewrite.get(word, word) for word in typed))
        worth = _worth(again(Query(mended.wanted, query.unwanted, mended.typed)))
        if worth > least:
            best, least = rewrite, worth
    return _rewritten(text[:LONGEST_TEXT], best) if best else None


def _worth(ranking: Ranking) -> tuple[int, int, bool, int]:
    return min(ranking.title, 1), int(ranking.total() > 0), not ranking.relaxed, ranking.title


def _titles(now: Snapshot, site: str, words: Sequence[str], ending: str, limit: int) -> list[str]:
    """Return titles with these words in any form and `ending` as it is, the shortest first."""
    found: list[tuple[float, str]] = []
    for part in now.parts:
        last = part.leaf.postings("words", scoped(site, ending))
        docs = set(last[0]) - part.deleted if last else set()
        shares: dict[int, float] = {}
        for word in (*words, ending):
            held = part.leaf.postings("title", scoped(site, analysis.term(word)))
            shares = dict(zip(*held, strict=True)) if held else {}
            docs &= shares.keys()
        found += [(shares[doc], part.leaf.stored(doc)[2]) for doc in docs]
    return [title for _, title in sorted(found, key=lambda entry: (-entry[0], entry[1]))[:limit]]


def _stands(now: Snapshot, site: str, word: str) -> bool:
    return any(part.leaf.postings("terms", scoped(site, "=" + word)) for part in now.parts)


def _plain(text: str) -> str:
    return analysis.fold(" ".join(analysis.words(text)))


def _rewritten(text: str, rewrite: dict[str, str]) -> str:
    """Return what was typed with some of its words replaced, its quotes and signs kept."""

    def mend(match: re.Match[str]) -> str:
        mended = rewrite.get(analysis.lower(match[0]), match[0])
        return mended.capitalize() if match[0].istitle() else mended

    return re.sub(r"[^\W_]+", mend, analysis.normalize(text))
