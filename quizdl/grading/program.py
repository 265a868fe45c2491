"""What is run: a fill put into the question's template, or a whole file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from quizdl.grading.inputs import Case
from quizdl.model import Answer, Code
from quizdl.sandbox import Job

BLANK = "____"


@dataclass(frozen=True, slots=True)
class Program:
    """One program to grade. template: where a fill goes, None for a whole file."""

    function: str
    source: bytes
    template: str | None = None

    def job(self, cases: Sequence[Case], visible: int = 0) -> Job:
        """Its call on every case; what the first `visible` calls print may be shown."""
        calls = tuple(case.inputs for case in cases)
        return Job(template=self.template, source=self.source, function=self.function, calls=calls, visible=visible)

    def line(self, number: int | None) -> str:
        """A line of what the learner wrote, counted from 1; empty where there is none."""
        lines = re.split(r"\r\n|\r|\n", self.source.decode("utf-8-sig", errors="replace"))
        return lines[number - 1] if number is not None and 0 < number <= len(lines) else ""


def submitted(question: Code, answer: Answer) -> Program:
    """The learner's program: a file is always whole, a typed text is a fill where the question has one blank."""
    if answer.source is not None:
        return Program(question.function, answer.source)
    return program_of(question, answer.text)


def program_of(question: Code, text: str) -> Program:
    """The program that a text stands for. A text that defines the function is whole even where a fill would do."""
    source = text.encode("utf-8", errors="surrogatepass")  # a lone surrogate is the child's syntax error, not our crash
    defines = re.search(rf"^\s*(?:async\s+)?(?:def|class)\s+{re.escape(question.function)}\b", text, re.MULTILINE)
    whole = question.answer is None or defines is not None
    if whole:
        return Program(question.function, source)
    return Program(question.function, _one_line(text).encode("utf-8", errors="surrogatepass"), question.template)


def _one_line(fill: str) -> str:
    """A fill stands in parentheses, where a line break is a blank; with a comment or a long string it is left alone."""
    if "#" in fill or '"' * 3 in fill or "'" * 3 in fill:
        return fill
    return " ".join(line.strip() for line in fill.splitlines())
