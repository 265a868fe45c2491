"""Turns whatever went wrong into one clear message, or with `--json` one object, and the contract's exit code."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Sequence
from typing import Any

from typer.exceptions import TyperException

from quizdl.cli.language import current
from quizdl.errors import GraderError, QuizdlError
from quizdl.sanitise import printable
from quizdl.text import Text, same

INTERRUPTED = 130


def explain(error: BaseException, argv: Sequence[str]) -> int:
    """Say what happened and what to type next; return the exit code."""
    if isinstance(error, KeyboardInterrupt):
        _interrupted()
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        _close_quietly()
        return 0
    known = _as_ours(error)
    _print(known, as_json="--json" in argv)
    return known.exit_code


def _as_ours(error: BaseException) -> QuizdlError:
    if isinstance(error, QuizdlError):
        return error
    if isinstance(error, TyperException):
        return _usage(error)
    if isinstance(error, OSError):
        return _system(error)
    return _unforeseen(error)


def _usage(error: TyperException) -> QuizdlError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "quizdl"
    return QuizdlError(_usage_message(error), same(f"{path} --help"))


def _usage_message(error: Any) -> Text:
    """typer's message is English: the two commonest are said anew, the rest are quoted."""
    kind = type(error).__name__
    if kind == "NoSuchOption":
        option = error.option_name
        return Text(f"{option} というオプションはありません。", f"There is no option {option}.")
    if kind == "MissingParameter" and error.param is not None:
        name = error.param.human_readable_name
        return Text(f"{name} が指定されていません。", f"{name} is missing.")
    said = getattr(error, "format_message", error.__str__)()
    return Text(f"コマンドの書き方が違います: {said}", f"The command line is wrong: {said}")


def _system(error: OSError) -> QuizdlError:
    where = str(error.filename) if error.filename else None
    reason = error.strerror or type(error).__name__
    hint = None
    if error.errno == errno.ENOSPC:
        hint = Text(
            "ディスクの空きを作ってから、同じコマンドをもう一度実行してください。",
            "Free some disk space, then run it again.",
        )
    return QuizdlError(Text(f"ファイルを扱えません: {reason}", f"A file cannot be used: {reason}"), hint, where)


def _unforeseen(error: BaseException) -> QuizdlError:
    """A fault of ours: the traceback goes to standard error for the report, and no one's answer is blamed."""
    import traceback

    traceback.print_exception(error, file=sys.stderr)
    name = type(error).__name__
    return GraderError(
        Text(f"quizdl 自身の不具合です({name})。", f"This is a fault of quizdl itself ({name})."),
        Text(
            "上の記録を添えて報告してください。環境: quizdl doctor",
            "Report it with the trace above; see quizdl doctor.",
        ),
    )


def _print(error: QuizdlError, *, as_json: bool) -> None:
    lang = current()
    message = printable(error.message.of(lang), None)
    hint = printable(error.hint.of(lang), None) if error.hint else None
    where = printable(error.where, None) if error.where else None
    if as_json:
        print(json.dumps({"error": {"message": message, "hint": hint, "where": where}}))
        return
    label = Text("エラー", "Error").of(lang)
    print(f"{label}: {where + ': ' if where else ''}{message}", file=sys.stderr)
    if hint:
        print(f"  → {hint}", file=sys.stderr)


def _interrupted() -> None:
    text = Text(
        "\n中断しました。ここまでの解答は保存済みです。続き: quizdl practice",
        "\nInterrupted. Every answer so far is saved. To go on: quizdl practice",
    )
    print(text.of(current()), file=sys.stderr)


def _close_quietly() -> None:
    """The reader of our output has gone (`quizdl list | head`): leave without a second complaint at shutdown."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
