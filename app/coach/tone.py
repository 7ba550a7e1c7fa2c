"""How a text sounds: shouting, exclaiming, smiling, tuteo, sentences that lose their reader (S3-20, S4-14, S4-15)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.coach import spans
from app.coach.spans import Remark, vocabulary
from app.coach.tuteo import TUTEO

# Words. Plain language guides for the State advise about 20 to 25; advice begins where a reader is clearly lost.
LONG_SENTENCE, LONG_SENTENCE_CHAT = 35, 25
LONG_BLOCK, LONG_BLOCK_CHAT = 110, 60

_UPPER = r"[A-ZÁÉÍÓÚÜÑ]"
_CAPITALS = re.compile(rf"(?<![\w.@-]){_UPPER}+(?:[ ,]+(?:{_UPPER}|\d)+)*(?![\w@])")
_CAPITAL_WORD = re.compile(rf"{_UPPER}+")
# Names that are written in capitals and are longer than an acronym usually is.
_ACRONYMS = frozenset(vocabulary("acronyms"))
_EXCLAMATION = re.compile(r"¡[^!¡\n]{0,300}!+|!+|¡+")
_EMOJI = re.compile(
    "(?:["
    "\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\U0001f000-\U0001f2ff"
    "\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u25a0-\u25ff\u2300-\u23ff\u200d\ufe0f\u20e3"
    "\U000e0020-\U000e007f"
    "])+"
)
_EMOTICON = re.compile(
    r"(?<![\d(\w])[:;=]['-]?[)DPpvo3*](?![\w(])|(?<=[a-záéíóúñ])[:;=]-?[)D](?!\w)|<3|\^_\^|(?<!\w)[xX]D(?!\w)"
)
_SYMBOLS = re.compile(
    r"(?<!\w)\w{1,40}@(?:s\b|(?![\w.-]))|\*{2,}|~{2,}|={3,}|\?{2,}|#{2,}|\.{4,}|(?<!\w)[jJ][aeiAEI](?:[jJ][aeiAEI])+(?!\w)"
)


def remarks(text: str, lang: str, short: bool = False) -> Iterator[Remark]:
    """Yield what a reader would feel; `short` for a chat, where a block is read on a telephone."""
    prose = spans.prose(text)
    yield from _capitals(prose)
    for code, pattern in (
        ("exclamation", _EXCLAMATION),
        ("symbols", _EMOJI),
        ("symbols", _EMOTICON),
        ("symbols", _SYMBOLS),
    ):
        for found in pattern.finditer(prose):
            yield code, found.start(), found.end(), {"text": found[0]}
    if lang == "es":
        for found in TUTEO.finditer(prose):
            yield "tuteo", found.start(), found.end(), {"text": found[0].strip()}
    yield from _lengths(text, short)


def _capitals(prose: str) -> Iterator[Remark]:
    for run in _CAPITALS.finditer(prose):
        shouted = [word for word in _CAPITAL_WORD.findall(run[0]) if word not in _ACRONYMS]
        longest = max(map(len, shouted), default=0)
        # One word of 6 letters is hardly an acronym; two words need one that is none.
        if longest >= 6 or (len(shouted) > 1 and longest >= 5) or (len(shouted) > 3 and longest >= 4):
            yield "capitals", run.start(), run.end(), {"text": run[0][:60]}


def _lengths(text: str, short: bool) -> Iterator[Remark]:
    limit = LONG_SENTENCE_CHAT if short else LONG_SENTENCE
    for start, end in spans.sentences(text):
        count = spans.words(text[start:end])
        if count > limit:
            yield "long-sentence", start, end, {"words": count, "limit": limit}
    limit = LONG_BLOCK_CHAT if short else LONG_BLOCK
    for start, end in spans.paragraphs(text):
        count = spans.words(text[start:end])
        if count > limit:
            yield "long-block", start, end, {"words": count, "limit": limit}
