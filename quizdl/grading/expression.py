"""Grades `expression`: maths that is the same function as the key; a wrong one is shown where it differs."""

from __future__ import annotations

from fractions import Fraction

from quizdl.errors import FormulaError, GraderError
from quizdl.formula import Node, names_of, parse, show
from quizdl.grading.equality import Sample, alike, common_ratio, compare, readable
from quizdl.grading.precise import Nothing, Outcome, Real
from quizdl.grading.verdicts import correct, misread, wrong
from quizdl.model import Answer, Asked, AskedMistake, Expression, Verdict
from quizdl.text import Text, same

_MOST_DENOMINATOR = 64
_SIGN = Text("符号が逆です。", "The sign is the other way round.")
_TOO_LARGE = Text("値が大きすぎて計算できません。", "Its values are too large to be computed.")


def grade_expression(asked: Asked, answer: Answer) -> Verdict:
    """The verdict on a typed formula.

    Raises FormulaError where the key cannot be read, GraderError where equality cannot be decided.
    """
    question = asked.question
    assert isinstance(question, Expression)  # noqa: S101 - the dispatcher's promise
    try:
        got = parse(answer.text, tuple(question.symbols), aliases=question.aliases)
    except FormulaError as error:
        return misread(answer.text, error)
    key = parse(asked.key[0], tuple(question.symbols))
    parsed = show(got)
    compared = compare(got, key, question.symbols)
    if compared.equal is None:
        raise _undecided(parsed)
    if compared.equal:
        return correct(parsed=parsed)
    if compared.refuting is None:
        return wrong(_TOO_LARGE, parsed=parsed)
    reasons, mistake = _cause(asked, question, got, key)
    shown = _shown(readable(got, key, question.symbols, compared.refuting))
    return wrong(*reasons, shown, mistake=mistake, parsed=parsed)


def _cause(asked: Asked, question: Expression, got: Node, key: Node) -> tuple[list[Text], str | None]:
    """The named mistake that this formula is, or else the factor between it and the key."""
    named = [one for one in asked.mistakes if _is(got, one, question)]
    if named:
        return ([named[0].why], named[0].id) if len(named) == 1 else ([], None)
    ratio = common_ratio(got, key, question.symbols) if names_of(key) else None
    if ratio is None:
        return [], None
    return ([_SIGN], "generic:sign") if alike(ratio, -1) else ([_factor(ratio)], "generic:factor")


def _is(got: Node, mistake: AskedMistake, question: Expression) -> bool:
    return compare(got, parse(mistake.answer[0], tuple(question.symbols)), question.symbols).equal is True


def _factor(ratio: Real) -> Text:
    """`2`, `1/4`, or six digits where it is no simple fraction."""
    exact = Fraction(str(ratio))
    near = exact.limit_denominator(_MOST_DENOMINATOR)
    times = str(near) if alike(near, exact) else _digits(ratio)
    return Text(f"正解の {times} 倍になっています。", f"It is {times} times the right answer.")


def _shown(witness: Sample) -> Text:
    """The point that refutes it, and both values there."""
    yours, right = _printed(witness.got, witness.expected), _printed(witness.expected, witness.got)
    at = ", ".join(f"{name} = {value:g}" for name, value in witness.point.items())
    if not at:
        return Text(
            f"あなたの式の値は {yours.ja}、正しい値は {right.ja} です。",
            f"Yours is {yours.en}; the right value is {right.en}.",
        )
    return Text(
        f"{at} のとき、あなたの式の値は {yours.ja}、正しい値は {right.ja} です。",
        f"At {at} yours is {yours.en}; the right value is {right.en}.",
    )


def _printed(value: Outcome, beside: Outcome) -> Text:
    """A value with as many digits as tell it from the other."""
    if value is Nothing.UNDEFINED:
        return Text("定義されません", "undefined")
    if beside is Nothing.UNDEFINED:
        return same(_digits(value))
    return same(
        next((shown for n in (6, 10) if (shown := _digits(value, n)) != _digits(beside, n)), _digits(value, 15))
    )


def _digits(value: Real, digits: int = 6) -> str:
    from mpmath import nstr  # type: ignore[import-untyped]

    return str(nstr(value, digits, strip_zeros=True)).removesuffix(".0")


def _undecided(parsed: str) -> GraderError:
    return GraderError(
        Text(f"{parsed} が正解と等しいか判定できませんでした。", f"It could not be decided whether {parsed} is right."),
        Text("別の形で書いてみてください。", "Try writing it in another form."),
    )
