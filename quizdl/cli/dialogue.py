"""Where practice reads its answers: a terminal, a pipe, or a file of answers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from quizdl.cli.submission import read_regular
from quizdl.errors import InputError
from quizdl.screen.say import shown
from quizdl.text import Text, same

MOST_BYTES = 1 << 20


class Dialogue(Protocol):
    """Gives one line at a time; None at the end of input.

    interactive: a person can be asked again. takes_commands: a line may be `:h` and the like, not only an answer.
    """

    interactive: bool
    takes_commands: bool

    def read(self, prompt: str) -> str | None:
        """The next line, without its line end."""
        ...


class Terminal:
    """A person at a terminal, with line editing."""

    interactive = True
    takes_commands = True

    def __init__(self) -> None:
        import contextlib

        with contextlib.suppress(ImportError):  # Windows has none; its console edits lines by itself
            import readline  # noqa: F401 - importing it is what gives `input` its line editing

    def read(self, prompt: str) -> str | None:
        """The line typed after `prompt`; None for Ctrl-D."""
        try:
            return input(shown(prompt))
        except EOFError:
            print()
            return None


class Pipe:
    """A script's answers on standard input, a line each, echoed so that the transcript reads like a session."""

    interactive = False
    takes_commands = True

    def __init__(self, echo: bool) -> None:
        self._echo = echo

    def read(self, prompt: str) -> str | None:
        """The next line of standard input."""
        line = sys.stdin.readline()
        if not line:
            return None
        answer = line.rstrip("\r\n")
        if self._echo:
            from quizdl.sanitise import printable

            print(shown(prompt) + printable(answer), flush=True)
        return answer


class Prepared:
    """The answers of a file, one for each question of the queue, in order."""

    interactive = False
    takes_commands = False

    def __init__(self, answers: Iterator[str]) -> None:
        self._answers = answers

    def read(self, prompt: str) -> str | None:
        """The next prepared answer."""
        return next(self._answers, None)


def read_answers(path: Path) -> list[tuple[str, str]]:
    """The `id<TAB>answer` lines of a file; empty lines are passed over. Raises InputError at the first bad line."""
    data = read_regular(str(path), MOST_BYTES)
    if len(data) > MOST_BYTES:
        raise InputError(
            Text("解答ファイルは 1 MiB までです。", "A file of answers may have at most 1 MiB."),
            same("quizdl practice --answers FILE"),
            str(path),
        )
    try:
        lines = re.split("\r\n|\r|\n", data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(
            Text("UTF-8 のファイルではありません。", "This file is not UTF-8."),
            Text("UTF-8 で保存し直してください。", "Save it as UTF-8."),
            str(path),
        ) from error
    return [_pair(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def _pair(line: str, where: str) -> tuple[str, str]:
    question_id, tab, answer = line.partition("\t")
    if not tab:
        raise InputError(
            Text("「ID<タブ>解答」の形ではありません。", "This line is not `id<TAB>answer`."),
            Text("例: conv-output-size<タブ>3x3", "For example: conv-output-size<TAB>3x3"),
            where,
        )
    return question_id.strip(), answer
