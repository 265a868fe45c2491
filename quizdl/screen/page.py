"""Pages: blocks of text that lay themselves out for the width, encoding and colours of the console they meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text as RichText

from quizdl.sanitise import printable
from quizdl.screen.fallback import encodable
from quizdl.screen.kinsoku import breaks, cell_width
from quizdl.screen.look import EVERYTHING, Look, spoken

WIDEST_PROSE = 88
"""Longer lines are hard to read: 88 columns are 44 Japanese characters."""

NARROW = 48
"""Below this many columns indents shrink, and columns stand below one another."""

Span = tuple[str, str]
"""A text and its style, one of STYLES. No text is ever read as markup."""

STYLES = {
    "": "",
    "code": "cyan",
    "title": "bold",
    "quiet": "dim",
    "good": "green",
    "near": "yellow",
    "bad": "red",
}
"""What each style looks like. Colour only adds: `code` is quoted with backticks where there is none."""


@dataclass(frozen=True, slots=True)
class View:
    """What an output can show, and how somebody wants it shown; `width` in cells."""

    width: int
    encoding: str = "utf-8"
    colour: bool = False
    terminal: bool = False
    look: Look = EVERYTHING

    @classmethod
    def of(cls, console: Console, options: ConsoleOptions) -> View:
        """The view of a console that is about to print."""
        colour = console.color_system is not None and not console.no_color
        encoding = getattr(console.file, "alphabet", console.encoding)
        look = getattr(console.file, "look", EVERYTHING)
        return cls(max(options.max_width, 2), encoding, colour, console.is_terminal, look)

    @property
    def prose_width(self) -> int:
        """The width of running text."""
        return min(self.width, WIDEST_PROSE) if self.terminal else self.width

    def indent(self, cells: int) -> int:
        """An indent of `cells`, smaller where there is little room."""
        return min(cells, 2, self.width // 4) if self.width < NARROW else cells

    def fit(self, text: str) -> str:
        """`text` without what would steer a terminal, and with stand-ins for what the output cannot show."""
        shown = printable(text, None).expandtabs(4)
        return encodable(spoken(shown, self.look.lang) if self.look.plain else shown, self.encoding)

    def styled(self, spans: Iterable[Span]) -> RichText:
        """The spans as one text."""
        text = RichText()
        for span in spans:
            text.append(self.plain(span), STYLES[span[1]])
        return text

    def plain(self, span: Span) -> str:
        """The span's text; code stands in backticks where no colour tells it."""
        content, style = span
        quote = "`" if style == "code" and not self.colour else ""
        return f"{quote}{self.fit(content)}{quote}"


class Block(Protocol):
    """A part of a page."""

    def lines(self, view: View) -> Iterator[RichText]:
        """The block's lines on this output."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """Blocks below one another; printed with `console.print(page)`."""

    blocks: tuple[Block, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The page's lines, laid out for this console."""
        view = View.of(console, options)
        for line in self.lines(view):
            if view.colour:
                line.no_wrap, line.overflow = True, "ignore"
                yield line
            else:  # without styles a line is its text: a list of 50,000 questions is not laid out twice
                yield Segment(f"{line.plain}\n")

    def lines(self, view: View) -> Iterator[RichText]:
        """The page's lines on this output."""
        lines = chain.from_iterable(block.lines(view) for block in self.blocks)
        return _without_holes(lines) if view.look.plain else lines


def _without_holes(lines: Iterable[RichText]) -> Iterator[RichText]:
    """What is left of something drawn is empty lines: no more than two of them in a row, as code has them."""
    empty = 0
    for line in lines:
        empty = 0 if line.plain.strip() else empty + 1
        if empty <= 2:
            yield line


@dataclass(frozen=True, slots=True)
class Gap:
    """An empty line."""

    def lines(self, view: View) -> Iterator[RichText]:
        """The one line."""
        yield RichText()


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin line, as wide as running text; none where it would be read aloud."""

    def lines(self, view: View) -> Iterator[RichText]:
        """The one line."""
        if not view.look.plain:
            yield RichText(view.fit("─") * min(view.width, WIDEST_PROSE), STYLES["quiet"])


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, broken by kinsoku rules; a newline always breaks.

    lead: what stands before the first line (a letter, a bullet, a label); the other lines are indented by its width.
    """

    spans: tuple[Span, ...]
    lead: tuple[Span, ...] = ()
    indent: int = 0

    def lines(self, view: View) -> Iterator[RichText]:
        """The paragraph's lines."""
        lead, text = view.styled(self.lead), view.styled(self.spans)
        margin = view.indent(self.indent)
        hang = margin + cell_width(lead.plain)
        if 2 * hang >= view.width and hang + cell_width(text.plain) > view.width:
            yield from _broken(lead, view.prose_width, margin)  # a long label on a narrow screen stands above its text
            lead, hang = RichText(), margin + view.indent(2)
        for number, line in enumerate(_broken(text, view.prose_width, hang)):
            yield RichText(" " * margin) + lead + line[hang:] if number == 0 and lead else line


