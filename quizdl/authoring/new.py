"""A first question from two or three facts: what its author knows, put into the form that the bank reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from quizdl.errors import FormulaError, InputError
from quizdl.formula import names_of, parse
from quizdl.model import (
    Choice,
    Code,
    CodeMistake,
    Essay,
    Expression,
    ExpressionMistake,
    Kind,
    Numeric,
    NumericMistake,
    Option,
    Order,
    OrderMistake,
    Question,
    RubricPoint,
    Shape,
    ShapeMistake,
    Term,
    TermMistake,
    Variable,
    Words,
)
from quizdl.text import Text, same

_DRAW = re.compile(r"\s*([A-Za-z]\w*)\s*=\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*", re.ASCII)
_DEF = re.compile(r"\s*(?:def\s+)?([A-Za-z_]\w*)\s*\(([\w\s,]*)\)\s*:?\s*", re.ASCII)
_WORD = re.compile(r"[a-z0-9]+", re.ASCII)
_MOST_WORDS = 4
_LEAST_WRONG = 3


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What an author says of a question. A text may have both languages, as `ja | en`.

    answer: of choice and term the right text; of numeric, expression and code a formula; of shape the axes, between
    commas; of order the steps and of essay what has to be said, between semicolons.
    wrong: what people answer instead, each with ` # why` after it. draws: `n=2..9`. function: `slope(x)`.
    """

    id: str
    kind: Kind
    chapter: str
    source: str
    prompt: str
    answer: str
    explanation: str = ""
    wrong: tuple[str, ...] = ()
    draws: tuple[str, ...] = ()
    function: str = ""


class _Wrong(msgspec.Struct, frozen=True):
    """A known wrong answer as it was said: its id, its text, and the reason."""

    id: str
    said: str
    why: Text


def question_from(facts: Facts) -> Question:
    """The question. Where any of its texts is in one language only, it is a draft. Raises InputError, FormulaError."""
    variables = dict(_draw(text) for text in facts.draws)
    fields: dict[str, Any] = {
        "id": facts.id,
        "chapter": facts.chapter,
        "source": (facts.source,),
        "prompt": both(facts.prompt),
        "explanation": both(facts.explanation) if facts.explanation else _explained(facts),
        "status": "draft" if _is_draft(facts) else None,
        "variables": variables,
        "first": {name: (one.range or (0, 0))[0] + 1 for name, one in variables.items()},
    }
    return _BUILDERS[facts.kind](facts, _wrongs(facts), fields)


def both(text: str) -> Text:
    """`ja | en`, or one text for both.

    >>> both("勾配 | gradient").en
    'gradient'
    """
    ja, bar, en = text.partition(" | ")
    return Text(ja.strip(), en.strip()) if bar else same(text.strip())


def _is_draft(facts: Facts) -> bool:
    """Whether a text of prose stands in one language only."""
    reasons = [reason for one in facts.wrong if (reason := one.partition(" # ")[2])]
    prose = [facts.prompt, facts.explanation, *reasons]
    if facts.kind in ("term", "essay"):
        prose += [*facts.answer.split(";"), *(one.partition(" # ")[0] for one in facts.wrong)]
    return any(text.strip() and " | " not in text for text in prose)


def _explained(facts: Facts) -> Text:
    if facts.kind in ("order", "essay"):
        parts = [both(part) for part in facts.answer.split(";")]
        ja, en = (" → ".join(getattr(part, lang) for part in parts) for lang in ("ja", "en"))
        return Text(f"{ja}。", f"{en}.")
    answer = both(facts.answer)
    return Text(f"正解は `{answer.ja}` です。", f"The answer is `{answer.en}`.")


def _wrongs(facts: Facts) -> list[_Wrong]:
    taken = {"key", "right"}
    found = []
    for number, text in enumerate(facts.wrong, 1):
        said, _, reason = text.partition(" # ")
        name = _name(both(reason).en if reason else both(said).en, f"wrong-{number}", taken)
        shown = both(said)
        why = both(reason) if reason else Text(f"`{shown.ja}` は誤りです。", f"`{shown.en}` is wrong.")
        found.append(_Wrong(name, said.strip(), why))
    return found


def _name(text: str, otherwise: str, taken: set[str]) -> str:
    """An id from the first words of an English text."""
    words = _WORD.findall(text.lower()) if text.isascii() else []
    name = "-".join(words[:_MOST_WORDS])
    name = otherwise if name in taken or not name[:1].isalpha() else name
    taken.add(name)
    return name


def _draw(text: str) -> tuple[str, Variable]:
    found = _DRAW.fullmatch(text)
    if not found or int(found[2]) >= int(found[3]):
        raise InputError(
            Text(f"「{text}」から変数を引けません。", f"'{text}' draws nothing."),
            Text("例: --draw n=2..9", "For example --draw n=2..9"),
        )
    return found[1], Variable(range=(int(found[2]), int(found[3])))


