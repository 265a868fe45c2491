"""A calendar of work: a column a week, a row a weekday, and a shade for how much of the day's plan was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rich.text import Text as RichText

from quizdl.screen.kinsoku import cell_width
from quizdl.screen.page import STYLES, Paragraph, View
from quizdl.text import Lang, Text

MOST_WEEKS = 26
CELL = 2
"""Columns a week: a day and a space, so that a day is about as wide as it is high."""

SHADES, PLAIN = "·░▒▓█", ".-+*#"
"""Nothing; under half, under all of, all of, and half as much again as the day's plan. They read without colour."""

EXAM, PLAIN_EXAM = "◎", "@"

_LABEL = 4
_STYLE = ("quiet", "", "", "good", "good")
_WEEKDAYS = Text("月火水木金土日", "MTWTFSS")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Minutes on each day, up to today; weeks begin on Monday. exam: shown where its week is in view.

    planned: minutes a day.
    """

    minutes: Mapping[date, float]
    today: date
    planned: float
    lang: Lang
    exam: date | None = None
    indent: int = 2

    def lines(self, view: View) -> Iterator[RichText]:
        """A line with the months, a line for each weekday, and what the shades mean."""
        if view.look.plain:
            yield from self._said(view)
            return
        shades, exam = (SHADES, EXAM) if view.fit(SHADES + EXAM) == SHADES + EXAM else (PLAIN, PLAIN_EXAM)
        margin = " " * view.indent(self.indent)
        mondays = self._mondays(view.width - len(margin) - _LABEL)
        yield RichText(f"{margin}{' ' * _LABEL}{_months(mondays)}".rstrip(), STYLES["quiet"])
        for weekday in range(7):
            yield self._row(weekday, mondays, margin, shades, exam)
        yield from self._legend(shades, exam if self.exam in _days(mondays) else None).lines(view)

    def _said(self, view: View) -> Iterator[RichText]:
        """A line for each day of work in view, the last one first."""
        since = self._mondays(view.width)[0]
        worked = sorted((day for day, minutes in self.minutes.items() if minutes > 0 and day >= since), reverse=True)
        for day in worked:
            minutes = round(self.minutes[day])
            said = Text(f"{day}: {minutes} 分", f"{day}: {minutes} min")
            yield from Paragraph(((said.of(self.lang), ""),), indent=self.indent).lines(view)

    def _legend(self, shades: str, exam: str | None) -> Paragraph:
        parts = [
            f"{shades[0]} {Text('なし', 'none').of(self.lang)}",
            f"{shades[1]}{shades[2]} {Text('途中まで', 'some').of(self.lang)}",
            f"{shades[3]} {Text('予定どおり', 'as planned').of(self.lang)}",
            f"{shades[4]} {Text('それ以上', 'more').of(self.lang)}",
            *([f"{exam} {Text('試験日', 'exam').of(self.lang)}"] if exam else []),
        ]
        return Paragraph((("   ".join(parts), "quiet"),), indent=self.indent + _LABEL)

    def _mondays(self, width: int) -> list[date]:
        """The weeks in view: the last is today's or, where there is room for it, the exam's."""
        last = _monday(self.today)
        first = min([last, *map(_monday, self.minutes)])
        room = max(min(MOST_WEEKS, width // CELL), 1)
        if self.exam and _monday(self.exam) > last:
            ahead = (_monday(self.exam) - last).days // 7
            last += timedelta(weeks=ahead if ahead < room // 2 else 0)
        weeks = min(max((last - first).days // 7 + 1, 1), room)
        return [last - timedelta(weeks=back) for back in reversed(range(weeks))]

    def _row(self, weekday: int, mondays: list[date], margin: str, shades: str, exam: str) -> RichText:
        name = _WEEKDAYS.of(self.lang)[weekday]
        line = RichText()
        line.append(f"{margin}{name}{' ' * (_LABEL - cell_width(name))}", STYLES["quiet"])
        for monday in mondays:
            day = monday + timedelta(days=weekday)
            if day == self.exam:
                line.append(exam.ljust(CELL), STYLES["title"])
            elif day > self.today:
                line.append(" " * CELL)
            else:
                level = self._level(day)
                line.append(shades[level].ljust(CELL), STYLES[_STYLE[level]])
        line.rstrip()
        return line

    def _level(self, day: date) -> int:
        """0 to 4."""
        minutes = self.minutes.get(day, 0.0)
        if minutes <= 0:
            return 0
        share = minutes / max(self.planned, 1.0)
        return 1 + sum(share >= limit for limit in (0.5, 0.9, 1.5))


def _months(mondays: list[date]) -> str:
    """The numbers of the months, each above the week in which it begins."""
    line, month = "", 0
    for place, monday in enumerate(mondays):
        if monday.month != month and len(line) <= place * CELL:
            line = line.ljust(place * CELL) + str(monday.month)
            month = monday.month
    return line


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days(mondays: list[date]) -> set[date]:
    return {monday + timedelta(days=number) for monday in mondays for number in range(7)}
