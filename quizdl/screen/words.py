"""The names of kinds, levels and verdicts as people read them, in both languages."""

from __future__ import annotations

from quizdl.model import Kind, Level, Outcome, Question
from quizdl.text import Text

KINDS: dict[Kind, Text] = {
    "choice": Text("選択", "choice"),
    "numeric": Text("数値", "number"),
    "shape": Text("形状", "shape"),
    "expression": Text("数式", "expression"),
    "term": Text("用語", "term"),
    "order": Text("並べ替え", "order"),
    "code": Text("コード", "code"),
    "essay": Text("記述", "essay"),
}

LEVELS: dict[Level, Text] = {
    "recall": Text("知識", "recall"),
    "apply": Text("応用", "apply"),
    "analyse": Text("分析", "analyse"),
}

OUTCOMES: dict[Outcome, Text] = {
    "correct": Text("正解", "Correct"),
    "partial": Text("部分点", "Partly right"),
    "wrong": Text("不正解", "Wrong"),
    "near_miss": Text("惜しい", "Close, but not enough"),
    "unreadable": Text("読み取れません", "Not readable"),
    "syntax_error": Text("構文エラー", "Syntax error"),
    "runtime_error": Text("実行時エラー", "Runtime error"),
    "timeout": Text("時間切れ", "Out of time"),
    "memory_limit": Text("メモリー不足", "Out of memory"),
    "output_limit": Text("出力が多すぎます", "Too much output"),
    "forbidden": Text("許可されていない操作", "Forbidden operation"),
    "grader_error": Text("採点できませんでした(あなたのせいではありません)", "Could not be graded (not your fault)"),
}

_STYLE_OF_MARK = {"✓": "good", "△": "near", "✗": "bad"}


def mark(outcome: Outcome) -> str:
    """✓, △ or ✗."""
    return {"correct": "✓", "partial": "△", "near_miss": "△", "grader_error": "△"}.get(outcome, "✗")


def mark_style(outcome: Outcome) -> str:
    """The style that goes with the mark; the mark says it without colour too."""
    return _STYLE_OF_MARK[mark(outcome)]


def points(number: int) -> Text:
    """How much a question is worth."""
    return Text(f"{number} 点", f"{number} point" if number == 1 else f"{number} points")


def amount(value: float) -> str:
    """A number of points, without needless decimals.

    >>> amount(2.0), amount(0.5), amount(1 / 3)
    ('2', '0.5', '0.33')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def summary_of(question: Question) -> tuple[Text, ...]:
    """What a header says of a question besides its id and section: kind, level, points, chapter of the syllabus."""
    chapter = Text(f"シラバス {question.chapter}", f"syllabus {question.chapter}")
    return (KINDS[question.kind], LEVELS[question.level], points(question.points), chapter)
