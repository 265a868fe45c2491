"""Causes found in the learner's own text: one small change after which every input is right.

The changes undo what people do by accident: a sign, `//` for `/`, another axis, a transpose too many, an index one off.
What is changed are tokens, so nothing of the text is ever parsed or run out here.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quizdl.grading.ensemble import Edit, Ensemble, Search, matching
from quizdl.grading.evidence import Observed
from quizdl.grading.program import Program
from quizdl.sandbox import Result
from quizdl.text import Text

_MOST_REPAIRS = 64
_REDUCTIONS = frozenset(["sum", "mean", "max", "min", "var", "std", "prod", "argmax", "argmin", "cumsum"])
_OPENING, _CLOSING = {"(", "[", "{"}, {")", "]", "}"}
_LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True, slots=True)
class Repair:
    """One change, perhaps in several places, and the cause that it undoes. line: of the text that runs."""

    cause: str
    line: int
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: int
    line: int
    begin: int
    end: int


def repaired_causes(program: Program, seen: Observed) -> Search[dict[str, Text]]:
    """The causes whose undoing makes every case right: id → sentence."""
    text = program.whole
    own = program.own_part
    found = repairs_of(text)
    repairs = [one for one in found if all(edit.begin in own for edit in one.edits)][:_MOST_REPAIRS]
    if not repairs:
        return {}
    ensemble = Ensemble(program.function, text, tuple(repair.edits for repair in repairs))
    wanted = [Result(value=key) for key in seen.expected]
    numbers = yield from matching(ensemble, seen.cases, wanted, seen.failing)
    lines: dict[str, set[int]] = {}
    for repair in (repairs[number] for number in numbers):
        lines.setdefault(repair.cause, set()).add(program.shown(repair.line)[0])
    return {f"generic:{cause}": _told(cause, found) for cause, found in lines.items()}


def repairs_of(text: str) -> list[Repair]:
    """The changes worth trying, those that are most telling first."""
    try:
        tokens = _tokens(text)
    except (tokenize.TokenError, SyntaxError, ValueError):
        return []
    found = [repair for number in range(len(tokens)) for repair in _at(tokens, number)]
    return sorted([*found, *_everywhere(found)], key=lambda repair: _ORDER[repair.cause])


def _everywhere(found: Sequence[Repair]) -> Iterator[Repair]:
    """The same change of an axis in all places where it can be made: people are wrong consistently."""
    alike: dict[tuple[str, str], list[Repair]] = {}
    for repair in found:
        if repair.cause in ("wrong_axis", "whole_array", "sample_variance", "integer_division"):
            alike.setdefault((repair.cause, repair.edits[0].new), []).append(repair)
    for (cause, _), several in alike.items():
        if len(several) > 1:
            yield Repair(cause, several[0].line, tuple(repair.edits[0] for repair in several))


def _tokens(text: str) -> list[_Token]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return [
        _Token(
            token.string,
            token.type,
            token.start[0],
            starts[token.start[0] - 1] + token.start[1],
            starts[token.end[0] - 1] + token.end[1],
        )
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in _LAYOUT
    ]


def _at(tokens: Sequence[_Token], number: int) -> Iterator[Repair]:
    """The changes of one token and of what stands behind it."""
    here = tokens[number]
    before = tokens[number - 1] if number else here
    after = tokens[number + 1] if number + 1 < len(tokens) else here
    if here.kind == tokenize.OP:
        yield from _operator(here, before, after)
    elif here.kind == tokenize.NAME:
        yield from _name(tokens, number, here, before, after)
    elif here.kind == tokenize.NUMBER and re.fullmatch(r"\d{1,3}", here.text):
        yield from _whole_number(tokens, number, here)


def _operator(here: _Token, before: _Token, after: _Token) -> Iterator[Repair]:
    if here.text in ("//", "//="):
        yield _replaced("integer_division", here, here.text[1:])
    if here.text in ("/", "/="):
        yield _replaced("true_division", here, f"/{here.text}")
    if here.text in _OTHER_SIGN:
        binary = before.kind in (tokenize.NAME, tokenize.NUMBER) or before.text in _CLOSING
        if binary and before.text not in ("return", "in", "and", "or", "not", "if", "else"):
            yield _replaced("sign", here, _OTHER_SIGN[here.text])
        elif here.text == "-" and after.kind != tokenize.NUMBER:
            yield _replaced("sign", here, "")
    if here.text == "." and after.text == "T":
        yield Repair("transposed", here.line, (Edit(here.begin, after.end, ""),))


_OTHER_SIGN = {"+": "-", "-": "+", "+=": "-=", "-=": "+="}


def _name(tokens: Sequence[_Token], number: int, here: _Token, before: _Token, after: _Token) -> Iterator[Repair]:
    if here.text in ("mean", "sum") and before.text == ".":
        yield _replaced(*(("mean_not_sum", here, "sum") if here.text == "mean" else ("sum_not_mean", here, "mean")))
    if here.text == "exp" and after.text == "(" and (inside := _inside(tokens, number + 1)):
        negated = " ".join(token.text for token in inside)
        yield Repair("sign", here.line, (Edit(inside[0].begin, inside[-1].end, f"-({negated})"),))
    if here.text == "float16":
        yield _replaced("float16", here, "float64")
    multiplied = "@" in (before.text, after.text) and "." not in (before.text, after.text)
    passed = before.text in ("(", ",") and after.text in (")", ",") and _calls(tokens, number) in ("dot", "matmul")
    if multiplied or passed:
        yield Repair("transposed", here.line, (Edit(here.end, here.end, ".T"),))
    if here.text in ("axis", "ddof") and after.text == "=":
        yield from _keyword(tokens, number, here)
    if here.text in _REDUCTIONS and after.text == "(":
        yield from _reduction(tokens, number)


def _keyword(tokens: Sequence[_Token], number: int, here: _Token) -> Iterator[Repair]:
    """`axis=0` and `ddof=1`, with a sign perhaps."""
    value = tokens[number + 2 : number + 4]
    last = value[1] if value and value[0].text == "-" and len(value) > 1 else value[0] if value else here
    if last.kind != tokenize.NUMBER:
        return
    written = "".join(token.text for token in value[: 1 + (last is not value[0])])
    if here.text == "ddof":
        yield Repair("sample_variance", here.line, (Edit(value[0].begin, last.end, "0"),))
        return
    keeps = any(token.text == "keepdims" for token in _around(tokens, number))
    for other in ("0", "1", "-1", "None", *(() if keeps else ("-1, keepdims=True", "0, keepdims=True"))):
        if other != written:
            yield Repair("wrong_axis", here.line, (Edit(value[0].begin, last.end, other),))


def _reduction(tokens: Sequence[_Token], number: int) -> Iterator[Repair]:
    """`x.sum()`, `np.sum(x)` without an axis; `x.sum(0)` with another."""
    inside = _inside(tokens, number + 1)
    end = number + 2 + len(inside)
    if end >= len(tokens) or any(token.text == "axis" for token in inside):
        return
    closing, comma = tokens[end], ", " if inside else ""
    if len(inside) == 1 and inside[0].kind == tokenize.NUMBER:
        for other in ("0", "1", "-1"):
            if other != inside[0].text:
                yield _replaced("wrong_axis", inside[0], other)
        return
    for axis in ("axis=-1, keepdims=True", "axis=0", "axis=-1"):
        yield Repair("whole_array", closing.line, (Edit(closing.begin, closing.begin, comma + axis),))


def _whole_number(tokens: Sequence[_Token], number: int, here: _Token) -> Iterator[Repair]:
    """The end of a range, an index, a divisor that is one too small."""
    opening = _opening(tokens, number)
    if opening is None:
        return
    value, before = int(here.text), tokens[number - 1].text
    if value == 1 and before == "-" and opening > 1 and tokens[opening - 1].text == "/":
        yield _replaced("sample_variance", here, "0")
    is_range = opening > 0 and tokens[opening - 1].text in ("range", "arange")
    is_index = tokens[opening].text == "[" and opening > 0 and _ends_operand(tokens[opening - 1])
    if is_range or is_index:
        for other in (value - 1, value + 1):
            if other >= 0:
                yield _replaced("off_by_one", here, str(other))


def _ends_operand(token: _Token) -> bool:
    return token.kind == tokenize.NAME or token.text in (")", "]")


def _opening(tokens: Sequence[_Token], number: int) -> int | None:
    """The bracket that the token stands in."""
    depth = 0
    for place in range(number - 1, -1, -1):
        if tokens[place].text in _CLOSING:
            depth += 1
        elif tokens[place].text in _OPENING:
            if depth == 0:
                return place
            depth -= 1
    return None


def _inside(tokens: Sequence[_Token], opening: int) -> Sequence[_Token]:
    """What stands between a bracket and the one that closes it."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += (tokens[place].text in _OPENING) - (tokens[place].text in _CLOSING)
        if depth == 0:
            return tokens[opening + 1 : place]
    return tokens[opening + 1 :]


