"""Brings words to one spelling, the author's and the learner's alike; never nearer than that to another word."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

_SPACES = re.compile(r"\s+")
_HYPHENS = r"\-‐‑‒–—―−﹣－"
_JOINTS = re.compile(rf"[\s{_HYPHENS}_・･·=゠'’`]+")
_EDGES = " \t\n「」『』【】〈〉《》()[]{}<>\"'`“”‘’。、.,!?:;…・"
_KANA = "ぁ-ゖァ-ヺ"
_BAR_WITHOUT_KANA = re.compile(rf"(?<![{_KANA}ー])ー+")
_TO_HIRAGANA = -0x60
_BEFORE_OPTIONAL_BAR = "アカサタナハマヤラワガザダバパァャリ"
_OPTIONAL_BAR = re.compile(
    rf"(?<=[{_BEFORE_OPTIONAL_BAR}{''.join(chr(ord(kana) + _TO_HIRAGANA) for kana in _BEFORE_OPTIONAL_BAR)}])ー"
    "|(?<=[ァ-ヺ])ー(?![ァ-ヺー])|(?<=[ぁ-ゖ])ー(?![ぁ-ゖー])"
)
"""コンピューター, メモリー: style guides differ over the bar after -a and -ri, and at the end of any kana word."""

_ONE_KANA = {code: code - _TO_HIRAGANA for code in range(ord("ぁ"), ord("ゖ") + 1)} | str.maketrans(
    "ァィゥェォぁぃぅぇぉ", "アイウエオアイウエオ"
)
"""Hiragana as katakana, small vowels as large ones: ウェイト and ウエイト are one word."""

_V_SOUNDS = (("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴ", "ブ"))
_ARTICLE = re.compile(r"^(?:the|an?)\s+")
_PLURAL = re.compile(r"(?<=[a-z]{2}[a-rtv-z])s$")


def blank(text: str) -> bool:
    """Whether nothing in the text can be seen."""
    return not _visible(text).strip()


def width(text: str) -> str:
    r"""Width and invisible characters folded; superscripts are powers. Everything else stays.

    >>> width("Ｂ\u200b．"), width("x²")
    ('B.', 'x^2')
    """
    visible = _visible(text)
    parts = []
    for raised, characters in groupby(visible, key=lambda one: unicodedata.decomposition(one).startswith("<super>")):
        parts.append("^" * raised + "".join(characters))  # NFKC alone would make x² into x2
    return unicodedata.normalize("NFKC", "".join(parts)).replace("−", "-")


def plain(text: str) -> str:
    """`width` without spaces: how a text that may hold a formula is compared."""
    return _SPACES.sub("", width(text))


def fold(text: str) -> str:
    """A word in the one spelling in which words are compared.

    Folded: width, case, kana, long vowels that writers leave out at will, hyphens, dots, spaces, brackets and
    punctuation around it, a leading article and a plural s.

    >>> fold("コンピューター") == fold("ｺﾝﾋﾟｭｰﾀ"), fold("Cross－Entropy") == fold("cross entropy")
    (True, True)
    >>> fold("過学習") == fold("未学習")
    False
    """
    lower = spaced(text).strip(_EDGES)
    return _PLURAL.sub("", run(_ARTICLE.sub("", lower)))


def run(text: str) -> str:
    """Prose without what does not tell words apart; nothing is cut off its ends."""
    # Long vowels come before kana are made one: a katakana word ends where hiragana begins.
    folded = _OPTIONAL_BAR.sub("", _BAR_WITHOUT_KANA.sub("", spaced(text)))
    for sound, usual in _V_SOUNDS:
        folded = folded.replace(sound, usual)
    return _JOINTS.sub("", folded.translate(_ONE_KANA))


def spaced(text: str) -> str:
    """Width and case folded; words stay apart."""
    return width(text).casefold()


def _visible(text: str) -> str:
    return "".join(one for one in text if unicodedata.category(one) not in ("Cf", "Cc", "Cs") or one in "\t\n")
