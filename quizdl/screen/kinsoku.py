"""Breaks lines of mixed Japanese and Latin text by the width that they take on a terminal (禁則処理).

Japanese may be broken between any two characters, but no line begins with a closing mark, a small kana or `ー`, and
none ends with an opening bracket (JIS X 4051, 行頭禁則 and 行末禁則). Latin words stay whole unless one is longer than
the line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

_CLOSING = "、。，．・：；？！）」』】〕］｝〉》〙〗〟’”»｠｣､｡･)]}‼⁇⁈⁉"
_SMALL_KANA = (
    "ぁ ぃ ぅ ぇ ぉ っ ゃ ゅ ょ ゎ ゕ ゖ ァ ィ ゥ ェ ォ ッ ャ ュ ョ ヮ ヵ ヶ"
    " ㇰ ㇱ ㇲ ㇳ ㇴ ㇵ ㇶ ㇷ ㇸ ㇹ ㇺ ㇻ ㇼ ㇽ ㇾ ㇿ ｧ ｨ ｩ ｪ ｫ ｬ ｭ ｮ ｯ"
)
_CONTINUING = "ー々〻ゝゞヽヾｰ゛゜ﾞﾟ…‥〜～‐–゠％‰℃°′″"
NOT_AT_START = frozenset(_CLOSING + _CONTINUING).union(_SMALL_KANA.split())
"""Characters that no line begins with."""

NOT_AT_END = frozenset("（「『【〔［｛〈《〘〖〝‘“«｟｢([{￥＄№＃")
"""Characters that no line ends with."""

_AFTER_A_WORD = frozenset(",.:;!?%")
"""No line begins with these where they follow a word directly; after a space they may begin a word: `:h`, `.5`."""

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"


class _Cluster(NamedTuple):
    """A character with the combining marks that follow it. `gap` is the width of the spaces before it."""

    character: str
    start: int
    end: int
    width: int
    gap: int


class _Break(IntEnum):
    """How good a place is for ending a line, best first."""

    FREE = 0
    IN_WORD = 1
    FORBIDDEN = 2


def wrap(text: str, width: int) -> list[str]:
    """The lines of `text`, none wider than `width` cells; spaces at a break are dropped, nothing else is.

    A line is wider only where a single character is. A newline always breaks; empty text gives no lines.

    >>> wrap("勾配クリッピング（gradient clipping）です。", 20)
    ['勾配クリッピング', '（gradient', 'clipping）です。']
    """
    return [line[start:end] for line in text.split("\n") for start, end in breaks(line, width)] if text else []


def breaks(text: str, width: int) -> list[tuple[int, int]]:
    """Where each line of `text` (one paragraph, without newlines) starts and ends; one empty line for no text."""
    clusters = _clusters(text)
    if not clusters:
        return [(0, 0)]
    if clusters[0].gap + clusters[0].width <= width:  # the spaces that begin a paragraph are its indent
        clusters[0] = clusters[0]._replace(start=0, width=clusters[0].gap + clusters[0].width)
    lines, first = [], 0
    while first < len(clusters):
        after = _next_line(clusters, first, width)
        lines.append((clusters[first].start, clusters[after - 1].end))
        first = after
    return lines


def cell_width(text: str) -> int:
    """How many cells of a terminal `text` takes: 2 for a full-width character, 0 for a combining one."""
    return sum(map(_character_width, text)) + text.count(_EMOJI_STYLE)


def _clusters(text: str) -> list[_Cluster]:
    """What `text` is made of, spaces left out."""
    found: list[_Cluster] = []
    gap = 0
    for index, character in enumerate(text):
        width = _character_width(character)
        if character.isspace():
            gap += width
        elif found and not gap and (width == 0 or text[index - 1] == _JOINER):
            last = found[-1]
            found[-1] = last._replace(end=index + 1, width=last.width + cell_width(character))
        else:
            found.append(_Cluster(character, index, index + 1, width, gap))
            gap = 0
    return found


def _next_line(clusters: Sequence[_Cluster], first: int, width: int) -> int:
    """The first cluster of the line after the one that begins at `first`: the furthest break of the best kind."""
    furthest: dict[_Break, int] = {}
    used = clusters[first].width
    for index in range(first + 1, len(clusters)):
        furthest[_break_between(clusters[index - 1], clusters[index])] = index
        used += clusters[index].gap + clusters[index].width
        if used > width:
            return furthest[min(furthest)]
    return len(clusters)


def _break_between(last: _Cluster, first: _Cluster) -> _Break:
    """How good it is to end a line with `last` and begin the next with `first`."""
    before, after, spaced = last.character, first.character, first.gap > 0
    if before in NOT_AT_END or after in NOT_AT_START or (after in _AFTER_A_WORD and not spaced):
        return _Break.FORBIDDEN
    return _Break.FREE if spaced or _is_japanese(before) or _is_japanese(after) else _Break.IN_WORD


def _is_japanese(character: str) -> bool:
    """Full-width characters and half-width katakana may be parted from their neighbours."""
    return unicodedata.east_asian_width(character) in "WFH"


@lru_cache(maxsize=4096)
def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
