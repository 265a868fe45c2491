"""`quizdl bank check`: a bank, or the file at hand, proves itself; what did not change since is not proved again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language
from quizdl.errors import InputError
from quizdl.screen.say import say
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.authoring.report import Report

HELP = tr(
    "問題集を検査する。正解は通り、間違いは落ち、数値は計算と一致することを確かめる。",
    "Prove the bank: every solution passes, every mistake fails by name, every key is what the engine computes.",
)
EXAMPLES = (
    "quizdl bank check\nquizdl bank check questions/day3/lstm.yaml\nquizdl bank check --bank ~/my-course\n"
    "quizdl bank check my-course/questions/day3/rnn.yaml --fix\nquizdl bank check --disputes disputes.json"
)

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help=tr("検査するファイル(既定: すべて)", "Files to check (default: all)")),
]
BankOption = Annotated[
    Path | None,
    typer.Option(
        "--bank",
        metavar="DIR",
        help=tr("questions/ と solutions/ を持つフォルダー", "A folder with questions/ and solutions/"),
    ),
]
FixOption = Annotated[
    bool,
    typer.Option(
        "--fix",
        help=tr(
            "引用符・タブ・全角記号など、機械的に直せるものを直す(変更を表示する)",
            "Mend what is mechanical (quotes, tabs, full-width signs), and show the change",
        ),
    ),
]
NoCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache", help=tr("変更のない問題も検査し直す", "Prove questions again that have not changed since")
    ),
]
DisputesOption = Annotated[
    Path | None,
    typer.Option(
        "--disputes",
        metavar="FILE",
        help=tr(
            "異議のファイル(`quizdl disputes --out`)の解答を採点し直す",
            "Grade the answers of a file of `quizdl disputes --out` again",
        ),
    ),
]


def command(
    files: FilesArgument = None,
    bank: BankOption = None,
    fix: FixOption = False,
    no_cache: NoCacheOption = False,
    disputes: DisputesOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Check the bank, or some of its files; 1 where faults were found."""
    check_language(lang)
    root, paths = _place(bank, tuple(files or ()))
    changes = _mend(root, paths) if fix else []
    if changes and not as_json:
        say("\n".join(changes))
    report = _report(root, paths, disputes, no_cache=no_cache)
    if as_json:
        from quizdl.cli.objects import print_json

        print_json({**report.as_json(current()), **({"changes": changes} if fix else {})})
    else:
        places = [error.where for error in (*report.warnings, *report.faults) if error.where]
        for line in report.lines(current()):
            say(line, *places)
    return 1 if report.faults else 0


def _report(root: Path, paths: tuple[Path, ...], disputes: Path | None, *, no_cache: bool) -> Report:
    from quizdl.authoring.check import check_bank
    from quizdl.paths import cache_folder

    if disputes is not None:
        from quizdl.authoring.disputes import read_disputes, replay

        return replay(root, read_disputes(disputes))
    return check_bank(root, paths, proofs=None if no_cache else cache_folder() / "proofs")


def _mend(root: Path, paths: Sequence[Path]) -> list[str]:
    """Mend the files in place; returns what was changed. Raises InputError for a file that cannot be written."""
    from quizdl.authoring.files import all_files
    from quizdl.authoring.fix import mend_file

    changes = []
    for path in paths or all_files(root):
        try:
            changes += mend_file(path)
        except OSError as error:
            raise InputError(
                Text(f"書き込めません({error.strerror})。", f"It cannot be written ({error.strerror})."),
                Text("権限を確認してください。", "Check its permissions."),
                str(path),
            ) from error
    return changes


def _place(bank: Path | None, files: tuple[Path, ...]) -> tuple[Path, tuple[Path, ...]]:
    """The bank, and those of its files that are wanted. A file alone tells its bank by where it lies.

    Raises InputError where there is nothing to check: a slip in a path must not look like a sound bank.
    """
    from quizdl.paths import bank_root

    for path in files:
        if not path.is_file():
            raise InputError(
                Text("問題ファイルがありません。", "There is no such bank file."), same("quizdl bank check"), str(path)
            )
    roots = {root_of(path) for path in files} if bank is None else {bank}
    if len(roots) > 1:
        raise InputError(
            Text("ファイルが 2 つ以上の問題集にまたがっています。", "The files are of more than one bank."),
            same("quizdl bank check --bank DIR"),
        )
    root = roots.pop() if roots else bank_root()
    if not files and not (root / "questions").is_dir():
        raise InputError(
            Text("questions/ フォルダーがありません。", "There is no questions/ folder here."),
            same("quizdl bank check --bank DIR"),
            str(root),
        )
    return root, files


def root_of(path: Path) -> Path:
    """The bank that a file belongs to: the folder that holds its `questions/`; one astray is a bank of its own."""
    folder = path.resolve().parent
    return folder.parents[1] if len(folder.parents) > 1 and folder.parent.name == "questions" else folder