def _broken(text: RichText, width: int, indent: int) -> Iterator[RichText]:
    """The lines of `text` within `width` cells, each after `indent` spaces."""
    for paragraph in text.split("\n", allow_blank=True):
        for start, end in breaks(paragraph.plain, max(width - indent, 2)):
            yield RichText(" " * indent if end > start else "") + paragraph[start:end]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Lines as they are (a program's output, a place marked with `^`); folded only where they do not fit."""

    text: str
    indent: int = 0
    style: str = ""

    def lines(self, view: View) -> Iterator[RichText]:
        """The lines, each after the indent."""
        for line in view.fit(self.text.strip("\n")).split("\n"):
            yield from folded(RichText(line, STYLES[self.style]), view, view.indent(self.indent))


def folded(line: RichText, view: View, indent: int) -> Iterator[RichText]:
    """A line that keeps its own indent; what does not fit goes on below, a little further in."""
    own = len(line.plain) - len(line.plain.lstrip(" "))
    further = indent + min(own + 2, view.width // 2)
    pieces = breaks(line.plain, max(view.width - indent, 2))
    (start, end), rest = pieces[0], line.plain[pieces[0][1] :].lstrip()
    yield RichText(" " * indent if end > start else "") + line[start:end]
    if rest:
        yield from _broken(line[len(line.plain) - len(rest) :], view.width, further)


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels on the left, their texts aligned on the right; below one another where there is little room."""

    rows: tuple[tuple[str, tuple[Span, ...]], ...]
    indent: int = 0

    def lines(self, view: View) -> Iterator[RichText]:
        """The rows' lines."""
        widest = max((cell_width(view.fit(label)) for label, _ in self.rows), default=0)
        for label, spans in self.rows:
            shown = view.fit(label)
            padded = f"{shown.strip()}: " if view.look.plain else shown + " " * (widest - cell_width(shown) + 2)
            yield from Paragraph(spans, ((padded, "quiet"),), self.indent).lines(view)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in aligned columns, no lines between them. Where they do not fit, a row's cells follow one another.

    right: the numbers of the columns that are aligned on the right.
    """

    rows: tuple[tuple[Span, ...], ...]
    header: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()
    indent: int = 0

    def lines(self, view: View) -> Iterator[RichText]:
        """The table's lines."""
        if view.look.plain:
            yield from self._said(view)
            return
        header = [tuple((title, "quiet") for title in self.header)] if self.header else []
        rows = [*header, *self.rows]
        shown = {cell: view.plain(cell) for cell in set(chain.from_iterable(rows))}
        cells = {cell: cell_width(text) for cell, text in shown.items()}
        widths = [max(cells[cell] for cell in column) for column in zip(*rows, strict=True)]
        margin = view.indent(self.indent)
        if margin + sum(widths) + 2 * (len(widths) - 1) > view.width:
            yield from self._stacked(view, margin)
            return
        columns = [
            {cell: self._padded(number, shown[cell], width - cells[cell]) for cell in set(column)}
            for number, (column, width) in enumerate(zip(zip(*rows, strict=True), widths, strict=True))
        ]
        for row in rows:  # each is put together at once: a list may have 50,000 of them
            padded = [column[cell] for column, cell in zip(columns, row, strict=True)]
            line = RichText(" " * margin + "  ".join(padded).rstrip())
            if view.colour:
                start = margin
                for cell, text in zip(row, padded, strict=True):
                    if cell[1]:
                        line.stylize(STYLES[cell[1]], start, start + len(text))
                    start += len(text) + 2
            yield line

    def _padded(self, number: int, text: str, missing: int) -> str:
        """A cell as wide as its column."""
        return " " * missing + text if number in self.right else text + " " * missing

    def _said(self, view: View) -> Iterator[RichText]:
        """A row a sentence: its cells one after another, each after its column's title."""
        titles = self.header or ("",) * (len(self.rows[0]) if self.rows else 0)
        for row in self.rows:
            cells = [(title.strip(), view.plain(cell).strip()) for title, cell in zip(titles, row, strict=True)]
            said = "; ".join(f"{title} {cell}".strip() for title, cell in cells if cell)
            yield from Paragraph(((said, ""),)).lines(view)

    def _stacked(self, view: View, margin: int) -> Iterator[RichText]:
        """The first cell on its own line, the others below it, each with its column's title."""
        titles = self.header or ("",) * (len(self.rows[0]) if self.rows else 0)
        for first, *others in self.rows:
            yield from Paragraph((first,), indent=margin).lines(view)
            named = [
                span
                for title, cell in zip(titles[1:], others, strict=True)
                if cell[0].strip()
                for span in ((f"{title} " if title else "", "quiet"), cell, ("  ", ""))
            ]
            yield from Paragraph(tuple(named), (("  ", ""),), margin).lines(view)
