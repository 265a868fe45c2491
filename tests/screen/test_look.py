"""A plain page can be read aloud; an ASCII one needs no other sign but Japanese text."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.screen import look
from quizdl.screen.calendar import Calendar
from quizdl.screen.console import make_console
from quizdl.screen.fallback import ASCII_AND_JAPANESE, encodable
from quizdl.screen.look import MARKS, Look, spoken
from quizdl.screen.page import Facts, Page, Paragraph, Rule, Table, Verbatim
from quizdl.screen.question import render_question

PLAIN, ASCII = Look(plain=True), Look(ascii=True)


class Terminal(io.StringIO):
    """A terminal that shows everything."""

    def isatty(self) -> bool:
        return True


def printed(page: Page, wanted: Look) -> str:
    stream = Terminal()
    make_console(stream, {"TERM": "xterm-256color", "COLUMNS": "100"}, wanted).print(page)
    return stream.getvalue()


@given(st.text(), st.sampled_from(["ja", "en"]))
def test_what_is_spoken_holds_nothing_drawn(text, lang):
    """No lines, blocks or dots, whatever the text; letters all stay."""
    said = spoken(text, lang)
    assert not re.search("[\u2500-\u259f\u2800-\u28ff]", said)
    if text not in MARKS:
        assert [c for c in said if c.isalnum()] == [c for c in text if c.isalnum()]


@given(st.text())
def test_ascii_with_japanese_is_closed(text):
    """What comes out is ASCII or Japanese, and a second pass changes nothing."""
    shown = encodable(text, ASCII_AND_JAPANESE)
    assert encodable(shown, ASCII_AND_JAPANESE) == shown


@pytest.mark.parametrize("japanese", ["忘却ゲートは、過去を残す割合です。", "「畳み込み」（３×３）", "ﾊﾟﾃﾞｨﾝｸﾞ"])
def test_japanese_text_stays_whole(japanese):
    """With its punctuation, wide and narrow; only a sign among it is spelled."""
    assert encodable(japanese, ASCII_AND_JAPANESE) == japanese.replace("×", "x")


def test_a_table_is_told_row_by_row_with_its_titles():
    """A column means nothing to the ear."""
    table = Table((((("lstm"), ""), ("80%", ""), ("████░", "quiet")),), header=("area", "score", ""))
    assert printed(Page((table,)), PLAIN) == "area lstm; score 80%\n"


def test_labels_are_told_with_their_texts():
    """Not aligned by spaces."""
    assert printed(Page((Facts((("Questions", (("3", ""),)),)),)), PLAIN) == "Questions: 3\n"


def test_rules_are_silent_and_marks_are_words():
    """A mark before words is left out; alone it is its word."""
    page = Page((Rule(), Paragraph((("Wrong", "title"),), (("✗ ", "bad"),)), Paragraph((("✓", "good"),))))
    assert printed(page, PLAIN) == "Wrong\nright\n"


def test_a_terminal_gets_no_colours_and_code_keeps_its_empty_lines():
    """Two of them, as between functions; more are what is left of a drawing."""
    assert printed(Page((Verbatim("a\n\n\nb\n\n\n\n\nc", style="code"),)), PLAIN) == "a\n\n\nb\n\n\nc\n"


def test_a_calendar_is_a_list_of_days():
    """The last first, with its minutes."""
    minutes = {date(2026, 11, 20): 12.0, date(2026, 11, 21): 30.4, date(2026, 11, 19): 0.0}
    told = printed(Page((Calendar(minutes, date(2026, 11, 21), 30, "en"),)), PLAIN)
    assert told.split() == ["2026-11-21:", "30", "min", "2026-11-20:", "12", "min"]


def test_every_kind_of_question_is_plain_and_ascii(asked):
    """In both languages: no drawing and no colour; and no sign that ASCII with Japanese lacks."""
    for lang in ("ja", "en"):
        plain = printed(render_question(asked, lang, position=(1, 2), flagged=True, hints=1), PLAIN._replace(lang=lang))
        assert not re.search("[\u2500-\u259f\x1b]", plain)
        shown = re.sub("\x1b[^m]*m", "", printed(render_question(asked, lang), ASCII))
        assert encodable(shown, ASCII_AND_JAPANESE) == shown


def test_nothing_is_painted_over_for_the_ear():
    """A full screen, a watch or a bar would be read again and again."""
    try:
        look.use(PLAIN)
        assert not look.may_paint(Terminal())
        look.use(look.EVERYTHING)
        assert look.may_paint(Terminal())
        assert not look.may_paint(Terminal(), None)
        assert not look.may_paint(io.StringIO())
    finally:
        look.use(look.EVERYTHING)
