"""A lab's options as they are typed: read, checked, and described in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches

from quizdl.errors import InputError
from quizdl.labs.core import Lab, Option, Setting, Settings
from quizdl.sanitise import printable
from quizdl.text import Text, same


def flag(option: Option) -> str:
    """How it is typed.

    >>> flag(Option("hidden_size", 16, same("units")))
    '--hidden-size'
    """
    return "--" + option.name.replace("_", "-")


def chosen(lab: Lab, typed: Mapping[str, str]) -> Settings:
    """A value for every option: what was typed under its name, else its default. Raises InputError."""
    return {
        option.name: read(lab, option, typed[option.name]) if option.name in typed else option.default
        for option in lab.options
    }


def read(lab: Lab, option: Option, typed: str) -> Setting:
    """The value that was typed. Raises InputError, with what is allowed, for anything else."""
    value = _value(option, typed.strip())
    if value is None:
        shown, allowed = printable(typed, 60), allowed_values(option)
        raise InputError(
            Text(
                f"{flag(option)} に {shown!r} は指定できません。{allowed.ja}を指定してください。",
                f"{flag(option)} cannot be {shown!r}: it takes {allowed.en}.",
            ),
            same(f"quizdl lab {lab.name} --help"),
        )
    return value


def sweep_of(lab: Lab, typed: str) -> tuple[Option, tuple[Setting, ...]]:
    """The option and the values of `name=v1,v2,…`, each value once. Raises InputError."""
    name, equals, values = typed.partition("=")
    option = _named(lab, name.strip().lstrip("-").replace("-", "_"))
    if not equals or not values.strip():
        raise InputError(
            Text(
                f"--sweep は {option.name}=値1,値2,… の形で指定してください。",
                f"--sweep is written {option.name}=value1,value2,…",
            ),
            same(f"quizdl lab {lab.name} --sweep {option.name}={_example(option)}"),
        )
    found = tuple(dict.fromkeys(read(lab, option, value) for value in values.split(",")))
    if len(found) > MOST_RUNS:
        raise InputError(
            Text(
                f"--sweep で比べられるのは {MOST_RUNS} 個までです（{len(found)} 個ありました）。",
                f"--sweep compares at most {MOST_RUNS} values; there are {len(found)}.",
            ),
            same(f"quizdl lab {lab.name} --help"),
        )
    return option, found


MOST_RUNS = 12


def command_line(lab: Lab, settings: Settings) -> str:
    """What to type for these settings: the options that are not at their defaults."""
    words = [
        f"{flag(option)} {settings[option.name]}" for option in lab.options if settings[option.name] != option.default
    ]
    return " ".join([f"quizdl lab {lab.name}", *words])


def allowed_values(option: Option) -> Text:
    """What the option takes, in words: 1 to 256, one of three words, a whole number."""
    if option.choices:
        listed = ", ".join(option.choices)
        return Text(f"{listed} のいずれか", f"one of {listed}")
    whole = isinstance(option.default, int)
    kind = Text("整数", "a whole number") if whole else Text("数", "a number")
    low, high = (None if end is None else f"{end:g}" for end in (option.low, option.high))
    if low is not None and high is not None:
        return Text(f"{low}〜{high} の{kind.ja}", f"{kind.en} from {low} to {high}")
    if low is not None:
        return Text(f"{low} 以上の{kind.ja}", f"{kind.en}, {low} or more")
    return Text(f"{high} 以下の{kind.ja}", f"{kind.en}, {high} or less") if high is not None else kind


def _value(option: Option, typed: str) -> Setting | None:
    """None where the option does not take it."""
    if isinstance(option.default, str):
        return typed if not option.choices or typed in option.choices else None
    try:
        number = int(typed) if isinstance(option.default, int) else float(typed)
    except ValueError:
        return None
    low = -math.inf if option.low is None else option.low
    high = math.inf if option.high is None else option.high
    return number if math.isfinite(number) and low <= number <= high else None


def _named(lab: Lab, name: str) -> Option:
    names = {option.name: option for option in lab.options}
    if name in names:
        return names[name]
    shown, known = printable(name, 60), ", ".join(names)
    near = get_close_matches(name, names, 1)
    guess = Text(f"「{near[0]}」のことでしょうか。", f" Did you mean '{near[0]}'?") if near else Text("", "")
    raise InputError(
        Text(
            f"この実験に {shown!r} という設定はありません。{guess.ja}変えられるもの: {known}",
            f"This lab has no setting {shown!r}.{guess.en} What can be varied: {known}",
        ),
        same(f"quizdl lab {lab.name} --help"),
    )


def _example(option: Option) -> str:
    """Values that the option takes, for a command that can be typed.

    >>> _example(Option("hidden_size", 16, same("units"))), _example(Option("layer", "gru", same(""), ("rnn", "gru")))
    ('16,32', 'rnn,gru')
    """
    if option.choices:
        return ",".join(option.choices)
    if isinstance(option.default, str):
        return option.default
    doubled = option.default * 2
    return f"{option.default},{doubled if option.high is None or doubled <= option.high else option.high:g}"
