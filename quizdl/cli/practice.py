"""`quizdl practice`: questions one after another, each answer graded, explained and kept."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

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
from quizdl.errors import InputError
from quizdl.model import Listed, Selection
from quizdl.study.queue import latest, missed, study_order
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.bank import Library
    from quizdl.cli.dialogue import Dialogue
    from quizdl.record import Store

HELP = tr(
    "問題を順に解く。解答は 1 問ごとに採点・解説・保存される。",
    "Answer questions one after another; each answer is graded, explained and saved at once.",
)
EXAMPLES = (
    "quizdl practice --day 3\nquizdl practice --section lstm -n 10\nquizdl practice --missed --minutes 15\n"
    "quizdl practice --id lstm-step --id gru-step --seed 7\nquizdl practice --answers answers.tsv --seed 0 --json\n"
    "quizdl practice --html menu.html --minutes 20"
)

IdsOption = Annotated[
    list[str] | None,
    typer.Option("--id", metavar="ID", help=tr("この問題を解く(繰り返し可)", "This question (repeatable)")),
]
CountOption = Annotated[
    int | None, typer.Option("-n", "--count", metavar="N", min=1, help=tr("最大の問題数", "At most N questions"))
]
MinutesOption = Annotated[
    float | None,
    typer.Option(
        "--minutes", metavar="M", min=0, help=tr("M 分たったら新しい問題を出さない", "No new question after M minutes")
    ),
]
PracticeSeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="S",
        help=tr("同じ種なら同じ問題が同じ順に出る", "The same seed asks the same, in the same order"),
    ),
]
DueOption = Annotated[
    bool,
    typer.Option(
        "--due",
        help=tr(
            "今日の予定。試験日が未設定なら復習の時期が来た問題", "Today's plan; without an exam date, what is due"
        ),
    ),
]
MissedOption = Annotated[
    bool, typer.Option("--missed", help=tr("前回間違えた問題だけ", "Only questions missed last time"))
]
FlaggedOption = Annotated[bool, typer.Option("--flagged", help=tr("印を付けた問題だけ", "Only flagged questions"))]
AnswersOption = Annotated[
    Path | None,
    typer.Option(
        "--answers", metavar="FILE", help=tr("「ID<タブ>解答」の行で答える", "Answer from `id<TAB>answer` lines")
    ),
]
HtmlOption = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help=tr(
            "今日のメニューをスマートフォン用の 1 ページに書き出す(20 分ぶん、--minutes・-n で変更)",
            "Write today's menu as one page for a phone: 20 minutes of it, or --minutes, or -n",
        ),
    ),
]

MAX_SEED = 2**31
NOTHING = Text("条件に合う問題はありません。一覧: `quizdl list`", "No question matches. See `quizdl list`.")
DONE = Text(
    "今日の予定は終わりました。もっと解くなら `quizdl practice --due --minutes 15`",
    "Today's plan is done. For more: `quizdl practice --due --minutes 15`.",
)


def command(
    day: DayOption = None,
    stage: StageOption = None,
    section: SectionOption = None,
    chapter: ChapterOption = None,
    kind: KindOption = None,
    ids: IdsOption = None,
    count: CountOption = None,
    minutes: MinutesOption = None,
    seed: PracticeSeedOption = None,
    due: DueOption = False,
    missed: MissedOption = False,
    flagged: FlaggedOption = False,
    answers: AnswersOption = None,
    html: HtmlOption = None,
    bank: BanksOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Run one session."""
    check_language(lang)
    open_banks(bank)
    wanted = selection(day, stage, section, chapter, kind)
    _check(minutes, html, answers)
    from quizdl.paths import record_file
    from quizdl.record import Store

    drawn = random.SystemRandom().randrange(MAX_SEED) if seed is None else seed
    library = open_library()
    with Store.open(record_file()) as store:
        pairs = _pairs(answers)
        if answers is not None:
            chosen: list[Listed] | None = library.named([question_id for question_id, _ in pairs])
        elif due and not (ids or missed or flagged) and wanted == Selection():
            chosen = None
        else:
            chosen = _choose(library, store, wanted, ids, seed, only_missed=missed, flagged=flagged)
        fixed = bool(ids) or seed is not None
        plan = _plan(library, store, chosen, minutes, fixed=fixed) if due or chosen is None else _Plan(chosen, minutes)
        if html is not None:
            from quizdl.cli.phone import write_phone_page

            menu = plan.questions if fixed or due else _due_first(plan.questions, store)
            return write_phone_page(
                store, library, menu, html, seed=drawn, count=count, minutes=plan.minutes, as_json=as_json
            )
        return _run(
            store,
            library,
            plan.questions[:count],
            _dialogue([answer for _, answer in pairs] if answers is not None else None, as_json=as_json),
            seed=drawn,
            minutes=plan.minutes,
            again=_again(wanted, due=due),
            as_json=as_json,
            nothing=plan.nothing,
            expected=plan.expected,
        )


