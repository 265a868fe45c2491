"""Tables for spreadsheets: cells that are no formulas, and come back; bytes that Excel in Japan reads."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.spreadsheet import plain_cell, safe_cell, table_bytes

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1", '=HYPERLINK("http://x")', "\r=1", "\n=1"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_is_a_formula(cell: str) -> None:
    """Whatever begins like one is led by an apostrophe."""
    assert safe_cell(cell).startswith("'")


@given(st.text(max_size=60))
def test_cells_are_safe_and_come_back(cell: str) -> None:
    """No control character, no formula, one line; what was plain is as it was."""
    safe = safe_cell(cell)
    assert not safe.lstrip(" ").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t"))
    assert "\n" not in safe
    assert plain_cell(safe) == plain_cell(safe_cell(plain_cell(safe)))


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), min_size=2), min_size=1))
def test_a_table_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    """With the mark that Excel needs, and its line ends."""
    data = table_bytes(rows)
    assert data.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))) == rows
