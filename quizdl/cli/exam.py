"""`quizdl exam`: a whole mock exam, on the screen, line by line, or on paper."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from quizdl.cli.banks import BanksOption, open_banks
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
    one_of,
    selection,
)
from quizdl.errors import InputError
from quizdl.model import ExamSheet, Selection
from quizdl.screen import look
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.cli.exam_session import ExamSession
    from quizdl.cli.exam_setting import Wanted
    from quizdl.record import Store

FrontEnd: TypeAlias = "Callable[[ExamSession], None]"
"""Whatever shows an exam, until it is handed in or left."""

HELP = tr(
    "模擬試験を受ける。既定は 104 問・120 分。-n か --minutes の一方だけなら、もう一方は同じペースに合わせる。"
    "出題割合と合格ラインは推定で、quizdl config で変えられる。直近 3 回の問題は、足りるかぎり出ない。"
    "解答はすぐに保存され、中断しても --resume で続けられる。",
    "Sit a mock exam: 104 questions in 120 minutes by default; with -n or --minutes alone, the other keeps that pace."
    " The weights of the areas and the pass line are estimates (quizdl config changes them). The last three exams'"
    " questions are left out while there are enough others. Every answer is saved at once; --resume goes on.",
)
EXAMPLES = (
    "quizdl exam\nquizdl exam -n 20 --plain\nquizdl exam --chapter 3-5 --minutes 30\nquizdl exam --resume\n"
    "quizdl exam --paper exam.html\nquizdl exam --grade answers.json"
)
INSTALL_SCREEN = "python -m pip install 'quizdl[tui]'"

CountOption = Annotated[
    int | None,
    typer.Option("-n", "--count", metavar="N", min=1, help=tr("問題数(既定: 104)", "How many questions (104)")),
]
MinutesOption = Annotated[
    float | None, typer.Option("--minutes", metavar="M", help=tr("時間(既定: 120 分)", "How many minutes (120)"))
]
ExamSeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="S",
        help=tr(
            "同じ種なら、履歴によらず同じ模試になる", "The same seed sets the same exam, whatever was asked before"
        ),
    ),
]
NoDisputedOption = Annotated[
    bool,
    typer.Option(
        "--no-disputed",
        help=tr("出題範囲か意見が分かれる問題を除く", "Leave out topics whose place in the syllabus is disputed"),
    ),
]
ClockOption = Annotated[
    str,
    typer.Option(
        "--clock",
        metavar="paused|running",
        help=tr(
            "中断中の時計: paused は止まり、running は進み続ける",
            "The clock while nobody sits there: it is paused, or keeps running",
        ),
    ),
]
ResumeOption = Annotated[bool, typer.Option("--resume", help=tr("中断した模試を続ける", "Go on with the exam"))]
PlainOption = Annotated[bool, typer.Option("--plain", help=tr("画面を使わず 1 行ずつ進める", "Line by line"))]
PaperOption = Annotated[
    Path | None,
    typer.Option(
        "--paper",
        metavar="FILE",
        help=tr("印刷・ブラウザー用の HTML に書き出す", "Write it as HTML for paper or browser"),
    ),
]
GradeOption = Annotated[
    Path | None,
    typer.Option(
        "--grade", metavar="FILE", help=tr("書き出した模試の解答を採点する", "Grade the answers to such an exam")
    ),
]


def command(
    day: DayOption = None,
    stage: StageOption = None,
    section: SectionOption = None,
    chapter: ChapterOption = None,
    kind: KindOption = None,
    count: CountOption = None,
    minutes: MinutesOption = None,
    seed: ExamSeedOption = None,
    no_disputed: NoDisputedOption = False,
    clock: ClockOption = "paused",
    resume: ResumeOption = False,
    plain: PlainOption = False,
    paper: PaperOption = None,
    grade: GradeOption = None,
    bank: BanksOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Set an exam, go on with one, write one, or grade one."""
    check_language(lang)
    open_banks(bank)
    one_of("--clock", clock, ("paused", "running"))
    from quizdl.cli.exam_setting import Wanted
    from quizdl.paths import record_file
    from quizdl.record import Store

    form: Literal["screen", "paper"] = "screen" if paper is None else "paper"
    chosen = selection(day, stage, section, chapter, kind)
    wanted = Wanted(chosen, count, minutes, seed, no_disputed, "running" if clock == "running" else "paused", form)
    _check_together(wanted, resume=resume, paper=paper, grade=grade)
    front_end = None if paper or grade else _front_end(plain=plain, as_json=as_json)
    with Store.open(record_file()) as store:
        if front_end is not None:
            return _sit(store, None if resume else wanted, front_end, as_json=as_json)
        from quizdl.cli.exam_paper import grade_paper, write_paper

        if grade is not None:
            return grade_paper(store, grade, as_json=as_json)
        return write_paper(store, wanted, paper or Path(), as_json=as_json)


