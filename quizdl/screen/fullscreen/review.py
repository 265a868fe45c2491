"""The review page: what is answered, open and flagged, the way back to any question, and the end of the exam."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from quizdl.screen.fullscreen.navigator import Navigator
from quizdl.screen.fullscreen.signs import LEGEND
from quizdl.study.exam import Sitting
from quizdl.text import Lang, Text

Choice = int | Literal["submit"] | None
"""Where to go, or to hand in, or back to where one was."""


class Review(ModalScreen[Choice]):
    """All questions at a glance; arrows move, Enter goes there, S hands in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", priority=True),
        Binding("right", "move(1)", priority=True),
        Binding("up", "row(-1)", priority=True),
        Binding("down", "row(1)", priority=True),
        Binding("enter", "go", priority=True),
        Binding("s", "submit", priority=True),
        Binding("n", "next_open", priority=True),
        Binding("escape,r,q", "back", priority=True),
    ]
    CSS = """
    Review { align: center middle; }
    Review > Vertical {
        width: 90%; max-width: 76; height: auto; max-height: 95%;
        border: round $primary; padding: 0 1; background: $surface;
    }
    Review VerticalScroll { height: auto; max-height: 14; }
    """

    def __init__(self, sitting: Sitting, lang: Lang) -> None:
        super().__init__()
        self._sitting = sitting
        self._lang: Lang = lang
        self._cursor = sitting.current

    def compose(self) -> ComposeResult:
        """The counts, the map, what the signs and keys mean."""
        with Vertical():
            yield Static(self._summary(), markup=False)
            with VerticalScroll(can_focus=False):
                yield Navigator(id="map")
            yield Static("  ".join(sign.of(self._lang) for sign in LEGEND), markup=False)
            yield Static(
                Text(
                    "矢印 移動  Enter その問題へ  N 次の未解答  S 提出  Esc 戻る",
                    "Arrows move  Enter go there  N next open  S submit  Esc back",
                ).of(self._lang),
                markup=False,
            )

    def on_mount(self) -> None:
        """The map needs its width."""
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """And draws itself anew where that changes."""
        self.call_after_refresh(self._draw)

    def on_navigator_chosen(self, event: Navigator.Chosen) -> None:
        """A click goes there at once."""
        self.dismiss(event.number)

    def action_move(self, step: int) -> None:
        """One question on or back."""
        self._cursor = min(max(self._cursor + step, 0), len(self._sitting.chosen) - 1)
        self._draw()

    def action_row(self, step: int) -> None:
        """One row down or up."""
        self.action_move(step * self.query_one(Navigator).columns)

    def action_next_open(self) -> None:
        """The next question without an answer, from the beginning again after the last."""
        total = len(self._sitting.chosen)
        order = [(self._cursor + step) % total for step in range(1, total + 1)]
        self._cursor = next((number for number in order if not self._sitting.chosen[number]), self._cursor)
        self._draw()

    def action_go(self) -> None:
        """To the question under the cursor."""
        self.dismiss(self._cursor)

    def action_submit(self) -> None:
        """Hand in; the caller asks once more."""
        self.dismiss("submit")

    def action_back(self) -> None:
        """To where one was."""
        self.dismiss(None)

    def _draw(self) -> None:
        self.query_one(Navigator).show(self._sitting, self._cursor)

    def _summary(self) -> str:
        total, answered = len(self._sitting.chosen), self._sitting.answered
        return Text(
            f"解答済 {answered}/{total}   未解答 {total - answered}   印 {len(self._sitting.flagged)}",
            f"answered {answered}/{total}   open {total - answered}   flagged {len(self._sitting.flagged)}",
        ).of(self._lang)


class Confirm(ModalScreen[bool]):
    """A question that is answered with Y or N."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "yes", priority=True),
        Binding("n,escape", "no", priority=True),
    ]
    CSS = """
    Confirm { align: center middle; }
    Confirm > Static { width: auto; max-width: 70; border: round $warning; padding: 1 2; background: $surface; }
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and its two keys."""
        yield Static(f"{self._question}\n\nY / N", markup=False)

    def action_yes(self) -> None:
        """It is so."""
        self.dismiss(True)

    def action_no(self) -> None:
        """It is not."""
        self.dismiss(False)
