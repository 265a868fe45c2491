"""What a learner has chosen once: language, exam date, minutes a day, pass line, framework, weights, banks.

They lie in `settings.toml` in the user's folder, where they may also be edited by hand.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import msgspec

from quizdl.areas import AREAS, WEIGHTS
from quizdl.errors import InputError
from quizdl.model import Framework
from quizdl.paths import home
from quizdl.sanitise import printable
from quizdl.text import Lang, Text
from quizdl.whole import write_whole

FILE = "settings.toml"
MOST_BYTES = 1 << 16
PASS_LINE = 65
"""Per cent. An estimate: the real pass line is not published."""

DAILY_MINUTES = 30


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings, each with its default. exam_date: an ISO date. pass_line: per cent. banks: absolute paths.

    plain, ascii: how the terminal shows things, as in `screen.look`.
    """

    language: Lang | None = None
    exam_date: str | None = None
    daily_minutes: int = DAILY_MINUTES
    pass_line: int = PASS_LINE
    framework: Framework = "pytorch"
    weights: dict[str, float] = msgspec.field(default_factory=lambda: dict(WEIGHTS))
    banks: tuple[str, ...] = ()
    plain: bool = False
    ascii: bool = False


def settings_file() -> Path:
    """Where the settings lie."""
    return home() / FILE


def load_settings() -> Settings:
    """The settings, or the defaults where nothing was ever chosen. Raises InputError, with file and line, for a file
    that cannot be understood; the file stays as it is.
    """
    path = settings_file()
    try:
        text = path.read_bytes()[: MOST_BYTES + 1].decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):  # where the home cannot be made, the record says so
        return Settings()
    except OSError as error:
        raise _broken(path, 0, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise _broken(path, 0, "UTF-8?") from error
    return _read(text, path)


def settings_or_defaults() -> Settings:
    """As `load_settings`; the defaults where the file cannot be understood, which those who need it complain about."""
    try:
        return load_settings()
    except InputError:
        return Settings()


def save_settings(settings: Settings) -> None:
    """Replace the file by one with these settings, as a whole or not at all."""
    path = settings_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, written(settings).encode("utf-8"))


def written(settings: Settings) -> str:
    """The settings as TOML; those that have no value are left out."""
    import json

    lines = []
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, dict):
            inner = ", ".join(f"{area} = {shown_weight(weight)}" for area, weight in value.items())
            lines.append(f"{name} = {{ {inner} }}")
        elif value is not None:
            text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # with that, such JSON is TOML
            lines.append(f"{name} = {text}")
    return "\n".join(lines) + "\n"


def shown_weight(weight: float) -> str:
    """A weight as people write it: 10, not 10.0."""
    return str(int(weight)) if float(weight).is_integer() else repr(weight)


def fault_of(settings: Settings) -> tuple[str, Text] | None:
    """The first setting whose value makes no sense, with what it must be; None where all do."""
    if settings.exam_date is not None and not _is_date(settings.exam_date):
        return "exam_date", Text("2027-02-19 のような日付で指定します。", "It is a date such as 2027-02-19.")
    if not 1 <= settings.daily_minutes <= 24 * 60:
        return "daily_minutes", Text("1〜1440 の整数です。", "It is a whole number from 1 to 1440.")
    if not 1 <= settings.pass_line <= 100:
        return "pass_line", Text("1〜100 の整数(パーセント)です。", "It is a whole number of per cent from 1 to 100.")
    if not _are_weights(settings.weights):
        known = ", ".join(AREAS)
        return "weights", Text(
            f"{known} に 0 以上の数を割り当て、少なくとも 1 つは正の数にします。",
            f"They give {known} numbers of 0 or more, one of them above 0.",
        )
    return None


def _read(text: str, path: Path) -> Settings:
    import tomllib
    from datetime import date

    try:
        found_there = tomllib.loads(text)
        if isinstance(day := found_there.get("exam_date"), date):  # TOML has dates of its own, without quotes
            found_there["exam_date"] = day.isoformat()
        settings = msgspec.convert(found_there, Settings)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise _broken(path, int(found[1]) if found else text.count("\n") + 1, str(error)) from error
    except msgspec.ValidationError as error:
        names = re.findall(r"`\$?\.?(\w+)", str(error))
        raise _broken(path, _line_of(names, text), str(error)) from error
    if fault := fault_of(settings):
        name, meaning = fault
        raise _broken(path, _line_of([name], text), name, meaning)
    return settings


def _line_of(names: list[str], text: str) -> int:
    """The line on which the first of these settings stands that stands anywhere; 1 where none does."""
    for name in names:
        found = re.search(rf"""^\s*\[?["']?{name}\b""", text, re.MULTILINE)
        if found:
            return text.count("\n", 0, found.end()) + 1
    return 1


def _broken(path: Path, line: int, reason: str, meaning: Text | None = None) -> InputError:
    said = printable(reason, 200)
    ja, en = (f"{said}: {meaning.ja}", f"{said}: {meaning.en}") if meaning else (said, said)
    return InputError(
        Text(f"設定ファイルを読めません: {ja}", f"The settings cannot be read: {en}"),
        Text(
            f"その行を直すか、{FILE} の名前を変えてから quizdl config で設定し直してください。",
            f"Mend that line, or rename {FILE} and set it up again with quizdl config.",
        ),
        f"{path}:{line}" if line else str(path),
    )


def _is_date(text: str) -> bool:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _are_weights(weights: dict[str, float]) -> bool:
    values = list(weights.values())
    return set(weights) <= set(AREAS) and all(math.isfinite(v) and v >= 0 for v in values) and sum(values) > 0
