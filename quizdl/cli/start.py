"""`quizdl start ID`: writes the fill-in file, ready to edit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quizdl.cli.banks import BanksOption, open_banks, open_library
from quizdl.cli.language import current, tr
from quizdl.cli.options import IdArgument, LangOption, SeedOption, check_language
from quizdl.errors import InputError
from quizdl.model import Asked, Code, Question
from quizdl.screen.say import say
from quizdl.text import Text, same
from quizdl.whole import write_new

HELP = tr("コード問題の穴埋めファイルを書き出す。", "Write a code question's fill-in file, ready to edit.")
EXAMPLES = "quizdl start lstm-step\nquizdl start gradient-clipping --dir work"

DirOption = Annotated[
    Path, typer.Option("--dir", metavar="DIR", help=tr("書き出すフォルダー", "The folder to write into"))
]


def command(
    question_id: IdArgument,
    folder: DirOption = Path(),
    seed: SeedOption = 0,
    bank: BanksOption = None,
    lang: LangOption = None,
) -> int:
    """Write `<id>.py` with the stem as a comment above the template; never overwrites."""
    check_language(lang)
    open_banks(bank)
    from quizdl.bank import ask

    question = open_library().find(question_id)
    check_is_code(question)
    path = folder / f"{question_id}.py"
    _write(path, fill_in_file(ask(question, seed)))
    say(f"{tr('書き出しました', 'Written')}: {path}", path)
    say(f"{tr('提出', 'Submit')}: quizdl submit {question_id} {path}", path)
    return 0


def fill_in_file(asked: Asked) -> str:
    """The template of a code question under its stem, as a Python file."""
    from quizdl.screen.kinsoku import wrap
    from quizdl.screen.maths import plain

    stem = "\n\n".join(text.of(current()).strip() for text in (asked.stem, asked.prompt) if text)
    lines = [line for paragraph in plain(stem).split("\n") for line in (wrap(paragraph, 96) or [""])]
    comment = "\n".join(f"# {line}".rstrip() for line in lines)
    assert isinstance(asked.question, Code)  # noqa: S101 - checked by the caller
    return f"{comment}\n\n{asked.question.template.rstrip()}\n"


def check_is_code(question: Question) -> None:
    """Raises InputError for a question of another kind, with how that one is answered."""
    if not isinstance(question, Code):
        raise InputError(
            Text(
                f"{question.id} はコード問題ではありません({question.kind})。",
                f"{question.id} is not a code question but {question.kind}.",
            ),
            same(f"quizdl answer {question.id} TEXT"),
        )


def _write(path: Path, text: str) -> None:
    try:
        write_new(path, text.encode())
    except FileExistsError as error:
        raise InputError(
            Text("すでにファイルがあるため、上書きしませんでした。", "This file exists already; it was left as it is."),
            same(f"quizdl submit {path.stem} {path}"),
            str(path),
        ) from error
