"""What an encoding lacks is replaced by something readable, and whatever it has stays."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.screen import fallback, symbols
from quizdl.screen.fallback import encodable

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
