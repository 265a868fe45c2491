"""Grades a backward a second time: by central differences of the learner's own forward, argument by argument.

The gradients are first compared with the engine's, like any result. Then, for an argument θ and a random direction d,
⟨gradient, d⟩ must be (L(θ + h·d) − L(θ − h·d))/2h, where L weighs the forward's outputs with the arriving gradients.
Forward and backward can thus be told apart: which of the two is wrong is what a learner wants to know.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from quizdl.errors import BankError
from quizdl.grading.compare import Array, numeric
from quizdl.grading.evidence import Failure
from quizdl.grading.inputs import Case
from quizdl.grading.program import Program
from quizdl.model import Code, GradientOf
from quizdl.sandbox import Job, Result, Sandbox
from quizdl.text import Text, same

_CASES = 6
_STEPS = (1e-5, 1e-4)
_ALIKE = 1e-4
"""Relative. What differences give in float64 is a thousand times nearer, a wrong gradient is farther off."""

_STABLE = 3e-5
_TOO_FEW_DIGITS = (np.float16, np.float32)
_ENOUGH = 2
"""An argument's gradient is wrong where so many cases say so: at a kink (of relu, of max) differences mean nothing."""

Word: TypeAlias = Literal["agrees", "differs", "unknown"]


@dataclass(frozen=True, slots=True)
class OwnGradients:
    """How the backward fits the learner's own forward.

    asked: how many arguments there are. words: for each of them. problem: why that cannot be told.
    """

    forward: str
    asked: int
    words: dict[str, Word]
    problem: Text | None = None

    @property
    def differing(self) -> list[str]:
        """The arguments whose gradient is not that of the learner's own forward."""
        return [name for name, word in self.words.items() if word == "differs"]

    @property
    def agreeing(self) -> int:
        """How many arguments nothing speaks against."""
        return 0 if self.problem else self.asked - len(self.differing)


@dataclass(frozen=True, slots=True)
class _Probe:
    """One direction in one argument of one case: the four calls that give its slope twice."""

    name: str
    case: Case
    direction: Array
    gradient: Array

    def calls(self, parameters: Sequence[str]) -> Iterator[dict[str, object]]:
        """Steps forth and back along the direction."""
        here = np.asarray(self.case.inputs[self.name], dtype=float)
        for step in _STEPS:
            for way in (step, -step):
                moved = here + way * self.direction
                changed = {**self.case.inputs, self.name: moved if moved.ndim else float(moved)}
                yield {name: changed[name] for name in parameters}


def own_gradients(
    question: Code, program: Program, cases: Sequence[Case], results: Sequence[Result], seed: int, sandbox: Sandbox
) -> OwnGradients | None:
    """What the learner's own forward says of these results; None where the question names no forward.

    Raises GraderError where the machine is at fault, BankError where the template has no such forward.
    """
    gradient = question.gradient_of
    if gradient is None or gradient.forward is None:
        return None
    forward, parameters = gradient.forward, _parameters(question, gradient.forward)
    probes = list(_probes(gradient, cases, results, np.random.RandomState(seed)))
    calls = tuple(call for probe in probes for call in probe.calls(parameters))
    run = sandbox.run(Job(program.template, program.source, forward, calls))
    if run.outcome != "ok" or len(run.results) != len(calls):
        return OwnGradients(forward, len(gradient.wrt), {}, run.message or same(run.outcome))
    errors = [result.error for result in run.results if result.error is not None]
    if errors:
        return OwnGradients(forward, len(gradient.wrt), {}, errors[0])
    each = 2 * len(_STEPS)
    votes: dict[str, list[Word]] = {name: [] for name in gradient.wrt}
    for number, probe in enumerate(probes):
        outputs = [result.value for result in run.results[each * number : each * (number + 1)]]
        votes[probe.name].append(_judged(gradient, probe, outputs))
    words = {name: _verdict(found) for name, found in votes.items()}
    return OwnGradients(forward, len(gradient.wrt), words)


def _probes(
    gradient: GradientOf, cases: Sequence[Case], results: Sequence[Result], rng: np.random.RandomState
) -> Iterator[_Probe]:
    """Random cases alone: the author's edges may lie on kinks on purpose."""
    drawn = [(case, result) for case, result in zip(cases, results, strict=True) if not case.edge][:_CASES]
    for case, result in drawn:
        for name, found in zip(gradient.wrt, each_gradient(gradient, result.value), strict=False):
            here, given = numeric(case.inputs[name]), numeric(found)
            if here is not None and given is not None and here.dtype.kind == "f" and given.shape == here.shape:
                direction = np.asarray(rng.standard_normal(here.shape))
                yield _Probe(name, case, direction, given.astype(float))


def each_gradient(gradient: GradientOf, value: object) -> Sequence[object]:
    """The results one by one; a single gradient is returned bare."""
    if len(gradient.wrt) == 1 and not isinstance(value, tuple | list):
        return (value,)
    return value if isinstance(value, tuple | list) else ()


