"""`quizdl bank preview`: a question in both languages side by side, drawn again whenever its file is saved."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from quizdl.cli.banks import BanksOption, open_banks, open_library, root_named
from quizdl.cli.language import current, tr
from quizdl.cli.options import LangOption, check_language
from quizdl.errors import BankError, InputError, UnknownIdError
from quizdl.screen.look import may_paint
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.model import Question
    from quizdl.screen.page import Page

HELP = tr(
    "問題を 2 言語並べて、出題例・模試での形とともに表示する。",
    "Show a question in both languages side by side, with variants and its exam form.",
)
EXAMPLES = (
    "quizdl bank preview conv-output-size\nquizdl bank preview my-course/questions/day3/rnn.yaml --watch\n"
    "quizdl bank preview my-course/questions/day3/rnn.yaml --html preview.html --watch"
)

TargetArgument = Annotated[
    str, typer.Argument(metavar="ID|FILE", help=tr("問題の ID か問題ファイル", "A question's id, or a bank file"))
]
OnlyOption = Annotated[
    str | None, typer.Option("--id", metavar="ID", help=tr("ファイルのうちこの問題だけ", "This question of the file"))
]
SeedsOption = Annotated[
    int, typer.Option("--seeds", metavar="N", min=0, max=200, help=tr("出題例の数", "How many variants to show"))
]
WatchOption = Annotated[
    bool, typer.Option("--watch", help=tr("保存するたびに表示し直す", "Show it again each time the file is saved"))
]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help=tr("HTML に書き出す", "Write it as one HTML page"))
]

_LOOK_EVERY = 0.05
_SETTLED_AFTER = 0.02
Stamp = tuple[int, int, int]


class Target(NamedTuple):
    """A file, and the question of it that is wanted; None for all of them."""

    path: Path
    only: str | None


class Seen(NamedTuple):
    """What was read of a file: its sound questions and its faults."""

    questions: list[Question]
    faults: list[BankError]


def command(
    target: TargetArgument,
    only: OnlyOption = None,
    seeds: SeedsOption = 3,
    watch: WatchOption = False,
    html: HtmlOption = None,
    bank: BanksOption = None,
    lang: LangOption = None,
) -> int:
    """Show it once, or until Ctrl-C or `q`; 1 where the file has faults."""
    check_language(lang)
    open_banks(bank)
    wanted = _found(target, only)
    if not watch:
        return _show(wanted, seeds, html)
    if html is None and may_paint(sys.stdin, sys.stdout):
        return _watch_on_screen(wanted, seeds)
    return _watch_plainly(wanted, seeds, html)


def _found(target: str, only: str | None) -> Target:
    """The file that is meant, or the one that holds the id. Raises InputError where there is neither."""
    path = Path(target)
    if path.suffix == ".yaml" or path.is_file():
        if not path.is_file():
            raise InputError(
                Text("問題ファイルがありません。", "There is no such bank file."), same("quizdl list"), target
            )
        return Target(path, only)
    question = open_library(drafts=True).find(target)
    file = root_named(question.bank) / question.place.rsplit(":", 2)[0]
    return Target(file, target.rpartition(".")[2])


def _read(target: Target) -> Seen:
    from quizdl.bank.decode import inspect_file

    file, faults = inspect_file(target.path)
    questions = list(file.questions) if file else []
    chosen = [one for one in questions if target.only in (None, one.id)]
    if target.only is not None and not chosen and not faults:
        raise UnknownIdError(
            Text("この ID の問題はファイルにありません。", "The file has no question of this id."),
            same(f"quizdl bank preview {target.path}"),
            target.only,
        )
    return Seen(chosen, faults)


def _page(seen: Seen, seeds: int) -> Page:
    from quizdl.screen.page import Page
    from quizdl.screen.preview import fault_page, preview_page

    pages = [fault_page(seen.faults, current()), *(preview_page(one, seeds, current()) for one in seen.questions)]
    return Page(tuple(block for page in pages for block in page.blocks))


def _show(target: Target, seeds: int, html: Path | None) -> int:
    seen = _read(target)
    if html is None:
        from quizdl.screen.console import make_console

        make_console().print(_page(seen, seeds))
    else:
        _write(html, seen, target, seeds)
        print(html)
    sys.stdout.flush()
    return 1 if seen.faults else 0


def _write(html: Path, seen: Seen, target: Target, seeds: int) -> None:
    from quizdl.screen.web.preview import preview_html

    text = preview_html(seen.questions, seen.faults, seeds, current(), target.only or target.path.name)
    try:
        html.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            Text(f"書き込めません({error.strerror})。", f"It cannot be written ({error.strerror})."),
            same("quizdl bank preview ID --html preview.html"),
            str(html),
        ) from error


def _watch_plainly(target: Target, seeds: int, html: Path | None) -> int:
    """For a pipe or a page: once for every save, until Ctrl-C."""
    shown: Stamp | None = None
    while True:
        stamp = _settled(target.path, shown)
        if stamp is not None:
            shown = stamp
            _show(target, seeds, html)
        time.sleep(_LOOK_EVERY)


def _watch_on_screen(target: Target, seeds: int) -> int:
    """On a terminal until `q`: space shows what is below, `n` and `p` go from question to question."""
    from quizdl.cli.keys import Keyboard
    from quizdl.screen.canvas import Canvas

    shown, seen, number, offset = _stamp(target.path), _read(target), 0, 0
    with Canvas() as canvas, Keyboard() as keyboard:
        while True:
            view = canvas.paint(*_frame(seen, target, number, seeds), offset)
            key = keyboard.read(_LOOK_EVERY)
            if key == "q":
                return 1 if seen.faults else 0
            if key == " ":
                offset = offset + view.room if view.more else 0
            elif key in ("n", "p") and seen.questions:
                number, offset = (number + (1 if key == "n" else -1)) % len(seen.questions), 0
            elif (stamp := _settled(target.path, shown)) is not None:
                shown, seen = stamp, _read(target)
                number = min(number, max(len(seen.questions) - 1, 0))


def _frame(seen: Seen, target: Target, number: int, seeds: int) -> tuple[Page, Page, Callable[[int], Page]]:
    """Head, body and foot of the screen."""
    from quizdl.screen.page import Page, Paragraph

    count = f"{number + 1}/{len(seen.questions)}" if seen.questions else "0/0"
    head = Page((Paragraph(((f"{target.path}  {count}", "title"),)),))
    keys = tr("n 次 p 前 スペース 続き q 終了", "n next  p previous  space more  q quit")

    def foot(more: int) -> Page:
        below = tr(f"(あと {more} 行)", f"({more} lines below)") if more else ""
        return Page((Paragraph(((f"{keys}  {below}", "quiet"),)),))

    return head, _page(Seen(seen.questions[number : number + 1], seen.faults), seeds), foot


def _settled(path: Path, shown: Stamp | None) -> Stamp | None:
    """The file's stamp where it is another than the one shown, and whoever writes it has finished."""
    stamp = _stamp(path)
    if stamp is None or stamp == shown:
        return None
    time.sleep(_SETTLED_AFTER)
    return stamp if stamp == _stamp(path) else None


def _stamp(path: Path) -> Stamp | None:
    """What changes when a file is saved; None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
