"""`quizdl list`: which questions there are."""

from __future__ import annotations

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


def command(
    day: DayOption = None,
    stage: StageOption = None,
    section: SectionOption = None,
    chapter: ChapterOption = None,
    kind: KindOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """List the questions that match."""
    check_language(lang)
    from quizdl.bank import Library

    questions = Library().select(selection(day, stage, section, chapter, kind))
    if as_json:
        from quizdl.cli.objects import listed_object, print_json

        print_json([listed_object(question) for question in questions])
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.tables import question_table

    make_console().print(question_table(questions, current()))
    return 0
