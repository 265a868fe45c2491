"""Files as people save them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.batch.records import Form
from quizdl.batch.source import Source, code_of, text_of
from quizdl.text import Text, same


def notebook(*cells: str, kind: str = "code") -> bytes:
    """A notebook of these cells, each with an output."""
    made = [{"cell_type": kind, "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# Text"}, *made], "nbformat": 4}).encode()


def read(source: bytes, form: Form = "python") -> Source:
    """The code of a file that has some."""
    found = code_of(source, form)
    assert isinstance(found, Source)
    return found


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("x = '日本語'".encode(), None),
        ("x = '日本語'".encode("utf-8-sig"), None),
        ("x = '日本語'".encode("cp932"), "cp932"),
        ("x = '日本語'".encode("utf-16"), "utf-16"),
        ("# -*- coding: shift_jis -*-\nx = '日本語'".encode("cp932"), "shift_jis"),
        ("# coding: euc-jp\nx = '日本語'".encode("euc-jp"), "euc-jp"),
    ],
)
def test_the_encodings_of_japan_are_read_and_named(data: bytes, encoding: str | None) -> None:
    """What the learner sees in the editor is what runs; a word says what it was read as."""
    found = read(data)
    assert "日本語" in found.code.decode("utf-8-sig")
    assert [encoding in note.en for note in found.notes] == ([True] if encoding else [])


def test_bytes_that_are_no_text_are_left_to_the_sandbox() -> None:
    """Which says the line."""
    assert read(b"\xff\xff\x81").code == b"\xff\xff\x81"


def test_a_notebook_is_its_code_cells_line_for_line() -> None:
    """Magics give way, other languages' cells are empty, and every line can be found again."""
    found = read(
        notebook("%matplotlib inline\nimport numpy as np", "%%bash\nls", "%%time\ndef f(x):\n    !ls\n    return x"),
        "notebook",
    )
    text = found.code.decode()
    compile(text, "a", "exec")
    assert "ls" not in text.replace("# !ls", "").replace("#     !ls", "")
    line = text.split("\n").index("    return x") + 1
    assert found.cell_of(line) == (3, 4)
    (told,) = found.places([same(f"ZeroDivisionError (line {line})")])
    assert "code cell 3" in told.en
    assert "line 4 " in told.en


def test_a_cell_can_be_left_out_without_moving_the_others() -> None:
    """The lines of the rest stay where they are."""
    found = read(notebook("a = 1", "boom()\nboom()", "b = 2"), "notebook")
    without = found.without(2, same("NameError"))
    assert without.code.count(b"\n") == found.code.count(b"\n")
    assert b"boom" not in without.code
    assert without.cell_of(4) == (3, 1)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"cells": 3}', b'{"cells": [{"cell_type": "code"}]}', b"\xff"])
def test_what_is_no_notebook_is_told(data: bytes) -> None:
    """A sentence, never an exception."""
    assert isinstance(code_of(data, "notebook"), Text)


@given(st.binary(max_size=300), st.sampled_from(["python", "notebook", "text"]))
def test_no_bytes_break_it(data: bytes, form: Form) -> None:
    """Code or a reason."""
    assert isinstance(code_of(data, form), Source | Text)
    assert isinstance(text_of(data), str)


@given(st.lists(st.text(max_size=80), min_size=1, max_size=5))
def test_every_line_of_a_notebook_has_its_cell(cells: list[str]) -> None:
    """As many lines as the cells have, in their order."""
    found = code_of(notebook(*cells), "notebook")
    assert isinstance(found, Source)
    places = [found.cell_of(number + 1) for number in range(found.code.count(b"\n") + 1)]
    assert None not in places
    assert places == sorted(places)  # type: ignore[type-var]
