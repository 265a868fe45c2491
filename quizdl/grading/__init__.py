"""Grades one answer: `grade(asked, answer)` gives the verdict, whatever the kind and whatever was typed.

Each kind has a file of its own, imported when it is first needed: a number must not wait for NumPy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec.structs import replace

from quizdl.errors import BankError, FormulaError, GraderError
from quizdl.grading.normalise import blank
from quizdl.grading.verdicts import grader_error, unreadable
from quizdl.model import Answer, Asked, Verdict
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.sandbox import Sandbox

__all__ = ["grade"]

MOST_CHARACTERS = 20_000


def grade(asked: Asked, answer: Answer, *, input_seed: int | None = None, sandbox: Sandbox | None = None) -> Verdict:
    """The verdict on one answer of any kind; what was typed never raises.

    input_seed: replays a code question's inputs; None draws fresh ones. sandbox: a warm one to run code in; without
    it a new one is started and closed. Where the grader or the bank is at fault the verdict is `grader_error`.
    Raises InputError for an input seed out of range.
    """
    if asked.question.kind == "code":
        return _code(asked, answer, input_seed, sandbox)
    began = time.perf_counter()
    try:
        verdict = _refused(answer.text) or _typed(asked, answer)
    except (FormulaError, BankError, GraderError) as error:
        verdict = grader_error(error, total=1)
    return replace(verdict, seconds=time.perf_counter() - began)


def _code(asked: Asked, answer: Answer, input_seed: int | None, sandbox: Sandbox | None) -> Verdict:
    from quizdl.grading.code import grade_code

    if sandbox is not None:
        return grade_code(asked, answer, input_seed=input_seed, sandbox=sandbox)
    from quizdl.sandbox import Sandbox

    with Sandbox() as own:
        return grade_code(asked, answer, input_seed=input_seed, sandbox=own)


def _refused(text: str) -> Verdict | None:
    if blank(text):
        return unreadable(Text("答えが空です。", "The answer is empty."))
    if len(text) > MOST_CHARACTERS:
        most = f"{MOST_CHARACTERS:,}"
        return unreadable(Text(f"答えは {most} 文字までです。", f"An answer may have at most {most} characters."))
    return None


def _typed(asked: Asked, answer: Answer) -> Verdict:
    """The verdict of the kind's own file. Raises FormulaError where the key cannot be read."""
    kind = asked.question.kind
    grade_kind: Callable[[Asked, Answer], Verdict] = getattr(import_module(f"{__name__}.{kind}"), f"grade_{kind}")
    verdict = grade_kind(asked, answer)
    if verdict.verdict == "wrong" and not verdict.feedback:
        return replace(verdict, feedback=(Text("正解ではありません。", "This is not the answer."),))
    return verdict
