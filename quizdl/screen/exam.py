"""An exam as pages: a question with the clock above it, the review before handing in, and the result."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from rich.text import Text as RichText

from quizdl.areas import AREAS
from quizdl.model import ExamSheet
from quizdl.report.score import Part, Score
from quizdl.screen import look
from quizdl.screen.page import STYLES, Block, Gap, Page, Paragraph, Rule, Span, Table, View
from quizdl.screen.prose import inline
from quizdl.screen.question import statement
from quizdl.screen.tables import bar
from quizdl.study.exam import Sitting, pace, seconds_left
from quizdl.text import Lang, Text

CELL = 7
GRID_COLUMNS = 10


def clock(seconds: float) -> str:
    """Seconds as people read a countdown.

    >>> clock(7200), clock(59.2), clock(0)
    ('2:00:00', '1:00', '0:00')
    """
    whole = -int(-seconds // 1)
    hours, rest = divmod(max(whole, 0), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def status(sitting: Sitting, lang: Lang) -> str:
    """One line: what is answered and flagged, the time left, and how far one is ahead of plan."""
    total, answered, flags = len(sitting.chosen), sitting.answered, len(sitting.flagged)
    left, ahead = clock(seconds_left(sitting)), math.ceil(pace(sitting))  # both turn in the same second
    sign, distance = "+" if ahead >= 0 else "-", clock(abs(ahead))
    return Text(
        f"解答 {answered}/{total}  印 {flags}  残り {left}  予定との差 {sign}{distance}",
        f"answered {answered}/{total}  flagged {flags}  time left {left}  against plan {sign}{distance}",
    ).of(lang)


def question_page(sitting: Sitting, lang: Lang) -> Page:
    """The question that lies in front of the candidate, the chosen option marked; neither id nor topic is told."""
    number = sitting.current
    asked = sitting.sheet.questions[number]
    flag = Text("  [印]", "  [flagged]").of(lang) if number in sitting.flagged else ""
    found: list[Block] = [
        Rule(),
        Paragraph(((f"{number + 1}/{len(sitting.chosen)}", "title"), (flag, "near"))),
        Paragraph(((status(sitting, lang), "quiet"),)),
        Gap(),
    ]
    for part in statement(asked, lang):
        if part:
            found += [*part, Gap()]
    for option in asked.options:
        chosen = option.letter == sitting.chosen[number]
        lead = _chosen(option.letter, lang) if chosen else f" {option.letter}   "
        found.append(Paragraph(inline(option.text.of(lang)), ((lead, "good" if chosen else "title"),), 1))
    return Page((*found, Gap()))


def _chosen(letter: str, lang: Lang) -> str:
    """The letter of the option that is chosen: in brackets, or in words where brackets are not heard."""
    said = Text("選択中", "chosen").of(lang)
    return f" {letter} ({said})  " if look.current().plain else f"[{letter}]  "


def review_page(sitting: Sitting, lang: Lang) -> Page:
    """Every question with its answer, and what is still open, before anything is handed in."""
    total = len(sitting.chosen)
    empty = [number for number in range(total) if not sitting.chosen[number]]
    found: list[Block] = [
        Rule(),
        Paragraph(((Text("見直し", "Review").of(lang), "title"),)),
        Paragraph(((status(sitting, lang), "quiet"),)),
        Gap(),
        Grid(sitting.chosen, sitting.flagged),
        Gap(),
    ]
    for label, numbers in (
        (Text("未解答", "Unanswered"), empty),
        (Text("印", "Flagged"), sorted(sitting.flagged)),
    ):
        if numbers:
            found.append(Paragraph(((ranges(numbers), ""),), ((f"{label.of(lang)}  ", "near"),)))
    return Page((*found, Gap()))


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers with the letters chosen, `-` for none and `*` for a flag, in as many columns as there is room for."""

    chosen: tuple[str, ...]
    flagged: frozenset[int]

    def lines(self, view: View) -> Iterator[RichText]:
        """The rows."""
        columns = max(min((view.width - 2) // CELL, GRID_COLUMNS), 1)
        for start in range(0, len(self.chosen), columns):
            row = range(start, min(start + columns, len(self.chosen)))
            yield RichText("  " + "".join(map(self._cell, row)).rstrip(), STYLES[""])

    def _cell(self, number: int) -> str:
        mark = "*" if number in self.flagged else " "
        return f"{number + 1:>3} {self.chosen[number] or '-'}{mark} "


def ranges(numbers: Iterable[int]) -> str:
    """Places from 0, in order, as the numbers people count with.

    >>> ranges([0, 1, 2, 5, 8, 9])
    '1-3, 6, 9-10'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0] + 1}-{run[-1] + 1}" if len(run) > 1 else f"{run[0] + 1}" for run in runs)


def result_page(sheet: ExamSheet, score: Score, lang: Lang, *, elapsed: float, again: str) -> Page:
    """The score in all and by area, against the pass line. again: the command that shows the report."""
    line = score.pass_line
    estimate = Text(
        f"合格ライン {line}% は推定です。実際の値は公開されていません。",
        f"The pass line of {line}% is an estimate: the real one is not published.",
    )
    areas = tuple(_area_row(area, part, lang) for area, part in score.areas.items())
    found: list[Block] = [
        Rule(),
        Paragraph(((f"{score.total.percent}%  ", "title"), _against_the_line(score, lang))),
        Paragraph(((_totals(sheet, score, elapsed).of(lang), ""),)),
        Paragraph(((estimate.of(lang), "quiet"),)),
        Gap(),
    ]
    if areas:
        found += [Table(areas, right=frozenset({1, 2}), indent=2), Gap()]
    found.append(Paragraph(((again, "title"), (Text("  詳しいレポート", "  the full report").of(lang), "quiet"))))
    return Page(tuple(found))


def _against_the_line(score: Score, lang: Lang) -> Span:
    if score.passed:
        return Text("合格ライン以上", "at or above the pass line").of(lang), "good"
    return Text("合格ライン未満", "below the pass line").of(lang), "bad"


def _totals(sheet: ExamSheet, score: Score, elapsed: float) -> Text:
    total, right, empty = score.total.questions, score.total.correct, score.total.questions - score.answered
    taken, limit = clock(elapsed), clock(60 * sheet.minutes)
    return Text(
        f"{total} 問中 {right} 問正解、未解答 {empty} 問  時間 {taken} / {limit}",
        f"{right} of {total} right, {empty} unanswered  time {taken} of {limit}",
    )


def _area_row(area: str, part: Part, lang: Lang) -> tuple[Span, ...]:
    return (
        (AREAS[area].of(lang), ""),
        (f"{part.percent}%", ""),
        (f"{part.correct}/{part.questions}", "quiet"),
        (bar(part.correct / part.questions), "quiet"),
    )


def warning(minutes: int, lang: Lang) -> str:
    """What is said when so many minutes are left."""
    return Text(f"残り {minutes} 分です。", f"{minutes} minutes left.").of(lang)


def help_lines(letters: Collection[str], lang: Lang) -> str:
    """What can be typed."""
    options = "/".join(letters)
    return Text(
        f"{options} 解答  Enter,n 次  p 前  番号 その問題へ  f 印  x 解答を消す\n"
        "= 2*3/4 電卓  r 見直し  submit 提出  q 中断(保存済み)  h この説明",
        f"{options} answer  Enter,n next  p previous  NUMBER go there  f flag  x erase\n"
        "= 2*3/4 calculator  r review  submit hand in  q leave (all is saved)  h help",
    ).of(lang)
