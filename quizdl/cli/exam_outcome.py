"""What an exam says at its beginning, when it is left, and at its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quizdl.cli.language import current, tr
from quizdl.model import Attempt, ExamSheet
from quizdl.settings import shown_weight
from quizdl.study.exam import Sitting, seconds_left
from quizdl.text import Text

RESUME = "quizdl exam --resume"


def print_beginning(sheet: ExamSheet, remark: Text | None, *, another: bool) -> None:
    """How much, how long, and what is only an estimate. another: an earlier exam was left unfinished."""
    count, minutes = len(sheet.questions), shown_weight(sheet.minutes)
    weights = ",".join(f"{area}={shown_weight(weight)}" for area, weight in sheet.weights.items())
    lines = [
        tr(
            f"模擬試験: {count} 問、{minutes} 分(seed {sheet.seed})",
            f"Mock exam: {count} questions, {minutes} minutes (seed {sheet.seed})",
        ),
        tr(
            f"出題割合 {weights} と合格ライン {sheet.pass_line}% は推定です。実際の値は公開されていません。",
            f"The weights {weights} and the pass line of {sheet.pass_line}% are estimates: the real ones are not"
            " published.",
        ),
        tr("中断中は時計が止まります。", "The clock stands still while you are away.")
        if sheet.clock == "paused"
        else tr("中断中も時計は進みます。", "The clock keeps running while you are away."),
    ]
    if another:
        lines.append(
            tr(
                "以前に中断した模試も残っています。この模試を終えると --resume で続けられます。",
                "An exam that you left earlier is still there, too: --resume goes on with it after this one.",
            )
        )
    if remark is not None:
        lines.append(remark.of(current()))
    _print_lines(lines)


def print_written(sheet: ExamSheet, path: Path, remark: Text | None, *, as_json: bool) -> None:
    """Where the page is, and how its answers are graded."""
    grade = "quizdl exam --grade answers.json"
    count, minutes = len(sheet.questions), shown_weight(sheet.minutes)
    if as_json:
        from quizdl.cli.objects import print_json

        print_json({"exam": sheet.id, "file": str(path), "seed": sheet.seed, "questions": count, "next": grade})
        return
    lines = [
        tr(
            f"{path}: {count} 問、{minutes} 分(seed {sheet.seed})",
            f"{path}: {count} questions, {minutes} minutes (seed {sheet.seed})",
        ),
        tr(f"採点: {grade}", f"To grade it: {grade}"),
    ]
    _print_lines([*lines, *([remark.of(current())] if remark else [])])


def print_left(sitting: Sitting, *, as_json: bool) -> None:
    """Everything is saved, and how to go on."""
    if as_json:
        from quizdl.cli.objects import print_json

        print_json({**_facts(sitting), "seconds_left": round(seconds_left(sitting), 3), "next": RESUME})
        return
    _print_lines(
        ["", tr(f"ここまでの解答は保存済みです。続き: {RESUME}", f"Every answer so far is saved. To go on: {RESUME}")]
    )


def print_time_is_up() -> None:
    """Why the exam ended, where the candidate did not end it."""
    _print_lines([tr("時間です。提出しました。", "Time is up; handed in.")])


def print_outcome(sitting: Sitting, attempts: Sequence[Attempt], *, as_json: bool) -> int:
    """The score, by area, and against the pass line; the exit code is 0 at or above it, else 1."""
    from quizdl.report.score import score_of

    score = score_of(attempts, sitting.sheet.pass_line)
    report = f"quizdl report {sitting.sheet.id}"
    if as_json:
        from quizdl.cli.objects import print_json

        parts = {
            area: {"questions": part.questions, "correct": part.correct, "percent": part.percent}
            for area, part in score.areas.items()
        }
        print_json(
            {
                **_facts(sitting),
                "correct": score.total.correct,
                "percent": score.total.percent,
                "areas": parts,
                "pass_line": score.pass_line,
                "pass_line_is_estimate": True,
                "passed": score.passed,
                "next": report,
            }
        )
    else:
        from quizdl.screen.console import make_console
        from quizdl.screen.exam import result_page

        make_console().print(result_page(sitting.sheet, score, current(), elapsed=sitting.elapsed, again=report))
    return 0 if score.passed else 1


def _facts(sitting: Sitting) -> dict[str, Any]:
    sheet = sitting.sheet
    return {
        "exam": sheet.id,
        "finished": sitting.finished,
        "seed": sheet.seed,
        "minutes": sheet.minutes,
        "clock": sheet.clock,
        "framework": sheet.framework,
        "questions": len(sheet.questions),
        "answered": sitting.answered,
        "flagged": len(sitting.flagged),
        "seconds": round(sitting.elapsed, 3),
    }


def _print_lines(lines: Sequence[str]) -> None:
    from quizdl.screen.console import make_console
    from quizdl.screen.page import Page, Paragraph

    make_console().print(Page(tuple(Paragraph(((line, ""),)) for line in lines)))
