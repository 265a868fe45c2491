"""Says in both languages what the YAML parser could not read; the parser itself speaks English, and to programmers."""

from __future__ import annotations

from quizdl.sanitise import printable
from quizdl.text import Text

_QUOTE = Text("値を一重引用符で囲んでください。", "Put the value in single quotes.")
_INDENT = Text("前の行と字下げをそろえてください。", "Align the indentation with the lines above.")
_CLOSE = Text("閉じ忘れた引用符や括弧を閉じてください。", "Close the quote or bracket that was left open.")

# A part of the parser's message (the C and the Python parser differ) → what it means, and how to mend it.
_KNOWN: tuple[tuple[tuple[str, ...], Text, Text], ...] = (
    (
        ("mapping values are not allowed",),
        Text("ここにコロン「: 」は置けません。", "A colon followed by a space cannot stand here."),
        Text("値にコロンを含むときは一重引用符で囲んでください。", "Put a value that holds a colon in single quotes."),
    ),
    (
        ("could not find expected ':'", "did not find expected ':'"),
        Text("「キー: 値」のコロンがありません。", "A 'key: value' line lacks its colon."),
        Text(
            "コロンを補うか、複数行の文なら | ブロックにしてください。",
            "Add the colon, or make a text of several lines a | block.",
        ),
    ),
    (
        ("did not find expected ',' or", "expected ',' or"),
        Text(
            "[ ] や { } の中で、カンマか閉じ括弧がありません。",
            "Inside [ ] or { } a comma or the closing bracket is missing.",
        ),
        Text(
            "カンマ・括弧・引用符を含む値は一重引用符で囲んでください。",
            "Put a value with a comma, bracket or quote in single quotes.",
        ),
    ),
    (
        ("unexpected end of stream", "but found '<stream end>'"),
        Text(
            "引用符か括弧が閉じられないままファイルが終わります。", "The file ends before a quote or bracket is closed."
        ),
        _CLOSE,
    ),
    (
        ("did not find expected key", "expected <block end>", "did not find expected '-' indicator"),
        Text(
            "字下げがそろっていないか、値の後に余分な文字があります。",
            "The indentation is off, or something follows a finished value.",
        ),
        _INDENT,
    ),
    (
        ("cannot start any token",),
        Text("値をこの文字で始めることはできません。", "A value cannot begin with this character."),
        _QUOTE,
    ),
    (
        ("unknown escape character", "did not find expected hexdecimal", "expected escape sequence"),
        Text("二重引用符の中の \\ が読めません。", "A backslash in double quotes cannot be read."),
        Text("一重引用符か | ブロックを使ってください。", "Use single quotes or a | block."),
    ),
)


def explain(error: Exception) -> tuple[int, int, Text, Text]:
    """Line and column (from 1), what is wrong and how to mend it, for an error that PyYAML raised."""
    problem = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "problem_mark", None)
    if "end of stream" in problem or "stream end" in problem:  # the place that matters is where it was opened
        mark = getattr(error, "context_mark", None) or mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    message, hint = _meaning(problem)
    return line, column, message, hint


def _meaning(problem: str) -> tuple[Text, Text]:
    for parts, message, hint in _KNOWN:
        if any(part in problem for part in parts):
            return message, hint
    detail = printable(problem, 120)
    return Text(f"YAML として読めません（{detail}）。", f"This is not readable as YAML ({detail})."), _INDENT
