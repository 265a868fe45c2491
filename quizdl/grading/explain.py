"""Turns what a submission did into a verdict that says why, and what to look at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Literal, TypeAlias

from msgspec.structs import replace

from quizdl.errors import GraderError
from quizdl.grading.diagnose import diagnose
from quizdl.grading.ensemble import found_by
from quizdl.grading.evidence import Failure, Observed, all_right, mutation_note
from quizdl.grading.gradients import OwnGradients, own_gradients, told_by_argument, told_by_forward
from quizdl.grading.prepared import Prepared
from quizdl.grading.program import BLANK, Program
from quizdl.grading.pursuit import Pursuit
from quizdl.grading.reasons import by_results
from quizdl.grading.repairs import repaired_causes
from quizdl.grading.verdicts import pointed
from quizdl.model import Code, Verdict
from quizdl.sandbox import Run, Sandbox
from quizdl.sanitise import printable
from quizdl.text import Text, same

Path: TypeAlias = tuple[tuple[int, str], ...]
"""Lines of the learner's text, each with its function."""

Aspect = Literal["shape", "values", "edges"]
Stop = Literal["syntax_error", "runtime_error", "timeout", "memory_limit", "output_limit", "forbidden"]

_COLUMN = re.compile(r"^Syntax error \(line \d+, column (\d+)\)")


@dataclass(frozen=True, slots=True)
class Sitting:
    """One submission that has run, with all it takes to say what came of it. pursuit: what was found out meanwhile."""

    prepared: Prepared
    program: Program
    sandbox: Sandbox
    run: Run
    pursuit: Pursuit

    @property
    def question(self) -> Code:
        """The question, as its author wrote it."""
        return self.prepared.question

    def finished(self, failures: Sequence[Failure | None], smallest: Failure | None) -> Verdict:
        """It ran to its end. What the learner's own forward says counts like one more case for each argument.

        failures: one for each case, None where it is right. smallest: the one to show.
        """
        cases, seed = self.prepared.cases, self.prepared.input_seed
        own = own_gradients(self.question, self.program, cases, self.run.results, seed, self.sandbox)
        verdict = self.passed(len(cases), own) if smallest is None else self.failed(failures, smallest, own)
        right, all_of_them = (own.agreeing, own.asked) if own else (0, 0)
        return replace(verdict, passed=verdict.passed + right, total=verdict.total + all_of_them)

    def passed(self, count: int, own: OwnGradients | None) -> Verdict:
        """Every case is right; the gradients may still not be those of the learner's own forward."""
        found = told_by_forward(own, right=True)
        if not found:
            return all_right(count, self.run.results)
        feedback = (*found, *mutation_note(self.run.results), *self._output())
        return Verdict(verdict="wrong", score=0.0, passed=count, total=count, feedback=feedback)

    def stopped(self, outcome: Stop) -> Verdict:
        """The process did not come to its end: a limit, a wall, or code that cannot be loaded."""
        told = self.run.message or _STOPPED[outcome]
        path = () if outcome == "syntax_error" else self.run.path or _place(self.run.line)
        feedback = (told, *self._pointed_at(told), *self._lines_of(told, path), *self._output())
        return Verdict(verdict=outcome, score=0.0, passed=0, total=0, feedback=feedback)

    def failed(self, failures: Sequence[Failure | None], shown: Failure, own: OwnGradients | None) -> Verdict:
        """Some case is wrong: say why, and show one that is easy to read."""
        wrong = [failure for failure in failures if failure is not None]
        credited = earned(self.question, failures)
        score = len(credited) / max(len(self.question.aspects), 1)
        mistake, cause = self._cause(self.pursuit.observed, wrong)
        told = diagnose(shown, self.question.gradient_of)
        return Verdict(
            verdict="partial" if score else "runtime_error" if wrong[0].error else "wrong",
            score=score,
            passed=len(failures) - len(wrong),
            total=len(failures),
            mistake=mistake,
            feedback=(
                _counted(wrong, len(failures)),
                *_credited(credited),
                *told_by_argument(self.question, wrong),
                *cause,
                *(told[:1] if mistake else told),
                *told_by_forward(own, right=False),
                *self._about_error(wrong[0]),
                *mutation_note(self.run.results),
                *self._output(),
            ),
            counterexample=shown.counterexample,
        )

    def _cause(self, seen: Observed, wrong: Sequence[Failure]) -> tuple[str | None, tuple[Text, ...]]:
        """A named mistake, else a generic cause; a word where several fit or, of wrong values, none does."""
        try:
            found = self._causes(seen, wrong)
        except GraderError:  # the verdict stands without a name
            return None, ()
        if len(found) == 1:
            return next((name, (text,)) for name, text in found.items())
        if found:
            return None, (_several(found),)
        return None, () if wrong[0].error is not None else (_NO_KNOWN_CAUSE,)

    def _causes(self, seen: Observed, wrong: Sequence[Failure]) -> dict[str, Text]:
        """What explains every result, the most particular kind of explanation that there is: id → sentence."""
        find = partial(by_results, self.prepared, seen, wrong, self.run.stdout, self.sandbox)
        if self.pursuit.is_slow:
            return find()[0]
        behaviours = self.prepared.behaviours
        found, is_all = find() if behaviours is None else behaviours.causes(self.pursuit.gave, self.run.stdout, find)
        if is_all:
            return found
        repaired = self.pursuit.repaired
        if repaired is None:
            repaired = found_by(repaired_causes(self.program, seen), self.sandbox)
        return {**found, **repaired}

    def _about_error(self, first: Failure) -> list[Text]:
        """The line that raised, or the blank that it stumbled over."""
        if first.error is None:
            return []
        return self._lines_of(first.error, first.path or _place(first.line))

    def _lines_of(self, told: Text, path: Path) -> list[Text]:
        """The lines that an error passed through, the innermost last; or the blank that is still there."""
        numbers = [number for number, _ in groupby(path, lambda step: step[0])]  # a comprehension calls on its own line
        lines = {number: printable(self.program.line(number).strip(), 120) for number in numbers}
        known = [(number, lines[number]) for number in numbers if lines[number]]
        if len(known) > 1:
            calls = "\n".join(f"{number:>4}  {line}" for number, line in known)
            through = Text(f"エラーが通った行(最後の行で発生):\n{calls}", f"The lines it rose through:\n{calls}")
            return self._blank_left(told) or [through]
        return self._blank_left(told) or [same(f"> {line}") for _, line in known]

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


def _credited(aspects: Sequence[Aspect]) -> list[Text]:
    """Which aspects earned a partial mark."""
    if not aspects:
        return []
    names = [_ASPECTS[aspect] for aspect in aspects]
    ja, en = "、".join(name.ja for name in names), ", ".join(name.en for name in names)
    return [Text(f"部分点がつきます: {ja}", f"Partial credit for: {en}.")]


def _place(line: int | None) -> Path:
    return () if line is None else ((line, ""),)


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


def _several(found: Mapping[str, Text]) -> Text:
    """More than one cause explains everything: all are said, none is named."""
    told = list(found.values())[:_MOST_CAUSES]
    ja, en = "".join(f"\n- {text.ja}" for text in told), "".join(f"\n- {text.en}" for text in told)
    return Text(
        f"すべての入力に当てはまる原因が複数あり、1 つに絞れません。{ja}",
        f"Several causes explain every input, so none is named.{en}",
    )


_MOST_CAUSES = 4
_NO_KNOWN_CAUSE = Text(
    "すべての入力を説明できる、よくある原因は見つかりませんでした。",
    "No common cause explains every input.",
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
