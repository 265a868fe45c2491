"""The report's charts as SVG: areas against the averages, time a question, one's exams so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from quizdl.report.averages import PUBLISHED
from quizdl.report.forms import day, duration
from quizdl.report.history import PastExam
from quizdl.report.pace import Pace
from quizdl.report.svg import WIDTH, chart, label
from quizdl.report.tally import Item, Part
from quizdl.text import Lang, Text

_ROW = 40
_TALLEST = 4.0
"""A bar of the time strip ends at this many times the plan, and an arrow says that it goes on."""

_LABELLED = 8
"""So many points of the history can each have their number beside them."""


def area_bars(areas: Sequence[Part], lang: Lang) -> str:
    """One's percentage in each area as a bar, with a mark at every published average."""
    title = Text("領域別の得点率と公表平均", "Percentage by area, and published averages")
    height = _ROW * len(areas) + 34
    lines = [line for row, part in enumerate(areas) for line in _area(part, _ROW * row, lang)]
    said = "。" if lang == "ja" else ". "
    return chart(
        "areas",
        height,
        title.of(lang),
        said.join(_said(part, lang) for part in areas),
        [*lines, *_legend(height, lang)],
    )


def _area(part: Part, top: int, lang: Lang) -> Iterator[str]:
    percent, bar = part.percent, top + 20
    value = Text(f"{percent}% ({part.right}/{part.count} 問)", f"{percent}% ({part.right} of {part.count})")
    shown = value.of(lang) if part.count else Text("出題なし", "not asked").of(lang)
    yield label(0, top + 14, part.name.of(lang), "label")
    yield label(WIDTH, top + 14, shown, "value", anchor="end")
    yield f'<rect class="track" x="0" y="{bar}" width="{WIDTH}" height="10" rx="2"/>'
    if percent:
        yield f'<rect class="bar" x="0" y="{bar}" width="{_along(percent):g}" height="10" rx="2"/>'
    for place, published in enumerate(PUBLISHED):
        if part.key in published.percent:
            yield _average(place, _along(published.percent[part.key]), bar)


def _average(place: int, x: float, top: int) -> str:
    """The newest is a full stroke, the older one a hollow ring."""
    if place == 0:
        return f'<path class="average" d="M{x:g} {top - 3}V{top + 13}"/>'
    return f'<circle class="older" cx="{x:g}" cy="{top + 5}" r="4"/>'


def _legend(height: int, lang: Lang) -> Iterator[str]:
    y = height - 10
    for place, published in enumerate(PUBLISHED):
        x = 6 + place * WIDTH / 2
        yield _average(place, x, y - 9)
        yield label(x + 10, y, published.name.of(lang), "tick")


def _said(part: Part, lang: Lang) -> str:
    name = part.name
    if part.percent is None:
        return Text(f"{name.ja}: 出題なし", f"{name.en}: not asked").of(lang)
    averages = "、".join(f"{one.name.ja} {one.percent[part.key]}%" for one in PUBLISHED if part.key in one.percent)
    in_english = ", ".join(f"{one.name.en} {one.percent[part.key]}%" for one in PUBLISHED if part.key in one.percent)
    return Text(
        f"{name.ja}: {part.percent}%({averages})" if averages else f"{name.ja}: {part.percent}%",
        f"{name.en}: {part.percent}% ({in_english})" if in_english else f"{name.en}: {part.percent}%",
    ).of(lang)


