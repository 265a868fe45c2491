"""`quizdl list`: which questions there are."""

from __future__ import annotations

from typing import Annotated

import typer

from quizdl.cli.banks import BanksOption, open_banks, open_library
from quizdl.cli.language import current, tr
from quizdl.cli.options import (
    ChapterOption,
    DayOption,
    JsonOption,
    KindOption,
    LangOption,
    SectionOption,
    StageOption,
    check_language,
    selection,
)

HELP = tr("問題の一覧を表示する。", "List the questions.")
EXAMPLES = "quizdl list --day 3\nquizdl list --chapter 3-5 --kind code\nquizdl list --section lstm --json"


DraftsOption = Annotated[bool, typer.Option("--drafts", help=tr("下書きも表示する", "Drafts as well"))]


def command(
    day: DayOption = None,
    stage: StageOption = None,
    section: SectionOption = None,
    chapter: ChapterOption = None,
    kind: KindOption = None,
    bank: BanksOption = None,
    drafts: DraftsOption = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """List the questions that match."""
    check_language(lang)
    open_banks(bank)
    questions = open_library(drafts).select(selection(day, stage, section, chapter, kind))
    if as_json:
        from quizdl.cli.objects import listed_object, print_json

        print_json([listed_object(question) for question in questions])
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.tables import question_table

    make_console().print(question_table(questions, current()))
    return 0
