"""Formulas are shown as a person would type them in Unicode, and every text gives something."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.screen import maths, symbols
from quizdl.screen.maths import MAX_DEPTH, plain, to_unicode

_SYMBOLS = [
    f"\\{name} "
    for table in (symbols.LETTERS, symbols.OPERATORS, symbols.LARGE, symbols.OPENING, symbols.CLOSING, symbols.MARKS)
    for name, shown in table.items()
    if shown != "\\"
] + [f"\\{name} " for name in symbols.FUNCTIONS]
_LEAVES = st.sampled_from(
    [*_SYMBOLS, "x", "W", "12", "+", "-", "=", "(", ")", ",", "|", " ", "'", r"\left(", r"\right)"]
)
_KNOWN = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.builds(
            "{}{{{}}}".format,
            st.sampled_from(
                ["^", "_", *(f"\\{name}" for name in (*symbols.ACCENTS, *symbols.ARROWS, *symbols.UPRIGHT))]
            ),
            inner,
        ),
        st.builds("\\frac{{{}}}{{{}}}".format, inner, inner),
        st.builds("\\sqrt{{{}}}".format, inner),
    ),
    max_leaves=12,
)
_LATEX_LIKE = st.text(st.sampled_from("\\{}^_$ fracsqtlehi()[]|'&~%#012xy+-=,.αあ\n"), max_size=80)


@given(st.one_of(_LATEX_LIKE, st.text(max_size=60), _KNOWN))
def test_every_text_gives_something(latex):
    """to_unicode never raises, and gives one line for one line."""
    assert isinstance(to_unicode(latex), str)
    assert isinstance(plain(latex), str)


@given(_KNOWN)
def test_no_known_command_leaves_a_backslash(latex):
    """Of the commands in our tables nothing is left but what they stand for."""
    assert "\\" not in to_unicode(latex)


@given(_KNOWN)
def test_brackets_are_balanced_where_the_source_is(latex):
    """Brackets that are added for fractions, roots and scripts come in pairs."""
    opened = latex.count("(") - latex.count(")")
    shown = to_unicode(latex.replace("(", "").replace(")", "").replace("\\left", "").replace("\\right", ""))
    shown = shown.translate(str.maketrans("⁽₍⁾₎", "(())"))
    assert shown.count("(") == shown.count(")"), opened


@pytest.mark.parametrize("nested", ["{" * 500 + "x", r"\bar" * 500 + "x", r"\frac{" * 500, "x^{" * 500, r"\foo{" * 500])
def test_deep_nesting_is_shown_as_written(nested):
    """Nothing overflows the stack."""
    assert to_unicode(nested) == nested
    assert to_unicode("{" * (MAX_DEPTH - 1) + "x" + "}" * (MAX_DEPTH - 1)) == "x"


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"h_t=\sigma(W_{in}x_t+W h_{t-1}+b)", "hₜ = σ(Wᵢₙxₜ + W hₜ₋₁ + b)"),
        (r"\frac{\partial E}{\partial W_{(in)}} = \delta^t [x^t]^T", "∂E/∂W₍ᵢₙ₎ = δᵗ [xᵗ]ᵀ"),
        (r"\frac{dz}{dt}\frac{dt}{dx}", "(dz/dt)(dt/dx)"),
        (r"\frac{1}{2}x^2", "(1/2)x²"),
        (r"\frac{a+b}{c}", "(a + b)/c"),
        (r"\frac{a}{bc}", "a/(bc)"),
        (r"\frac{\frac{a}{b}}{c}", "(a/b)/c"),
        (r"\frac{a}{b}^2", "(a/b)²"),
        (r"\frac{\sinh(x)}{\cosh^2(x)}", "sinh(x)/cosh²(x)"),
        (r"\lfloor (n + 2p - f)/s \rfloor + 1", "⌊(n + 2p − f)/s⌋ + 1"),
        (r"-\frac{1}{2}\sum_{i=1}^{n} (1 + \log \sigma_i^2)", "−(1/2) Σᵢ₌₁ⁿ(1 + log σᵢ²)"),
        (r"\prod_{t=1}^{T} a_t", "Πₜ₌₁ᵀ aₜ"),
        (r"\overrightarrow{h}_t, \overleftarrow{h}_t", "h→ₜ, h←ₜ"),
        (r"\hat{y}, \bar{h}_t, \tilde{c}", "ŷ, h̄ₜ, c̃"),
        (r"\mathrm{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V", "softmax(QKᵀ/√dₖ)V"),
        (r"x \in \mathbb{R}^{T \times D}", "x ∈ ℝ^(T×D)"),
        (r"z \sim \mathcal{N}(0, 1)", "z ~ N(0, 1)"),
        (r"\|x\|_2 \le \theta", "‖x‖₂ ≤ θ"),
        (r"D(q \| p)", "D(q ‖ p)"),
        (r"\max(0,x)", "max(0, x)"),
        (r"2\log p(x \mid z)", "2 log p(x | z)"),
        (r"e^{-x}, e^{x^2}", "e⁻ˣ, e^(x²)"),
        (r"-1 \le x \le -\epsilon", "−1 ≤ x ≤ −ε"),
        (r"W_{f}h", "W_f h"),
        (r"\delta^{out,t}", "δ^(out,t)"),
        (r"\tanh(u) \cdot o_t", "tanh(u) · oₜ"),
        (r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde{c}_t", "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ c̃ₜ"),
        (r"\text{重み } W", "重み W"),
        (r"h \leftarrow a \to b, x \ne y \approx z, \ldots, \infty", "h ← a → b, x ≠ y ≈ z, …, ∞"),
        (r"\sqrt{x + 1}", "√(x + 1)"),
        (r"\foo{x} + \unknown", r"\foo{x} + \unknown"),
        (r"f'(x)", "f′(x)"),
        ("5! - 3", "5! − 3"),
        ("", ""),
        ("^", "^"),
    ],
)
def test_examples(latex, shown):
    """Formulas of the bank, and the odd ones."""
    assert to_unicode(latex) == shown


def test_only_maths_in_a_text_is_changed():
    """Code, fenced or in backticks, keeps its dollars; a lone dollar is a dollar."""
    text = "値 $x_1$ と `$x_1$` と 5$。\n```\n$x_1$\n```\n$\\alpha$"
    assert plain(text) == "値 x₁ と `$x_1$` と 5$。\n```\n$x_1$\n```\nα"


def test_the_docstrings_hold():
    """Their examples run."""
    assert doctest.testmod(maths).failed == 0
