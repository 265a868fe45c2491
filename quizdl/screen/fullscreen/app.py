"""The exam's full screen: the question, its options, the clock, and the way to everything else. Keys alone suffice."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import ClassVar, Protocol

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from quizdl.errors import QuizdlError
from quizdl.model import AskedOption
from quizdl.screen.exam import status, warning
from quizdl.screen.fullscreen.calculator import Calculator
from quizdl.screen.fullscreen.navigator import Navigator
from quizdl.screen.fullscreen.review import Choice, Confirm, Review
from quizdl.screen.fullscreen.signs import LEGEND
from quizdl.screen.page import Gap, Page, Paragraph
from quizdl.screen.prose import inline
from quizdl.screen.question import statement
from quizdl.study.exam import Sitting, seconds_left, warnings_due
from quizdl.text import Lang, Text

WIDE = 100
"""Columns from which on the map stands beside the question."""

CHOSEN, FREE = "(*)", "( )"
HELP = Text(
    "A〜D 解答  ←→ 前後  F 印  X 消す  R 一覧・提出  = 電卓  Q 中断",
    "A-D answer  ←→ move  F flag  X clear  R review, submit  = calculator  Q leave",
)


class Session(Protocol):
    """What the screen needs of an exam: every call is on the disk when it returns."""

    sitting: Sitting

    def choose(self, number: int, letter: str) -> None:
        """An answer."""

    def clear(self, number: int) -> None:
        """No answer."""

    def flag(self, number: int) -> None:
        """Marked."""

    def unflag(self, number: int) -> None:
        """Not marked."""

    def visit(self, number: int) -> None:
        """Turn to a question."""

    def tick(self) -> None:
        """A second has passed."""

    def finish(self) -> object:
        """Hand in."""


def run_exam(session: Session, lang: Lang) -> None:
    """Sit the exam until it is handed in, its time is up, or the candidate leaves; the session knows which."""
    ExamApp(session, lang).run()


class ExamApp(App[None]):
    """One exam on one terminal."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "step(1)", priority=True),
        Binding("left", "step(-1)", priority=True),
        Binding("pagedown", "scroll(1)", priority=True),
        Binding("pageup", "scroll(-1)", priority=True),
        Binding("ctrl+c,ctrl+q", "leave", priority=True),
    ]
    CSS = """
    #status, #help { height: 1; padding: 0 1; }
    #status { background: $panel; text-style: bold; }
    #status.late { background: $error; }
    #help { color: $text-muted; }
    #question { padding: 0 1; width: 1fr; }
    #text { height: 1fr; }
    #statement { height: auto; }
    #options { height: auto; max-height: 60%; border: none; background: transparent; padding: 0; }
    #side { width: 34; padding: 0 1; display: none; border-left: solid $panel; }
    .wide #side { display: block; }
    """

    def __init__(self, session: Session, lang: Lang) -> None:
        super().__init__()
        self._session = session
        self._lang: Lang = lang
        self._marked = (-1, "")

    def compose(self) -> ComposeResult:
        """Status above, help below, between them the question and, where there is room, the map."""
        yield Static("", id="status", markup=False)
        with Horizontal():
            with Vertical(id="question"):
                with VerticalScroll(id="text", can_focus=False):
                    yield Static("", id="place", markup=False)
                    yield Static("", id="statement", markup=False)
                yield OptionList(id="options")
            with VerticalScroll(id="side", can_focus=False):
                yield Static("\n".join(sign.of(self._lang) for sign in LEGEND) + "\n", markup=False)
                yield Navigator(id="map")
        yield Static(HELP.of(self._lang), id="help", markup=False)

    def on_mount(self) -> None:
        """The first question, and a clock that ticks."""
        self.query_one(OptionList).focus()
        self._show_question()
        self.set_interval(1.0, self._tick)

    def on_resize(self, event: events.Resize) -> None:
        """The map comes and goes with the width."""
        self.screen_stack[0].set_class(event.size.width >= WIDE, "wide")
        self.call_after_refresh(self._show_state)

    def on_key(self, event: events.Key) -> None:
        """Letters and digits, in full width too."""
        key = unicodedata.normalize("NFKC", event.character or "").lower()
        actions: dict[str, Callable[[], None]] = {
            "f": self._toggle_flag,
            "x": self._clear,
            "r": self._review,
            "m": self._review,
            "=": self._calculate,
            "q": self.action_leave,
            "n": lambda: self.action_step(1),
            "p": lambda: self.action_step(-1),
            " ": lambda: self.action_step(1),
        }
        for number, option in enumerate(self._options, start=1):
            actions |= dict.fromkeys((option.letter.lower(), str(number)), self._choosing(option.letter))
        if len(self.screen_stack) == 1 and key in actions:
            event.stop()
            actions[key]()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click on an option."""
        self._choosing(self._options[event.option_index].letter)()

    def on_navigator_chosen(self, event: Navigator.Chosen) -> None:
        """A click on the map."""
        self._visit(event.number)

    def action_step(self, step: int) -> None:
        """To the next question or the one before; after the last comes the review."""
        if len(self.screen_stack) > 1:
            return
        number = self._sitting.current + step
        if number >= len(self._sitting.chosen):
            self._review()
        elif number >= 0:
            self._visit(number)

    def action_scroll(self, pages: int) -> None:
        """A long question, a page at a time."""
        pane = self.query_one("#text", VerticalScroll)
        pane.scroll_relative(y=pages * max(pane.size.height - 2, 1), animate=False)

    def action_leave(self) -> None:
        """Leave the exam as it is; it can be taken up again."""
        asked = Text(
            "試験を中断しますか。`quizdl exam --resume` で続けられます。",
            "Leave the exam? `quizdl exam --resume` takes it up again.",
        )
        self.push_screen(Confirm(asked.of(self._lang)), lambda yes: self.exit() if yes else None)

    @property
    def _sitting(self) -> Sitting:
        return self._session.sitting

    @property
    def _options(self) -> tuple[AskedOption, ...]:
        return self._sitting.sheet.questions[self._sitting.current].options

    def _choosing(self, letter: str) -> Callable[[], None]:
        def choose() -> None:
            self._do(lambda: self._session.choose(self._sitting.current, letter))

        return choose

    def _clear(self) -> None:
        self._do(lambda: self._session.clear(self._sitting.current))

    def _toggle_flag(self) -> None:
        now = self._sitting.current
        self._do(lambda: (self._session.unflag if now in self._sitting.flagged else self._session.flag)(now))

    def _visit(self, number: int) -> None:
        if self._do(lambda: self._session.visit(number)):
            self._show_question()

    def _do(self, step: Callable[[], None]) -> bool:
        """Take a step that must reach the disk; where it does not, say so and stay."""
        try:
            step()
        except QuizdlError as error:
            hint = f"\n{error.hint.of(self._lang)}" if error.hint else ""
            self.clear_notifications()  # the clock tries every second, and the question must stay in sight
            self.notify(f"{error.message.of(self._lang)}{hint}", severity="error", markup=False)
            return False
        self._show_state()
        if self._sitting.finished:
            self.exit()
        return True

    def _tick(self) -> None:
        before = self._sitting
        if self._do(self._session.tick):
            for minutes in warnings_due(before, self._sitting):
                self.notify(warning(minutes, self._lang), severity="warning", markup=False)
                self.bell()

    def _calculate(self) -> None:
        self.push_screen(Calculator(self._lang))

    def _review(self) -> None:
        self.push_screen(Review(self._sitting, self._lang), self._after_review)

    def _after_review(self, chosen: Choice) -> None:
        if isinstance(chosen, int):
            self._visit(chosen)
        elif chosen == "submit":
            unanswered = len(self._sitting.chosen) - self._sitting.answered
            asked = Text(
                f"提出しますか。未解答は {unanswered} 問です。",
                f"Submit? {unanswered} questions have no answer.",
            )
            self.push_screen(Confirm(asked.of(self._lang)), self._submit)

    def _submit(self, yes: bool | None) -> None:
        if yes:
            self._do(lambda: (self._session.finish(), None)[1])

    def _show_question(self) -> None:
        """Another question: its text, its options, from the top."""
        sitting = self._sitting
        asked = sitting.sheet.questions[sitting.current]
        parts = [[*part, Gap()] for part in statement(asked, self._lang) if part]
        self.query_one("#statement", Static).update(Page(tuple(block for part in parts for block in part)))
        self.query_one("#text", VerticalScroll).scroll_home(animate=False)
        self._show_state()

    def _show_state(self) -> None:
        """The clock, the marks, the map."""
        sitting = self._sitting
        base = self.screen_stack[0]
        line = base.query_one("#status", Static)
        line.update(status(sitting, self._lang))
        line.set_class(seconds_left(sitting) <= 300, "late")
        flag = Text("   [印]", "   [flagged]").of(self._lang) if sitting.current in sitting.flagged else ""
        base.query_one("#place", Static).update(f"{sitting.current + 1}/{len(sitting.chosen)}{flag}\n")
        base.query_one(Navigator).show(sitting)
        self._show_options(base.query_one(OptionList))

    def _show_options(self, shown: OptionList) -> None:
        sitting = self._sitting
        chosen = sitting.chosen[sitting.current]
        lines = [
            Page(
                (
                    Paragraph(
                        inline(one.text.of(self._lang)),
                        ((f"{CHOSEN if one.letter == chosen else FREE} {one.letter}  ", "title"),),
                    ),
                )
            )
            for one in self._options
        ]
        before, self._marked = self._marked, (sitting.current, chosen)
        if before == self._marked:
            return
        letters = [one.letter for one in self._options]
        kept = shown.highlighted if before[0] == sitting.current else None
        shown.clear_options()
        shown.add_options([Option(line) for line in lines])
        shown.highlighted = letters.index(chosen) if chosen else kept or 0