def _check_together(wanted: Wanted, *, resume: bool, paper: Path | None, grade: Path | None) -> None:
    """Raises InputError for options that contradict one another."""
    chosen = [name for name, given in (("--resume", resume), ("--paper", paper), ("--grade", grade)) if given]
    if len(chosen) > 1:
        listed = ", ".join(chosen)
        raise InputError(
            Text(f"同時には指定できません: {listed}", f"These do not go together: {listed}"), same("quizdl exam --help")
        )
    if (resume or grade) and wanted != type(wanted)(Selection()):
        name = chosen[0]
        raise InputError(
            Text(
                f"{name} は設定済みの模試に使うので、問題の条件は指定できません。",
                f"{name} is for an exam that is set already: nothing else can be chosen.",
            ),
            same("quizdl exam --help"),
        )


def _front_end(*, plain: bool, as_json: bool) -> FrontEnd:
    """The full screen at a terminal, else lines; imported now, since the exam's clock runs as soon as there is a sheet.

    Raises InputError where the full screen is wanted, and Textual is not there.
    """
    streams = (sys.stdin, sys.stdout)  # None where the shell closed them
    terminal = not as_json and all(stream is not None and stream.isatty() for stream in streams)
    if terminal and not plain and not look.current().plain:
        _require_textual()
        from quizdl.screen.fullscreen.app import run_exam

        return lambda session: run_exam(session, current())
    from quizdl.cli.exam_plain import PlainExam, Typed

    return lambda session: PlainExam(session, Typed(), current(), interactive=terminal, quiet=as_json).run()


def _require_textual() -> None:
    from importlib.util import find_spec

    if find_spec("textual") is None:
        raise InputError(
            Text(
                "全画面の模試には追加の部品が必要です。なくても --plain なら同じ模試を受けられます。",
                "The full-screen exam needs an extra. Without it, --plain gives the same exam line by line.",
            ),
            same(INSTALL_SCREEN),
        )


def _sit(store: Store, wanted: Wanted | None, front_end: FrontEnd, *, as_json: bool) -> int:
    """Sit at a new exam, or with None at the one that was left."""
    from quizdl.cli.exam_lock import desk
    from quizdl.cli.exam_outcome import print_left, print_outcome, print_time_is_up
    from quizdl.cli.exam_session import ExamSession
    from quizdl.cli.failure import INTERRUPTED
    from quizdl.paths import home
    from quizdl.study.exam import seconds_left

    with desk(home()):
        sheet = _left_sheet(store) if wanted is None else _new_sheet(store, wanted, as_json=as_json)
        session = ExamSession(store, sheet)
        try:
            front_end(session)
        except KeyboardInterrupt:
            print_left(session.sitting, as_json=as_json)
            return INTERRUPTED
        if session.sitting.finished:
            if not as_json and seconds_left(session.sitting) == 0:
                print_time_is_up()
            return print_outcome(session.sitting, session.finish(), as_json=as_json)
        print_left(session.sitting, as_json=as_json)
        return 0


def _left_sheet(store: Store) -> ExamSheet:
    exam_id = store.latest_exam(unfinished=True)
    if exam_id is None:
        raise InputError(Text("中断した模試はありません。", "There is no exam to go on with."), same("quizdl exam"))
    return store.exam(exam_id)[0]


def _new_sheet(store: Store, wanted: Wanted, *, as_json: bool) -> ExamSheet:
    from quizdl.cli.banks import open_library
    from quizdl.cli.exam_outcome import print_beginning
    from quizdl.cli.exam_setting import set_exam
    from quizdl.settings import load_settings

    sheet, remark = set_exam(open_library(), store, load_settings(), wanted)
    if not as_json:
        print_beginning(sheet, remark, another=store.latest_exam(unfinished=True) is not None)
    return sheet
