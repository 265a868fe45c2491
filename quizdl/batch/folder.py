"""The out folder: what lies in it, that one run at a time writes there, and how a learner is erased from it."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quizdl.batch import gradebook
from quizdl.batch.identity import Identities
from quizdl.batch.ledger import FILE as RESULTS
from quizdl.batch.ledger import forget_lines
from quizdl.batch.overrides import forget_overrides
from quizdl.errors import InputError
from quizdl.sanitise import printable
from quizdl.text import Text

if sys.platform != "win32":
    import fcntl

UNRECOGNISED = "unrecognised.csv"
REPORT, FEEDBACK = "report.html", "feedback"
_LOCK = ".lock"
_WITH_NAMES = (gradebook.FILE, gradebook.MOODLE_FILE, gradebook.UNKNOWN_FILE, UNRECOGNISED, REPORT)


@contextmanager
def out_folder(folder: Path) -> Iterator[None]:
    """Makes the folder, for its owner alone, and holds it. Raises InputError where another run does, and OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    lock = os.open(folder / _LOCK, flags, 0o600)
    try:
        if sys.platform != "win32":
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _busy(folder) from error
        yield
    finally:
        os.close(lock)


def _busy(folder: Path) -> InputError:
    return InputError(
        Text("このフォルダーには別の採点が書き込み中です。", "Another grading is writing to this folder."),
        Text("終わるのを待つか、別の --out を指定してください。", "Wait until it ends, or give another --out."),
        str(folder),
    )


def forget(folder: Path, learner: str) -> int:
    """Erases every trace of a learner; how many results there were.

    What names several people at once is taken away; the next run writes it anew. Raises InputError for somebody whom
    this folder does not know.
    """
    name = unicodedata.normalize("NFC", learner)
    if not (folder / RESULTS).exists():
        raise _unknown(folder, name)
    identities = Identities(folder)
    if name not in identities.names().values():
        raise _unknown(folder, name)
    count = forget_lines(folder / RESULTS, identities.id_of(name))
    forget_overrides(folder, name)
    for file in _WITH_NAMES:
        (folder / file).unlink(missing_ok=True)
    feedback = folder / FEEDBACK
    if feedback.is_dir() and not feedback.is_symlink():
        shutil.rmtree(feedback)
    identities.forget(name)
    return count


def _unknown(folder: Path, learner: str) -> InputError:
    shown = printable(learner, 80)
    return InputError(
        Text(f"「{shown}」という学習者の記録はありません。", f"Nothing is kept of a learner '{shown}'."),
        Text("名前は learners.csv のとおりに書きます。", "Write the name as in learners.csv."),
        str(folder),
    )