def _choice(facts: Facts, wrongs: Sequence[_Wrong], fields: dict[str, Any]) -> Question:
    if len(wrongs) < _LEAST_WRONG:
        raise InputError(
            Text("選択問題には誤答が 3 つ必要です。", "A choice needs three wrong answers."),
            Text("--wrong '誤答 | wrong # 理由 | why'", "--wrong '誤答 | wrong # 理由 | why'"),
        )
    right = Option(id="right", text=both(facts.answer), correct=True)
    return Choice(**fields, options=(right, *(Option(id=one.id, text=both(one.said), why=one.why) for one in wrongs)))


def _numeric(facts: Facts, wrongs: Sequence[_Wrong], fields: dict[str, Any]) -> Question:
    mistakes = tuple(NumericMistake(id=one.id, answer=one.said, why=one.why) for one in wrongs)
    return Numeric(**fields, answer=facts.answer, mistakes=mistakes)


def _shape(facts: Facts, wrongs: Sequence[_Wrong], fields: dict[str, Any]) -> Question:
    mistakes = tuple(ShapeMistake(id=one.id, answer=_axes(one.said), why=one.why) for one in wrongs)
    return Shape(**fields, answer=_axes(facts.answer), mistakes=mistakes)


def _axes(text: str) -> tuple[str, ...]:
    return tuple(axis.strip() for axis in text.strip("() ").split(",") if axis.strip())


def _expression(facts: Facts, wrongs: Sequence[_Wrong], fields: dict[str, Any]) -> Question:
    names = sorted({name for text in (facts.answer, *(one.said for one in wrongs)) for name in _symbols(text)})
    mistakes = tuple(ExpressionMistake(id=one.id, answer=one.said, why=one.why) for one in wrongs)
    values = set(fields["variables"])
    symbols = {name: "real" for name in names if name not in values}
    return Expression(**fields, symbols=symbols, answer=facts.answer, mistakes=mistakes)  # type: ignore[arg-type]


def _symbols(text: str) -> set[str]:
    try:
        return names_of(parse(text))
    except FormulaError as error:
        raise InputError(error.message, error.hint, text) from error


def _term(facts: Facts, wrongs: Sequence[_Wrong], fields: dict[str, Any]) -> Question:
    mistakes = tuple(TermMistake(id=one.id, accept=_words(one.said), why=one.why) for one in wrongs)
    return Term(**fields, accept=_words(facts.answer), mistakes=mistakes)


def _words(text: str) -> Words:
    word = both(text)
    return Words(ja=(word.ja,), en=(word.en,))


def _order(facts: Facts, _: Sequence[_Wrong], fields: dict[str, Any]) -> Question:
    """The steps; the orders that people give wrongly are the reverse and those that begin at the wrong step."""
    steps = tuple(both(step) for step in facts.answer.split(";") if step.strip())
    right = tuple(range(1, len(steps) + 1))
    backwards = OrderMistake(id="backwards", order=right[::-1], why=Text("順序が逆です。", "That is the reverse."))
    late = OrderMistake(
        id="first-step-last",
        order=(*right[1:], 1),
        why=Text("最初の手順を最後に行っています。", "The first step comes last."),
    )
    early = OrderMistake(
        id="last-step-first",
        order=(right[-1], *right[:-1]) if right else (),
        why=Text("最後の手順を最初に行っています。", "The last step comes first."),
    )
    return Order(**fields, steps=steps, mistakes=(backwards, late, early) if len(steps) > 2 else (backwards,))


def _code(facts: Facts, wrongs: Sequence[_Wrong], fields: dict[str, Any]) -> Question:
    """One blank, which the author's own answer is the reference of; every argument is drawn as three numbers."""
    found = _DEF.fullmatch(facts.function)
    if not found:
        raise InputError(
            Text(
                "コード問題には関数の名前と引数が必要です。", "A code question needs its function's name and arguments."
            ),
            Text("--function 'slope(x)'", "--function 'slope(x)'"),
        )
    name, arguments = found[1], [one.strip() for one in found[2].split(",") if one.strip()]
    return Code(
        **fields,
        function=name,
        template=f"import numpy as np\n\ndef {name}({', '.join(arguments)}):\n    return ____\n",
        answer=facts.answer,
        reference="solution",
        inputs={one: {"normal": [3]} for one in arguments},
        mistakes=tuple(CodeMistake(id=one.id, fill=one.said, why=one.why) for one in wrongs),
    )


def _essay(facts: Facts, _: Sequence[_Wrong], fields: dict[str, Any]) -> Question:
    points = [both(point) for point in facts.answer.split(";") if point.strip()]
    rubric = tuple(
        RubricPoint(id=f"point-{number}", text=text, phrases=Words(ja=(text.ja,), en=(text.en,)))
        for number, text in enumerate(points, 1)
    )
    return Essay(**fields, rubric=rubric)


_BUILDERS: dict[Kind, Callable[[Facts, Sequence[_Wrong], dict[str, Any]], Question]] = {
    "choice": _choice,
    "numeric": _numeric,
    "shape": _shape,
    "expression": _expression,
    "term": _term,
    "order": _order,
    "code": _code,
    "essay": _essay,
}
