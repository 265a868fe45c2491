"""The settings as they are typed and shown: their names, what they mean, how their values are read."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, get_args

import msgspec

from quizdl.areas import AREAS
from quizdl.errors import InputError
from quizdl.model import Framework
from quizdl.sanitise import printable
from quizdl.settings import Settings, fault_of, shown_weight
from quizdl.text import Lang, Text, same


class Key(NamedTuple):
    """A setting: the field that holds it, what it is for, how its value is read, and one that could be typed.

    `read` raises ValueError for what it cannot read.
    """

    field: str
    meaning: Text
    read: Callable[[str], object]
    example: str


def parsed(key: str, text: str) -> object:
    """The value that was typed. Raises InputError, with what is expected, for one that makes no sense."""
    entry = KEYS[key]
    try:
        value = entry.read(text.strip())
    except ValueError as error:
        raise _refused(key, text, _EXPECTED[key]) from error
    fault = fault_of(msgspec.structs.replace(Settings(), **{entry.field: value}))
    if fault is not None:
        raise _refused(key, text, fault[1])
    return value


def expected(key: str) -> Text:
    """What the setting takes."""
    return _EXPECTED[key]


def as_value(settings: Settings, key: str) -> object:
    """The setting's value for JSON."""
    value = getattr(settings, KEYS[key].field)
    return list(value) if isinstance(value, tuple) else value


def shown(settings: Settings, key: str) -> Text:
    """The setting's value as it would be typed, and where nothing is set, what holds instead."""
    value = as_value(settings, key)
    if value in (None, []):
        return _UNSET[key]
    if isinstance(value, bool):
        return same("on" if value else "off")
    if isinstance(value, dict):
        return same(",".join(f"{area}={shown_weight(weight)}" for area, weight in value.items()))
    return same(printable(os.pathsep.join(value) if isinstance(value, list) else str(value)))


def _one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in known:
            raise ValueError(text)
        return text.lower()

    return read


def _switch(text: str) -> bool:
    return _one_of("on", "off")(text) == "on"


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise ValueError(text)
    return int(text)


def _date_to_come(text: str) -> str:
    if date.fromisoformat(text) < datetime.now().astimezone().date():  # the learner's day, wherever that is
        raise ValueError(text)
    return text


def _weights(text: str) -> dict[str, float]:
    """`math=10,ml=35,dl=50,ops=5`; areas left out weigh nothing."""
    found = dict.fromkeys(AREAS, 0.0)
    given: set[str] = set()
    for part in text.split(","):
        area, equals, number = (piece.strip() for piece in part.partition("="))
        if not equals or area not in AREAS or area in given:
            raise ValueError(part)
        given.add(area)
        found[area] = float(number)
    return found


def _banks(text: str) -> tuple[str, ...]:
    """Folders, separated as in PATH, each of which must hold `questions/`; kept as absolute paths."""
    folders = [Path(part).expanduser() for part in text.split(os.pathsep) if part]
    if not folders or not all((folder / "questions").is_dir() for folder in folders):
        raise ValueError(text)
    found = tuple(str(folder.resolve()) for folder in folders)
    "".join(found).encode()  # a name that is no Unicode raises ValueError: the file could not hold it
    return found


def _refused(key: str, text: str, expected: Text) -> InputError:
    value = printable(text, 80)
    return InputError(
        Text(f"「{value}」は設定できません。{expected.ja}", f"It cannot be '{value}'. {expected.en}"),
        same(f"quizdl config {key} {KEYS[key].example}"),
        key,
    )


KEYS: dict[str, Key] = {
    "language": Key(
        "language",
        Text("表示言語。--lang と QUIZDL_LANG が優先される", "Display language; --lang and QUIZDL_LANG come first"),
        _one_of(*get_args(Lang)),
        "ja",
    ),
    "exam-date": Key(
        "exam_date",
        Text("試験日。この日に向けて復習を計画する", "The exam's date; reviews are planned up to it"),
        _date_to_come,
        "2027-02-19",
    ),
    "daily-minutes": Key("daily_minutes", Text("1 日の学習時間(分)", "Minutes of study a day"), _whole, "30"),
    "pass-line": Key(
        "pass_line",
        Text(
            "模試の合格ライン(%)。実際の値は非公開で、65 は推定",
            "Pass line of mock exams in per cent; the real one is not published, 65 is an estimate",
        ),
        _whole,
        "65",
    ),
    "framework": Key(
        "framework",
        Text("出題するフレームワーク", "Which framework's questions are asked"),
        _one_of(*get_args(Framework)),
        "pytorch",
    ),
    "weights": Key(
        "weights",
        Text(
            "模試の分野ごとの出題割合。実際の値は非公開で、既定は推定",
            "How mock exams weigh the areas; the real weights are not published, the default is an estimate",
        ),
        _weights,
        "math=10,ml=35,dl=50,ops=5",
    ),
    "banks": Key(
        "banks",
        Text("自分の問題集のフォルダー(PATH と同じ区切り)", "Folders of your own question banks, separated as in PATH"),
        _banks,
        "DIR",
    ),
    "plain": Key(
        "plain",
        Text(
            "読み上げ向けの表示。線・棒・表・色を使わず、すべて言葉で示す",
            "Output to be read aloud: no lines, bars, columns or colours, all of it in words",
        ),
        _switch,
        "on",
    ),
    "ascii": Key(
        "ascii",
        Text("日本語のほかは ASCII の文字だけで表示する", "No sign beyond ASCII but Japanese text"),
        _switch,
        "on",
    ),
}

_EXPECTED: dict[str, Text] = {
    "language": Text("ja か en です。", "It is ja or en."),
    "exam-date": Text("2027-02-19 のような、今日以降の日付です。", "It is a date from today on, such as 2027-02-19."),
    "daily-minutes": Text("1〜1440 の整数です。", "It is a whole number from 1 to 1440."),
    "pass-line": Text("1〜100 の整数(パーセント)です。", "It is a whole number of per cent from 1 to 100."),
    "framework": Text("pytorch か tensorflow です。", "It is pytorch or tensorflow."),
    "weights": Text("math=10,ml=35,dl=50,ops=5 のように書きます。", "It is written like math=10,ml=35,dl=50,ops=5."),
    "banks": Text("questions/ を含むフォルダーを指定します。", "It names folders that hold questions/."),
    "plain": Text("on か off です。", "It is on or off."),
    "ascii": Text("on か off です。", "It is on or off."),
}

_UNSET: dict[str, Text] = {
    "language": Text("(未設定: ロケールに従う)", "(not set: the locale's)"),
    "exam-date": Text("(未設定)", "(not set)"),
    "banks": Text("(なし)", "(none)"),
}
