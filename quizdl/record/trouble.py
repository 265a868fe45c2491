"""What SQLite and the file system complain about, as errors that a person can act on."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quizdl.errors import RecordError
from quizdl.text import Text, same

_PRIMARY_CODE = 0xFF
_ELSEWHERE = same("QUIZDL_HOME=~/quizdl quizdl practice")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Within this block, everything that goes wrong with the file at `path` becomes a RecordError."""
    try:
        yield
    except sqlite3.Error as error:
        raise _of_sqlite(error, path) from error
    except (UnicodeError, OverflowError) as error:
        raise _unstorable(error, path) from error
    except OSError as error:
        raise _of_system(error, path) from error


def newer_schema(path: Path, found: int, known: int) -> RecordError:
    """The file was written by a quizdl that knows more."""
    return RecordError(
        Text(
            f"記録は、より新しい quizdl で作られています(形式 {found}、この quizdl が読めるのは {known} まで)。",
            f"The record was written by a newer quizdl (format {found}; this one reads up to {known}).",
        ),
        same("python -m pip install --upgrade quizdl"),
        str(path),
    )


def foreign(path: Path) -> RecordError:
    """The file is a database of some other program."""
    return RecordError(
        Text("ほかのプログラムのデータベースです。", "This is some other program's database."), _ELSEWHERE, str(path)
    )


def unknown_attempt(path: Path, attempt_id: str) -> RecordError:
    """No attempt has this id."""
    return RecordError(
        Text(f"解答 {attempt_id!r} は記録にありません。", f"The record has no attempt {attempt_id!r}."),
        same("quizdl stats"),
        str(path),
    )


def undecodable(path: Path, attempt_id: str, written_by: str, reason: str) -> RecordError:
    """What was asked was written in a form that today's model no longer reads; the row itself is sound."""
    return RecordError(
        Text(
            f"解答 {attempt_id!r} の問題文は読み出せません(quizdl {written_by} で記録)。得点と時刻は読めます: {reason}",
            f"What attempt {attempt_id!r} was asked cannot be read (recorded by quizdl {written_by});"
            f" its score and time can: {reason}",
        ),
        same("quizdl stats"),
        str(path),
    )


def unknown_exam(path: Path, exam_id: str) -> RecordError:
    """No exam has this id."""
    return RecordError(
        Text(f"模試 {exam_id!r} は記録にありません。", f"The record has no exam {exam_id!r}."),
        same("quizdl exam"),
        str(path),
    )


def undecodable_exam(path: Path, exam_id: str, written_by: str, reason: str) -> RecordError:
    """An exam's sheet was written in a form that today's model no longer reads."""
    return RecordError(
        Text(
            f"模試 {exam_id!r} の問題は読み出せません(quizdl {written_by} で記録): {reason}",
            f"The questions of exam {exam_id!r} cannot be read (recorded by quizdl {written_by}): {reason}",
        ),
        same("quizdl exam"),
        str(path),
    )


def undecodable_pack(path: Path, pack_id: str, written_by: str, reason: str) -> RecordError:
    """A phone pack was written in a form that today's model no longer reads."""
    return RecordError(
        Text(
            f"スマホ用パック {pack_id!r} の問題は読み出せません(quizdl {written_by} で記録): {reason}",
            f"The questions of phone pack {pack_id!r} cannot be read (recorded by quizdl {written_by}): {reason}",
        ),
        same("quizdl practice --html menu.html"),
        str(path),
    )


def _of_sqlite(error: sqlite3.Error, path: Path) -> RecordError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _locked(path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(path, error)
    if code == sqlite3.SQLITE_FULL:
        return _full(path)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return _unwritable(path, str(error))
    return RecordError(
        Text(f"記録を読み書きできません: {error}", f"The record cannot be read or written: {error}"),
        same("quizdl doctor"),
        str(path),
    )


def _of_system(error: OSError, path: Path) -> RecordError:
    return _unwritable(path, error.strerror or str(error))


def _locked(path: Path) -> RecordError:
    return RecordError(
        Text(
            "記録がほかのプログラムに使われていて、待っても空きませんでした。",
            "The record is in use by another program, and waiting did not help.",
        ),
        Text(
            "ほかの quizdl を終えてから、同じコマンドをもう一度実行してください。",
            "End the other quizdl, then run the same command again.",
        ),
        str(path),
    )


def _damaged(path: Path, error: sqlite3.Error) -> RecordError:
    source, target = shlex.quote(str(path)), shlex.quote(f"{path}.damaged")
    return RecordError(
        Text(f"記録のファイルが壊れています: {error}", f"The record's file is damaged: {error}"),
        Text(
            f"別の名前で取っておくと、新しい記録を始められます: mv {source} {target}",
            f"Move it aside, and a new record begins: mv {source} {target}",
        ),
        str(path),
    )


def _full(path: Path) -> RecordError:
    return RecordError(
        Text("ディスクがいっぱいで、記録できません。", "The disk is full: nothing can be recorded."),
        Text(
            "空きを作ってから、同じコマンドをもう一度実行してください。",
            "Free some space, then run the same command again.",
        ),
        str(path),
    )


def _unwritable(path: Path, reason: str) -> RecordError:
    return RecordError(
        Text(
            f"記録をここに書き込めません({reason})。書き込めるフォルダーを QUIZDL_HOME で指定してください。",
            f"The record cannot be written here ({reason}). Name a folder that can be with QUIZDL_HOME.",
        ),
        _ELSEWHERE,
        str(path),
    )


def _unstorable(error: Exception, path: Path) -> RecordError:
    return RecordError(
        Text(
            f"この解答は記録できない値を含んでいます: {error}", f"This holds a value that cannot be recorded: {error}"
        ),
        Text("小さな --seed を指定してください。", "Give a smaller --seed."),
        str(path),
    )
