"""`quizdl bank export`: questions for other tools, and what these cannot hold."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quizdl.cli.bank_check import BankOption
from quizdl.cli.language import current, tr
from quizdl.cli.options import (
    ChapterOption,
    DayOption,
    JsonOption,
    KindOption,
    SectionOption,
    SeedOption,
    StageOption,
    one_of,
    selection,
)
from quizdl.errors import InputError
from quizdl.screen.say import say
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.exchange.parcel import Languages, Loss, Parcel
    from quizdl.model import Asked, Question, Selection

HELP = tr(
    "問題をほかのツールの形式で書き出す。その形式に入らないものは一覧で示す。",
    "Write questions for other tools, and list what their formats cannot hold.",
)
EXAMPLES = (
    "quizdl bank export --section lstm --to anki --out lstm.apkg\n"
    "quizdl bank export --day 3 --to moodle --out day3.xml\n"
    "quizdl bank export --day 3 --kind code --to notebook --out day3.ipynb --lang en\n"
    "quizdl bank export --bank my-course --to print --out sheet.html --seed 7 --lang both"
)

FORMATS = ("anki", "moodle", "qti", "notebook", "csv", "print")
LANGUAGES: Mapping[str, Languages] = {"ja": ("ja",), "en": ("en",), "both": ("ja", "en")}

ToOption = Annotated[str, typer.Option("--to", metavar="FORMAT", help=tr("形式", "Format:") + " " + ", ".join(FORMATS))]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help=tr("書き出すファイル", "The file to write"))]
IdsOption = Annotated[
    list[str] | None, typer.Option("--id", metavar="ID", help=tr("この問題だけ(複数可)", "Just these questions"))
]
LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="ja|en|both",
        help=tr("書き出す言語(既定: 表示言語)", "The language of the file (default: the one in use)"),
    ),
]


def command(
    to: ToOption,
    out: OutOption,
    ids: IdsOption = None,
    day: DayOption = None,
    stage: StageOption = None,
    section: SectionOption = None,
    chapter: ChapterOption = None,
    kind: KindOption = None,
    seed: SeedOption = 0,
    bank: BankOption = None,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
) -> int:
    """Write the file; what its format cannot hold is listed."""
    one_of("--to", to, FORMATS)
    one_of("--lang", lang, tuple(LANGUAGES))
    from quizdl.bank import ask

    wanted = selection(day, stage, section, chapter, kind)
    asked = [ask(question, seed) for question in _questions(bank, wanted, ids or [])]
    parcel = _written(to, asked, LANGUAGES[lang or current()])
    if not parcel.held:
        raise _nothing(parcel.losses)
    _put(parcel.data, out)
    _report(to, out, parcel, seed, as_json=as_json)
    return 0


def _questions(bank: Path | None, wanted: Selection, ids: Sequence[str]) -> list[Question]:
    """The selected questions, of one bank or of all that are open. Raises InputError where there are none."""
    found = _of_open_banks(wanted, ids) if bank is None else _of_bank(bank, wanted, ids)
    if not found:
        raise InputError(
            Text("条件に合う問題がありません。", "No question is selected."),
            Text("問題の一覧: quizdl list", "To see the questions: quizdl list"),
        )
    return found


def _of_open_banks(wanted: Selection, ids: Sequence[str]) -> list[Question]:
    from quizdl.cli.banks import open_library

    library = open_library()
    return [library.find(one) for one in dict.fromkeys(ids)] if ids else library.select(wanted)


def _of_bank(bank: Path, wanted: Selection, ids: Sequence[str]) -> list[Question]:
    """Its questions under the ids that they have beside other banks: no two courses' Anki cards are ever the same."""
    from quizdl.bank import Library
    from quizdl.bank.shelf import in_bank
    from quizdl.cli.banks import open_banks

    open_banks([bank])
    library, name = Library(bank), bank.resolve().name
    own = dict.fromkeys(one.removeprefix(f"{name}.") for one in ids)
    found = [library.find(one) for one in own] if ids else library.select(wanted)
    return [in_bank(one, name) for one in found]


def _written(to: str, asked: Sequence[Asked], languages: Languages) -> Parcel:
    if to == "notebook":
        from quizdl.cli.bank_examples import public_examples
        from quizdl.exchange.notebook import write_notebook

        with public_examples() as examples:
            return write_notebook(asked, languages, examples)
    if to == "anki":
        from quizdl.exchange.anki import write_anki

        return write_anki(asked, languages, time.time())
    return _WRITERS[to]()(asked, languages)


def _moodle() -> Callable[..., Parcel]:
    from quizdl.exchange.moodle import write_moodle

    return write_moodle


def _qti() -> Callable[..., Parcel]:
    from quizdl.exchange.qti import write_qti

    return write_qti


def _csv() -> Callable[..., Parcel]:
    from quizdl.exchange.csv_ import write_csv

    return write_csv


def _print() -> Callable[..., Parcel]:
    from quizdl.exchange.printed import write_printed

    return write_printed


_WRITERS: Mapping[str, Callable[[], Callable[..., Parcel]]] = {
    "moodle": _moodle,
    "qti": _qti,
    "csv": _csv,
    "print": _print,
}


def _nothing(losses: Sequence[Loss]) -> InputError:
    reasons = {loss.reason for loss in losses}
    ja, en = ("; ".join(sorted(reason.of(lang) for reason in reasons)) for lang in ("ja", "en"))
    return InputError(
        Text(f"この形式に入る問題がありません({ja})。", f"None of these questions fits this format ({en})."),
        Text("別の形式を指定してください: --to print", "Choose another format, such as --to print."),
    )


def _put(data: bytes, path: Path) -> None:
    """Write the file; it takes its place only when it is whole."""
    with _beside(path) as draft:
        draft.write_bytes(data)
        draft.replace(path)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
    except OSError as error:
        error.filename = str(path)  # the name that was given, not that of the draft
        raise
    finally:
        with suppress(OSError):  # it took its place, or was never there
            draft.unlink()


def _report(to: str, out: Path, parcel: Parcel, seed: int, *, as_json: bool) -> None:
    if as_json:
        from quizdl.cli.objects import print_json

        print_json({"to": to, "path": str(out), "seed": seed, "count": parcel.held, **_losses(parcel)})
        return
    count = parcel.held
    say(tr(f"{count} 問を書き出しました: {out}", f"Written, with {count} questions: {out}"), out)
    for label, kept in ((_LEFT_OUT, False), (_SIMPLIFIED, True)):
        grouped: dict[Text, list[str]] = {}
        for loss in parcel.losses:
            if loss.kept is kept:
                grouped.setdefault(loss.reason, []).append(loss.id)
        for reason, ids in grouped.items():
            say(f"{label.of(current())} ({len(ids)}): {reason.of(current())}")
            print("\n".join(f"  {one}" for one in ids))


def _losses(parcel: Parcel) -> dict[str, Any]:
    return {
        name: [{"id": loss.id, "reason": loss.reason.of(current())} for loss in parcel.losses if loss.kept is kept]
        for name, kept in (("left_out", False), ("simplified", True))
    }


_LEFT_OUT = Text("書き出せなかった問題", "Left out")
_SIMPLIFIED = Text("簡単にした問題", "Simplified")
