"""`quizdl bank stats`: how hard each question is, whether it discriminates, and which distractors are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.model import Question
    from quizdl.report.items import ItemStatistics

HELP = tr(
    "解答の記録から、問題ごとの正答率・識別力・各誤答の選ばれ方を表示する。",
    "From the record: each question's difficulty, discrimination, and the choice of each distractor.",
)
EXAMPLES = "quizdl bank stats\nquizdl bank stats --section lstm --json\nquizdl bank stats --bank my-course"

_NOTHING = Text("該当する解答の記録はまだありません。", "No answers to these questions are recorded yet.")
_NOTE = Text(
    "正答率は得点の平均。識別力は、同じ回のほかの解答の成績との相関(5 回以上)。0 未満なら正解を疑ってください。",
    "Difficulty is the mean score. Discrimination is the correlation with the other answers of the same sitting "
    "(five or more): below 0, doubt the key.",
)


def command(
    day: DayOption = None,
    stage: StageOption = None,
    section: SectionOption = None,
    chapter: ChapterOption = None,
    kind: KindOption = None,
    bank: BanksOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Show the statistics, hardest questions first."""
    check_language(lang)
    open_banks(bank)
    wanted = selection(day, stage, section, chapter, kind)
    from quizdl.paths import record_file
    from quizdl.record import Store
    from quizdl.report.items import item_statistics

    known = {one.id: _mistakes(one) for one in open_library(drafts=True).select(wanted)}
    with Store.open(record_file()) as store:
        found = item_statistics(store.past(), known)
    if as_json:
        import msgspec

        from quizdl.cli.objects import print_json

        print_json(msgspec.to_builtins(found))
        return 0
    _print(found)
    return 0


def _mistakes(question: Question) -> list[str]:
    """The ids of a question's wrong options or mistakes."""
    wrong = [one.id for one in getattr(question, "options", ()) if not one.correct]
    return wrong + [one.id for one in getattr(question, "mistakes", ())]


def _print(found: list[ItemStatistics]) -> None:
    from quizdl.screen.console import make_console
    from quizdl.screen.page import Gap, Page, Paragraph, Table

    console = make_console()
    if not found:
        console.print(_NOTHING.of(current()))
        return
    header = (tr("問題", "question"), tr("解答", "answers"), tr("正答率", "difficulty"), tr("識別力", "discrim."))
    rows = tuple((*_numbers(item), (_chosen(item), "quiet")) for item in found)
    table = Table(rows, (*header, tr("誤答", "wrong answers")), frozenset({1, 2, 3}))
    console.print(Page((table, Gap(), Paragraph(((_NOTE.of(current()), "quiet"),)))))


def _numbers(item: ItemStatistics) -> tuple[tuple[str, str], ...]:
    doubtful = item.discrimination is not None and item.discrimination < 0
    return (
        (item.id, "title"),
        (str(item.answers), ""),
        ("-" if item.difficulty is None else f"{item.difficulty:.2f}", ""),
        ("-" if item.discrimination is None else f"{item.discrimination:+.2f}", "bad" if doubtful else ""),
    )


def _chosen(item: ItemStatistics) -> str:
    return "  ".join(f"{name} {count}" for name, count in item.chosen.items())
