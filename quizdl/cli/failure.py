"""Turns whatever went wrong into one clear message, or with `--json` one object, and the contract's exit code."""

from __future__ import annotations

import contextlib
import errno
import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from typer.exceptions import TyperException

from quizdl.cli.language import current
from quizdl.errors import GraderError, QuizdlError
from quizdl.sanitise import printable
from quizdl.screen.say import say
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
    """typer's messages are English: what they say is said anew, by the kind of error."""
    kind = type(error).__name__
    said = getattr(error, "format_message", error.__str__)()
    if kind == "NoSuchOption":
        option = error.option_name
        return Text(f"{option} というオプションはありません。", f"There is no option {option}.")
    if kind == "MissingParameter" and error.param is not None:
        name = error.param.human_readable_name
        return Text(f"{name} が指定されていません。", f"{name} is missing.")
    if kind == "BadParameter" and error.param is not None:
        name = " / ".join(error.param.opts) if error.param.param_type_name == "option" else error.param.name
        return Text(f"{name} に指定できない値です。", f"{name} cannot take this value.")
    if kind == "BadOptionUsage":
        option = error.option_name
        return Text(f"{option} には値が必要です。", f"{option} needs a value.")
    if found := _NO_COMMAND.match(said):
        return _no_command(*found.groups())
    if found := _EXTRA.match(said):
        extra = found[1]
        return Text(f"余分な引数があります: {extra}", f"There are arguments too many: {extra}")
    return Text("コマンドの書き方が違います。", "The command line cannot be read.")


def _no_command(name: str, near: str | None) -> Text:
    if near is None:
        return Text(f"「{name}」というコマンドはありません。", f"There is no command '{name}'.")
    return Text(
        f"「{name}」というコマンドはありません。「{near}」のことでしょうか。",
        f"There is no command '{name}'. Did you mean '{near}'?",
    )


_NO_COMMAND = re.compile(r"No such command '(.*?)'\.(?: Did you mean '(.*?)'\?)?")
_EXTRA = re.compile(r"Got unexpected extra argument\S* \((.*)\)")


def _system(error: OSError) -> QuizdlError:
    where = str(error.filename) if error.filename else None
    return QuizdlError(_SYSTEM.get(error.errno, _unknown_trouble(error)), _TRY_AGAIN, where)


def _unknown_trouble(error: OSError) -> Text:
    name = type(error).__name__
    return Text(f"ファイルを扱えません({name})。", f"A file cannot be used ({name}).")


_SYSTEM: dict[int | None, Text] = {
    errno.ENOENT: Text("ファイルまたはフォルダーがありません。", "There is no such file or folder."),
    errno.EEXIST: Text("フォルダーではないものがすでにあります。", "Something that is no folder is there already."),
    errno.ENOTDIR: Text("途中にフォルダーでないものがあります。", "A part of the path is no folder."),
    errno.EISDIR: Text("フォルダーです。ファイルが必要です。", "This is a folder; a file is needed."),
    errno.EACCES: Text("権限がありません。", "Permission denied."),
    errno.EROFS: Text("書き込みできない場所です。", "This place is read-only."),
    errno.ENOSPC: Text("ディスクに空きがありません。", "The disk is full."),
}
_TRY_AGAIN = Text(
    "原因を取り除いてから、同じコマンドをもう一度実行してください。環境: quizdl doctor",
    "Mend this, then run the same command again; see quizdl doctor.",
)


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
        with contextlib.suppress(OSError):  # a full disk takes no error either; the exit code still tells
            print(json.dumps({"error": {"message": message, "hint": hint, "where": where}}), flush=True)
        return
    label = Text("エラー", "Error").of(lang)
    say(f"{label}: {where + ': ' if where else ''}{message}", *([where] if where else []), stream=sys.stderr)
    if hint:
        say(f"  → {hint}", stream=sys.stderr)


def _interrupted() -> None:
    text = Text(
        "\n中断しました。ここまでの解答は保存済みです。続き: quizdl practice",
        "\nInterrupted. Every answer so far is saved. To go on: quizdl practice",
    )
    say(text.of(current()), stream=sys.stderr)


def _close_quietly() -> None:
    """The reader of our output has gone (`quizdl list | head`): leave without a second complaint at shutdown."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
