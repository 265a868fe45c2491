"""The report's sentences with numbers in them: how the exam went, the flags, the pace."""

from __future__ import annotations

from quizdl.report.exam import ExamReport
from quizdl.report.forms import duration, minute
from quizdl.report.tally import Part
from quizdl.text import Text, same


def setting(report: ExamReport) -> Text:
    """When and in what form the exam was sat."""
    at, count, minutes, seed = minute(report.at), report.total.count, f"{report.minutes:g}", report.seed
    framework = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}[report.framework]
    paper = Text(" · 紙またはブラウザー", " · on paper") if report.form == "paper" else same("")
    ja, en = paper.ja, paper.en
    return Text(
        f"{at} · {count} 問 · {minutes} 分 · {framework} · seed {seed}{ja}",
        f"{at} · {count} questions · {minutes} minutes · {framework} · seed {seed}{en}",
    )


def counted(report: ExamReport) -> Text:
    """How many were right and how many left open."""
    right, count, unanswered = report.total.right, report.total.count, report.total.count - report.answered
    return Text(
        f"{count} 問中 {right} 問正解、無解答 {unanswered} 問",
        f"{right} of {count} right, {unanswered} unanswered",
    )


def against_line(report: ExamReport) -> Text:
    """The total against the pass line, which is an estimate."""
    line, missing = report.pass_line, report.missing
    if report.passed:
        return Text(f"合格ライン {line}%(推定)以上です。", f"At or above the pass line of {line}% (an estimate).")
    return Text(
        f"合格ライン {line}%(推定)まであと {missing} 問です。",
        f"Below the pass line of {line}% (an estimate), which is {missing} right answers away.",
    )


def flags(report: ExamReport) -> Text:
    """What became of the flags."""
    found = report.flags
    if not found.count:
        return Text("印を付けた問題はありません。", "No question was flagged.")
    return Text(
        f"印を付けた {found.count} 問のうち {found.right} 問が正解。うち {found.changed} 問で解答を変え、"
        f"{found.helped} 問が正解に、{found.hurt} 問が不正解になりました。",
        f"Of {found.count} flagged, {found.right} ended right. The answer was changed in {found.changed}:"
        f" that helped {found.helped} and hurt {found.hurt}.",
    )


def changes(report: ExamReport) -> Text:
    """What changing answers did, flagged or not."""
    effects = [change.effect for change in report.changes]
    count, helped, hurt = len(effects), effects.count("helped"), effects.count("hurt")
    return Text(
        f"変えた解答は {count} 問: {helped} 問が正解に、{hurt} 問が不正解になりました。",
        f"{count} answers were changed: {helped} became right, {hurt} became wrong.",
    )


def share(part: Part) -> str:
    """`5/8`."""
    return f"{part.right}/{part.count}"


def percent(part: Part) -> str:
    """The percentage, or a dash where nothing was asked."""
    return "–" if part.percent is None else f"{part.percent}%"


def pace_rows(report: ExamReport) -> tuple[tuple[str, str], ...]:
    """The pace as words of `WORDS` with their values."""
    pace = report.pace
    return (
        ("plan", duration(pace.plan)),
        ("median", duration(pace.median)),
        ("used", f"{duration(pace.used)} / {duration(pace.limit)}"),
        ("on_right", _or_dash(pace.on_right)),
        ("on_wrong", _or_dash(pace.on_wrong)),
        ("beyond_plan", f"{pace.beyond_plan}/{report.total.count}"),
        ("first_pass", _or_dash(pace.first_pass)),
    )


def _or_dash(seconds: float | None) -> str:
    return "–" if seconds is None else duration(seconds)