def _around(tokens: Sequence[_Token], number: int) -> Sequence[_Token]:
    """The arguments of the call that the token stands in."""
    opening = _opening(tokens, number)
    return () if opening is None else _inside(tokens, opening)


def _calls(tokens: Sequence[_Token], number: int) -> str:
    """The name of the function whose argument the token is."""
    opening = _opening(tokens, number)
    return tokens[opening - 1].text if opening else ""


def _replaced(cause: str, token: _Token, new: str) -> Repair:
    return Repair(cause, token.line, (Edit(token.begin, token.end, new),))


_SENTENCES = {
    "integer_division": Text(
        "// は小数部を切り捨てます。/ で割ればすべての入力で正解になります",
        "`//` cuts the decimals off; with `/` every input would be right",
    ),
    "true_division": Text(
        "/ は小数を返します。// で割ればすべての入力で正解になります",
        "`/` gives decimals; with `//` every input would be right",
    ),
    "float16": Text(
        "float16 では桁が足りません。float64 ならすべての入力で正解になります",
        "`float16` has too few digits; with `float64` every input would be right",
    ),
    "sample_variance": Text(
        "n − 1 で割っています(標本の不偏分散)。n で割ればすべての入力で正解になります",
        "It divides by n − 1, as the sample variance does; with n every input would be right",
    ),
    "mean_not_sum": Text(
        "平均ではなく和にすれば、すべての入力で正解になります",
        "With a sum in place of a mean every input would be right",
    ),
    "sum_not_mean": Text(
        "和ではなく平均にすれば、すべての入力で正解になります",
        "With a mean in place of a sum every input would be right",
    ),
    "wrong_axis": Text(
        "axis だけが違います。別の軸ならすべての入力で正解になります",
        "Only an `axis` is wrong: along another one every input would be right",
    ),
    "whole_array": Text(
        "配列全体で計算しています。軸を指定すればすべての入力で正解になります",
        "It is computed over the whole array; along one axis every input would be right",
    ),
    "transposed": Text(
        "転置が 1 つ余分か、足りません。そこだけ直せばすべての入力で正解になります",
        "One transpose is missing or too many; but for that every input would be right",
    ),
    "off_by_one": Text(
        "範囲か添字が 1 だけずれています。そこだけ直せばすべての入力で正解になります",
        "A range or an index is off by one; but for that every input would be right",
    ),
    "sign": Text(
        "符号が 1 か所だけ逆です。そこだけ直せばすべての入力で正解になります",
        "A sign is wrong in one place; but for that every input would be right",
    ),
}
_ORDER = {cause: place for place, cause in enumerate(_SENTENCES)}


def _told(cause: str, lines: set[int]) -> Text:
    """The sentence, with the line where there is only one it can be."""
    text = _SENTENCES[cause]
    if len(lines) > 1:
        return Text(f"{text.ja}。", f"{text.en}.")
    (line,) = lines
    return Text(f"{text.ja}({line} 行目)。", f"{text.en} (line {line}).")
