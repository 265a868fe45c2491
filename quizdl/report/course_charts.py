"""The charts of a class's report: how the scores lie, and what became of each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quizdl.report.course import STATES, Course, Item
from quizdl.report.course_words import STATES as NAMES
from quizdl.report.svg import WIDTH, chart, label
from quizdl.text import Lang, Text

_LEFT = 2.0
_ROW = 42
_WIDE_ENOUGH = 7.5
"""A segment this wide a digit has room for its number."""


def score_bars(found: Course, lang: Lang) -> str:
    """How many learners have 0 to 10 %, 10 to 20 % and so on, with the median as a stroke."""
    base, top = 126.0, 22.0
    bins = found.bins
    step, tallest = (WIDTH - 2 * _LEFT) / len(bins), max(*bins, 1)
    lines = [f'<path class="axis" d="M{_LEFT:g} {base:g}H{WIDTH - _LEFT:g}"/>']
    for place, count in enumerate(bins):
        height = count / tallest * (base - top)
        left = _LEFT + place * step
        lines.append(
            f'<rect class="bar" x="{left + 1:g}" y="{base - height:g}" width="{step - 2:g}" height="{height:g}"/>'
        )
        if count:
            lines.append(label(left + step / 2, base - height - 5, str(count), "value", anchor="middle"))
    lines += _ticks(base + 15)
    if found.spread:
        lines += _median(found.spread.median, base, lang)
    return chart(
        "scores",
        162,
        Text("得点率の分布", "Distribution of scores").of(lang),
        _said_of_scores(found).of(lang),
        lines,
    )


def _ticks(y: float) -> Iterator[str]:
    for percent in (0, 20, 40, 60, 80, 100):
        anchor = {0: "start", 100: "end"}.get(percent, "middle")
        yield label(_along(percent), y, f"{percent}%", "tick", anchor=anchor)


def _median(percent: float, base: float, lang: Lang) -> Iterator[str]:
    """Below the axis, where no bar is."""
    x = _along(percent)
    shown = Text(f"中央値 {percent:.0f}%", f"median {percent:.0f}%").of(lang)
    yield f'<path class="average" d="M{x:g} {base - 4:g}V{base + 20:g}"/>'
    side = "end" if percent > 60 else "start"
    yield label(x + (-4 if side == "end" else 4), base + 32, shown, "value", anchor=side)


def _along(percent: float) -> float:
    return _LEFT + percent / 100 * (WIDTH - 2 * _LEFT)


def _said_of_scores(found: Course) -> Text:
    width = 100 // len(found.bins)
    said = [f"{place * width}–{(place + 1) * width}%: {count}" for place, count in enumerate(found.bins) if count]
    ja, en = "、".join(said), ", ".join(said)
    return Text(f"得点率ごとの人数。{ja}", f"Learners by score. {en}")


def verdict_bars(items: Sequence[Item], lang: Lang) -> str:
    """For each question, how many are right, partly right, wrong, did not run, could not be graded, are missing."""
    shown = [state for state in STATES if any(item.states[state] for item in items)]
    lines = [line for row, item in enumerate(items) for line in _bar(item, _ROW * row)]
    height = _ROW * len(items) + 18 * -(-len(shown) // 3) + 6
    for place, state in enumerate(shown):
        lines += _legend(place, _ROW * len(items) + 16, state, NAMES[state].of(lang))
    said = "。" if lang == "ja" else ". "
    return chart(
        "verdicts",
        height,
        Text("問題ごとの判定", "Verdicts by question").of(lang),
        said.join(_said(item, lang) for item in items),
        lines,
    )


def _bar(item: Item, top: int) -> Iterator[str]:
    count = sum(item.states.values())
    yield label(0, top + 13, item.id, "label")
    if item.mean is not None:
        yield label(WIDTH, top + 13, f"{100 * item.mean:.0f}%", "value", anchor="end")
    x = 0.0
    for state in STATES:
        width = item.states[state] / count * WIDTH if count else 0.0
        if not width:
            continue
        yield f'<rect class="{state}" x="{x:g}" y="{top + 19}" width="{width:g}" height="16"/>'
        number = str(item.states[state])
        if width > _WIDE_ENOUGH * len(number) + 3:
            yield label(x + width / 2, top + 31, number, f"on {state}", anchor="middle")
        x += width


def _legend(place: int, top: int, state: str, name: str) -> Iterator[str]:
    x, y = place % 3 * WIDTH / 3, top + place // 3 * 18
    yield f'<rect class="{state}" x="{x:g}" y="{y - 10:g}" width="12" height="12"/>'
    yield label(x + 18, y, name, "tick")


def _said(item: Item, lang: Lang) -> str:
    """The numbers of one question in words."""
    between = "、" if lang == "ja" else ", "
    counts = between.join(f"{NAMES[state].of(lang)} {count}" for state, count in item.states.items() if count)
    return f"{item.id}: {counts}"
