"""The light markup of our texts: paragraphs, `- ` lists, `code`, $maths$ and fenced code, as a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from quizdl.screen.listing import Listing
from quizdl.screen.maths import to_unicode
from quizdl.screen.page import Block, Gap, Page, Paragraph, Span, Verbatim

INLINE = re.compile(r"`([^`\n]+)`|\$([^$]+)\$")
FENCE = re.compile(r"^```[^\n]*\n(.*?)\n?^```[ ]*$\n?", re.DOTALL | re.MULTILINE)
ITEM = re.compile(r"(-|\d+[.)])\s+(.*)")
_COMPLETE = re.compile(r".*[。．.!?！？:：][」）)]?\s*|\s*\$[^$]*\$\s*")
_FORMULA_ALONE = re.compile(r"\s*\$[^$]+\$\s*")
_LATIN_EDGE = re.compile(r"[!-~]")

LineKind: TypeAlias = Literal["verbatim", "list", "steps", "formula", "text"]


def prose(text: str) -> Page:
    """The text as a page, to be printed with `console.print`."""
    return Page(tuple(blocks(text)))


def inline(text: str) -> tuple[Span, ...]:
    """Running text as spans: `code` without its backticks, maths as Unicode. A lone backtick or dollar stays."""
    spans: list[Span] = []
    end = 0
    for found in INLINE.finditer(text):
        code, maths = found.groups()
        spans += [(text[end : found.start()], ""), (code, "code") if code else (to_unicode(maths), "")]
        end = found.end()
    return tuple(span for span in (*spans, (text[end:], "")) if span[0])


def blocks(text: str, indent: int = 0) -> Iterator[Block]:
    """The blocks of a text, each `indent` columns in."""
    parts = FENCE.split(text.strip("\n"))
    for number, part in enumerate(parts):
        if not part.strip():
            continue
        if number:
            yield Gap()
        yield from (Listing(part, indent + 4),) if number % 2 else _paragraphs(part, indent)


def _paragraphs(text: str, indent: int) -> Iterator[Block]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip("\n"))):
        if number:
            yield Gap()
        for line in logical_lines(paragraph):
            yield _line(line, indent)


def _line(line: str, indent: int) -> Block:
    if line.startswith("  "):
        return Verbatim(line, indent)
    if item := ITEM.fullmatch(line):
        mark = "•" if item[1] == "-" else item[1]
        return Paragraph(inline(item[2]), ((f"{mark} ", "quiet"),), indent)
    return Paragraph(inline(line), indent=indent)


def logical_lines(paragraph: str) -> Iterator[str]:
    """Lines joined where an author broke one in the middle of a sentence; the break after a sentence is kept.

    So is that after a formula which has the line for itself, and every break around an indented line.
    """
    held = ""
    for line in paragraph.split("\n"):
        starts_anew = line.startswith("  ") or ITEM.match(line) or _COMPLETE.fullmatch(held) or held.startswith("  ")
        if held and starts_anew:
            yield held
            held = ""
        held = _join(held, line) if held else line
    yield held


def _join(first: str, second: str) -> str:
    """A space between Latin words, none between Japanese ones."""
    latin = _LATIN_EDGE.match(first[-1]) or _LATIN_EDGE.match(second.lstrip()[:1])
    return f"{first.rstrip()}{' ' if latin else ''}{second.lstrip()}"


def kind_of(line: str) -> LineKind:
    """What a logical line is on a page of HTML."""
    if line.startswith("  "):
        return "verbatim"
    if item := ITEM.fullmatch(line):
        return "list" if item[1] == "-" else "steps"
    return "formula" if _FORMULA_ALONE.fullmatch(line) else "text"
