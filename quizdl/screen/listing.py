"""Python source on a page; coloured on a terminal, where it is worth the time that the import takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text as RichText

from quizdl.screen.page import View, folded


@dataclass(frozen=True, slots=True)
class Listing:
    """A program, indented, its lines unbroken where they fit."""

    source: str
    indent: int = 4

    def lines(self, view: View) -> Iterator[RichText]:
        """The program's lines."""
        source = view.fit(self.source.strip("\n"))
        text = _highlighted(source) if view.colour and view.terminal else RichText(source)
        for line in text.split("\n", allow_blank=True):
            line.rstrip()
            yield from folded(line, view, view.indent(self.indent))


def _highlighted(source: str) -> RichText:
    """The source in the terminal's own sixteen colours, its blanks marked."""
    from rich.syntax import Syntax  # 25 ms with Pygments behind it: never at start-up, never for a pipe

    text = Syntax("", "python", theme="ansi_dark", background_color="default").highlight(source)
    text.highlight_regex(r"_{4,}|（[あ-ん]）", "bold yellow")
    text.rstrip()
    return text
