"""What an encoding lacks is replaced by something readable, and whatever it has stays."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import quizdl
from quizdl.paths import bank_root
from quizdl.screen import fallback, symbols
from quizdl.screen.fallback import ASCII_AND_JAPANESE, encodable

PACKAGE = Path(quizdl.__file__).parent
LISTS = {"kinsoku.py", "look.py", "mathml.py", "text.py"}
"""They look for signs that they never print."""

ENCODINGS = st.sampled_from(["ascii", "cp932", "latin-1", "euc_jp", "cp437", "utf-8", "no-such-encoding"])
OUR_SYMBOLS = (
    "".join(
        "".join(table.values())
        for table in (
            symbols.LETTERS,
            symbols.OPERATORS,
            symbols.MARKS,
            symbols.OPENING,
            symbols.CLOSING,
            symbols.LARGE,
            symbols.ARROWS,
            symbols.ACCENTS,
            symbols.SUPERSCRIPTS,
            symbols.SUBSCRIPTS,
            symbols.OTHER_ALPHABETS,
        )
    )
    + "✓△✗█░─│→•…√“”’‘—–·²"
)


@given(st.text(st.characters(exclude_categories=())), ENCODINGS)
def test_the_result_can_always_be_encoded(text, encoding):
    """Lone surrogates, emoji, other scripts: nothing is left that the encoding lacks."""
    shown = encodable(text, encoding)
    shown.encode("ascii" if encoding == "no-such-encoding" else encoding)


@given(st.text(), ENCODINGS)
def test_what_can_be_encoded_is_not_touched(text, encoding):
    """Text that the encoding has comes back as it is, and a second pass changes nothing."""
    shown = encodable(text, encoding)
    assert encodable(shown, encoding) == shown


@pytest.mark.parametrize("encoding", ["ascii", "cp932"])
@pytest.mark.parametrize("symbol", sorted(set(OUR_SYMBOLS)))
def test_each_of_our_symbols_has_a_readable_stand_in(symbol, encoding):
    """No symbol that we print ourselves becomes a question mark."""
    assert "?" not in encodable(f"x{symbol}y", encoding)


def _strings(path: Path) -> Iterator[str]:
    """The texts in a program, its docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    said = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
    said |= {
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in said
    )


def _written() -> set[str]:
    """Every sign beyond ASCII and Japanese in the shipped bank, and in what the program says."""
    texts = [path.read_text(encoding="utf-8") for path in (bank_root() / "questions").rglob("*.yaml")]
    for room in ("cli", "screen", "labs", "study", "authoring"):
        files = (path for path in (PACKAGE / room).rglob("*.py") if path.name not in LISTS)
        texts += [text for path in files for text in _strings(path)]
    return {sign for sign in "".join(texts) if not fallback._ASCII_AND_JAPANESE.fullmatch(sign)}


@pytest.mark.parametrize("encoding", ["ascii", "cp932", ASCII_AND_JAPANESE])
def test_each_sign_that_is_written_anywhere_has_a_stand_in(encoding):
    """Heat maps, fractions, frames, paragraph signs: none of them is a question mark in somebody's console."""
    assert {sign for sign in _written() if "?" in encodable(f"x{sign}y", encoding)} == set()


@pytest.mark.parametrize(
    ("text", "ascii_text", "cp932_text"),
    [
        ("✓ △ ✗", "OK ~ x", "OK △ x"),
        ("x² + xⁿ⁺¹", "x^2 + x^(n+1)", "x^2 + x^(n+1)"),
        ("Wₒᵤₜ hₜ₋₁", "W_out h_(t-1)", "W_out h_(t-1)"),
        ("⌊n/2⌋", "floor(n/2)", "floor(n/2)"),
        ("a · b − c", "a * b - c", "a * b - c"),
        ("█░─", "#.-", "#.─"),
        ("σ(x) …", "sigma(x) ...", "σ(x) …"),
        ("αβx", "alpha beta x", "αβx"),
        ("√dₖ √(x + 1)", "sqrt(d_k) sqrt(x + 1)", "√d_k √(x + 1)"),
        ("ŷ h̄ₜ", "y_hat h_bar_t", "y_hat h_bar_t"),
        ("∂E/∂W", "dE/dW", "∂E/∂W"),
        ("x ∈ ℝ", "x in R", "x ∈ R"),
        ("naïve café", "naive cafe", "naive cafe"),
        ("正解", "??", "正解"),
    ],
)
def test_examples(text, ascii_text, cp932_text):
    """Readable in ASCII; in cp932 only what is missing is replaced."""
    assert encodable(text, "ascii") == ascii_text
    assert encodable(text, "cp932") == cp932_text


def test_the_docstrings_hold():
    """Their examples run."""
    assert doctest.testmod(fallback).failed == 0
