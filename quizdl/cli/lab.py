"""`quizdl lab`: the curriculum's experiments; without a name the list, which needs no NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language
from quizdl.errors import InputError
from quizdl.labs.catalogue import ENTRIES, Entry
from quizdl.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable

HELP = tr("講座の実験を手元で動かす。名前なしで一覧。", "Run the curriculum's experiments; without a name, list them.")
EXAMPLES = (
    "quizdl lab\nquizdl lab sine-wave\nquizdl lab binary-addition --hidden-size 4 --html addition.html\n"
    "quizdl lab binary-addition --sweep hidden_size=4,16,64"
)


def command(context: typer.Context, as_json: JsonOption = False, lang: LangOption = None) -> int:
    """List the labs, where none is named."""
    check_language(lang)
    if context.invoked_subcommand is not None:
        return 0
    if as_json:
        from quizdl.cli.objects import print_json

        print_json([_listed(entry) for entry in ENTRIES])
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.lab_list import lab_list

    make_console().print(lab_list(ENTRIES, current()))
    return 0


def commands(argv: Sequence[str]) -> list[tuple[str, Callable[..., int], str, str]]:
    """A command for each lab, as (name, function, help, examples); only the one that is typed knows its options.

    Raises InputError for a lab that there is not.
    """
    name = _typed(argv)
    if name is not None and name not in {entry.name for entry in ENTRIES}:
        raise _unknown(name)
    return [_command(entry, opened=entry.name == name) for entry in ENTRIES]


def _command(entry: Entry, *, opened: bool) -> tuple[str, Callable[..., int], str, str]:
    if not opened:
        return entry.name, _closed, entry.line.of(current()), ""
    from quizdl.cli.lab_options import command_of

    return command_of(entry)


def _closed() -> int:
    """What stands for the labs that were not typed: they are listed, and never called."""
    return 0


def _typed(argv: Sequence[str]) -> str | None:
    """The first word after `lab` that is neither an option nor a language.

    >>> _typed(["lab", "--lang", "ja", "sine-wave", "--seed", "1"])
    'sine-wave'
    >>> _typed(["lab", "--json"])
    """
    words = iter(argv[argv.index("lab") + 1 :] if "lab" in argv else ())
    for word in words:
        if word == "--lang":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _unknown(name: str) -> InputError:
    from quizdl.sanitise import printable

    shown = printable(name, 60)
    near = get_close_matches(name.lower().replace("_", "-"), [entry.name for entry in ENTRIES], 1)
    if near:
        return InputError(
            Text(
                f"「{shown}」という実験はありません。「{near[0]}」のことでしょうか。",
                f"There is no lab '{shown}'. Did you mean '{near[0]}'?",
            ),
            same(f"quizdl lab {near[0]}"),
        )
    return InputError(Text(f"「{shown}」という実験はありません。", f"There is no lab '{shown}'."), same("quizdl lab"))


def _listed(entry: Entry) -> dict[str, object]:
    """One lab of `lab --json`."""
    return {"name": entry.name, "line": entry.line.of(current()), "sections": list(entry.sections)}
