"""`quizdl bank new`: a first question from a few facts, asked for at a terminal or given as options."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, get_args

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import DayOption, LangOption, SectionOption, StageOption, check_language, one_of
from quizdl.errors import InputError
from quizdl.model import Kind
from quizdl.screen.say import say
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.bank.decode import Header

HELP = tr(
    "問題を 1 問作る。端末では順に尋ね、検査に通った形で書き込む。",
    "Make a question: asks at a terminal, and writes one that passes the check.",
)
EXAMPLES = (
    "quizdl bank new --bank my-course\n"
    "quizdl bank new --bank my-course --kind numeric --section basics --day 1 --draw n=2..9"
    " --prompt 'Twice {{n}}?' --answer '2*n' --wrong 'n*n # squared'"
)

BankOption = Annotated[
    Path | None,
    typer.Option(
        "--bank",
        metavar="DIR",
        help=tr("書き込む問題集(なければ作る。既定: ここ)", "The bank to write to (made where missing; default: here)"),
    ),
]
NewKindOption = Annotated[
    str | None, typer.Option("--kind", metavar="K", help=tr("問題の種類: ", "Kind: ") + ", ".join(get_args(Kind)))
]
IdOption = Annotated[
    str | None, typer.Option("--id", metavar="ID", help=tr("問題の ID(既定: 節の名前と番号)", "Its id"))
]
ChapterOption = Annotated[
    str | None,
    typer.Option("--chapter", metavar="N", help=tr("シラバスの番号(例: 3-5-1)", "Its syllabus number: 3-5-1")),
]
TitleOption = Annotated[
    str | None, typer.Option("--title", metavar="TEXT", help=tr("新しい節の名前(ja | en)", "A new section's title"))
]
PromptOption = Annotated[
    str | None, typer.Option("--prompt", metavar="TEXT", help=tr("問題文(ja | en)", "The prompt: ja | en"))
]
AnswerOption = Annotated[
    str | None,
    typer.Option(
        "--answer",
        metavar="TEXT",
        help=tr("正解。式・語・選択肢。手順は ; で区切る", "The right answer: formula, word, option; steps between ;"),
    ),
]
WrongOption = Annotated[
    list[str] | None,
    typer.Option(
        "--wrong",
        metavar="TEXT",
        help=tr("よくある誤答「誤答 # 理由」(繰り返し可)", "What people answer instead: `answer # why` (repeatable)"),
    ),
]
ExplanationOption = Annotated[
    str | None, typer.Option("--explanation", metavar="TEXT", help=tr("解説(ja | en)", "The explanation: ja | en"))
]
DrawOption = Annotated[
    list[str] | None,
    typer.Option(
        "--draw", metavar="n=2..9", help=tr("種ごとに引く整数(繰り返し可)", "A whole number drawn by seed (repeatable)")
    ),
]
FunctionOption = Annotated[
    str | None,
    typer.Option("--function", metavar="'f(x)'", help=tr("コード問題の関数と引数", "A code question's function")),
]

_CHAPTERS = {"math": "1-1", "ml": "2-1", "day1": "3-1", "day2": "3-2", "day3": "3-5", "day4": "4-1", "ops": "5-1"}
_SOURCE = "own-001"
_SECTION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


class _Place(NamedTuple):
    """Where the question goes, and the syllabus number that it takes unless another is given."""

    header: Header
    chapter: str


def command(
    bank: BankOption = None,
    kind: NewKindOption = None,
    section: SectionOption = None,
    day: DayOption = None,
    stage: StageOption = None,
    prompt: PromptOption = None,
    answer: AnswerOption = None,
    wrong: WrongOption = None,
    explanation: ExplanationOption = None,
    draw: DrawOption = None,
    function: FunctionOption = None,
    question_id: IdOption = None,
    chapter: ChapterOption = None,
    title: TitleOption = None,
    lang: LangOption = None,
) -> int:
    """Write one question."""
    check_language(lang)
    ask = _asker()
    root = bank or Path()
    kind = kind or ask("--kind", Text(f"種類 ({', '.join(get_args(Kind))})", f"Kind ({', '.join(get_args(Kind))})"))
    one_of("--kind", kind, get_args(Kind))
    section = section or ask("--section", Text("節の名前(英小文字とハイフン)", "Section (lower case, hyphens)"))
    place = _place(root, section, day, stage, title, ask)
    prompt = prompt or ask(
        "--prompt", Text("問題文(日本語 | English、片方だけなら下書き)", "Prompt (ja | en; one: a draft)")
    )
    function = function or (
        ask("--function", Text("関数と引数(例: slope(x))", "Function, e.g. slope(x)")) if kind == "code" else ""
    )
    answer = answer or ask("--answer", _ANSWERS[kind])
    wrong = wrong or _several(ask, kind)
    from quizdl.authoring.adding import add_entry
    from quizdl.authoring.new import Facts, question_from
    from quizdl.bank.write import entry_text

    facts = Facts(
        id=question_id or _free_id(root, section),
        kind=kind,  # type: ignore[arg-type]
        chapter=chapter or place.chapter,
        source=_SOURCE,
        prompt=prompt,
        answer=answer,
        explanation=explanation or "",
        wrong=tuple(wrong),
        draws=tuple(draw or ()),
        function=function,
    )
    path = add_entry(root, place.header, entry_text(question_from(facts)), facts.id)
    _tell(path, root, facts.id)
    return 0


def _tell(path: Path, root: Path, question_id: str) -> None:
    print(path)
    wrote = Text(
        f"{question_id} を書きました。理由と解説を書き足し、次を実行してください:",
        f"{question_id} is written. Add its reasons and its explanation, then:",
    )
    say(wrote.of(current()))
    print(f"  quizdl bank check {path}")
    print(f"  quizdl bank preview {path}")
    name = root.resolve().name
    print(f"  quizdl practice --bank {root} --id {name}.{question_id}")


def _asker() -> Callable[[str, Text], str]:
    """Asks for a fact at a terminal; elsewhere what is missing is an error that names the option."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _missing
    from quizdl.cli.dialogue import Terminal

    terminal = Terminal()

    def ask(option: str, label: Text) -> str:
        line = terminal.read(f"{label.of(current())}: ")
        if line is None:
            raise KeyboardInterrupt
        return line.strip() or ask(option, label)

    return ask


