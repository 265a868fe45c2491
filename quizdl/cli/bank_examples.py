"""Public examples of code questions for a notebook: the author's edges and a few small draws, with their results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quizdl.errors import BankError, GraderError

if TYPE_CHECKING:
    from quizdl.exchange.parcel import Example, Examples
    from quizdl.model import Code
    from quizdl.sandbox import Sandbox

DRAWN = 4
_SEED = 0


@contextmanager
def public_examples() -> Iterator[Examples]:
    """What finds them. A bank's own solutions run in the sandbox, and only where it isolates well enough."""
    from quizdl.sandbox import Sandbox

    with Sandbox() as sandbox:
        yield lambda question: _examples(question, sandbox)


def _examples(question: Code, sandbox: Sandbox) -> Sequence[Example]:
    """None where the question has no right results to show: a fault of the bank that its check names."""
    from quizdl.bank import ask
    from quizdl.exchange.parcel import Example
    from quizdl.grading.inputs import draw_cases, simple_cases
    from quizdl.grading.keys import OWN_SOLUTION, keys_of

    if question.reference == OWN_SOLUTION:
        sandbox.require("L2")
    try:
        cases = [*draw_cases(question, _SEED, 0), *simple_cases(question, _SEED, DRAWN)]
        expected = keys_of(ask(question, 0), question, sandbox)(cases)
    except (BankError, GraderError):
        return ()
    return [Example(case.inputs, right) for case, right in zip(cases, expected, strict=True)]
