"""`quizdl bank fork ID`: a shipped question as a course's own, with another name and other numbers."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Annotated

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import IdArgument, LangOption, check_language
from quizdl.screen.say import say
from quizdl.text import Text

HELP = tr(
    "同梱の問題を、名前と数値を変えて自分の問題集に写す。",
    "Copy a shipped question into a bank of your own, renamed and with other numbers.",
)
EXAMPLES = (
    "quizdl bank fork conv-output-size --out my-course\nquizdl bank fork lstm-step --out my-course --as week3-lstm"
)

OutOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help=tr("自分の問題集(なければ作る)", "Your bank (made where missing)"))
]
AsOption = Annotated[
    str | None, typer.Option("--as", metavar="ID", help=tr("新しい ID(既定: my-ID)", "The new id (default: my-ID)"))
]
ForkSeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="S", min=1, help=tr("数値を引く種(既定: 毎回違う)", "Which numbers"))
]


def command(
    question_id: IdArgument,
    out: OutOption,
    new_id: AsOption = None,
    seed: ForkSeedOption = None,
    lang: LangOption = None,
) -> int:
    """Copy one question."""
    check_language(lang)
    from quizdl.authoring.fork import fork
    from quizdl.cli.banks import open_library

    question = open_library().find(question_id)
    name = new_id or f"my-{question_id.rpartition('.')[2]}"
    drawn = random.SystemRandom().randrange(1, 1 << 31) if seed is None else seed
    copy = fork(question, name, out, drawn)
    print(copy.path)
    if not copy.redrawn:
        note = Text(
            "数値を引かない問題なので、問題文と選択肢を自分で書き換えてください。",
            "It draws no numbers: change its words and options yourself.",
        )
        say(note.of(current()))
    print(f"  quizdl bank preview {copy.path}")
    print(f"  quizdl practice --bank {out} --id {out.resolve().name}.{name}")
    return 0
