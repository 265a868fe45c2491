"""`quizdl list`: which questions there are."""

from __future__ import annotations

import gc
from pathlib import Path
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
from quizdl.cli.status_line import StatusLine
from quizdl.text import Text

HELP = tr("問題の一覧を表示する。", "List the questions.")
EXAMPLES = "quizdl list --day 3\nquizdl list --chapter 3-5 --kind code\nquizdl list --section lstm --json"

_SILENT_FILES = 50
_REFRESH = 0.2

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
    gc.disable()  # a long list makes many small things, and all of them are wanted to the end
    wanted = selection(day, stage, section, chapter, kind)
    with Reading() as reading:
        questions = open_library(drafts).rows(wanted, reading)
    if as_json:
        from quizdl.cli.objects import print_json, row_object

        print_json([row_object(question) for question in questions])
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.tables import question_table

    make_console().print(question_table(questions, current()), crop=False)  # cropping would look at every line
    return 0


class Reading(StatusLine):
    """Says at a terminal how many files were read so far: the first list of a big bank takes its time, the next does
    not."""

    def __init__(self) -> None:
        super().__init__(_REFRESH)
        self._files = 0

    def __call__(self, path: Path) -> None:
        """A file is about to be parsed."""
        self._files += 1
        if self._files > _SILENT_FILES and self.at_terminal and self.is_due():
            said = Text(f"問題集を読んでいます… {self._files} ファイル", f"Reading the bank… {self._files} files")
            self.say(said.of(current()))