def _judged(gradient: GradientOf, probe: _Probe, outputs: Sequence[object]) -> Word:
    weights = [np.asarray(probe.case.inputs[name]) for name in gradient.upstream]
    losses = [_loss(output, weights) for output in outputs]
    if any(loss is None for loss in losses):
        return "unknown"
    with np.errstate(all="ignore"):
        forth, back, far_forth, far_back = (np.float64(loss) for loss in losses if loss is not None)
        slope, far = (forth - back) / (2 * _STEPS[0]), (far_forth - far_back) / (2 * _STEPS[1])
        claimed = np.sum(probe.gradient * probe.direction)
        size = max(abs(slope), abs(claimed), 1e-6 * (1 + abs(forth)))
        if not np.isfinite(slope) or not abs(slope - far) <= _STABLE * size:
            return "unknown"  # a kink, chance in the forward, or too few digits
        return "agrees" if abs(claimed - slope) <= _ALIKE * size else "differs"


def _loss(output: object, weights: Sequence[Array]) -> float | None:
    """The outputs weighed with the gradients that arrive at them; a loss by itself where none do.

    None where they are not of the right shape, or have too few digits to tell one step from the next.
    """
    outputs = output if isinstance(output, tuple | list) else (output,)
    arrays = [numeric(one) for one in outputs[: max(len(weights), 1)]]
    if len(arrays) < max(len(weights), 1) or any(array is None for array in arrays):
        return None
    total = 0.0
    for number, array in enumerate(arrays):
        weight = weights[number] if weights else np.ones(())
        if array is None or (weights and array.shape != weight.shape) or array.dtype in _TOO_FEW_DIGITS:
            return None
        total += float(np.sum(array.astype(float) * weight))
    return total


def _verdict(words: Sequence[Word]) -> Word:
    against, known = words.count("differs"), len(words) - words.count("unknown")
    if not known:
        return "unknown"
    return "differs" if against >= min(_ENOUGH, known) else "agrees"


def _parameters(question: Code, function: str) -> tuple[str, ...]:
    """The forward's arguments, as the template names them."""
    for statement in ast.parse(question.template.replace("____", "None")).body:
        if isinstance(statement, ast.FunctionDef) and statement.name == function:
            return tuple(argument.arg for argument in statement.args.args)
    raise BankError(
        Text(f"template に関数 {function} がありません。", f"The template defines no function {function}."),
        where=question.place or None,
    )


# --- what is said of them -------------------------------------------------------------------------------------------


def told_by_argument(question: Code, failures: Sequence[Failure]) -> list[Text]:
    """Which arguments' gradients differ from the engine's, and which are right."""
    gradient = question.gradient_of
    wrong = wrong_arguments(gradient, failures) if gradient else []
    if gradient is None or len(gradient.wrt) < 2 or not wrong:
        return []
    right = [name for name in gradient.wrt if name not in wrong]
    names, others = ", ".join(wrong), ", ".join(right)
    said = Text(f"{others} の勾配は合っています。", f" Right: {others}.") if right else same("")
    return [Text(f"勾配が違うのは {names} です。{said.ja}", f"Wrong gradients: {names}.{said.en}")]


def wrong_arguments(gradient: GradientOf, failures: Sequence[Failure]) -> list[str]:
    """The arguments whose gradient differs on some case; none where the results are not one for each."""
    wrong = set()
    for failure in failures:
        if failure.difference is None or (len(gradient.wrt) > 1 and not failure.difference.place):
            return []
        wrong |= {gradient.wrt[place] for place in failure.wrong_places if place < len(gradient.wrt)}
    return [name for name in gradient.wrt if name in wrong]


def told_by_forward(own: OwnGradients | None, *, right: bool) -> list[Text]:
    """What the learner's own forward adds. right: the gradients are the engine's."""
    if own is None:
        return []
    name = own.forward
    if own.problem is not None:
        problem = own.problem
        return [
            Text(
                f"あなたの {name} を数値微分できませんでした: {problem.ja}",
                f"Your own `{name}` could not be differentiated: {problem.en}",
            )
        ]
    names = ", ".join(own.differing)
    if names and right:
        return [
            Text(
                f"勾配は正解ですが、あなたの {name} を数値微分した値とは {names} で一致しません。"
                f"{name} を見直してください。",
                f"The gradients are right, but they are not the numeric ones of your own `{name}`, for {names}: "
                f"check `{name}`.",
            )
        ]
    if names:
        return [
            Text(
                f"あなたの {name} を数値微分した値とも、{names} の勾配が一致しません。",
                f"They are not the numeric gradients of your own `{name}` either, for {names}.",
            )
        ]
    if right or set(own.words.values()) != {"agrees"}:
        return []
    return [
        Text(
            f"あなたの {name} を数値微分した値とは一致します。誤りは {name} のほうにありそうです。",
            f"They are the numeric gradients of your own `{name}`: the fault seems to lie in `{name}`.",
        )
    ]
