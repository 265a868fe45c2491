"""What every submission to a question is measured by: the cases, the right results, the known mistakes.

One submission draws them for itself, once it is in hand. A batch prepares them once a question: all its learners get
the same hidden inputs, the calls are encoded once, and known mistakes run once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from quizdl.grading.behaviour import Behaviours
from quizdl.grading.evidence import Observed
from quizdl.grading.inputs import Case, simple_cases
from quizdl.grading.keys import OWN_SOLUTION, Keys, keys_of
from quizdl.grading.mistakes import MistakeTable, named_mistakes
from quizdl.grading.shrink import REDRAWN
from quizdl.model import Asked, AskedMistake, Code
from quizdl.sandbox import Sandbox
from quizdl.sandbox.packets import Packet, of_job

Recognise: TypeAlias = Callable[[Observed], list[AskedMistake]]
"""The known mistakes that give what was observed. Raises GraderError."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One question with its hidden inputs.

    packets: the calls as they are sent, behaviours: what was found out before, and table: what known mistakes give,
    where many submissions share them.
    """

    asked: Asked
    question: Code
    input_seed: int
    cases: Sequence[Case]
    keys: Keys
    expected: Sequence[object]
    recognise: Recognise
    packets: tuple[Packet, ...] = ()
    behaviours: Behaviours | None = None
    table: MistakeTable | None = None
    _simple: list[Case] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        """Whether all that is to be known of results follows from them: no key and no known mistake has to run."""
        return self.question.reference != OWN_SOLUTION and self.table is not None and self.table.is_ready

    def simple(self) -> Sequence[Case]:
        """Small cases with round numbers, to look for a counterexample among."""
        if not self._simple:
            self._simple.extend(simple_cases(self.question, self.input_seed, REDRAWN))
        return self._simple


def prepare(asked: Asked, question: Code, input_seed: int, cases: Sequence[Case], sandbox: Sandbox) -> Prepared:
    """For one submission. Raises GraderError and BankError where there are no keys: whatever was submitted."""
    keys = keys_of(asked, question, sandbox)
    recognise = partial(named_mistakes, asked, question, sandbox=sandbox)
    return Prepared(asked, question, input_seed, cases, keys, keys(cases), recognise)


def prepare_for_many(
    asked: Asked, question: Code, input_seed: int, cases: Sequence[Case], sandbox: Sandbox
) -> Prepared:
    """For a batch, as long as the sandbox lives. Raises as `prepare`."""
    keys = keys_of(asked, question, sandbox)
    table = MistakeTable(asked, question, cases, sandbox)
    packets = tuple(of_job(question.function, [case.inputs for case in cases], visible=len(question.edges)))
    return Prepared(
        asked, question, input_seed, cases, keys, keys(cases), table.recognise, packets, Behaviours(), table
    )