def _missing(option: str, label: Text) -> str:
    raise InputError(
        Text(f"{option} が必要です: {label.ja}", f"{option} is needed: {label.en}"),
        same("quizdl bank new --help"),
    )


def _several(ask: Callable[[str, Text], str], kind: str) -> list[str]:
    """Wrong answers, as many as are given; an order and an essay need none."""
    if ask is _missing or kind in ("order", "essay"):
        return []
    from quizdl.cli.dialogue import Terminal

    label = Text("よくある誤答 # 理由(Enter で終わり)", "A wrong answer # why (Enter ends)").of(current())
    found: list[str] = []
    while line := (Terminal().read(f"{label}: ") or "").strip():
        found.append(line)
    return found


def _place(
    root: Path,
    section: str,
    day: int | None,
    stage: str | None,
    title: str | None,
    ask: Callable[[str, Text], str],
) -> _Place:
    """The section's header: as this bank or the shipped one has it, else a new one."""
    from quizdl.authoring.new import both
    from quizdl.bank import Library
    from quizdl.bank.decode import FOLDERS, Header
    from quizdl.model import Selection

    if not _SECTION.fullmatch(section):
        raise InputError(
            Text("節の名前は英小文字・数字・ハイフンです。", "A section is lower-case words and hyphens."),
            same("--section lstm"),
            section,
        )
    libraries = (Library(root, drafts=True), Library())
    known = next((one for library in libraries for one in library.select(Selection(section=section))), None)
    if known is not None and day is None and stage is None:
        header = Header(section=section, title=known.section_title, day=known.day, stage=known.stage)
        return _Place(header, known.chapter)
    if day is None and stage is None:
        folder = ask("--day", Text(f"フォルダー ({', '.join(FOLDERS)})", f"Folder ({', '.join(FOLDERS)})"))
        one_of("--stage", folder, FOLDERS)
        day, stage = (int(folder[-1]), None) if folder.startswith("day") else (None, folder)
    from quizdl.cli.options import selection

    selection(day, stage, None, None, None)
    header = Header(section=section, title=both(title or section), day=day, stage=stage)  # type: ignore[arg-type]
    return _Place(header, _CHAPTERS[stage or f"day{day}"])


def _free_id(root: Path, section: str) -> str:
    """`lstm-1`, or the first number that no question of the bank has."""
    from quizdl.bank import Library

    taken = set(Library(root).all_ids())
    number = 1
    while f"{section}-{number}" in taken:
        number += 1
    return f"{section}-{number}"


_FORMULA = Text("正解(式)", "The right answer (a formula)")
_ANSWERS = {
    "choice": Text("正しい選択肢(ja | en)", "The right option (ja | en)"),
    "numeric": _FORMULA,
    "shape": Text("正解の形(例: n, 2*n)", "The right shape, e.g. n, 2*n"),
    "expression": _FORMULA,
    "term": Text("正解の語(ja | en)", "The right word (ja | en)"),
    "order": Text(
        "手順を ; で区切って正しい順に(ja | en ; ja | en)", "The steps in order, between ; (ja | en ; ja | en)"
    ),
    "code": Text("空欄に入る式(np を使えます)", "The expression in the blank (np is there)"),
    "essay": Text("説明に必要な点を ; で区切って(ja | en)", "What must be said, between ; (ja | en)"),
}
