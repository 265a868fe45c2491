"""An exam line by line, at a terminal or a pipe: every line is an answer or a command, and the clock goes on."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
from typing import TYPE_CHECKING, Protocol, TextIO

from quizdl.cli.exam_session import ExamSession
from quizdl.errors import FormulaError
from quizdl.sanitise import printable
from quizdl.screen.exam import clock, help_lines, question_page, review_page, warning
from quizdl.screen.say import shown
from quizdl.study.exam import letters, seconds_left, warnings_due
from quizdl.study.exam_commands import Command, read_line
from quizdl.text import Lang, Text

if TYPE_CHECKING:
    from quizdl.screen.page import Page

BEAT_SECONDS = 1.0


class Lines(Protocol):
    """Where lines come from."""

    def next(self, seconds: float) -> str | None:
        """The next line within this time, None where none came. Raises EOFError when no more will."""


class Typed:
    """Lines of standard input, read in a thread of their own, so that the clock does not wait for the candidate."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self, seconds: float) -> str | None:
        """The next line within this time."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
        if line is None:
            raise EOFError
        return line

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the stream was closed: that is its end
            if sys.stdin is not None:  # as it is where the shell closed it
                self._read_from(sys.stdin)
        self._lines.put(None)

    def _read_from(self, typed: TextIO) -> None:
        # a reader of its own: at the process's end Python would wait for the lock of `sys.stdin`
        with os.fdopen(typed.fileno(), encoding=typed.encoding, errors="replace", closefd=False) as stream:
            for line in stream:
                self._lines.put(line.rstrip("\r\n"))


class PlainExam:
    """The loop between one candidate and one session.

    interactive: a person, who is shown the review page before handing in. quiet: for a script that wants the end alone.
    """

    def __init__(
        self, session: ExamSession, lines: Lines, lang: Lang, *, interactive: bool, quiet: bool = False
    ) -> None:
        from quizdl.screen.console import make_console

        self._session = session
        self._lines = lines
        self._lang = lang
        self._interactive = interactive
        self._quiet = quiet
        self._console = make_console()
        self._reviewing = False
        self._left = False
        self._told = session.sitting

    def run(self) -> None:
        """Until it is handed in, the time is up, or the candidate leaves."""
        if not self._session.sitting.finished:
            self._note(help_lines(self._letters(), self._lang))
            self._show()
        while not (self._session.sitting.finished or self._left):
            self._prompt()
            try:
                line = self._wait()
            except EOFError:
                return
            if line is None:
                return
            self._echo(line)
            self._obey(read_line(line, () if self._reviewing else self._letters()))
            self._warn()

    def _wait(self) -> str | None:
        """The next line; None where the time was up first."""
        while True:
            line = self._lines.next(BEAT_SECONDS)
            self._session.tick()
            if self._session.sitting.finished:
                return None
            if line is not None:
                return line
            if self._warn():
                self._prompt()

    def _obey(self, command: Command) -> None:
        session, here = self._session, self._session.sitting.current
        match command.action:
            case "choose":
                session.choose(here, command.text)
                self._go(here + 1)
            case "clear" if not self._reviewing:
                session.clear(here)
                self._show()
            case "flag" if not self._reviewing:
                (session.unflag if here in session.sitting.flagged else session.flag)(here)
                self._show()
            case "next":
                self._go(here if self._reviewing else here + 1)
            case "previous":
                self._go(here if self._reviewing else max(here - 1, 0))
            case "go":
                self._go_to(command.number)
            case "review":
                self._review()
            case "submit":
                self._submit()
            case "calculate":
                self._calculate(command.text)
            case "help":
                self._note(help_lines(self._letters(), self._lang))
            case "quit":
                self._left = True
            case _:
                self._note(
                    Text(
                        f"「{printable(command.text, 40)}」は使えません(h で説明)。",
                        f"'{printable(command.text, 40)}' means nothing here (h for help).",
                    ).of(self._lang)
                )

    def _go(self, number: int) -> None:
        """To a question; behind the last one is the review page."""
        if number >= len(self._session.sitting.chosen):
            self._review()
            return
        self._reviewing = False
        self._session.visit(number)
        self._show()

    def _go_to(self, number: int) -> None:
        last = len(self._session.sitting.chosen)
        if 0 <= number < last:
            self._go(number)
        else:
            self._note(Text(f"問題は 1〜{last} です。", f"Questions are numbered 1 to {last}.").of(self._lang))

    def _review(self) -> None:
        self._reviewing = True
        self._show()
        self._note(
            Text(
                "番号で問題に戻ります。submit で提出します。", "A number goes back to a question; submit hands in."
            ).of(self._lang)
        )

    def _submit(self) -> None:
        if self._interactive and not self._reviewing:
            self._review()
        else:
            self._session.finish()

    def _calculate(self, text: str) -> None:
        from quizdl.screen.calculator import calculated

        try:
            self._note(f"= {calculated(text)}")
        except FormulaError as error:
            self._note(error.message.of(self._lang))

    def _letters(self) -> tuple[str, ...]:
        sitting = self._session.sitting
        return letters(sitting.sheet.questions[sitting.current])

    def _show(self) -> None:
        sitting = self._session.sitting
        if not sitting.finished:
            self._print(review_page(sitting, self._lang) if self._reviewing else question_page(sitting, self._lang))

    def _warn(self) -> bool:
        """Say that 10 or 5 minutes are left, once; whether anything was said."""
        due = warnings_due(self._told, self._session.sitting)
        self._told = self._session.sitting
        if due:
            self._note(("\n" if self._interactive else "") + warning(due[-1], self._lang))
        return bool(due)

    def _prompt(self) -> None:
        if self._interactive:
            print(shown(self._prompt_text()), end="", flush=True)

    def _prompt_text(self) -> str:
        sitting = self._session.sitting
        place = Text("見直し", "review").of(self._lang) if self._reviewing else f"{sitting.current + 1}"
        return f"{clock(seconds_left(sitting))} {place}> "

    def _echo(self, line: str) -> None:
        """A pipe's transcript reads like a session."""
        if not self._interactive and not self._quiet:
            print(f"> {printable(line)}", flush=True)

    def _note(self, text: str) -> None:
        if not self._quiet:
            self._console.print(text)

    def _print(self, page: Page) -> None:
        if not self._quiet:
            self._console.print(page)
