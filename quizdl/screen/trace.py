"""A trace on the screen: each executed line with what it assigned, loops folded, and where an error rose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from quizdl.grading.trace import Fault, Line, Trace, Value
from quizdl.model import Asked
from quizdl.screen.page import Block, Facts, Gap, Page, Paragraph, Span, Verbatim
from quizdl.screen.words import OUTCOMES
from quizdl.text import Lang, Text

_INDENT = 2
_OF_PRODUCTS = re.compile(r"matmul|not aligned|core dimension")
_NUMBER = 6


def render_trace(asked: Asked, found: Trace, lang: Lang) -> Page:
    """The input, the lines in the order they ran, and what came of it."""
    title = Text(f"トレース: {asked.question.id}", f"Trace: {asked.question.id}").of(lang)
    blocks: list[Block] = [Paragraph(((title, "title"),)), Gap(), *_inputs(found, lang)]
    margin = min((_indent(line.source) for line in found.lines if line.source and line.calls is None), default=0)
    for line in found.lines:
        blocks += _line(line, margin, lang)
    return Page((*blocks, *_bounds(found, lang), Gap(), *_end(found, lang), *_printed(found, lang)))


def _inputs(found: Trace, lang: Lang) -> Iterator[Block]:
    yield Paragraph(((Text("入力", "Input").of(lang), "title"),), indent=_INDENT)
    yield _facts(found.inputs, _INDENT + 2, lang, entries=True)
    yield Gap()


def _indent(source: str) -> int:
    return len(source) - len(source.lstrip())


def _line(line: Line, margin: int, lang: Lang) -> Iterator[Block]:
    """The line as written behind its number, less the margin; below it what it assigned."""
    indent = _INDENT + 2 * line.depth
    own = max(_indent(line.source) - margin, 0)
    if line.folded:
        more = Text(f"… あと {line.folded} 回", f"… {line.folded} more").of(lang)
        where = Text(f"({line.line} 行目のループ)", f"(the loop on line {line.line})").of(lang)
        yield Paragraph(((f"{more} {where}", "quiet"),), indent=indent + _NUMBER + own + 4)
        return
    note = Text("  1 回も実行されません", "  no iteration").of(lang) if line.folded == 0 else ""
    raised: tuple[Span, ...] = ((f"  {line.raised}", "bad"),) if line.raised else ()
    lead = ((f"{line.line:>4}  {' ' * own}", "quiet"),)
    yield Paragraph(((line.source.strip(), ""), (note, "near"), *raised), lead, indent)
    if line.values:
        yield _facts(line.values, indent + _NUMBER + own + 2, lang)


def _facts(values: Sequence[Value], indent: int, lang: Lang, *, entries: bool = False) -> Facts:
    return Facts(tuple((value.name, _spans(value, lang, entries)) for value in values), indent)


def _spans(value: Value, lang: Lang, entries: bool) -> tuple[Span, ...]:
    """A scalar by its value, an array by its shape, dtype, range and whether it is finite."""
    if value.shape is None:
        return ((f"{value.text or ''}", ""), *_small(value.dtype))
    spans: list[Span] = [(_shape(value.shape), ""), (f" {value.dtype}", "quiet")]
    if value.low is not None and value.high is not None:
        spans.append(
            (
                Text(
                    f"  最小 {value.low:.4g}  最大 {value.high:.4g}", f"  min {value.low:.4g}  max {value.high:.4g}"
                ).of(lang),
                "quiet",
            )
        )
    spans.append(_finiteness(value, lang))
    if entries and value.text:
        spans.append((f"  {value.text}", "quiet"))
    return tuple(spans)


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _small(dtype: str | None) -> tuple[Span, ...]:
    return ((f"  {dtype}", "quiet"),) if dtype else ()


def _finiteness(value: Value, lang: Lang) -> Span:
    strange = [f"NaN × {value.nan}"] if value.nan else []
    if value.infinite:
        strange.append(f"{Text('無限大', 'infinite').of(lang)} × {value.infinite}")
    if strange:
        return f"  {', '.join(strange)}", "bad"
    known = value.low is not None and str(value.dtype).startswith(("float", "complex"))
    return (Text("  すべて有限", "  finite").of(lang), "quiet") if known else ("", "")


def _bounds(found: Trace, lang: Lang) -> Iterator[Block]:
    """What was left out, or cut short, and why."""
    if found.omitted:
        told = Text(f"… ほか {found.omitted} 行は省略しました。", f"… {found.omitted} more lines are left out.")
        yield Paragraph(((told.of(lang), "quiet"),), indent=_INDENT + _NUMBER)
    if found.stopped:
        told = Text(
            f"{found.stopped} 行を実行したところで打ち切りました。無限ループではありませんか。",
            f"Stopped after {found.stopped} lines: is there an endless loop?",
        )
        yield Paragraph(((told.of(lang), "bad"),), indent=_INDENT)


def _end(found: Trace, lang: Lang) -> Iterator[Block]:
    if found.error is not None:
        yield from _fault(found.error, lang)
    elif found.result is not None:
        yield Paragraph(((Text("返り値", "Result").of(lang), "title"),), indent=_INDENT)
        yield _facts((found.result,), _INDENT + 2, lang, entries=True)


def _fault(fault: Fault, lang: Lang) -> Iterator[Block]:
    """The exception with its line, and below it the shapes that met there."""
    name = fault.type or OUTCOMES[fault.verdict].of(lang)
    message = fault.message.of(lang)
    yield Paragraph(((f"{name}: {message}" if message else name, "bad"),), (("✗ ", "bad"),), _INDENT)
    if fault.line is not None and fault.source:
        yield Verbatim(f"{fault.line:>4}  {fault.source.strip()}", _INDENT + 2)
    if fault.iteration is not None:
        told = Text(
            f"{fault.iteration.line} 行目のループの {fault.iteration.number} 回目です。",
            f"It is iteration {fault.iteration.number} of the loop on line {fault.iteration.line}.",
        )
        yield Paragraph(((told.of(lang), "quiet"),), indent=_INDENT + 2)
    if fault.expression:
        yield Paragraph(((fault.expression, "code"),), indent=_INDENT + 2)
    if fault.operands:
        yield _facts(fault.operands, _INDENT + 4, lang)
    misfit = _misfit(fault)
    if misfit is not None:
        yield Paragraph(((misfit.of(lang), "near"),), indent=_INDENT + 2)


def _misfit(fault: Fault) -> Text | None:
    """Which axes of a product do not fit, in plainer words than NumPy's."""
    shapes = [value.shape for value in fault.operands]
    if len(shapes) != 2 or not all(shapes) or not _OF_PRODUCTS.search(fault.message.en):
        return None
    (*_, left), right = shapes[0] or (), shapes[1] or ()
    inner = right[-2] if len(right) > 1 else right[0]
    if left == inner:
        return None
    return Text(
        f"左の最後の軸({left})と右の最初の軸({inner})の長さが一致していません。転置が要るかもしれません。",
        f"The last axis on the left ({left}) and the first on the right ({inner}) differ: is a transpose missing?",
    )


def _printed(found: Trace, lang: Lang) -> Iterator[Block]:
    if found.printed.strip():
        yield Gap()
        yield Paragraph(((Text("表示された内容", "It printed").of(lang), "title"),), indent=_INDENT)
        yield Verbatim(found.printed.strip(), _INDENT + 2)