def time_strip(items: Sequence[Item], pace: Pace, lang: Lang) -> str:
    """Seconds on each question in the order of the exam, the plan as a dashed line, a mark below each one lost."""
    base, top = 106.0, 28.0
    step = WIDTH / max(len(items), 1)
    lines = [line for place, item in enumerate(items) for line in _time(item, place * step, step, pace.plan, base, top)]
    plan, level = duration(pace.plan), base - (base - top) / _TALLEST
    lines += [
        f'<path class="plan" d="M0 {level:g}H{WIDTH}"/>',
        label(
            WIDTH,
            11,
            Text(f"計画 1 問 {plan}(破線)", f"plan {plan} a question (dashed)").of(lang),
            "tick",
            anchor="end",
        ),
        label(0, 132, "1", "tick"),
        label(WIDTH, 132, str(len(items)), "tick", anchor="end"),
        label(WIDTH / 2, 132, Text("■ 不正解  □ 無解答", "■ wrong  □ unanswered").of(lang), "tick", anchor="middle"),
    ]
    title = Text("1 問ごとの時間", "Time on each question")
    beyond, count, median = pace.beyond_plan, len(items), duration(pace.median)
    said = Text(
        f"計画は 1 問 {plan}、中央値は {median}。{count} 問中 {beyond} 問が計画を超えました",
        f"The plan is {plan} a question, the median {median}; {beyond} of {count} took longer than planned",
    )
    return chart("times", 138, title.of(lang), said.of(lang), lines)


def _time(item: Item, x: float, step: float, plan: float, base: float, top: float) -> Iterator[str]:
    share = min(item.seconds / plan, _TALLEST) / _TALLEST if plan else 0.0
    height, width = share * (base - top), max(step * 0.8, 0.5)
    kind = "right" if item.right else "wrong" if item.answer else "empty"
    yield (
        f'<rect class="{kind}" x="{x:g}" y="{base - height:g}" width="{width:g}" height="{height:g}">'
        f"<title>{item.number}: {escape(duration(item.seconds))}</title></rect>"
    )
    if plan and item.seconds > _TALLEST * plan:
        middle = x + width / 2
        yield f'<path class="{kind}" d="M{middle - 4:g} {top - 2:g}h8l-4 -6z"/>'
    if not item.right:
        side = min(width, 5.0)
        left = x + (width - side) / 2
        yield f'<rect class="mark {kind}" x="{left:g}" y="{base + 4:g}" width="{side:g}" height="{side:g}"/>'


def history_line(history: Sequence[PastExam], exam_id: str, pass_line: int, lang: Lang) -> str:
    """The total of every exam so far in the order of time, this one filled, the pass line dashed."""
    base, top = 120.0, 16.0
    places = [
        (_place(number, len(history)), base - (base - top) * one.percent / 100) for number, one in enumerate(history)
    ]
    level = base - (base - top) * pass_line / 100
    lines = [
        f'<path class="axis" d="M0 {base:g}H{WIDTH}M0 {top:g}H{WIDTH}"/>',
        label(0, top - 4, "100%", "tick"),
        f'<path class="plan" d="M0 {level:g}H{WIDTH}"/>',
        label(
            0, level - 4, Text(f"合格ライン {pass_line}%(推定)", f"pass line {pass_line}% (estimate)").of(lang), "tick"
        ),
    ]
    if len(places) > 1:
        lines.append(f'<polyline class="line" points="{" ".join(f"{x:g},{y:g}" for x, y in places)}"/>')
    for (x, y), one in zip(places, history, strict=True):
        this = one.id == exam_id
        lines.append(
            f'<circle class="{"this" if this else "other"}" cx="{x:g}" cy="{y:g}" r="{5 if this else 3.5:g}"/>'
        )
        if this or len(history) <= _LABELLED:
            below = y - 18 < level < y  # the pass line would run through a label above
            kind = "value" if this else "tick"
            lines.append(label(x, y + 16 if below else y - 9, f"{one.percent}%", kind, anchor="middle"))
    lines += [
        label(places[0][0], base + 16, day(history[0].at), "tick", anchor="middle"),
        *([label(places[-1][0], base + 16, day(history[-1].at), "tick", anchor="middle")] if len(history) > 1 else []),
    ]
    title = Text("これまでの模試", "Mock exams so far")
    said = ", ".join(f"{day(one.at)} {one.percent}%" for one in history)
    return chart("history", 144, title.of(lang), said, lines)


def _place(number: int, count: int) -> float:
    """Points stand apart evenly, away from the edges where their labels would be cut."""
    return WIDTH / 2 if count == 1 else 40 + number * (WIDTH - 80) / (count - 1)


def _along(percent: float) -> float:
    return WIDTH * percent / 100
