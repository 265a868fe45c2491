"""What may be said of a submission while others can still hand in: how it does on the question's own examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quizdl.grading.evidence import Failure
from quizdl.model import Counterexample
from quizdl.text import Text


@dataclass(frozen=True, slots=True)
class PublicView:
    """passed, total: of the examples. example: one that is wrong. feedback: tells nothing of hidden inputs."""

    passed: int
    total: int
    feedback: tuple[Text, ...]
    example: Counterexample | None = None


def of_examples(failures: Sequence[Failure | None]) -> PublicView:
    """The view of a submission that ran to its end. failures: of the examples alone, None for each that is right."""
    total, wrong = len(failures), [failure for failure in failures if failure is not None]
    right = total - len(wrong)
    counted = Text(f"公開の例 {total} 件中 {right} 件で正解です。", f"Right on {right} of {total} public examples.")
    if not wrong:
        return PublicView(right, total, (counted if total else _NO_EXAMPLES,))
    said = [wrong[0].error] if wrong[0].error is not None else []
    return PublicView(right, total, (counted, *said), wrong[0].counterexample)


def of_stopped(examples: int, feedback: tuple[Text, ...]) -> PublicView:
    """The view of a submission that did not run to its end, which no input alone explains."""
    return PublicView(0, examples, feedback)


_NO_EXAMPLES = Text(
    "この問題に公開の例はありません。結果は締切後に分かります。",
    "This question has no public examples; the result is told after the deadline.",
)
