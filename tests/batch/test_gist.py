"""Texts with one gist are one program: Python itself is asked, over whatever can be put beside a comment."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizdl.batch.gist import MOST_BYTES, gist

PIECES = st.sampled_from(
    [
        *("x = 1", "def f(x):", "    return x", "f(x", ")", "if x:", "  ", "\t", "\f", " ", "", "'", '"', "'''", '"""'),
        *("'a#b'", '"c"', "r'\\'", "'\\'", "b'#'", "f'{x}'", 'f"{x["a"]}"', "rf'{x!r}'", "u'#'", "'left'", "sqrt"),
        *("\\", "\\\n", "\n", "\r", "\r\n", "\n", ":", "x", "+", "%", "?", "!ls", "\u3000", "\x0b", "\u2028", "if'#'"),
    ]
)
REMARKS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n\0\ufeff"), max_size=12)


def program(text: str) -> object:
    """What Python makes of a text, lines and columns included; of one that it cannot read, that it cannot.

    The place of such an error may be the end of a comment, which is why its verdict is shared with nobody.
    """
    try:
        return ast.dump(ast.parse(text), include_attributes=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@settings(deadline=None, max_examples=400)
@given(st.lists(PIECES | st.just("#"), max_size=12), st.data())
@example(["x = 1 + ", "\\", "#", "\n", "1"], None)
def test_what_a_comment_says_makes_no_other_program(pieces: list[str], data: st.DataObject | None) -> None:
    """Where there is a gist at all: same tree, same lines, same columns, or none at all."""
    plain, remarked = "", ""
    for piece in pieces:
        plain += piece
        remarked += piece
        if piece == "#":
            remarked += data.draw(REMARKS) if data else "said"
            plain += "\n"
            remarked += "\n"
    one, other = gist(plain.encode()), gist(remarked.encode())
    if one is not None and one == other:
        assert program(plain) == program(remarked)


@settings(deadline=None, max_examples=400)
@given(st.lists(PIECES, max_size=8).map("".join), st.lists(PIECES, max_size=8).map("".join))
def test_what_is_no_comment_is_never_left_out(one: str, other: str) -> None:
    """Texts without any comment have one gist only if they are equal."""
    if "#" not in one + other and gist(one.encode()) is not None:
        assert (gist(one.encode()) == gist(other.encode())) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("# ann\nx = 1\n", "# bob, 3rd year\nx = 1\n"),
        ("x = 1  # ann's\n", 'x = 1  # "bob\n'),
        ('def f():\n    """Say # it."""\n    return 1  # a\n', 'def f():\n    """Say # it."""\n    return 1  # b\n'),
        ("# 学籍番号 1 山田\nx = 1", "# 学籍番号 2 佐藤\nx = 1"),
        ("x = 'left' # a\r\n", "x = 'left' # b\r\n"),
    ],
)
def test_a_name_in_a_comment_makes_no_difference(one: str, other: str) -> None:
    """Wherever it stands."""
    assert gist(one.encode()) == gist(other.encode()) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = '# a'\n", "x = '# b'\n"),
        ('"""\n# a\n"""\n', '"""\n# b\n"""\n'),
        ("x = 1 + \\\n1\n", "x = 1 + \\ # a\n1\n"),
        ("# a\rx = 1\n", "# a x = 1\n"),
        ("x = 1\n", "x = 1 # a\n"),
        ("x = 1  # a\n", "x = 1 # a\n"),
    ],
)
def test_what_may_be_more_than_a_remark_makes_a_difference(one: str, other: str) -> None:
    """A string, a line that ends elsewhere, or a comment where there was none."""
    assert gist(one.encode()) != gist(other.encode())


@pytest.mark.parametrize(
    "source",
    [
        b"# -*- coding: cp932 -*-\nx = 1\n",
        "# 山田\nx = 1\n".encode("cp932"),
        b"\xef\xbb\xbfx = 1 # a\n",
        b"x = 1 # a\0\n",
        b"x = f'{y}' # a\n",
        b"x = rF'{y}' # a\n",
        b"x = 'a # b\n",
        b"x = 1 #" + b"a" * MOST_BYTES,
    ],
)
def test_where_there_may_be_doubt_there_is_none(source: bytes) -> None:
    """Such a file is graded by itself."""
    assert gist(source) is None
