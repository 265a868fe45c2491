"""`quizdl hint ID`: a nudge, one at a time."""

from __future__ import annotations

from typing import Annotated

import typer

from quizdl.cli.banks import BanksOption, open_banks, open_library
from quizdl.cli.language import current, tr
from quizdl.cli.options import IdArgument, JsonOption, LangOption, SeedOption, check_language
from quizdl.errors import InputError
from quizdl.text import Text, same

HELP = tr("ヒントを 1 つずつ表示する。", "Show a hint, one at a time.")
EXAMPLES = "quizdl hint lstm-step\nquizdl hint lstm-step -n 2"

NumberOption = Annotated[
    int, typer.Option("--number", "-n", metavar="N", help=tr("何番目のヒントか", "Which hint, counted from 1"))
]


def command(
    question_id: IdArgument,
    number: NumberOption = 1,
    seed: SeedOption = 0,
    bank: BanksOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Show the hint with this number, and how to get the next."""
    check_language(lang)
    open_banks(bank)
    from quizdl.bank import ask

    hints = ask(open_library().find(question_id), seed).hints
    if hints and not 1 <= number <= len(hints):
        raise InputError(
            Text(
                f"{number} 番目のヒントはありません。ヒントは {len(hints)} 個です。",
                f"There is no hint {number}: this question has {len(hints)}.",
            ),
            same(f"quizdl hint {question_id} -n 1"),
        )
    if as_json:
        from quizdl.cli.objects import print_json

        print_json({"id": question_id, "seed": seed, "hints": [hint.of(current()) for hint in hints[:number]]})
        return 0
    _print(question_id, hints, number)
    return 0


def _print(question_id: str, hints: tuple[Text, ...], number: int) -> None:
    from quizdl.screen.console import make_console
    from quizdl.screen.prose import prose

    console = make_console()
    if not hints:
        none = Text(
            "この問題にヒントはありません。解説: quizdl solution ",
            "This question has no hint. Its explanation: quizdl solution ",
        )
        console.print(prose(none.of(current()) + question_id))
        return
    console.print(prose(f"{number}/{len(hints)}  {hints[number - 1].of(current())}"))
    if number < len(hints):
        following = Text("次のヒント: ", "The next hint: ").of(current())
        console.print(prose(f"{following}quizdl hint {question_id} -n {number + 1}"))
