"""`submit --watch`: grades the file each time it is saved, on one screen, with single keys for what comes next."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from quizdl.bank import ask
from quizdl.cli.banks import open_library
from quizdl.cli.grading import exit_code, grade_and_keep, print_verdict, verdict_page
from quizdl.cli.keys import Keyboard
from quizdl.cli.language import current
from quizdl.cli.recording import right_once
from quizdl.cli.start import check_is_code, fill_in_file
from quizdl.cli.submission import read_submission
from quizdl.errors import InputError
from quizdl.model import Answer, Asked, Selection, Verdict
from quizdl.screen.look import may_paint
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.sandbox import Sandbox
    from quizdl.screen.canvas import Canvas, View
    from quizdl.screen.page import Page

Showing: TypeAlias = Literal["verdict", "question", "hint", "list", "solution"]
Stamp: TypeAlias = tuple[int, int, int]

_LOOK_EVERY = 0.03
_SETTLED_AFTER = 0.015
_PAGES: dict[str, Showing] = {"l": "list", "s": "solution"}


@dataclass(frozen=True, slots=True)
class State:
    """What is watched and what is on the screen. hints: how many were asked for; offset: the first line shown."""

    asked: Asked
    path: Path
    verdict: Verdict | None = None
    graded_at: str = ""
    showing: Showing = "question"
    hints: int = 0
    offset: int = 0


def pressed(state: State, key: str, view: View) -> State:
    """The state after a key, given what could be seen. The same key again goes back."""
    rest: Showing = "verdict" if state.verdict else "question"
    if key == " ":
        return replace(state, offset=state.offset + view.room if view.more else 0)
    if key == "h" and state.asked.hints and state.showing == "hint" and state.hints == len(state.asked.hints):
        return replace(state, showing=rest, offset=0)
    if key == "h":
        return replace(state, showing="hint", hints=min(state.hints + 1, len(state.asked.hints)), offset=0)
    if key in _PAGES and state.showing != _PAGES[key]:
        return replace(state, showing=_PAGES[key], offset=0)
    return replace(state, showing=rest, offset=0)


def watch(asked: Asked, file: str, *, input_seed: int | None, as_json: bool, sandbox: Sandbox) -> int:
    """Grades at once and on every save; the exit code is the last verdict's. Raises InputError for what is no file."""
    if file == "-":
        raise InputError(
            Text("標準入力は監視できません。", "Standard input cannot be watched."),
            same(f"quizdl submit {asked.question.id} FILE --watch"),
        )
    check_is_code(asked.question)
    read_submission(file)
    watcher = _Watcher(State(asked, Path(file)), input_seed, sandbox)
    if as_json or not may_paint(sys.stdin, sys.stdout):
        return watcher.run_plainly(as_json)
    return watcher.run_on_screen()


class _Watcher:
    def __init__(self, state: State, input_seed: int | None, sandbox: Sandbox) -> None:
        self.state, self.input_seed, self.sandbox = state, input_seed, sandbox
        self.graded: Stamp | None = None
        self.library = open_library()

    def run_plainly(self, as_json: bool) -> int:
        """For a pipe: one verdict below the other, until Ctrl-C."""
        while True:
            if self.is_saved():
                self.grade()
                if self.state.verdict is not None:
                    print_verdict(self.state.asked, self.state.verdict, as_json=as_json)
                    sys.stdout.flush()
            time.sleep(_LOOK_EVERY)

    def run_on_screen(self) -> int:
        """On a terminal, until `q`. The last verdict stays on the screen that was there before."""
        from quizdl.screen.canvas import Canvas

        with Canvas() as canvas, Keyboard() as keyboard:
            view = self.paint(canvas)
            for event in self.events(keyboard, lambda: canvas.size):
                if event == "q":
                    break
                self.take(event, view)
                view = self.paint(canvas)
        if self.state.verdict is None:
            return 1
        print_verdict(self.state.asked, self.state.verdict, as_json=False)
        return exit_code(self.state.verdict.verdict)

    def events(self, keyboard: Keyboard, size: Callable[[], tuple[int, int]]) -> Iterator[str]:
        """One channel for everything: a key, `saved`, `resized`."""
        shown = size()
        while True:
            if self.is_saved():
                yield "saved"
            if size() != shown:
                shown = size()
                yield "resized"
            if key := keyboard.read(_LOOK_EVERY):
                yield key

    def take(self, event: str, view: View) -> None:
        """What an event changes."""
        if event == "saved":
            self.grade()
        elif event == "n":
            self.go_on()
        elif event == "resized":
            self.state = replace(self.state, offset=0)
        else:
            self.state = pressed(self.state, event, view)

    def is_saved(self) -> bool:
        """Whether the file is another than the one that was graded, and whoever writes it has finished."""
        stamp = _stamp(self.state.path)
        if stamp is None or stamp == self.graded:
            return False
        time.sleep(_SETTLED_AFTER)
        return stamp == _stamp(self.state.path)

    def grade(self) -> None:
        """Grades what the file holds now. A save meanwhile will be seen as one more."""
        self.graded = _stamp(self.state.path)
        try:
            answer = Answer(source=read_submission(str(self.state.path)))
        except InputError:  # it was taken away in this moment
            return
        state = self.state
        verdict = grade_and_keep(
            state.asked, answer, input_seed=self.input_seed, sandbox=self.sandbox, hints_used=state.hints
        )
        now = time.strftime("%H:%M:%S")
        self.state = replace(state, verdict=verdict, graded_at=now, showing="verdict", offset=0)

    def go_on(self) -> None:
        """To the next code question, in a file beside this one: written where there is none, graded where there is."""
        ids = self.ids()
        here = ids.index(self.state.asked.question.id)
        asked = ask(self.library.find(ids[(here + 1) % len(ids)]), 0)
        path = self.state.path.parent / f"{asked.question.id}.py"
        self.state, self.graded = State(asked, path), None
        if not path.exists():
            path.write_text(fill_in_file(asked), encoding="utf-8", newline="\n")
            self.graded = _stamp(path)

    def ids(self) -> list[str]:
        """The code questions of the same day or stage, in the bank's order."""
        question = self.state.asked.question
        chosen = Selection(day=question.day, stage=question.stage, kind="code")
        return [one.id for one in self.library.outline(chosen)]

    def paint(self, canvas: Canvas) -> View:
        """Paints the screen; what can be seen of its body."""
        from quizdl.screen.watch import bare, foot, head

        state, lang = self.state, current()
        status = Text(f"採点 {state.graded_at}", f"graded {state.graded_at}") if state.graded_at else _WAITING
        top = head(state.asked, str(state.path), status, lang)
        return canvas.paint(top, bare(self.body()), lambda more: foot(more, lang), state.offset)

    def body(self) -> Page:
        """What is between head and foot."""
        from quizdl.screen import watch as pages
        from quizdl.screen.question import render_question
        from quizdl.screen.solution import render_solution

        state, lang = self.state, current()
        if state.showing == "hint":
            return pages.hint_page(state.asked, state.hints, lang)
        if state.showing == "list":
            return pages.list_page(self.ids(), state.asked.question.id, right_once(), lang)
        if state.showing == "solution":
            return render_solution(state.asked, lang)
        if state.showing == "verdict" and state.verdict is not None:
            return verdict_page(state.asked, state.verdict)
        return render_question(state.asked, lang)


_WAITING = Text("保存すると採点します", "graded when it is saved")


def _stamp(path: Path) -> Stamp | None:
    """What changes when a file is saved; None while there is none, as editors that replace it have it for a moment."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
