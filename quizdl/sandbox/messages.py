"""The sentences of this room, in both languages. What a learner's process says in them is sanitised here."""

from __future__ import annotations

from quizdl.sandbox.records import Limits
from quizdl.sanitise import printable
from quizdl.text import Text

_FORBIDDEN = {
    "read": Text("ファイルの読み取り", "read a file"),
    "write": Text("ファイルの変更", "change a file"),
    "process": Text("ほかのプロセスの操作", "start or signal a process"),
    "network": Text("ネットワークへの接続", "use the network"),
    "memory": Text("メモリへの直接アクセス", "reach into memory"),
    "limits": Text("実行制限の変更", "change its limits"),
    "grader": Text("採点プログラムの調査や改変", "inspect or change the grader"),
}
_SIGKILL = 9
_ANYTHING = Text("許可されていない操作", "do what is not allowed")


def forbidden(what: str, detail: str) -> Text:
    """It tried what no answer needs; `detail` is the path, the function or the event."""
    tried = _FORBIDDEN.get(what, _ANYTHING)
    shown = printable(detail, 120)
    ja, en = (f"（{shown}）", f" ({shown})") if shown else ("", "")
    return Text(f"{tried.ja}は禁止されています{ja}。", f"It is forbidden to {tried.en}{en}.")


def forged() -> Text:
    """The stream of results is not as the harness writes it."""
    return Text(
        "採点用の通信に不正なデータが書き込まれたため、中止しました。",
        "Stopped: something other than the grader wrote to the grader's channel.",
    )


def killed_by_filter() -> Text:
    """The kernel's filter ended the process."""
    return Text(
        "禁止されているシステムコールを呼び出したため、中止しました。",
        "Stopped: it made a system call that is forbidden.",
    )


def syntax(message: str, line: int | None, column: int | None) -> Text:
    """The compiler's own words, with the place."""
    shown = printable(message, 200)
    ja, en = _place(line, column)
    return Text(f"構文エラーです{ja}: {shown}", f"Syntax error{en}: {shown}")


def too_nested() -> Text:
    """The compiler itself gave up or died."""
    return Text("式や括弧の入れ子が深すぎるため、解析できません。", "The code is nested too deeply to be parsed.")


def empty_fill() -> Text:
    """Nothing was put into the blank."""
    return Text("空欄に入れる式がありません。", "There is no expression to put into the blank.")


def raised(name: str, message: str, line: int | None) -> Text:
    """An exception as a learner knows it: `ZeroDivisionError: division by zero (line 5)`."""
    shown = printable(name, 100) + (f": {printable(message, 300)}" if message else "")
    ja, en = _place(line, None)
    return Text(shown + ja, shown + en)


def exit_at_import(name: str, line: int | None) -> Text:
    """The file ended the program instead of defining the function."""
    ja, en = _place(line, None)
    shown = printable(name, 100)
    return Text(
        f"関数を定義し終える前にプログラムが終了しました{ja}: {shown}",
        f"The program ended before it had defined the function{en}: {shown}",
    )


def missing(function: str, found: list[str]) -> Text:
    """The function asked for is not there; names those that are."""
    names = ", ".join(printable(name, 60) for name in found[:10])
    if not names:
        return Text(
            f"関数 {function} がありません。この名前で定義してください。",
            f"There is no function {function}. Define it by this name.",
        )
    return Text(
        f"関数 {function} がありません。見つかった名前: {names}",
        f"There is no function {function}. Found: {names}",
    )


def not_callable(function: str) -> Text:
    """The name is there, and is no function."""
    return Text(f"{function} は関数ではありません。", f"{function} is not a function.")


def arity(function: str, signature: str, arguments: tuple[str, ...]) -> Text:
    """The function cannot be called with the question's arguments."""
    names = ", ".join(arguments)
    shown = printable(signature, 200)
    return Text(
        f"関数 {function} は引数 ({names}) で呼び出されますが、定義は {function}{shown} です。",
        f"The function {function} is called with ({names}), but it is defined as {function}{shown}.",
    )


def timeout(limits: Limits) -> Text:
    """Processor or wall clock ran out."""
    return Text(
        f"制限時間（CPU {limits.cpu:g} 秒、経過時間 {limits.wall:g} 秒）を超えました。",
        f"It took longer than allowed ({limits.cpu:g} s of processor time, {limits.wall:g} s of wall clock).",
    )


def out_of_memory(limits: Limits, line: int | None) -> Text:
    """More memory was asked for than a job may have."""
    ja, en = _place(line, None)
    size = limits.memory >> 20
    return Text(f"メモリの上限（{size} MiB）を超えました{ja}。", f"It needs more memory than allowed ({size} MiB){en}.")


def too_much_output(limits: Limits) -> Text:
    """The prints flooded their pipe."""
    size = limits.output >> 10
    return Text(
        f"出力が多すぎます（上限は {size} KiB です）。print を減らしてください。",
        f"It printed too much (the limit is {size} KiB). Print less.",
    )


def too_large_result() -> Text:
    """What the function returned is larger than any answer."""
    return Text("戻り値が大きすぎます。", "The returned value is too large.")


def vanished(exit_code: int | None, signal: int | None) -> Text:
    """The process is gone without a word. SIGKILL is our own answer to a closed channel, and says nothing."""
    if signal is not None and signal != _SIGKILL:
        return Text(
            f"プログラムが異常終了しました（シグナル {signal}）。",
            f"The program crashed (signal {signal}).",
        )
    ja, en = ("", "") if exit_code is None else (f"（終了コード {exit_code}）", f" (exit code {exit_code})")
    return Text(f"結果を返す前にプログラムが終了しました{ja}。", f"The program ended before it returned a result{en}.")


def _place(line: int | None, column: int | None) -> tuple[str, str]:
    if line is None:
        return "", ""
    if column is None:
        return f"（{line} 行目）", f" (line {line})"
    return f"（{line} 行目 {column} 文字目）", f" (line {line}, column {column})"