def _pairs(answers: Path | None) -> list[tuple[str, str]]:
    """The ids and answers of a file."""
    if answers is None:
        return []
    from quizdl.cli.dialogue import read_answers

    return read_answers(answers)


def _check(minutes: float | None, html: Path | None, answers: Path | None) -> None:
    if minutes is not None and not math.isfinite(minutes):
        raise InputError(
            Text("--minutes は有限の数で指定してください。", "--minutes must be a finite number."),
            same("quizdl practice --minutes 15"),
        )
    if html is not None and answers is not None:
        raise InputError(
            Text("--html と --answers は同時に指定できません。", "--html and --answers do not go together."),
            same("quizdl practice --html menu.html"),
        )


def _again(wanted: Selection, *, due: bool = False) -> str:
    """The command that goes on with the same selection; what was answered is known, so the seed is left out."""
    chosen = ((f"--{name}", getattr(wanted, name)) for name in wanted.__struct_fields__)
    options = [f"{option} {value}" for option, value in chosen if value is not None]
    return " ".join(["quizdl practice", *options, *(["--due"] if due else [])])


def _choose(
    library: Library,
    store: Store,
    wanted: Selection,
    ids: list[str] | None,
    seed: int | None,
    *,
    only_missed: bool,
    flagged: bool,
) -> list[Listed]:
    """The questions to ask, in order. A given seed fixes the order too, whatever was answered before."""
    chosen = library.named(ids) if ids else _of_framework(library.outline(wanted))
    last = latest(store.past())
    if only_missed:
        chosen = missed(chosen, last)
    if flagged:
        marked = store.flagged()
        chosen = [question for question in chosen if question.id in marked]
    return chosen if ids or seed is not None else study_order(chosen, last)


class _Plan(NamedTuple):
    """What to do of what was chosen, for how many minutes, and what to say where that is nothing.

    expected: seconds by id.
    """

    questions: list[Listed]
    minutes: float | None
    nothing: Text = NOTHING
    expected: Mapping[str, float] | None = None


def _plan(library: Library, store: Store, chosen: list[Listed] | None, minutes: float | None, *, fixed: bool) -> _Plan:
    """Up to an exam the day's menu, in its order unless that is fixed; without one, what is due for review.

    chosen: None where it is the whole bank.
    """
    from quizdl.cli.planning import in_menu, planned_menu, today
    from quizdl.cli.today import due_now
    from quizdl.settings import load_settings

    settings, history = load_settings(), store.past()
    day = today(history, settings)
    among = None if chosen is None else {one.id for one in chosen}
    menu = planned_menu(library, history, settings, day, minutes=minutes, among=among)
    if menu is None:
        picked = due_now(history, library.census().known({past.question_id for past in history}))
    else:
        picked = set(menu.ids)
    if chosen is None:
        chosen = _of_framework(library.together(picked))
        chosen = chosen if fixed else study_order(chosen, latest(history))
    in_order = [one for one in chosen if one.id in picked]
    if menu is None:
        return _Plan(in_order, minutes)
    return _Plan(
        in_order if fixed else in_menu(in_order, menu),
        day.left if minutes is None else minutes,
        NOTHING if day.left else DONE,
        dict(zip(menu.ids, menu.expected, strict=True)),
    )


def _of_framework(questions: list[Listed]) -> list[Listed]:
    """Of twins that ask the same about two frameworks, the one about the framework chosen in the settings."""
    if all(question.framework is None for question in questions):
        return questions
    from quizdl.settings import load_settings

    chosen = load_settings().framework
    return [question for question in questions if question.framework in (None, chosen)]


def _due_first(questions: list[Listed], store: Store) -> list[Listed]:
    """What is due for review before everything else."""
    from quizdl.cli.today import due_now

    waiting = due_now(store.past())
    return sorted(questions, key=lambda question: question.id not in waiting)


def _dialogue(answers: list[str] | None, *, as_json: bool) -> Dialogue:
    from quizdl.cli.dialogue import Pipe, Prepared, Terminal

    if answers is not None:
        return Prepared(iter(answers))
    if sys.stdin.isatty() and sys.stdout.isatty() and not as_json:
        return Terminal()
    return Pipe(echo=not as_json)


def _run(
    store: Store,
    library: Library,
    questions: list[Listed],
    dialogue: Dialogue,
    *,
    seed: int,
    minutes: float | None,
    again: str,
    as_json: bool,
    nothing: Text,
    expected: Mapping[str, float] | None,
) -> int:
    from quizdl.cli.presenter import Objects, Pages
    from quizdl.cli.session import Session

    presenter = Objects(current()) if as_json else Pages(current())
    if not questions:
        presenter.note(nothing)
    session = Session(
        store, library, questions, dialogue, presenter, seed=seed, minutes=minutes, again=again, expected=expected
    )
    return session.run()
