"""A bank file's bytes → its text: UTF-8, short enough, without tabs and characters that cannot be seen."""

from __future__ import annotations

from quizdl.bank.characters import first_unseen
from quizdl.bank.faults import Faults
from quizdl.text import Text

MAX_BYTES = 1 << 20
MAX_LINES = 600


def read_text(data: bytes, faults: Faults) -> str | None:
    """The text with newlines as LF, or None after a fault."""
    if len(data) > MAX_BYTES:
        _too_large(faults, 1, Text("1 MiB を超えています", "more than 1 MiB"))
        return None
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        _report(
            faults,
            before,
            len(before),
            _NOT_UTF8,
            Text("ファイルを UTF-8 で保存し直してください。", "Save it as UTF-8."),
        )
        return None
    if text.count("\n") > MAX_LINES:
        _too_large(faults, MAX_LINES + 1, Text(f"{MAX_LINES} 行を超えています", f"more than {MAX_LINES} lines"))
        return None
    unseen = first_unseen(text)
    if unseen is None:
        return text
    if text[unseen] == "\t":
        _report(faults, text, unseen, _TAB, Text("タブを空白に置き換えてください。", "Replace the tab with spaces."))
    else:
        code = f"U+{ord(text[unseen]):04X}"
        message = Text(f"見えない文字 {code} があります。", f"There is an invisible character, {code}.")
        _report(faults, text, unseen, message, Text("その文字を削除してください。", "Delete that character."))
    return None


_NOT_UTF8 = Text("UTF-8 として読めないバイトがあります。", "There is a byte here that is not UTF-8.")
_TAB = Text("タブ文字があります。字下げには空白を使います。", "There is a tab; indentation is made of spaces.")


def _report(faults: Faults, text: str, index: int, message: Text, hint: Text) -> None:
    """Report a fault at a character of the text."""
    faults.add_at(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index), message, hint)


def _too_large(faults: Faults, line: int, what: Text) -> None:
    faults.add_at(
        line,
        1,
        Text(f"ファイルが大きすぎます（{what.ja}）。", f"The file is too large ({what.en})."),
        Text(
            "節を複数のファイルに分けてください（例: lstm.yaml と lstm_code.yaml）。",
            "Split the section over several files, such as lstm.yaml and lstm_code.yaml.",
        ),
    )
