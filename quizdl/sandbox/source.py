"""A submission's bytes to text: UTF-8, with or without a mark, any line ends; or a sentence that says why not."""

from __future__ import annotations

import re

from quizdl.sanitise import printable
from quizdl.text import Text

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK_OR_COMMENT = re.compile(rb"^[ \t\f]*(?:#.*)?$")
_UTF8_NAMES = {"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"}
_UTF8_BOM = b"\xef\xbb\xbf"


def read_source(source: bytes, limit: int) -> str | Text:
    """The submission's text with `\\n` line ends, or why it cannot be read."""
    if len(source) > limit:
        return Text(
            f"提出物が大きすぎます（{len(source):,} バイト、上限は {limit:,} バイトです）。",
            f"The submission is too large ({len(source):,} bytes; the limit is {limit:,} bytes).",
        )
    if b"\0" in source:
        return _save_as_utf8("NUL 文字が含まれています", "it contains NUL characters")
    cookie = _cookie(source.removeprefix(_UTF8_BOM))
    if cookie is not None and cookie.lower().replace("_", "-") not in _UTF8_NAMES:
        name = printable(cookie, 40)
        return _save_as_utf8(f"文字コード「{name}」が宣言されています", f"it declares the encoding “{name}”")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        return _save_as_utf8(f"{line} 行目に UTF-8 でない文字があります", f"line {line} has bytes that are not UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cookie(source: bytes) -> str | None:
    """The encoding that one of the first two lines declares, as PEP 263 reads it."""
    for line in re.split(rb"\r\n|\r|\n", source, maxsplit=2)[:2]:
        found = _COOKIE.match(line)
        if found:
            return found[1].decode("ascii", "replace")
        if not _BLANK_OR_COMMENT.match(line):
            return None
    return None


def _save_as_utf8(reason_ja: str, reason_en: str) -> Text:
    return Text(
        f"ファイルを読めません。{reason_ja}。UTF-8 で保存し直してください。",
        f"The file cannot be read: {reason_en}. Save it as UTF-8.",
    )
