"""Turns what a submission did into a verdict that says why, and what to look at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from quizdl.errors import GraderError
from quizdl.grading.causes import generic_cause
from quizdl.grading.diagnose import diagnose
from quizdl.grading.evidence import Failure, failures_among
from quizdl.grading.inputs import Case
from quizdl.grading.keys import Keys
from quizdl.grading.mistakes import named_mistake
from quizdl.grading.program import BLANK, Program
from quizdl.grading.shrink import counterexample, shrink
from quizdl.grading.verdicts import pointed
from quizdl.model import Asked, Code, Verdict
from quizdl.sandbox import Run, Sandbox
from quizdl.sanitise import printable
from quizdl.text import Text, same

Aspect = Literal["shape", "values", "edges"]
Stop = Literal["syntax_error", "runtime_error", "timeout", "memory_limit", "output_limit", "forbidden"]

_COLUMN = re.compile(r"^Syntax error \(line \d+, column (\d+)\)")
_SHRINK_BELOW_SECONDS = 0.5
"""A submission slower than this is not run again and again to find a smaller counterexample."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """One submission that has run, with all it takes to say what came of it."""

    asked: Asked
    question: Code
    program: Program
    seed: int
    sandbox: Sandbox
    keys: Keys
    run: Run

    def passed(self, cases: Sequence[Case]) -> Verdict:
        """Every case is right."""
        count = len(cases)
        told = Text(f"{count} 件の入力すべてで正解です。", f"Right on all {count} inputs.")
        return Verdict(verdict="correct", score=1.0, passed=count, total=count, feedback=(told, *self._mutation()))

    def stopped(self, outcome: Stop) -> Verdict:
        """The process did not come to its end: a limit, a wall, or code that cannot be loaded."""
        told = self.run.message or _STOPPED[outcome]
        feedback = (told, *self._pointed_at(told), *self._blank_left(told), *self._output())
        return Verdict(verdict=outcome, score=0.0, passed=0, total=0, feedback=feedback)

    def failed(self, cases: Sequence[Case], failures: Sequence[Failure | None]) -> Verdict:
        """Some case is wrong: say why, and show one that is easy to read."""
        wrong = [failure for failure in failures if failure is not None]
        score = len(earned(self.question, failures)) / max(len(self.question.aspects), 1)
        shown = self._shrunk(wrong[0])
        mistake, cause = self._cause(cases, wrong)
        told = diagnose(shown)
        return Verdict(
            verdict="partial" if score else "runtime_error" if wrong[0].error else "wrong",
            score=score,
            passed=len(failures) - len(wrong),
            total=len(failures),
            mistake=mistake,
            feedback=(
                _counted(wrong, len(failures)),
                *self._credited(failures),
                *cause,
                *(told[:1] if cause else told),
                *self._about_error(wrong[0]),
                *self._mutation(),
                *self._output(),
            ),
            counterexample=counterexample(shown),
        )

    def _credited(self, failures: Sequence[Failure | None]) -> list[Text]:
        """Which aspects earned a partial mark."""
        names = [_ASPECTS[aspect] for aspect in earned(self.question, failures)]
        if not names:
            return []
        ja, en = "、".join(name.ja for name in names), ", ".join(name.en for name in names)
        return [Text(f"部分点がつきます: {ja}", f"Partial credit for: {en}.")]

    def _cause(self, cases: Sequence[Case], wrong: Sequence[Failure]) -> tuple[str | None, tuple[Text, ...]]:
        """A named mistake, else a generic cause."""
        try:
            named = named_mistake(self.asked, self.question, cases, self.run.results, self.sandbox)
        except GraderError:  # the verdict stands without a name
            named = None
        if named is not None:
            return named.id, (_matched(named.why),)
        found = generic_cause(wrong, self.run.stdout)
        return (found[0], (found[1],)) if found else (None, ())

    def _shrunk(self, first: Failure) -> Failure:
        if self.run.seconds > _SHRINK_BELOW_SECONDS:
            return first
        return shrink(self.question, first, self._failures, self.seed)

    def _failures(self, cases: Sequence[Case]) -> list[Failure]:
        try:
            expected = self.keys(cases)
            run = self.sandbox.run(self.program.job(cases))
        except GraderError:  # a counterexample that is not shrunk serves too
            return []
        if run.outcome != "ok" or len(run.results) != len(cases):
            return []
        return [failure for failure in failures_among(cases, expected, run.results) if failure is not None]

    def _about_error(self, first: Failure) -> list[Text]:
        """The line that raised, or the blank that it stumbled over."""
        if first.error is None:
            return []
        line = self.program.line(first.line)
        return self._blank_left(first.error) or ([same(f"> {printable(line.strip(), 120)}")] if line else [])

    def _blank_left(self, told: Text) -> list[Text]:
        if BLANK not in told.en or BLANK.encode() not in self.program.source:
            return []
        return [Text(f"空欄 {BLANK} がまだ残っています。", f"The blank {BLANK} is still there.")]

    def _pointed_at(self, told: Text) -> list[Text]:
        """The line that cannot be read, with a caret under the place."""
        line = self.program.line(self.run.line)
        if self.run.outcome != "syntax_error" or not line:
            return []
        found = _COLUMN.search(told.en)
        indent = len(line) - len(line.lstrip())
        # Python names no column where the text ends too early
        here = pointed(line[indent:], max(int(found[1]) - 1 - indent, 0) if found else len(line) - indent)
        return [Text(f"場所:\n{here}", f"The place:\n{here}")]

    def _mutation(self) -> list[Text]:
        if not any(result.mutated for result in self.run.results):
            return []
        return [
            Text(
                "引数の配列を書き換えています。採点には影響しませんが、呼び出し側の値も変わります。",
                "It changes its argument in place: no fault here, but the caller's array changes too.",
            )
        ]

    def _output(self) -> list[Text]:
        """What it printed on the cases that may be shown, for a learner who is looking for the fault."""
        if not self.run.stdout.strip():
            return []
        shown = printable(self.run.stdout.strip())
        return [Text(f"表示された内容(公開の入力のみ):\n{shown}", f"It printed (on the visible inputs only):\n{shown}")]


def earned(question: Code, failures: Sequence[Failure | None]) -> list[Aspect]:
    """The question's aspects that are right where some case is wrong.

    `shape` and `values` are about the random cases, and about the edges too where `edges` is no aspect of its own.
    """
    wrong = [failure for failure in failures if failure is not None]
    ordinary = [failure for failure in wrong if not (failure.case.edge and "edges" in question.aspects)]
    right: dict[Aspect, bool] = {
        "shape": all(failure.has_right_form for failure in ordinary),
        "values": not ordinary,
        "edges": not any(failure.case.edge for failure in wrong),
    }
    return [aspect for aspect in question.aspects if right[aspect]]


def _counted(wrong: Sequence[Failure], total: int) -> Text:
    count = len(wrong)
    if wrong[0].error is not None:
        raised = sum(failure.error is not None for failure in wrong)
        return Text(
            f"{total} 件中 {raised} 件の入力で例外が発生しました。",
            f"It raised an exception on {raised} of {total} inputs.",
        )
    return Text(
        f"{total} 件中 {count} 件の入力で結果が違います。", f"The result is wrong on {count} of {total} inputs."
    )


def _matched(why: Text) -> Text:
    return Text(
        f"すべての入力で、よくある誤りと同じ結果です。{why.ja}",
        f"On every input the result equals that of a known mistake. {why.en}",
    )


_ASPECTS: dict[Aspect, Text] = {
    "shape": Text("形", "the shape"),
    "values": Text("値", "the values"),
    "edges": Text("特別な入力", "the special inputs"),
}

_STOPPED: dict[Stop, Text] = {
    "syntax_error": Text("Python の文法として読めません。", "It cannot be read as Python."),
    "runtime_error": Text("実行中に終了しました。", "It ended while running."),
    "timeout": Text("時間の上限を超えました。", "It took longer than the time limit."),
    "memory_limit": Text("メモリの上限を超えました。", "It used more than the memory limit."),
    "output_limit": Text("出力の上限を超えました。", "It wrote more than the output limit."),
    "forbidden": Text("許可されていない操作が行われました。", "It tried something that is not allowed."),
}
