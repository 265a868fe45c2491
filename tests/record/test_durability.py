"""An answer is on the disk when `append` returns: processes are killed to see it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from quizdl.record import Store

ROUNDS = 6

_WRITER = """
import sys
from pathlib import Path
import msgspec
from quizdl.model import Attempt
from quizdl.record import Store

path, template, prefix = Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Attempt), sys.argv[3]
with Store.open(path) as store:
    number = 0
    while True:
        attempt = msgspec.structs.replace(template, id=f"{prefix}-{number}", answer="x" * (number * 997 % 20_000))
        store.append(attempt)
        print(attempt.id, flush=True)
        number += 1
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_nothing_answered_is_lost_to_kill_9(path, make_attempt):
    """Every id that a killed process has announced is in the record, round after round on the same file."""
    import msgspec

    announced: list[str] = []
    for round_number in range(ROUNDS):
        template = msgspec.json.encode(make_attempt()).decode()
        command = [sys.executable, "-c", _WRITER, str(path), template, f"r{round_number}"]
        announced += _kill_after(command, lines=1 + 7 * round_number)
        with Store.open(path) as store:
            kept = {past.attempt_id for past in store.past()}
        assert set(announced) <= kept
        assert len(kept) <= len(announced) + round_number + 1, "at most the answer in hand was recorded unannounced"
    with Store.open(path) as store:
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _kill_after(command: list[str], lines: int) -> list[str]:
    """Start a writer, let it announce `lines` ids, kill it; every id that it announced until it died."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        first = [process.stdout.readline() for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().splitlines(keepends=True)
    assert process.returncode == -signal.SIGKILL
    return [line.strip() for line in first + rest if line.endswith("\n")]


def test_commits_are_synced_and_leave_one_file(path, make_attempt):
    """synchronous is EXTRA, the journal is a rollback journal, and at rest there is nothing beside the record."""
    with Store.open(path) as store:
        store.append(make_attempt())
        assert store._db.execute("PRAGMA synchronous").fetchone() == (3,)
        assert store._db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert not store._db.in_transaction
        assert _files(path.parent) == ["record.sqlite3"]


def _files(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())
