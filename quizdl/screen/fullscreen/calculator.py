"""The calculator: keys and buttons write a formula, Enter computes it with the grammar of the answers."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from quizdl.errors import FormulaError
from quizdl.screen.calculator import calculated
from quizdl.text import Lang, Text

LONGEST = 60
_KEYS = (
    "7",
    "8",
    "9",
    "/",
    "sqrt(",
    "4",
    "5",
    "6",
    "*",
    "log(",
    "1",
    "2",
    "3",
    "-",
    "exp(",
    "0",
    ".",
    "^",
    "+",
    "(",
    ")",
)
_EQUALS = "=＝"


class Calculator(ModalScreen[None]):
    """Opens over the question; what was written stays until the next time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Esc", priority=True),
        Binding("enter", "compute", "=", priority=True),
        Binding("backspace", "rub_out", "⌫", priority=True),
    ]
    CSS = """
    Calculator { align: center middle; }
    Calculator > Vertical { width: 44; height: auto; border: round $primary; padding: 0 1; background: $surface; }
    Calculator Grid { grid-size: 5; grid-gutter: 0 1; height: auto; }
    Calculator Button { width: 100%; min-width: 5; height: 1; border: none; }
    #formula { height: 1; } #result { height: auto; min-height: 1; max-height: 3; text-style: bold; }
    """

    def __init__(self, lang: Lang) -> None:
        super().__init__()
        self._lang: Lang = lang
        self._formula = ""

    def compose(self) -> ComposeResult:
        """A line for the formula, one for its value, the keys."""
        with Vertical():
            yield Static("", id="formula", markup=False)
            yield Static("", id="result", markup=False)
            with Grid():
                for key in _KEYS:
                    yield Button(key, name=key)
                yield Button("⌫", name="⌫")
                yield Button("C", name="C")
                yield Button("=", name="=", variant="primary")
            yield Static(
                Text("Enter 計算  Esc 閉じる\nlog は自然対数です。", "Enter computes  Esc closes\nlog is natural.").of(
                    self._lang
                ),
                markup=False,
            )

    def on_key(self, event: events.Key) -> None:
        """What is typed is written, `×` and full width too: what is left out unseen would change the value."""
        if event.character and event.character.isprintable():
            event.stop()
            if event.character in _EQUALS:
                self.action_compute()
            else:
                self._write(event.character)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A key of the calculator."""
        name = event.button.name or ""
        if name == "=":
            self.action_compute()
        elif name == "⌫":
            self.action_rub_out()
        elif name == "C":
            self._set("")
        else:
            self._write(name)

    def action_compute(self) -> None:
        """The value, or what is wrong with the formula."""
        if not self._formula:
            return
        try:
            said = f"= {calculated(self._formula)}"
        except FormulaError as error:
            said = error.message.of(self._lang)
        self.query_one("#result", Static).update(said)

    def action_rub_out(self) -> None:
        """The last character goes."""
        self._set(self._formula[:-1])

    def action_leave(self) -> None:
        """Back to the question."""
        self.dismiss(None)

    def _write(self, text: str) -> None:
        self._set((self._formula + text)[:LONGEST])

    def _set(self, formula: str) -> None:
        self._formula = formula
        self.query_one("#formula", Static).update(formula)
        self.query_one("#result", Static).update("")
