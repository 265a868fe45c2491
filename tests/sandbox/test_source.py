"""Submissions are read as UTF-8 with any mark and any line ends; everything else says how to save it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.sandbox.source import read_source
from quizdl.text import Text

LIMIT = 64 << 10


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("cookie", ["", "# -*- coding: utf-8 -*-", "#!/bin/python", "# vim: set fileencoding=UTF_8 :"])
def test_utf8_is_read_whatever_mark_cookie_and_line_ends(newline: str, mark: str, cookie: str) -> None:
    """Japanese identifiers and comments come through, lines end with newlines."""
    lines = [cookie, "入力 = 1  # コメント", ""]
    text = read_source((mark + newline.join(lines)).encode(), LIMIT)
    assert text == "\n".join(lines)


@pytest.mark.parametrize(
    "source",
    [
        "x = 'あ'".encode("cp932"),
        "x = 'あ'".encode("euc-jp"),
        "x = 1".encode("utf-16"),
        "x = 1".encode("utf-16-le"),
        b"x = 1\0",
        b"# coding: utf-7\nx = 1",
        b"\n# -*- coding: shift_jis -*-\nx = 1",
        b"#!/bin/python\r# coding=latin-1\rx = 1",
        b"# caf\xe9\n",
        b"\xef\xbb\xbf# coding: cp1252\n",
    ],
    ids=str,
)
def test_other_encodings_say_save_as_utf8(source: bytes) -> None:
    """Both languages tell the learner what to do."""
    refusal = read_source(source, LIMIT)
    assert isinstance(refusal, Text)
    assert "UTF-8 で保存" in refusal.ja
    assert "Save it as UTF-8" in refusal.en


def test_a_cookie_after_code_is_only_a_comment() -> None:
    """PEP 263 reads the first two lines, and the second only below a blank or a comment."""
    source = b"x = 1\n# coding: utf-7\n"
    assert read_source(source, LIMIT) == source.decode()


def test_the_limit_counts_bytes_and_is_inclusive() -> None:
    """64 KiB pass, one more byte does not."""
    assert isinstance(read_source(b"#" * LIMIT, LIMIT), str)
    refusal = read_source(b"#" * (LIMIT + 1), LIMIT)
    assert isinstance(refusal, Text)
    assert "65,537" in refusal.en


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_are_text_or_a_sentence(source: bytes) -> None:
    """No bytes raise; what is read has no carriage return and no NUL."""
    text = read_source(source, LIMIT)
    if isinstance(text, str):
        assert "\r" not in text
        assert "\0" not in text
