"""Pages for a browser: the bank's texts as HTML, and the one file they stand in, which loads nothing.

Whatever comes from a bank or a learner passes `prose_html`, `inline_html` or `html.escape`. A page runs only the script
and reads only the style sheet whose hashes stand in its own policy; `style` and `on…` attributes are dead in it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from itertools import groupby
from pathlib import Path

from quizdl.sanitise import printable
from quizdl.screen.kinsoku import NOT_AT_END, NOT_AT_START
from quizdl.screen.mathml import mathml
from quizdl.screen.prose import FENCE, INLINE, ITEM, kind_of, logical_lines
from quizdl.text import Lang

_OPENING = "".join(NOT_AT_END)
_CLOSING = "".join({*NOT_AT_START, *",.:;!?"})
_CLOSES_AN_ELEMENT = re.compile(r"<!--|</?(?:script|style)", re.IGNORECASE)


@lru_cache(maxsize=2048)
def prose_html(text: str) -> str:
    """A text of the bank as block elements: paragraphs, lists, fenced code, `code`, $maths$ as MathML. All escaped.

    >>> prose_html("Is $x < 1$ so?")
    '<p>Is <math><mrow><mi>x</mi><mo>&lt;</mo><mn>1</mn></mrow></math> so?</p>'
    """
    parts = FENCE.split(printable(text, None).strip("\n"))
    return "".join(_code(part) if number % 2 else _paragraphs(part) for number, part in enumerate(parts))


@lru_cache(maxsize=2048)
def inline_html(text: str) -> str:
    """A text of the bank as running text, without any block element; a newline is a line break.

    >>> inline_html("`W.T`, not `W`")
    '<code>W.T</code>, not <code>W</code>'
    """
    return _inline(printable(text, None).strip("\n")).replace("\n", "<br>")


def page_html(title: str, body: str, lang: Lang, *, style: str = "", script: str = "") -> str:
    """A whole page, complete in one file. `title` is text; `body`, `style` and `script` are trusted and taken as given.

    style: beside the sheet that all pages share. script: the only one that may run; a page is stricter without.
    Raises ValueError where a style or script would end its own element.
    """
    sheet = _shared_style() + style
    for part in (sheet, script):
        if found := _CLOSES_AN_ELEMENT.search(part):
            raise ValueError(found[0])
    policy = f"default-src 'none'; style-src {_hash(sheet)}; base-uri 'none'; form-action 'none'"
    if script:
        policy += f"; script-src {_hash(script)}"
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(printable(title, None))}</title>\n<style>{sheet}</style>\n</head>\n<body>\n{body}\n"
        + (f"<script>{script}</script>\n" if script else "")
        + "</body>\n</html>\n"
    )


def _hash(source: str) -> str:
    digest = hashlib.sha256(source.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@lru_cache(maxsize=1)
def _shared_style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def _code(source: str) -> str:
    return f"<pre><code>{escape(source.strip(chr(10)))}</code></pre>" if source.strip() else ""


def _paragraphs(text: str) -> str:
    parts = re.split(r"\n\s*\n", text.strip("\n"))
    return "".join(_lines(logical_lines(part)) for part in parts if part.strip())


def _lines(lines: Iterable[str]) -> str:
    """One paragraph's lines: neighbours of a kind stand in one element."""
    return "".join(_element(kind, list(group)) for kind, group in groupby(lines, kind_of))


def _element(kind: str, lines: list[str]) -> str:
    if kind == "verbatim":
        return f"<pre>{_inline(chr(10).join(lines))}</pre>"
    if kind in ("list", "steps"):
        return "".join(_items(lines, kind))
    if kind == "formula":
        formulas = ("".join(mathml(line.strip()[1:-1], alone=True)) for line in lines)
        return "".join(f'<p class="formula">{formula}</p>' for formula in formulas)
    return f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>"


def _items(lines: list[str], kind: str) -> Iterator[str]:
    """A list; steps keep the numbers that they are called by."""
    found = [item for line in lines if (item := ITEM.fullmatch(line))]
    tag = "ul" if kind == "list" else "ol"
    yield f"<{tag}>"
    for item in found:
        number = f' value="{int(item[1][:-1])}"' if kind == "steps" and len(item[1]) < 9 else ""
        yield f"<li{number}>{_inline(item[2])}</li>"
    yield f"</{tag}>"


def _inline(text: str) -> str:
    found, end = "", 0
    for match in INLINE.finditer(text):
        before, after = text[end : match.start()], text[match.end() :]
        end = match.end()
        code, latex = match.groups()
        if code:
            found += f"{escape(before)}<code>{escape(code)}</code>"
            continue
        opening, closing = before[len(before.rstrip(_OPENING)) :], after[: len(after) - len(after.lstrip(_CLOSING))]
        found += escape(before.removesuffix(opening)) + _bound(opening, mathml(latex), closing)
        end += len(closing)
    return found + escape(text[end:])


def _bound(opening: str, formula: tuple[str, ...], closing: str) -> str:
    """A formula that no line break parts from its brackets and marks; browsers break anywhere around `math`."""
    parts = [escape(opening) + formula[0], *formula[1:]]
    parts[-1] += escape(closing)
    return "".join(part if part in formula else f'<span class="together">{part}</span>' for part in parts)
