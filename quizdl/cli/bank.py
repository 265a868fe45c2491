"""`quizdl bank check` and `quizdl bank coverage`: the bank proves itself, and says what it covers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import (
    ChapterOption,
    DayOption,
    JsonOption,
    LangOption,
    StageOption,
    check_language,
    selection,
)
from quizdl.errors import InputError
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.model import Question, Selection
    from quizdl.screen.page import Page

HELP = tr("問題集を検査する。", "Look after a question bank.")
EXAMPLES = "quizdl bank check"

CHECK_HELP = tr(
    "問題集を検査する。正解は通り、間違いは落ち、数値は計算と一致することを確かめる。",
    "Prove the bank: every solution passes, every mistake fails by name, every key is what the engine computes.",
)
CHECK_EXAMPLES = "quizdl bank check\nquizdl bank check questions/day3/lstm.yaml"

COVERAGE_HELP = tr(
    "講座とシラバスの項目のうち、問題があるもの、ないものを表示する。",
    "Show which topics of the course and the syllabus have a question, and which have none.",
)
COVERAGE_EXAMPLES = (
    "quizdl bank coverage\nquizdl bank coverage --day 3\nquizdl bank coverage --chapter 3-5 --json\n"
    "quizdl bank coverage --syllabus --chapter 2\nquizdl bank coverage --exam"
)

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help=tr("検査するファイル(既定: すべて)", "Files to check (default: all)")),
]
BankOption = Annotated[
    Path | None,
    typer.Option(
        "--bank",
        metavar="DIR",
        help=tr("questions/ と solutions/ を持つフォルダー", "A folder with questions/ and solutions/"),
    ),
]

SyllabusOption = Annotated[
    bool,
    typer.Option("--syllabus", help=tr("シラバスのキーワードごとに表示する", "By the syllabus's keywords instead")),
]
ExamOption = Annotated[
    bool,
    typer.Option(
        "--exam", help=tr("模試に出せる問題の数を分野ごとに表示する", "How many questions an exam may draw from")
    ),
]


def check(
    files: FilesArgument = None, bank: BankOption = None, as_json: JsonOption = False, lang: LangOption = None
) -> int:
    """Check the bank, or some of its files; 1 where faults were found."""
    check_language(lang)
    from quizdl.authoring.check import check_bank
    from quizdl.paths import bank_root

    root = bank or bank_root()
    _require_bank(root, tuple(files or ()))
    report = check_bank(root, tuple(files or ()))
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(report.as_json(current()))
    else:
        for line in report.lines(current()):
            print(line)
    return 1 if report.faults else 0


def coverage(
    day: DayOption = None,
    stage: StageOption = None,
    chapter: ChapterOption = None,
    by_syllabus: SyllabusOption = False,
    exam: ExamOption = False,
    bank: BankOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Compare the bank with the lists that it keeps, or with what an exam needs."""
    check_language(lang)
    from quizdl.bank import Library
    from quizdl.model import Selection
    from quizdl.paths import bank_root

    root = bank or bank_root()
    wanted = selection(day, stage, None, chapter, None)
    questions = Library(root).select(Selection())
    shown = _pools(questions) if exam else _keywords(root, questions, chapter) if by_syllabus else None
    page, value = shown or _topics(root, questions, wanted)
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(value)
        return 0
    from quizdl.screen.console import make_console

    make_console().print(page)
    return 0


def _topics(root: Path, questions: Sequence[Question], wanted: Selection) -> tuple[Page, dict[str, object]]:
    from quizdl.authoring.coverage import coverage as covered_by
    from quizdl.authoring.coverage import read_checklist
    from quizdl.screen.coverage import coverage_page

    found = covered_by(read_checklist(root), questions, wanted)
    return coverage_page(found, current()), found.as_json(current())


def _keywords(root: Path, questions: Sequence[Question], chapter: str | None) -> tuple[Page, dict[str, object]]:
    from quizdl.authoring import syllabus
    from quizdl.bank.glossary import read_glossary
    from quizdl.screen.coverage import syllabus_page

    every = syllabus.keywords(syllabus.read_syllabus(root), questions, read_glossary(root))
    found = syllabus.within(every, chapter)
    return syllabus_page(found, current()), syllabus.as_json(found, current())


def _pools(questions: Sequence[Question]) -> tuple[Page, dict[str, object]]:
    from quizdl.authoring.syllabus import pools
    from quizdl.screen.coverage import pool_page

    found = pools(questions)
    return pool_page(found, current()), {"areas": [one._asdict() for one in found]}


def _require_bank(root: Path, files: tuple[Path, ...]) -> None:
    """Raises InputError where there is nothing to check: a slip in a path must not look like a sound bank."""
    if not files and not (root / "questions").is_dir():
        raise InputError(
            Text("questions/ フォルダーがありません。", "There is no questions/ folder here."),
            same("quizdl bank check --bank DIR"),
            str(root),
        )
    for path in files:
        if not path.is_file():
            raise InputError(
                Text("問題ファイルがありません。", "There is no such bank file."), same("quizdl bank check"), str(path)
            )


COMMANDS = (
    ("check", check, CHECK_HELP, CHECK_EXAMPLES),
    ("coverage", coverage, COVERAGE_HELP, COVERAGE_EXAMPLES),
)
