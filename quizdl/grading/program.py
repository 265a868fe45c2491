"""What is run: a fill put into the question's template, or a whole file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from quizdl.grading.inputs import Case
from quizdl.model import Answer, Code
from quizdl.sandbox import Job
from quizdl.sandbox.known import Known
from quizdl.sandbox.packets import Packet
from quizdl.sandbox.records import More
from quizdl.sanitise import printable

BLANK = "____"
_MOST_SHOWN = 120
_STATEMENT = re.compile(
    r"(?:(?:async|class|def|del|for|from|global|if|import|pass|raise|return|try|while|with)\b|@"
    r"|[A-Za-z_]\w*(?:\s*:[^=]*)?\s*=(?!=))"
)


@dataclass(frozen=True, slots=True)
class Program:
    """One program to grade. template: where a fill goes, None for a whole file. written: the fill as it was typed."""

    function: str
    source: bytes
    template: str | None = None
    written: str | None = None

    def job(
        self,
        cases: Sequence[Case],
        visible: int = 0,
        packets: tuple[Packet, ...] = (),
        known: Known | None = None,
        more: More | None = None,
    ) -> Job:
        """Its call on every case; what the first `visible` calls print may be shown. The others are as in `Job`."""
        calls = tuple([case.inputs for case in cases])
        return Job(self.template, self.source, self.function, calls, visible, packets=packets, known=known, more=more)

    def line(self, number: int | None) -> str:
        """A line of what the learner wrote, counted from 1; empty where there is none."""
        lines = _lines(self.text)
        return lines[number - 1] if number is not None and 0 < number <= len(lines) else ""

    def shown(self, number: int) -> tuple[int, str]:
        """A line of the program that ran, as a person reads it: a fill stands in its template, on one line.

        number: of the text that was compiled, where a fill is put in parentheses that end on a line of their own.
        """
        if self.template is None:
            return number, _shown(self.line(number))
        fill, lines = self.text.strip(), _lines(self.template)
        first = self.blank_line or 1
        extra = fill.count("\n") + 1
        number = number if number <= first else max(first, number - extra)
        source = lines[number - 1].replace(BLANK, " ".join(fill.split())) if 0 < number <= len(lines) else ""
        return number, _shown(source)

    @property
    def text(self) -> str:
        """What the learner wrote, with the line ends that it was written with."""
        return self.source.decode("utf-8-sig", errors="replace") if self.written is None else self.written

    @property
    def blank_line(self) -> int | None:
        """The template's line that the fill stands on."""
        return None if self.template is None else self.template[: self.template.index(BLANK)].count("\n") + 1

    @property
    def own_part(self) -> range:
        """The characters of `whole` that the learner wrote."""
        if self.template is None:
            return range(len(self.whole))
        begin = self.template.index(BLANK)
        return range(begin, len(self.whole) - (len(self.template) - begin - len(BLANK)))

    @property
    def whole(self) -> str:
        """The whole text that runs, with `\\n` line ends: a fill stands in parentheses within its template."""
        text = "\n".join(_lines(self.source.decode("utf-8-sig", errors="replace")))
        return text if self.template is None else self.template.replace(BLANK, f"({text.strip()}\n)")


def _shown(line: str) -> str:
    """A line with its indent, safe to show."""
    return printable(line.expandtabs(4).rstrip(), _MOST_SHOWN)


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


def submitted(question: Code, answer: Answer) -> Program:
    """The learner's program. Where there is one blank, typed text is a fill; so is a file without statements."""
    if answer.source is None:
        return program_of(question, answer.text)
    if question.answer is None or not _is_fill(answer.source):
        return Program(question.function, answer.source)
    return _filled(question, answer.source.decode("utf-8-sig"))


def program_of(question: Code, text: str) -> Program:
    """The program that a text stands for. A text that defines the function is whole even where a fill would do."""
    defines = re.search(rf"^\s*(?:async\s+)?(?:def|class)\s+{re.escape(question.function)}\b", text, re.MULTILINE)
    if question.answer is None or defines is not None:
        return Program(question.function, _encoded(text))
    return _filled(question, text)


def _filled(question: Code, fill: str) -> Program:
    return Program(question.function, _encoded(_continued(fill)), question.template, written=fill)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")  # a lone surrogate is the child's syntax error, not our crash


def _is_fill(source: bytes) -> bool:
    """Whether a file holds an expression alone: no line at the margin begins a statement, some line is no comment."""
    try:
        lines = [
            line for line in _lines(source.decode("utf-8-sig")) if line.strip() and not line.lstrip().startswith("#")
        ]
    except UnicodeDecodeError:
        return False
    return bool(lines) and "\0" not in "".join(lines) and not any(map(_STATEMENT.match, lines))


def _continued(fill: str) -> str:
    """The fill with its line breaks escaped: it will stand in parentheses, where a line may break anywhere, and errors
    keep their lines. With a comment or a long string it is left alone.
    """
    if "#" in fill or '"' * 3 in fill or "'" * 3 in fill:
        return fill
    text = fill.strip()
    return "\n" * fill[: fill.index(text)].count("\n") + " \\\n".join(line.rstrip() for line in text.splitlines())
