"""One variant of a question: values drawn by seed, texts filled in, the key computed, options shuffled.

Every draw comes from `random.Random(f"{seed}:{id}").random()`, the one method whose stream Python keeps stable: the
same seed gives the same variant on every machine. Seed 0 takes the author's `first` instead, and is shuffled as well.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from typing import TypeAlias, TypeVar

from quizdl.bank.figures import figure_of
from quizdl.bank.keys import key_of, mistakes_of
from quizdl.bank.kinds import is_right_order
from quizdl.bank.placeholders import fill, fill_text
from quizdl.bank.values import Values, compute, holds
from quizdl.errors import BankError
from quizdl.model import Asked, AskedMistake, AskedOption, Choice, Order, Question, Variable
from quizdl.text import Text

T = TypeVar("T")
Draw: TypeAlias = Callable[[], float]

MOST_DRAWS = 1_000


def ask(question: Question, seed: int) -> Asked:
    """The variant of `question` that `seed` picks; seed 0 is the author's `first`.

    Raises BankError where `where` cannot be met in 1,000 draws, or the key cannot be computed.
    """
    draw = random.Random(f"{seed}:{own_id(question)}").random  # noqa: S311 - chance for learning, not for secrets
    values = _values(question, seed, draw)
    return Asked(
        question=question,
        seed=seed,
        values=values,
        prompt=fill_text(question.prompt, values),
        explanation=fill_text(question.explanation, values),
        hints=tuple(fill_text(hint, values) for hint in question.hints),
        stem=question.set.stem if question.set else None,
        code=_listing(question, values),
        figure=figure_of(question, values),
        key=key_of(question, values),
        options=_options(question, values, draw),
        mistakes=tuple(
            AskedMistake(id=mistake.id, answer=mistake.answer, why=fill_text(mistake.why, values))
            for mistake in mistakes_of(question, values)
        ),
    )


def own_id(question: Question) -> str:
    """The id as its author wrote it: a bank asks the same whatever its folder is called."""
    return question.id.rpartition(".")[2]


def _values(question: Question, seed: int, draw: Draw) -> Values:
    """The variables' values and those computed from them."""
    if not question.variables:
        return compute(question, {})
    if seed == 0:
        return _first(question)
    for _ in range(MOST_DRAWS):
        drawn = {name: _drawn(variable, draw) for name, variable in question.variables.items()}
        values = holds(question, drawn)
        if values is not None:
            return values
    raise BankError(
        Text(
            f"{question.id}: {MOST_DRAWS} 回引いても where を満たす値がありません。",
            f"{question.id}: {MOST_DRAWS} draws met no values for which `where` holds.",
        ),
        Text("variables の範囲か where を緩めてください。", "Widen the variables, or loosen `where`."),
        question.place or None,
    )


def _first(question: Question) -> Values:
    values = holds(question, question.first)
    if values is None:
        raise BankError(
            Text(
                f"{question.id}: first が where を満たしません。", f"{question.id}: `where` does not hold for `first`."
            ),
            Text("first か where を直してください。", "Mend `first` or `where`."),
            question.place or None,
        )
    return values


def _drawn(variable: Variable, draw: Draw) -> int | float | str:
    if variable.range is not None:
        low, high = variable.range
        return low + int(draw() * (high - low + 1))
    if variable.choice is not None:
        return variable.choice[int(draw() * len(variable.choice))]
    low_end, high_end = variable.uniform or (0.0, 0.0)
    return round(low_end + draw() * (high_end - low_end), variable.digits)


def _listing(question: Question, values: Mapping[str, int | float | str]) -> str | None:
    """The shared code of the set above the question's own."""
    shared = question.set.code if question.set else None
    parts = [part for part in (shared, question.code) if part is not None]
    return fill("\n".join(parts), values) if parts else None


def _options(question: Question, values: Values, draw: Draw) -> tuple[AskedOption, ...]:
    if isinstance(question, Choice):
        return lettered(shuffled(_distinct(question, values), draw))
    if isinstance(question, Order):
        steps = [AskedOption(letter="", id=str(n), text=fill_text(t, values)) for n, t in enumerate(question.steps, 1)]
        return lettered(_disordered(steps, question, draw))
    return ()


def _distinct(question: Choice, values: Values) -> list[AskedOption]:
    """The options, without the wrong ones that read like a right one or like an earlier wrong one on this draw."""
    options = [
        AskedOption(
            letter="",
            id=option.id,
            text=fill_text(option.text, values),
            correct=option.correct,
            why=option.why and fill_text(option.why, values),
        )
        for option in question.options
    ]
    seen = {text for option in options if option.correct for text in (option.text.ja, option.text.en)}
    kept = []
    for option in options:
        if option.correct or seen.isdisjoint((option.text.ja, option.text.en)):
            kept.append(option)
        seen |= {option.text.ja, option.text.en}
    return kept


def _disordered(steps: list[AskedOption], question: Order, draw: Draw) -> list[AskedOption]:
    """The steps in an order that is not right: one that scores full marks would give the answer away."""
    for _ in range(MOST_DRAWS):
        order = shuffled(steps, draw)
        if not is_right_order([int(step.id) for step in order], question.free):
            return order
    return steps[::-1]


def shuffled(items: Sequence[T], draw: Draw) -> list[T]:
    """The items in an order drawn by Fisher and Yates's method, from `draw` alone."""
    result = list(items)
    for last in range(len(result) - 1, 0, -1):
        other = int(draw() * (last + 1))
        result[last], result[other] = result[other], result[last]
    return result


def lettered(options: Sequence[AskedOption]) -> tuple[AskedOption, ...]:
    """The options with the letters A, B, C, … in the order they are shown."""
    return tuple(
        AskedOption(letter=letter, id=option.id, text=option.text, correct=option.correct, why=option.why)
        for letter, option in zip(ascii_uppercase, options, strict=False)
    )
