"""`quizdl answer ID TEXT`: grade one answer of any kind."""

from __future__ import annotations

from typing import Annotated

import typer

from quizdl.cli.banks import BanksOption, open_banks, open_library
from quizdl.cli.grading import grade_once
from quizdl.cli.language import tr
from quizdl.cli.options import IdArgument, InputSeedOption, JsonOption, LangOption, SeedOption, check_language
from quizdl.cli.submission import typed_answer

HELP = tr("解答を 1 つ採点する。", "Grade one answer.")
EXAMPLES = (
    "quizdl answer conv-output-size 3x3\nquizdl answer chain-rule '2(x+y)'\n"
    "quizdl answer gradient-clipping 'gradient * rate' --json\nquizdl answer lstm-step @lstm_step.py"
)

TextArgument = Annotated[
    str,
    typer.Argument(
        metavar="TEXT",
        help=tr(
            "解答。選択肢は記号、コードの穴埋めは式、関数全体は @ファイル",
            "The answer: a letter, a number, maths, a word, a fill; @FILE for a whole function",
        ),
    ),
]


def command(
    question_id: IdArgument,
    text: TextArgument,
    seed: SeedOption = 0,
    input_seed: InputSeedOption = None,
    bank: BanksOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Grade TEXT as an answer to the question."""
    check_language(lang)
    open_banks(bank)
    from quizdl.bank import ask

    asked = ask(open_library().find(question_id), seed)
    return grade_once(asked, typed_answer(asked, text), mode="answer", input_seed=input_seed, as_json=as_json)
