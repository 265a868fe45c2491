"""Lines are broken where Japanese and Latin text may be, and nothing is lost."""

from __future__ import annotations

import doctest
import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from quizdl.screen import kinsoku
from quizdl.screen.kinsoku import NOT_AT_END, NOT_AT_START, cell_width, wrap

MIXED = st.text(
    st.sampled_from("勾配法のをかー々ァッ、。）」』（「『…・ab gradient-clipping(x),.:!%01 　ｶﾞッé́e\u0301か\u3099\t"),
    max_size=120,
)
ANYTHING = st.one_of(MIXED, st.text(max_size=80))
WIDTHS = st.integers(2, 40)

_ASCII_MARKS = frozenset(",.:;!?%")


def _without_spaces(text: str) -> str:
    return "".join(text.split())


@given(ANYTHING, WIDTHS)
@example("", 2)
@example("   ", 4)
@example("\u0301\u0301", 2)
@example("👨\u200d👩\u200d👧 ❤\ufe0f", 2)
def test_nothing_is_lost_but_spaces_at_breaks(text, width):
    """Put together again without spaces, the lines are the text without spaces; a line ends with no space."""
    lines = wrap(text, width)
    assert _without_spaces("".join(lines)) == _without_spaces(text)
    assert all(line == line.rstrip() for line in lines)


@given(MIXED.filter(lambda text: "\n" not in text), WIDTHS)
def test_spaces_within_a_line_stay(text, width):
    """Every line stands in the text as it is: breaking changes no spacing within a line."""
    position = 0
    for line in wrap(text, width):
        position = text.index(line, position) + len(line)


@given(ANYTHING, WIDTHS)
def test_no_line_is_wider_than_asked(text, width):
    """Only a single character, with its combining marks, may be wider than the line."""
    for line in wrap(text, width):
        assert cell_width(line) <= width or _is_one_character(line)


def _is_one_character(line: str) -> bool:
    return len(kinsoku._clusters(line)) == 1


@given(MIXED, st.integers(12, 60))
def test_our_width_is_the_consoles(text, width):
    """What rich measures, and with it every terminal library, agrees on Japanese, Latin and combining characters."""
    for line in wrap(text, width):
        assert cell_len(line) <= width


@given(MIXED, WIDTHS)
def test_kinsoku_holds_wherever_it_can(text, width):
    """A line begins with a forbidden character, or ends with one, only inside a run that no line could hold."""
    for paragraph in text.split("\n"):
        lines = wrap(paragraph, width)
        for first, second in pairwise(lines):
            if first[-1] in NOT_AT_END or second[0] in NOT_AT_START:
                assert _longest_unbreakable(paragraph) > width


def _longest_unbreakable(text: str) -> int:
    """The width of the widest run of characters between which no line may be broken, told apart by brute force."""
    widest, run = 0, ""
    characters = re.findall(r"\s*\S[\u0300-\u036f\u3099\u309a]*", text)
    for character in characters:
        before, after = run[-1:], character.strip()[:1]
        base = re.sub(r"[\u0300-\u036f\u3099\u309a]+$", "", run)[-1:]
        spaced = character[:1].isspace()
        bound = (before or base) and (
            base in NOT_AT_END or after in NOT_AT_START or (after in _ASCII_MARKS and not spaced)
        )
        run = run + character if bound else character.strip() if widest else character  # an indent stays
        widest = max(widest, cell_width(run))
    return widest


@given(st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), max_size=20), st.integers(12, 30))
def test_latin_words_stay_whole(words, width):
    """No word that fits a line is split."""
    assert [word for line in wrap(" ".join(words), width) for word in line.split()] == words


@given(st.text(st.sampled_from("かハeyo、ab"), min_size=1), st.sampled_from("\u3099\u0301"), st.integers(2, 8))
def test_a_combining_mark_stays_with_its_letter(text, mark, width):
    """No line begins with a combining character."""
    marked = "".join(letter + mark for letter in text)
    assert all(line[0] != mark and line[-1] == mark for line in wrap(marked, width))


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("あいうえお。", 10, ["あいうえ", "お。"]),
        ("あいう（えお", 8, ["あいう", "（えお"]),
        ("データは", 4, ["デー", "タは"]),
        ("きょうは", 4, ["きょ", "うは"]),
        ("あ「「い", 6, ["あ", "「「い"]),
        ("ああ々々", 6, ["あ", "あ々々"]),
        ("勾配 gradient を", 8, ["勾配", "gradient", "を"]),
        ("ab supercalifragilistic", 8, ["ab", "supercal", "ifragili", "stic"]),
        ("type :h or :s now", 8, ["type :h", "or :s", "now"]),
        ("one\n\ntwo", 10, ["one", "", "two"]),
        ("  字下げした段落です", 10, ["  字下げし", "た段落です"]),
        ("é" * 3, 2, ["éé", "é"]),
        ("あ", 1, ["あ"]),
        ("、、、", 2, ["、", "、", "、"]),
        ("", 5, []),
    ],
)
def test_examples(text, width, lines):
    """Cases worked out by hand."""
    assert wrap(text, width) == lines


def test_the_docstrings_hold():
    """Their examples run."""
    assert doctest.testmod(kinsoku).failed == 0
