r"""The bank's texts as markup for other tools: well-formed, all escaped, maths as the tool wants it.

A `Markup` knows three things of its tool: how a formula is written, how a language is marked, and which languages are
wanted. What it gives is XML and HTML alike: every element is closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import groupby
from typing import NamedTuple

from quizdl.exchange.parcel import Languages
from quizdl.sanitise import printable
from quizdl.screen.mathml import mathml
from quizdl.screen.prose import FENCE, INLINE, ITEM, kind_of, logical_lines
from quizdl.text import Text

_NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff\x00-\x08\x0b\x0c\x0e-\x1f]")
_NAMESPACE = "http://www.w3.org/1998/Math/MathML"


def clean(text: str) -> str:
    """The text with the characters alone that XML may hold and a reader may be shown."""
    return _NONCHARACTERS.sub("", printable(text, None))


def escaped(text: str) -> str:
    """The text as the content of an element or an attribute."""
    return escape(clean(text))


def listing(source: str) -> str:
    """A program as a block."""
    return f"<pre><code>{escaped(source.strip(chr(10)))}</code></pre>"


def as_tex(latex: str, alone: bool) -> str:
    r"""A formula for MathJax, between `\(…\)`, or `\[…\]` where it has the line for itself."""
    return rf"\[{escaped(latex)}\]" if alone else rf"\({escaped(latex)}\)"


def as_mathml(latex: str, alone: bool) -> str:
    """A formula as MathML for a page."""
    return "".join(mathml(clean(latex), alone=alone))


def as_namespaced_mathml(latex: str, alone: bool) -> str:
    """A formula as MathML within a document of another namespace."""
    return as_mathml(latex, alone).replace("<math", f'<math xmlns="{_NAMESPACE}"')


class Markup(NamedTuple):
    """How a tool wants its texts. language: the attribute that names a language."""

    languages: Languages
    maths: Callable[[str, bool], str]
    language: str = "lang"

    def block(self, text: Text) -> str:
        """A text as block elements: paragraphs, lists, fenced code; with both languages, one below the other."""
        return self._joined(text, self.prose, "div", "")

    def inline(self, text: Text) -> str:
        """A text as running text."""
        return self._joined(text, self.running, "span", "<br/>")

    def plain(self, text: Text) -> str:
        """A text without any markup, escaped: for names and titles."""
        return escaped(" / ".join(dict.fromkeys(text.of(lang) for lang in self.languages)))

    def prose(self, text: str) -> str:
        """One language as blocks."""
        parts = FENCE.split(clean(text).strip("\n"))
        return "".join(
            (listing(part) if part.strip() else "") if number % 2 else "".join(self._paragraphs(part))
            for number, part in enumerate(parts)
        )

    def running(self, text: str) -> str:
        """One language as running text; a newline is a line break."""
        return self._inline(clean(text).strip("\n")).replace("\n", "<br/>")

    def _joined(self, text: Text, write: Callable[[str], str], tag: str, between: str) -> str:
        if text.ja == text.en or len(self.languages) == 1:
            return write(text.of(self.languages[0]))
        name = self.language
        return between.join(f'<{tag} {name}="{lang}">{write(text.of(lang))}</{tag}>' for lang in self.languages)

    def _paragraphs(self, text: str) -> Iterator[str]:
        for part in re.split(r"\n\s*\n", text.strip("\n")):
            if part.strip():
                for kind, lines in groupby(logical_lines(part), kind_of):
                    yield self._element(kind, list(lines))

    def _element(self, kind: str, lines: list[str]) -> str:
        if kind == "verbatim":
            return f"<pre>{self._inline(chr(10).join(lines))}</pre>"
        if kind in ("list", "steps"):
            tag = "ul" if kind == "list" else "ol"
            return f"<{tag}>{''.join(self._items(lines))}</{tag}>"
        if kind == "formula":
            return "".join(f"<p>{self.maths(line.strip()[1:-1], True)}</p>" for line in lines)
        return f"<p>{'<br/>'.join(map(self._inline, lines))}</p>"

    def _items(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            if item := ITEM.fullmatch(line):
                yield f"<li>{self._inline(item[2])}</li>"

    def _inline(self, text: str) -> str:
        found, end = "", 0
        for match in INLINE.finditer(text):
            code, latex = match.groups()
            found += escape(text[end : match.start()])
            found += f"<code>{escape(code)}</code>" if code else self.maths(latex, False)
            end = match.end()
        return found + escape(text[end:])
