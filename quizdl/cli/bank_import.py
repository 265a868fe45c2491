"""`quizdl bank import`: another tool's questions as a bank of one's own, as drafts to be finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language, one_of
from quizdl.errors import InputError
from quizdl.sanitise import printable
from quizdl.screen.say import say
from quizdl.text import Text
from quizdl.whole import write_new

if TYPE_CHECKING:
    from quizdl.exchange.drafts import Found, Import, Refused

HELP = tr(
    "ほかのツールの問題を、自分の問題集に下書きとして取り込む。",
    "Bring another tool's questions into a bank of your own, as drafts.",
)
EXAMPLES = (
    "quizdl bank import questions.xml --from moodle --out my-course\n"
    "quizdl bank import questions.gift --from gift --out my-course\n"
    "quizdl bank import questions.csv --from csv --out my-course"
)

FORMATS = ("moodle", "gift", "csv")
MOST_BYTES = 16 << 20

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help=tr("取り込むファイル", "The file to import"))]
FromOption = Annotated[
    str, typer.Option("--from", metavar="FORMAT", help=tr("形式", "Format:") + " " + ", ".join(FORMATS))
]
OutOption = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help=tr("問題集のフォルダー(なければ作る)", "The bank's folder, made anew")),
]


def command(
    file: FileArgument, source: FromOption, out: OutOption, as_json: JsonOption = False, lang: LangOption = None
) -> int:
    """Write the bank files; 1 where some question could not be taken."""
    check_language(lang)
    one_of("--from", source, FORMATS)
    from quizdl.cli.submission import read_regular
    from quizdl.exchange.drafts import bank_of

    found = _reader(source)(read_regular(str(file), MOST_BYTES), printable(str(file), 200))
    imported = bank_of(found, file.name, _used(out))
    _write(imported, out)
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(_object(imported, out))
    else:
        _say(imported, file, out)
    return 1 if imported.refused or not imported.taken else 0


def _reader(source: str) -> Callable[[bytes, str], list[Found | Refused]]:
    if source == "moodle":
        from quizdl.exchange.moodle_in import read_moodle

        return read_moodle
    if source == "gift":
        from quizdl.exchange.gift import read_gift

        return read_gift
    from quizdl.exchange.csv_in import read_csv

    return read_csv


def _used(out: Path) -> list[str]:
    """The ids that the bank has already, where there is one."""
    from quizdl.bank import Library

    return Library(out).all_ids() if (out / "questions").is_dir() else []


def _write(imported: Import, out: Path) -> None:
    """Write new files only. Raises InputError where one is there already, before anything is written."""
    for name in imported.files:
        if (out / name).exists():
            raise InputError(
                Text("このファイルはすでにあります。", "This file is there already."),
                Text(
                    "別のフォルダーを指定するか、ファイルを移してください。", "Name another folder, or move the file."
                ),
                str(out / name),
            )
    for name, data in imported.files.items():
        write_new(out / name, data)


def _say(imported: Import, file: Path, out: Path) -> None:
    count, refused = len(imported.taken), len(imported.refused)
    say(
        tr(
            f"{count} 問を取り込みました: {out}(取り込めなかったもの: {refused} 件)",
            f"{count} questions imported: {out} (not taken: {refused})",
        ),
        out,
    )
    shown = printable(file.name, 100)
    for one in imported.refused:
        label, reason = tr("取り込めません", "not taken"), one.reason.of(current())
        say(f"{shown}:{one.line}: {label}: {f'{one.name}: ' if one.name else ''}{reason}", shown)
    for taken in imported.taken:
        if taken.notes:
            label, notes = tr("下書き", "draft"), "; ".join(note.of(current()) for note in taken.notes)
            say(f"{shown}:{taken.line}: {label}: {taken.id}: {notes}", shown)
    for name in imported.files:
        print(f"  {out / name}")
    if imported.taken:
        say(tr(f"次: quizdl bank check --bank {out}", f"Next: quizdl bank check --bank {out}"), out)


def _object(imported: Import, out: Path) -> dict[str, Any]:
    lang = current()
    return {
        "files": [str(out / name) for name in imported.files],
        "taken": [
            {"id": one.id, "line": one.line, "notes": [note.of(lang) for note in one.notes]} for one in imported.taken
        ],
        "refused": [{"line": one.line, "name": one.name, "reason": one.reason.of(lang)} for one in imported.refused],
    }
