"""Disks that are full or read-only, clocks that go backwards, two processes on one record: ordinary events.

The disks are real ones, small and in memory, in a mount namespace of the test's own.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from quizdl.record import Store

QUIZDL = f"{shlex.quote(sys.executable)} -m quizdl"
RIGHT = """\
import numpy as np


def gradient_clipping(gradient, threshold):
    n = np.linalg.norm(gradient)
    return gradient * threshold / n if n > threshold else gradient
"""


def _can_mount() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    tried = ["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


mounted = pytest.mark.skipif(not _can_mount(), reason="no mount namespace of one's own can be made here")


def on_a_disk(folder: Path, size: str, *lines: str) -> dict[str, tuple[int, str]]:
    """Runs shell lines where `folder` is a disk of this size; what each that begins with a name and `:` left."""
    folder.mkdir(exist_ok=True)
    out = folder.parent / "told"
    out.mkdir(exist_ok=True)
    script = [f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(folder))}", f"cd {shlex.quote(str(folder))}"]
    for line in lines:
        name, colon, command = line.partition(": ")
        if colon and name.isidentifier():
            script.append(f"{command} > {out}/{name} 2>&1; echo $? > {out}/{name}.code")
        else:
            script.append(line)
    environment = {**os.environ, "QUIZDL_HOME": str(folder / "home"), "NO_COLOR": "1", "QUIZDL_LANG": "en", "LANG": "C"}
    subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", "\n".join(script)],
        env=environment,
        check=True,
        capture_output=True,
    )
    return {
        path.name: (int((out / f"{path.name}.code").read_text(encoding="utf-8")), path.read_text(encoding="utf-8"))
        for path in out.iterdir()
        if not path.name.endswith(".code")
    }


@mounted
def test_a_full_disk_is_said_and_loses_nothing_that_was_recorded(tmp_path: Path) -> None:
    """Before, while, and after: the record of before stays, the answer that cannot be kept is said not to be."""
    told = on_a_disk(
        tmp_path / "disk",
        "300k",
        f"before: {QUIZDL} answer conv-output-size 3x3 --lang en",
        "dd if=/dev/zero of=fill bs=1k 2>/dev/null || true",
        f"answer: {QUIZDL} answer conv-output-size 2x2 --lang en",
        f"practice: printf '3x3\\n' | {QUIZDL} practice --id conv-output-size --lang en",
        f"exam: printf 'a\\n' | {QUIZDL} exam --section lstm -n 5 --plain --lang en",
        f"listing: {QUIZDL} list --section lstm --lang en",
        f"settings: {QUIZDL} config daily-minutes 20 --lang en",
        f"start: {QUIZDL} start gru-step --lang en",
        "left: ls",
        "rm fill",
        f"after: {QUIZDL} answer conv-output-size 3x3 --lang en",
        f"record: {QUIZDL} record export --lang en record.jsonl && cat record.jsonl",
    )
    assert told["before"][0] == 0
    assert told["answer"][0] == 1
    assert "not recorded" in told["answer"][1]
    for name in ("answer", "practice", "exam", "settings", "start"):
        assert "The disk is full" in told[name][1], name
        assert "Traceback" not in told[name][1], name
    assert told["listing"][0] == 0
    assert "gru-step.py" not in told["left"][1]
    assert told["after"][0] == 0
    assert told["record"][1].count('"verdict":"correct"') == 2
    assert "wrong" not in told["record"][1]


@mounted
def test_a_class_is_graded_to_its_end_once_a_full_disk_has_room_again(tmp_path: Path) -> None:
    """What was written before the disk was full stands; --resume grades the rest and nothing twice."""
    for number in range(8):
        path = tmp_path / f"class/learner{number}/gradient-clipping.py"
        path.parent.mkdir(parents=True)
        path.write_text(f"{RIGHT}# {number}\n", encoding="utf-8")
    told = on_a_disk(
        tmp_path / "disk",
        "48k",
        "mkdir out home",
        f"full: {QUIZDL} grade {tmp_path}/class --out out --seed 3 --lang en",
        "mount -o remount,size=8m .",
        f"resumed: {QUIZDL} grade {tmp_path}/class --out out --seed 3 --resume --lang en",
        "log: cat out/results.jsonl",
    )
    assert told["full"][0] == 2
    assert "The disk is full" in told["full"][1]
    assert told["resumed"][0] == 0
    lines = [json.loads(line) for line in told["log"][1].splitlines()]
    graded = [one["learner"] for one in lines if one["line"] == "result"]
    assert len(graded) == len(set(graded)) == 8


@mounted
def test_a_read_only_home_is_said_with_the_way_out(tmp_path: Path) -> None:
    """Reading goes on; what cannot be kept is said, with the variable that names another folder."""
    told = on_a_disk(
        tmp_path / "disk",
        "2m",
        f"before: {QUIZDL} answer conv-output-size 3x3 --lang en",
        "mount -o remount,ro .",
        f"answer: {QUIZDL} answer conv-output-size 3x3 --lang en",
        f"listing: {QUIZDL} list --section lstm --lang en",
        f"stats: {QUIZDL} stats --lang en",
        f"exam: printf 'a\\n' | {QUIZDL} exam --section lstm -n 5 --plain --lang en",
        f"doctor: {QUIZDL} doctor --lang en",
    )
    assert told["answer"][0] == 0
    assert "QUIZDL_HOME" in told["answer"][1]
    assert told["listing"][0] == told["stats"][0] == 0
    assert told["exam"][0] == 2
    assert "read-only" in told["exam"][1]
    assert "QUIZDL_HOME cannot be written" in told["doctor"][1]
    assert not any("Traceback" in said for _, said in told.values())


CLOCK = """\
import time

