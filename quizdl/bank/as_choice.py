"""The exam form of a question: choose one of four, with the known mistakes as distractors."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from quizdl.bank.kinds import RIGHT_ID
from quizdl.bank.placeholders import plain
from quizdl.bank.variants import lettered, own_id, shuffled
from quizdl.model import (
    Asked,
    AskedMistake,
    AskedOption,
    Choice,
    Code,
    Expression,
    Numeric,
    Option,
    Order,
    Question,
    Shape,
    Term,
)
from quizdl.text import Text, same

MOST_DISTRACTORS = 3
_PARENTS_FIELDS = frozenset(Choice.__struct_fields__) - {"options"}


def as_choice(asked: Asked) -> Asked | None:
    """`asked` as a choice between its key and at most three of its mistakes; None where it has no such form.

    A choice is its own exam form. Essays and whole functions have none, nor has a draw that keeps no mistake.
    Which mistakes, and in which order the options stand, follows from the seed.
    """
    question = asked.question
    if isinstance(question, Choice):
        return asked
    show = _SHOWN.get(type(question))
    wrong = [mistake for mistake in asked.mistakes if _fits(question, mistake)]
    if show is None or not wrong or (isinstance(question, Code) and question.answer is None):
        return None
    draw = random.Random(f"{asked.seed}:{own_id(question)}").random  # noqa: S311 - chance for learning, not for secrets
    chosen = shuffled(wrong, draw)[:MOST_DISTRACTORS]
    texts = show(asked, [_right(asked), *chosen])
    options = [
        AskedOption(letter="", id=mistake.id, text=text, correct=mistake.id == RIGHT_ID, why=_why(mistake))
        for mistake, text in zip((_right(asked), *chosen), texts, strict=True)
    ]
    return msgspec.structs.replace(
        asked,
        question=_choice(question, options),
        prompt=_prompt(asked),
        key=(RIGHT_ID,),
        options=lettered(shuffled(options, draw)),
        mistakes=(),
        code=_listing(asked),
        form_of=question.kind,
    )


def _right(asked: Asked) -> AskedMistake:
    return AskedMistake(id=RIGHT_ID, answer=asked.key, why=same(""))


def _why(mistake: AskedMistake) -> Text | None:
    return None if mistake.id == RIGHT_ID else mistake.why


def _fits(question: Question, mistake: AskedMistake) -> bool:
    """A patched program is no option beside a fill of one line."""
    return not (isinstance(question, Code) and "\n" in mistake.answer[0])


def _choice(question: Question, options: Sequence[AskedOption]) -> Choice:
    """A choice question with everything but its kind from `question`."""
    common: dict[str, Any] = {name: getattr(question, name) for name in _PARENTS_FIELDS}
    written = tuple(Option(id=one.id, text=one.text, correct=one.correct, why=one.why) for one in options)
    return Choice(**common, options=written)


def _listing(asked: Asked) -> str | None:
    """The template with its blank, under the listing that the question already shows."""
    if not isinstance(asked.question, Code):
        return asked.code
    return "\n".join(part for part in (asked.code, asked.question.template) if part)


def _prompt(asked: Asked) -> Text:
    """The prompt; steps to be ordered are listed under it, numbered as they were shuffled."""
    if not isinstance(asked.question, Order):
        return asked.prompt
    steps = [(number, option.text) for number, option in enumerate(asked.options, 1)]
    ja = "\n".join(f"{number}. {text.ja}" for number, text in steps)
    en = "\n".join(f"{number}. {text.en}" for number, text in steps)
    return Text(f"{asked.prompt.ja.rstrip()}\n\n{ja}", f"{asked.prompt.en.rstrip()}\n\n{en}")


def _numbers(asked: Asked, answers: Sequence[AskedMistake]) -> list[Text]:
    """Numbers with as few digits as keep the options apart, six at least."""
    values = [float(one.answer[0]) for one in answers]
    unit = asked.question.unit if isinstance(asked.question, Numeric) else None
    for digits in (6, 8, 10, 12, 17):
        shown = [_digits(value, digits) for value in values]
        if len(set(shown)) == len(shown):
            break
    return [Text(f"{text} {unit.ja}", f"{text} {unit.en}") if unit else same(text) for text in shown]


def _digits(value: float, digits: int) -> str:
    """A whole number in full, another with so many significant digits."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else plain(float(format(value, f".{digits}g")))


def _shapes(asked: Asked, answers: Sequence[AskedMistake]) -> list[Text]:
    return [same(f"({', '.join(one.answer)}{',' if len(one.answer) == 1 else ''})") for one in answers]


def _code(asked: Asked, answers: Sequence[AskedMistake]) -> list[Text]:
    """Formulas and fills, set as code."""
    return [same(f"`{one.answer[0]}`") for one in answers]


def _terms(asked: Asked, answers: Sequence[AskedMistake]) -> list[Text]:
    """The first accepted word of each language."""
    question = asked.question
    if not isinstance(question, Term):
        raise TypeError(question.kind)
    accepted = {RIGHT_ID: question.accept, **{mistake.id: mistake.accept for mistake in question.mistakes}}
    return [Text(accepted[one.id].ja[0], accepted[one.id].en[0]) for one in answers]


def _orders(asked: Asked, answers: Sequence[AskedMistake]) -> list[Text]:
    """The numbers under which the prompt lists the steps."""
    numbers = {option.id: str(number) for number, option in enumerate(asked.options, 1)}
    return [same(" → ".join(numbers[step] for step in one.answer)) for one in answers]


_SHOWN: dict[type, Callable[[Asked, Sequence[AskedMistake]], list[Text]]] = {
    Numeric: _numbers,
    Shape: _shapes,
    Expression: _code,
    Term: _terms,
    Order: _orders,
    Code: _code,
}
