"""`quizdl bank`: what authors do with a bank, a file each; and `quizdl bank coverage`, what the bank covers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizdl.cli import bank_check, bank_export, bank_fork, bank_import, bank_new, bank_preview, bank_schema, bank_stats
from quizdl.cli.bank_check import BankOption
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

if TYPE_CHECKING:
    from quizdl.model import Question, Selection
    from quizdl.screen.page import Page

HELP = tr("問題集を作る・検査する・ほかのツールとやり取りする。", "Write, check and exchange question banks.")
EXAMPLES = "quizdl bank new --bank my-course\nquizdl bank check --bank my-course\nquizdl bank preview conv-output-size"

COVERAGE_HELP = tr(
    "講座とシラバスの項目のうち、問題があるもの、ないものを表示する。",
    "Show which topics of the course and the syllabus have a question, and which have none.",
)
COVERAGE_EXAMPLES = (
    "quizdl bank coverage\nquizdl bank coverage --day 3\nquizdl bank coverage --chapter 3-5 --json\n"
    "quizdl bank coverage --syllabus --chapter 2\nquizdl bank coverage --exam"
)

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


COMMANDS = (
    ("check", bank_check.command, bank_check.HELP, bank_check.EXAMPLES),
    ("coverage", coverage, COVERAGE_HELP, COVERAGE_EXAMPLES),
    ("new", bank_new.command, bank_new.HELP, bank_new.EXAMPLES),
    ("stats", bank_stats.command, bank_stats.HELP, bank_stats.EXAMPLES),
    ("preview", bank_preview.command, bank_preview.HELP, bank_preview.EXAMPLES),
    ("fork", bank_fork.command, bank_fork.HELP, bank_fork.EXAMPLES),
    ("schema", bank_schema.command, bank_schema.HELP, bank_schema.EXAMPLES),
    ("export", bank_export.command, bank_export.HELP, bank_export.EXAMPLES),
    ("import", bank_import.command, bank_import.HELP, bank_import.EXAMPLES),
)
