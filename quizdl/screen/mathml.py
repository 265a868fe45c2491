r"""The LaTeX of our bank as MathML: `\frac{1}{2}` as `<math><mfrac>…`, and nothing in it but what is listed here.

latex2mathml reads the formula. It passes on markup, links and styles that a formula may hold, so its tree is never
printed as it is: it is written anew, from known elements and known attributes alone, every text escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING

from quizdl.sanitise import printable
from quizdl.screen.maths import to_unicode

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST = 2000
"""Characters of a formula; a longer one is shown as text. The bank's are below 300."""

LONG = 9
"""A formula of so many parts in a row may be broken over two lines."""

_TOKENS = frozenset({"mi", "mn", "mo", "mtext"})
_GROUPS = frozenset(
    {"mrow", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover", "munderover"}
    | {"mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom"}
)
_SCRIPTED = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover"})
_NUMBER = r"-?\d*\.?\d+(?:em|ex|px)?"
_ATTRIBUTES = {
    "stretchy": re.compile("true|false"),
    "fence": re.compile("true|false"),
    "accent": re.compile("true|false"),
    "form": re.compile("infix"),
    "displaystyle": re.compile("true|false"),
    "linethickness": re.compile(_NUMBER),
    "width": re.compile(_NUMBER),
}
_SIGNS = frozenset("⌊⌋⌈⌉⟨⟩;:…±∓")
_OPENING = frozenset("([{⌊⌈⟨")
_CLOSING = frozenset(")]}⌋⌉⟩")
_BREAKING = frozenset("=≈≠≤≥<>→←∝+−×")
_THIN = '<mspace width="0.167em"/>'


@lru_cache(maxsize=4096)
def mathml(latex: str, *, alone: bool = False) -> tuple[str, ...]:
    r"""A formula as `math` elements, several where it is long, so that lines can break between them. Never raises.

    One that cannot be read is escaped text. alone: it has the line for itself, and is set larger.

    >>> mathml("x_t < 1")
    ('<math><mrow><msub><mi>x</mi><mi>t</mi></msub><mo>&lt;</mo><mn>1</mn></mrow></math>',)
    """
    clean = printable(latex, None)
    try:
        rows = ["".join(_spaced(row)) for row in _broken(_children(_tree(clean)))]
    except Exception:  # latex2mathml raises many kinds, StopIteration and RecursionError among them
        return (f'<span class="maths">{escape(to_unicode(clean) or clean)}</span>',)
    style = ' displaystyle="true"' if alone else ""
    return tuple(f"<math{style}><mrow>{row}</mrow></math>" for row in rows)


def _tree(latex: str) -> Element:
    from latex2mathml.converter import convert_to_element  # 20 ms, and only pages need it

    if len(latex) > LONGEST:
        raise ValueError(latex)
    return convert_to_element(latex)


def _children(formula: Element) -> list[Element]:
    return list(formula[0]) if len(formula) == 1 and formula[0].tag == "mrow" else list(formula)


def _broken(children: list[Element]) -> Iterator[list[Element]]:
    """The formula in one piece where it is short, else cut before its signs, those within brackets left out.

    A sign that begins a row would be read as a prefix, without the space that it has between operands.
    """
    if len(children) < LONG:
        yield children
        return
    held: list[Element] = []
    depth = 0
    for child in children:
        sign = _text(child)
        if depth == 0 and child.tag == "mo" and sign in _BREAKING and len(held) > 1:
            yield held
            held = []
            child.set("form", "infix")
        depth += (sign in _OPENING) - (sign in _CLOSING or (_base(child) in _CLOSING and child.tag in _SCRIPTED))
        held.append(child)
    yield held


def _base(element: Element) -> str:
    return _text(element[0]) if len(element) else ""


def _written(element: Element) -> str:
    """One element and all within it. Raises ValueError for one that no formula of ours needs."""
    tag = element.tag
    if tag in _TOKENS:
        return _token(element)
    if tag == "mspace":
        return f"<mspace{_attributes(element)}/>"
    if tag not in _GROUPS:
        raise ValueError(tag)
    if (word := _word(element)) is not None:
        return f"<mi>{escape(word)}</mi>"
    parts = _spaced(list(element)) if tag == "mrow" else map(_written, element)
    return f"<{tag}{_attributes(element)}>{''.join(parts)}</{tag}>"


def _token(element: Element) -> str:
    """A leaf. Brackets and signs are operators wherever they come from, and `max` is a name like `log`."""
    text = _text(element)
    variant = element.get("mathvariant") or ""
    if text in _SIGNS:
        return f'<mo stretchy="false">{escape(text)}</mo>'
    if element.tag == "mo" and _is_function(element):
        return f"<mi>{escape(text)}</mi>"
    upright = ' mathvariant="normal"' if element.tag == "mi" and len(text) == 1 and variant == "normal" else ""
    shown = text.translate(_BOLD) if "bold" in variant else text
    return f"<{element.tag}{_attributes(element)}{upright}>{escape(shown)}</{element.tag}>"


def _text(element: Element) -> str:
    return unescape(element.text or "")


def _attributes(element: Element) -> str:
    found = ((name, value) for name, value in element.items() if name in _ATTRIBUTES)
    return "".join(f' {name}="{value}"' for name, value in found if _ATTRIBUTES[name].fullmatch(value))


def _word(element: Element) -> str | None:
    r"""The word of `\mathrm{softmax}`, which comes letter by letter and would be set with gaps."""
    letters = [_text(child) for child in element if child.tag == "mi" and child.get("mathvariant") == "normal"]
    return "".join(letters) if element.tag == "mrow" and 1 < len(letters) == len(element) else None


def _spaced(children: list[Element]) -> Iterator[str]:
    """The children of a row; a function's name stands apart from its neighbours as LaTeX sets it: `a log x`."""
    before: Element | None = None
    for child in children:
        if before is not None and _apart(before, child):
            yield _THIN
        yield _written(child)
        before = child


def _apart(first: Element, second: Element) -> bool:
    if _is_function(first):
        return _is_operand(second)
    return _is_function(second) and (_is_operand(first) or _text(first) in _CLOSING)


def _is_operand(element: Element) -> bool:
    """Whether this is a factor and neither a sign nor space; with scripts, its base decides."""
    if element.tag in _SCRIPTED and len(element):
        return _is_operand(element[0])
    return element.tag != "mspace" and (element.tag != "mo" or _is_function(element)) and _text(element) not in _SIGNS


def _is_function(element: Element) -> bool:
    """Whether this is a name such as `log`, perhaps with a script on it."""
    if element.tag in _SCRIPTED and len(element):
        return _is_function(element[0])
    text = _word(element) if element.tag == "mrow" else _text(element)
    return element.tag in ("mi", "mo", "mrow") and len(text or "") > 1 and (text or "").isalpha()


def _bold() -> dict[int, int]:
    ranges = (("A", 26, 0x1D400), ("a", 26, 0x1D41A), ("α", 25, 0x1D6C2), ("Α", 25, 0x1D6A8), ("0", 10, 0x1D7CE))
    return {ord(first) + step: bold + step for first, count, bold in ranges for step in range(count)}


_BOLD = _bold()
"""Letters and digits in bold: browsers no longer read `mathvariant` but for `normal`."""
