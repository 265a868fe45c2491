"""Bank text as HTML: everything readable is there, nothing else can be."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.bank import Library, ask
from quizdl.model import Selection
from quizdl.screen.html import inline_html, page_html, prose_html
from quizdl.screen.mathml import LONGEST, mathml

ALLOWED = {"p", "br", "ul", "ol", "li", "pre", "code", "span", "math", "mrow", "mi", "mn", "mo", "mtext", "mspace"} | {
    *("mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover", "munderover"),
    *("mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom"),
}
ATTRIBUTES = {
    "class",
    "value",
    "stretchy",
    "fence",
    "accent",
    "form",
    "displaystyle",
    "linethickness",
    "width",
    "mathvariant",
}


class Elements(HTMLParser):
    """Names, attributes and text of a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def _well_formed(source: str) -> Elements:
    ElementTree.fromstring(f"<div>{source.replace('<br>', '<br/>')}</div>")  # noqa: S314 - our own
    found = Elements(source)
    assert found.tags <= ALLOWED
    assert found.attributes <= ATTRIBUTES
    return found


@given(st.text(alphabet=st.sampled_from("<>&\"'`$\\{}^_()[]|/ \n-1.axあ=+") | st.characters(), max_size=60))
def test_any_text_becomes_well_formed_html_of_known_elements(text: str) -> None:
    """Both forms, whatever is unbalanced; no attribute but those of MathML and of our style sheet."""
    _well_formed(prose_html(text))
    _well_formed(inline_html(text))
    assert not {"p", "pre", "ul", "ol"} & Elements(inline_html(text)).tags


@given(st.text(alphabet=st.sampled_from("\\frac{}^_xy12<>&'\"| sqrtextherfbmoln"), max_size=40))
def test_any_formula_becomes_mathml_or_text(latex: str) -> None:
    """latex2mathml may raise what it likes, and pass on any markup it likes."""
    for alone in (True, False):
        _well_formed("".join(mathml(latex, alone=alone)))


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{</math><script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(//evil.example)}{x}",
        r"\class{a}{b}",
        r"\color{red}{x}",
        r"\includegraphics{x.png}",
        r"\mathrm{<img src=x>}",
    ],
)
def test_a_formula_cannot_carry_markup_links_or_styles(latex: str) -> None:
    """The commands by which latex2mathml would write them out."""
    found = _well_formed("".join(mathml(latex)))
    assert not {"href", "style", "class", "src", "mathcolor"} & found.attributes or found.tags == {"span"}


@pytest.mark.parametrize("latex", ["{" * 3000, r"\frac{1}" * 400, "x" * (LONGEST + 1), r"\left( x \right", "_", "{"])
def test_what_cannot_be_read_is_shown_as_text(latex: str) -> None:
    """Nested without end, too long, or broken: a formula never stops a page."""
    found = _well_formed("".join(mathml(latex)))
    assert found.text


def test_every_formula_of_the_bank_is_mathml() -> None:
    """None falls back to text, in prompts, explanations, options and reasons, in both languages."""
    texts: set[str] = set()
    for question in Library().select(Selection()):
        asked = ask(question, 0)
        for text in (asked.prompt, asked.explanation, *(option.text for option in asked.options)):
            texts |= {text.ja, text.en}
    assert texts
    for text in texts:
        assert 'class="maths"' not in prose_html(text)
        _well_formed(prose_html(text))


def test_names_of_functions_stand_apart_and_words_stay_whole() -> None:
    """`log x` is not `logx`, `softmax` is one word, `max(` has no gap, a floor is a bracket."""
    assert '<mi>log</mi><mspace width="0.167em"/><mi>x</mi>' in mathml(r"\log x")[0]
    assert "<mi>softmax</mi><mo" in mathml(r"\mathrm{softmax}(x)")[0]
    assert "<mi>max</mi><mo" in mathml(r"\max(0, x)")[0]
    assert '<mo stretchy="false">⌊</mo>' in mathml(r"\lfloor x \rfloor")[0]
    assert "𝐱" in mathml(r"\mathbf{x}")[0]


def test_a_long_formula_may_break_before_its_signs_and_within_no_bracket() -> None:
    """Each part begins with a sign that keeps its space; a sign after another sign stays with its operand."""
    parts = mathml(r"0.1 \times 3.3 + 0.3 \times (1 + 2 + 3) = -x + 5")
    assert len(parts) == 5
    assert all('<math><mrow><mo form="infix">' in part for part in parts[1:])
    assert "<mo>=</mo><mo>−</mo>" in parts[3].replace(' form="infix"', "")
    assert len(mathml("a + b = c")) == 1


def test_brackets_and_marks_stay_with_their_formula() -> None:
    """No line begins with `）、` or ends with `（` because a formula stands there."""
    assert inline_html("値（$x$）、次").startswith('値<span class="together">（<math>')
    assert "</math>）、</span>次" in inline_html("値（$x$）、次")
    assert inline_html("a $x$ b").startswith("a <math>")


def test_paragraphs_lists_code_and_formulas_have_their_elements() -> None:
    """The bank's light markup."""
    source = prose_html("一つ目。\n二つ目。\n\n- a\n- `b`\n\n2. c\n3. d\n\n$x$\n\n```\nif a < b:\n```\n")
    assert source == (
        "<p>一つ目。<br>二つ目。</p><ul><li>a</li><li><code>b</code></li></ul>"
        '<ol><li value="2">c</li><li value="3">d</li></ol>'
        '<p class="formula"><math displaystyle="true"><mrow><mi>x</mi></mrow></math></p>'
        "<pre><code>if a &lt; b:</code></pre>"
    )


def test_a_page_allows_its_own_style_and_script_and_nothing_else() -> None:
    """Their hashes stand in the policy; without a script none may run."""
    source = page_html("<t>", "<p>x</p>", "ja", style="p { color: red }", script="let a = 1;")
    for tag in ("style", "script"):
        inner = re.search(f"<{tag}>(.*?)</{tag}>", source, re.DOTALL)
        assert inner is not None
        digest = base64.b64encode(hashlib.sha256(inner[1].encode()).digest()).decode()
        assert f"{tag}-src &#x27;sha256-{digest}&#x27;" in source
    assert "<title>&lt;t&gt;</title>" in source
    assert "script" not in page_html("t", "", "en")
    assert '<html lang="ja">' in source


@pytest.mark.parametrize("part", ["</style>", "</SCRIPT >", "<!-- <script>"])
def test_a_style_or_script_cannot_end_its_own_element(part: str) -> None:
    """Whoever builds one from data learns it at once."""
    with pytest.raises(ValueError, match="<"):
        page_html("t", "", "ja", script=part)
    with pytest.raises(ValueError, match="<"):
        page_html("t", "", "ja", style=part)
