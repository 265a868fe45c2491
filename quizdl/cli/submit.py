"""`quizdl submit ID FILE`: run and grade a file of code."""

from __future__ import annotations

from typing import Annotated

import typer

from quizdl.cli.banks import BanksOption, open_banks, open_library
from quizdl.cli.grading import grade_once
from quizdl.cli.language import tr
from quizdl.cli.options import IdArgument, InputSeedOption, JsonOption, LangOption, SeedOption, check_language
from quizdl.cli.submission import read_submission
from quizdl.model import Answer, Asked, Code
from quizdl.screen.say import say

HELP = tr("コードのファイルを実行して採点する。", "Run and grade a file of code.")
EXAMPLES = (
    "quizdl submit lstm-step lstm_step.py\nquizdl submit gradient-clipping - < clip.py\n"
    "quizdl submit lstm-step lstm_step.py --watch"
)

FileArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help=tr("提出するファイル。- で標準入力", "The file; - reads standard input")),
]
WatchOption = Annotated[
    bool, typer.Option("--watch", help=tr("保存するたびに採点し直す", "Grade again each time the file is saved"))
]


def command(
    question_id: IdArgument,
    file: FileArgument,
    watch: WatchOption = False,
    seed: SeedOption = 0,
    input_seed: InputSeedOption = None,
    bank: BanksOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Grade the file as the answer to the question."""
    check_language(lang)
    open_banks(bank)
    from quizdl.sandbox import Sandbox

    with Sandbox() as sandbox:
        sandbox.start()  # it imports NumPy in its own process while this one reads the bank and imports its grader
        from quizdl.bank import ask

        asked = ask(open_library().find(question_id), seed)

        if watch:
            from quizdl.cli.watch import watch as watch_file

            return watch_file(asked, file, input_seed=input_seed, as_json=as_json, sandbox=sandbox)
        answer = submitted_answer(asked, read_submission(file))
        code = grade_once(asked, answer, mode="submit", input_seed=input_seed, as_json=as_json, sandbox=sandbox)
    if code == 0 and not as_json:
        _name_lab(asked, file)
    return code


def _name_lab(asked: Asked, file: str) -> None:
    """Where the function that was just found right can be seen at work."""
    import shlex

    question = asked.question
    if isinstance(question, Code) and question.lab and file != "-":
        command = f"quizdl lab {question.lab} --mine {shlex.quote(file)}"
        say(tr(f"この関数を実験の中で動かす: {command}", f"See it at work in the lab: {command}"), command)


def submitted_answer(asked: Asked, source: bytes) -> Answer:
    """A file as an `Answer`: its bytes for code, its text for any other kind."""
    if isinstance(asked.question, Code):
        return Answer(source=source)
    return Answer(text=source.decode("utf-8-sig", "replace").strip())
