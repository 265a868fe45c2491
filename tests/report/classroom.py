"""Classes made by hand: a letter for what each learner did at each question, everything else follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from quizdl.batch.records import Line, Shown, Unrecognised
from quizdl.model import Asked, AskedMistake, AskedOption, Choice, Code, Option, Outcome
from quizdl.report.course import Course, Mark, course, mark_of
from quizdl.report.course_html import Class, Person, write_reports
from quizdl.report.feedback import Mode
from quizdl.text import Lang, Text, same

VERDICTS: dict[str, Outcome] = {
    "+": "correct",
    "/": "partial",
    "x": "wrong",
    "s": "syntax_error",
    "t": "timeout",
    "g": "grader_error",
}
SCORES = {"+": 1.0, "/": 0.5}

HIDDEN = "0.987654321"
"""A value of hidden inputs: it may stand nowhere that a learner reads."""

TEMPLATE = "def f(x):\n    ...\n"


def code_asked(name: str, points: int = 1) -> Asked:
    """A question for a whole function `f`, with one known mistake."""
    prompt = Text("関数 f を書いてください。", "Write f.")
    question = Code(
        id=name,
        chapter="3-1",
        prompt=prompt,
        explanation=prompt,
        source=(),
        points=points,
        function="f",
        template=TEMPLATE,
        reference="sigmoid",
        inputs={},
        version=f"{name}-v1",
    )
    mistakes = (AskedMistake(id="halved", answer=(), why=Text("$x$ を半分にしています。", "It halves $x$.")),)
    return Asked(question=question, seed=0, prompt=prompt, explanation=prompt, key=("",), mistakes=mistakes)


def choice_asked(name: str) -> Asked:
    """A question with the options a (right), b and c."""
    prompt = Text("選んでください。", "Choose.")
    why = Text("違います。", "No.")
    options = tuple(Option(id=one, text=same(f"<{one}>"), correct=one == "a", why=why) for one in "abc")
    question = Choice(id=name, chapter="3-1", prompt=prompt, explanation=prompt, source=(), options=options)
    shown = tuple(
        AskedOption(letter=one.id.upper(), id=one.id, text=one.text, correct=one.correct, why=one.why)
        for one in options
    )
    return Asked(question=question, seed=0, prompt=prompt, explanation=prompt, key=("a",), options=shown)


def line_of(learner: str, question: str, did: str = "+", **changes: object) -> Line:
    """A line of `results.jsonl`."""
    fields: dict[str, object] = {
        "learner": learner,
        "question": question,
        "version": f"{question}-v1",
        "source_sha256": "0" * 64,
        "form": "python",
        "seed": 0,
        "input_seed": 424242,
        "engine": "e" * 12,
        "numpy": "2.0",
        "quizdl": "0.1.0",
        "level": "L3",
        "isolation": (),
        "verdict": VERDICTS[did],
        "score": SCORES.get(did, 0.0),
        "points": 1,
        "passed": 8 if did == "+" else 3,
        "total": 8,
        "public_passed": 3,
        "public_total": 3,
        "mistake": None,
        "feedback": (),
        "public_feedback": (),
        "counterexample": None,
        "public_counterexample": None,
        "seconds": 0.01,
        "at": 1.0,
        "key": "",
    }
    return Line(**{**fields, **changes})  # type: ignore[arg-type]


class Room(NamedTuple):
    """A class by its lines. by_hand: (learner, question) → score and reason. texts: (learner, question) → code."""

    asked: Sequence[Asked]
    people: Mapping[str, Person]
    lines: Sequence[Line]
    by_hand: Mapping[tuple[str, str], tuple[float, str]] = MappingProxyType({})
    texts: Mapping[tuple[str, str], str] = MappingProxyType({})
    left_out: Sequence[Unrecognised] = ()

    @property
    def line(self) -> dict[tuple[str, str], Line]:
        """The line of each learner and question."""
        return {(line.learner, line.question): line for line in self.lines}

    @property
    def marks(self) -> dict[tuple[str, str], Mark]:
        """Every mark but of those who handed nothing in."""
        places = {**dict.fromkeys(self.line), **dict.fromkeys(self.by_hand)}
        return {place: mark_of(*place, self.line.get(place), self.by_hand.get(place)) for place in places}

    @property
    def numbers(self) -> Course:
        """What is counted."""
        return course(self.asked, tuple(self.people), self.marks)

    @property
    def whole(self) -> Class:
        """What reports are made of."""
        texts: dict[str, dict[str, str]] = {one.question.id: {} for one in self.asked}
        for (who, question), text in self.texts.items():
            texts[question][who] = text
        found = self.line
        return Class(
            asked=self.asked,
            people=self.people,
            marks=self.marks,
            line=lambda who, question: found.get((who, question)),
            texts=lambda question: texts[question],
            solutions={},
            left_out=self.left_out,
        )


def class_of(rows: Mapping[str, str], asked: Sequence[Asked] | None = None) -> Room:
    """A class: learner → a letter for each question, `-` for nothing handed in; keyed ids are `k-` and the name."""
    count = max(map(len, rows.values()), default=0)
    questions = asked or [code_asked(f"q{number}") for number in range(count)]
    lines = [
        line_of(f"k-{who}", one.question.id, did)
        for who, row in rows.items()
        for one, did in zip(questions, row, strict=True)
        if did != "-"
    ]
    return Room(questions, {f"k-{who}": Person(who) for who in rows}, lines)


def hidden_case() -> Shown:
    """A counterexample that nobody may see."""
    return Shown(inputs={"x": HIDDEN}, expected=HIDDEN, got=HIDDEN, hidden=True)


def public_case() -> Shown:
    """One of the question's own examples."""
    return Shown(inputs={"x": "[1.0, 2.0]"}, expected="3.0", got="4.0", difference="1.0")


def written(folder: Path, of: Room, lang: Lang = "en", mode: Mode = "all") -> dict[str, str]:
    """The files of a class, by their names below the folder."""
    write_reports(folder, of.whole, lang, now=1.7e9, mode=mode)
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}
