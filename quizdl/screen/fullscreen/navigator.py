"""The map of an exam: a cell for every question with its state; a click or a key goes there."""

from __future__ import annotations

from rich.text import Text as RichText
from textual import events
from textual.message import Message
from textual.widgets import Static

from quizdl.screen.fullscreen.signs import state
from quizdl.study.exam import Sitting

CELL = 6
"""Columns of one cell: up to three digits, the state, a flag and a space."""


class Navigator(Static):
    """All questions in rows of as many as fit."""

    class Chosen(Message):
        """A question was clicked."""

        def __init__(self, number: int) -> None:
            self.number = number
            super().__init__()

    _total = 0

    def show(self, sitting: Sitting, cursor: int | None = None) -> None:
        """Draw the map as it is now. cursor: the cell that is marked, by default that of the current question."""
        self._total = len(sitting.chosen)
        marked = sitting.current if cursor is None else cursor
        text = RichText()
        for number in range(self._total):
            style = "reverse" if number == marked else ""
            text.append(f"{number + 1:>3}{state(sitting, number)}", style)
            text.append("\n" if (number + 1) % self.columns == 0 else " ")
        self.update(text)

    @property
    def columns(self) -> int:
        """Cells in a row."""
        width = self.content_size.width or self.size.width
        return max(width // CELL, 1) if width else 4

    def on_click(self, event: events.Click) -> None:
        """Which cell lies under the pointer."""
        number = event.y * self.columns + event.x // CELL
        if event.x // CELL < self.columns and number < self._total:
            self.post_message(self.Chosen(number))
