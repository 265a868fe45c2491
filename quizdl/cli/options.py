"""Options that several commands share, each with its help in both languages."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from quizdl.cli.language import tr
from quizdl.errors import InputError
from quizdl.model import Kind, Selection, Stage
from quizdl.text import Lang, Text, same

JsonOption = Annotated[bool, typer.Option("--json", help=tr("結果を JSON で出力する", "Print JSON"))]
LangOption = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="ja|en",
        help=tr("表示言語(既定: 設定、なければロケール)", "Language (default: as configured, else the locale's)"),
    ),
]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed", metavar="S", help=tr("出題する数値や選択肢の並びを決める種", "Which variant of the question")
    ),
]
InputSeedOption = Annotated[
    int | None,
    typer.Option(
        "--input-seed",
        metavar="I",
        help=tr(
            "採点用の隠し入力を再現する種(既定: 提出後に新しく引く)", "Replay the hidden inputs of an earlier grading"
        ),
    ),
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help=tr("問題の ID(`quizdl list` で確認)", "A question's id"))]
DayOption = Annotated[
    int | None, typer.Option("--day", metavar="N", help=tr("講座の Day(1〜4)", "The course's day, 1 to 4"))
]
StageOption = Annotated[
    str | None,
    typer.Option(
        "--stage", metavar="math|ml|ops", help=tr("応用数学・機械学習・開発運用", "Applied maths, ML, operations")
    ),
]
SectionOption = Annotated[
    str | None, typer.Option("--section", metavar="S", help=tr("節の名前(例: lstm)", "A section, such as lstm"))
]
ChapterOption = Annotated[
    str | None,
    typer.Option(
        "--chapter", metavar="PREFIX", help=tr("シラバスの番号(前方一致、例: 3-5)", "Syllabus number, by prefix: 3-5")
    ),
]
KindOption = Annotated[
    str | None, typer.Option("--kind", metavar="K", help=tr("問題の種類", "Kind: ") + " " + ", ".join(get_args(Kind)))
]

LANGUAGES = get_args(Lang)


def selection(
    day: int | None, stage: str | None, section: str | None, chapter: str | None, kind: str | None
) -> Selection:
    """The options as a `Selection`. Raises InputError for a day, stage or kind that does not exist."""
    if day is not None and day not in range(1, 5):
        raise InputError(
            Text(f"Day {day} はありません。1〜4 を指定してください。", f"There is no day {day}: the days are 1 to 4."),
            same("quizdl list --day 3"),
        )
    one_of("--stage", stage, get_args(Stage))
    one_of("--kind", kind, get_args(Kind))
    return Selection(day=day, stage=stage, section=section, chapter=chapter, kind=kind)  # type: ignore[arg-type]


def check_language(lang: str | None) -> None:
    """Raises InputError for a language that is neither of the two."""
    one_of("--lang", lang, LANGUAGES)


def one_of(option: str, value: str | None, known: tuple[str, ...]) -> None:
    """Raises InputError for a value that is given and is none of those known."""
    if value is not None and value not in known:
        choices = ", ".join(known)
        raise InputError(
            Text(
                f"{option} に {value!r} は指定できません。次のいずれかです: {choices}",
                f"{option} cannot be {value!r}; it is one of: {choices}",
            ),
            same("quizdl --help"),
        )