_now, _calls = time.time, 0


def _back():
    global _calls
    _calls += 1
    return _now() - 7200 * (_calls > {after})


time.time = _back
"""


@pytest.mark.parametrize("after", [0, 3, 8])
def test_a_clock_that_goes_backwards_loses_no_answer(tmp_path: Path, after: int) -> None:
    """Summer time, a corrected clock: two hours are taken back in the middle of a session."""
    (tmp_path / "sitecustomize.py").write_text(CLOCK.format(after=after), encoding="utf-8")
    environment = {**os.environ, "QUIZDL_HOME": str(tmp_path / "home"), "PYTHONPATH": str(tmp_path)}
    for command, data in (
        (["practice", "--section", "lstm", "--kind", "choice", "-n", "4", "--json"], b"a\n" * 4),
        (["exam", "--section", "gru", "-n", "4", "--plain", "--seed", "1"], b"a\n" * 4 + b"submit\n"),
        (["stats", "--json"], b""),
        (["report", "--json"], b""),
        ([], b""),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "quizdl", *command], input=data, env=environment, capture_output=True, check=False
        )
        assert done.returncode in (0, 1), done.stderr.decode()
        assert b"Traceback" not in done.stderr
    with Store.open(tmp_path / "home/record.sqlite3") as store:
        assert len(store.past()) == 8
        assert all(one.seconds is None or one.seconds >= 0 for one in store.past())


def test_two_sessions_at_once_keep_each_others_answers(tmp_path: Path) -> None:
    """Four processes answer into one record at the same time: it is whole, and holds every answer that was judged."""
    environment = {**os.environ, "QUIZDL_HOME": str(tmp_path)}
    words = ["practice", "--kind", "choice", "-n", "15", "--json", "--seed"]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "quizdl", *words, str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        for seed in range(4)
    ]
    told = [one.communicate(b"a\n" * 15) for one in running]
    judged = [line for out, _ in told for line in out.splitlines() if b'"verdict"' in line and b'"summary"' not in line]
    assert [one.returncode in (0, 1) for one in running] == [True] * 4, told
    with Store.open(tmp_path / "record.sqlite3") as store:
        assert len(store.past()) == len(judged) == 60
    db = sqlite3.connect(tmp_path / "record.sqlite3")
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
