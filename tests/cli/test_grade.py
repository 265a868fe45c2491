"""`quizdl grade` as a lecturer runs it: in a process of its own, on real files, killed and gone on with."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

CLIP = """\
import numpy as np


def gradient_clipping(gradient, threshold):
    norm = np.linalg.norm(gradient)
    return gradient * (threshold / norm) if norm > threshold else gradient
"""
WRONG = CLIP.replace("threshold / norm", "threshold / norm ** 2")
SIGMOID = "import numpy as np\ndef sigmoid(x):\n    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))\n"
NAMES = ["Ann Lee", "山田 太郎", "=cmd|' /C calc'!A0", "bob", "+1 eve", 'a,b"c']


@pytest.fixture
def classroom(tmp_path: Path) -> Path:
    """Six learners, some of them with names that would do harm; two questions."""
    root = tmp_path / "week3"
    for number, name in enumerate(NAMES):
        folder = root / name.replace("/", "_")
        folder.mkdir(parents=True)
        text = (CLIP, WRONG, "def f(:\n")[number % 3]
        (folder / "gradient-clipping.py").write_text(text + f"# {number}\n", encoding="utf-8")
        if number != 3:
            (folder / "sigmoid.py").write_text(SIGMOID + f"# {number}\n", encoding="utf-8")
    return root


def rows(path: Path) -> dict[str, dict[str, str]]:
    """A gradebook by the learner's id."""
    text = path.read_bytes().decode("utf-8-sig")
    return {row["SIS User ID"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def lines(out: Path) -> list[dict[str, Any]]:
    """The results."""
    found = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    return [one for one in found if one["line"] == "result"]


def test_a_class_is_graded_and_kept(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """Exit 0 whatever the marks; a row for each, no cell a formula, a BOM for Excel, everything needed to contest."""
    out = tmp_path / "out"
    done = quizdl("grade", str(classroom), "--out", str(out), "--seed", "5", "--jobs", "1")
    assert done.code == 0, done.err
    assert "ship with quizdl" in done.err
    assert (out / "gradebook.csv").read_bytes().startswith(b"\xef\xbb\xbfStudent,ID,SIS User ID,SIS Login ID,Section,")
    book = rows(out / "gradebook.csv")
    assert len(book) == len(NAMES)
    assert book["Ann Lee"]["gradient-clipping"] == "1"
    assert book["山田 太郎"]["gradient-clipping"] == "0"
    assert book["bob"]["sigmoid"] == ""
    assert book["bob"]["Final Grade Status"] == "incomplete"
    assert book["bob"]["Final Grade Missing"] == "sigmoid"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in book.values() for cell in row.values())
    needed = ("version", "engine", "numpy", "quizdl", "input_seed", "level", "isolation", "source_sha256", "at")
    assert all(one[name] for one in lines(out) for name in needed)
    assert len({one["input_seed"] for one in lines(out)}) == 2  # one for each question, the same for all


def test_names_are_in_the_map_and_the_tables_alone(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """Not in the results."""
    out = tmp_path / "out"
    quizdl("grade", str(classroom), "--out", str(out), "--jobs", "1")
    kept = (out / "results.jsonl").read_bytes()
    assert not any(name.encode() in kept or json.dumps(name).encode()[1:-1] in kept for name in NAMES if len(name) > 3)
    assert "Ann Lee" in (out / "learners.csv").read_text(encoding="utf-8-sig")


def test_names_never_lead_out_of_the_folder(quizdl: Run, tmp_path: Path) -> None:
    """Whatever an archive calls its learners, all that is written lies in the out folder."""
    inside = tmp_path / "inside"
    inside.mkdir()
    with zipfile.ZipFile(inside / "w.zip", "w") as archive:
        for name in (
            "..",
            "../..",
            "/tmp/x",  # noqa: S108
            "a\\..\\..\\b",
            "CON",
            "x" * 190,
            "..__gradient-clipping.py",
            "\u202eevil",
        ):
            place = name if name.endswith(".py") else f"{name}/gradient-clipping.py"
            archive.writestr(place, CLIP)
    before = {path for path in tmp_path.rglob("*") if "home" not in path.parts}
    done = quizdl("grade", "w.zip", "--out", "out", "--jobs", "1", cwd=inside)
    assert done.code == 0, done.err
    made = {path for path in tmp_path.rglob("*") if "home" not in path.parts} - before
    assert made
    assert all(path == inside / "out" or inside / "out" in path.parents for path in made)
    assert "leads out" in done.err


def test_the_same_input_and_seed_give_the_same_bytes(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """With one job or two, in another folder, from an archive, and again over what is there."""
    archive = tmp_path / "week3.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(classroom.rglob("*.py")):
            packed.write(path, path.relative_to(classroom))
    a, b, c = (tmp_path / name for name in "abc")
    for source, out, jobs in ((classroom, a, "1"), (classroom, b, "2"), (archive, c, "2"), (classroom, a, "2")):
        assert quizdl("grade", str(source), "--out", str(out), "--seed", "5", "--jobs", jobs).code == 0
    found = {(out / "gradebook.csv").read_bytes() for out in (a, b, c)}
    assert len(found) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_after_a_kill_exactly_what_is_missing_is_graded(
    quizdl: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    """kill -9 in the middle, then `--resume`: one line for each, and the gradebook of an undisturbed run."""
    root = tmp_path / "class"
    for number in range(60):
        (root / f"l{number:02}").mkdir(parents=True)
        (root / f"l{number:02}/gradient-clipping.py").write_text(
            (CLIP, WRONG)[number % 2] + f"# {number}\n", encoding="utf-8"
        )
    out = tmp_path / "out"
    command = [sys.executable, "-m", "quizdl", "grade", str(root), "--out", str(out), "--seed", "9", "--jobs", "2"]
    victim = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (out / "results.jsonl").exists() or (out / "results.jsonl").read_bytes().count(b"\n") < 12:
        assert time.monotonic() < until
        assert victim.poll() is None, "it was through before it could be killed"
        time.sleep(0.01)
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    kept = len(lines_so_far(out))
    assert 10 <= kept < 60
    done = quizdl("grade", str(root), "--out", str(out), "--resume", "--jobs", "2")
    assert done.code == 0, done.err
    assert f"results from before {kept}" in done.out
    assert f"Graded {60 - kept}, " in done.out
    assert len(lines(out)) == 60
    assert len({one["learner"] for one in lines(out)}) == 60
    quizdl("grade", str(root), "--out", str(tmp_path / "whole"), "--seed", "9")
    assert (out / "gradebook.csv").read_bytes() == (tmp_path / "whole/gradebook.csv").read_bytes()


def lines_so_far(out: Path) -> list[bytes]:
    """The whole lines of results; the last may have been cut off."""
    data = (out / "results.jsonl").read_bytes()
    return [line for line in data[: data.rfind(b"\n") + 1].splitlines() if b'"line":"result"' in line]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_says_how_to_go_on(environment: dict[str, str], tmp_path: Path) -> None:
    """Exit 130; no worker is left."""
    root = tmp_path / "class"
    for number in range(200):
        (root / f"l{number:03}").mkdir(parents=True)
        (root / f"l{number:03}/gradient-clipping.py").write_text(WRONG + f"# {number}\n", encoding="utf-8")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "quizdl", "grade", str(root), "--out", str(out), "--jobs", "2"]
    process = subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, start_new_session=True, text=True, encoding="utf-8"
    )
    until = time.monotonic() + 60
    while not (out / "results.jsonl").exists() or (out / "results.jsonl").read_bytes().count(b"\n") < 5:
        assert time.monotonic() < until
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "--resume" in told
    assert "Traceback" not in told


def test_the_roster_gives_everybody_a_row(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """Who handed in nothing has no zero; who is not enrolled is named and kept apart."""
    roster = tmp_path / "roster.csv"
    roster.write_text("Student ID,Name\ns1,Ann Lee\ns2,Never There\ns3,Bob\n", encoding="utf-8")
    out = tmp_path / "out"
    done = quizdl("grade", str(classroom), "--out", str(out), "--roster", str(roster), "--jobs", "1")
    assert done.code == 0, done.err
    book = rows(out / "gradebook.csv")
    assert list(book) == ["s1", "s2", "s3"]
    assert book["s1"]["gradient-clipping"] == "1"
    assert book["s2"]["Final Grade Status"] == "not_submitted"
    assert book["s2"]["gradient-clipping"] == book["s2"]["Final Points"] == ""
    assert "Not on the roster, 4" in done.err
    assert "山田 太郎" in done.err
    assert "山田 太郎" in rows(out / "unknown.csv")


def test_a_persons_decision_wins_and_survives(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """In every run after it; the file stays as it was written."""
    out = tmp_path / "out"
    quizdl("grade", str(classroom), "--out", str(out), "--jobs", "1")
    assert (out / "overrides.csv").read_text(encoding="utf-8-sig").strip() == "learner,question,score,reason,who,when"
    decisions = [
        "山田 太郎,gradient-clipping,0.5,argued well,me,today",
        "bob,sigmoid,1,on paper,me,today",
        "nobody,sigmoid,1",
    ]
    text = "\n".join(["learner,question,score,reason,who,when", *decisions])
    (out / "overrides.csv").write_text(text, encoding="utf-8")
    for again in (("--resume",), ("--seed", "77")):
        done = quizdl("grade", str(classroom), "--out", str(out), "--jobs", "1", *again)
        assert done.code == 0, done.err
        assert "nobody" in done.err
        book = rows(out / "gradebook.csv")
        assert book["山田 太郎"]["gradient-clipping"] == "0.5"
        assert book["bob"]["sigmoid"] == "1"
    assert (out / "overrides.csv").read_text(encoding="utf-8") == text


def test_a_decision_that_cannot_be_read_stops_before_anything_is_graded(
    quizdl: Run, classroom: Path, tmp_path: Path
) -> None:
    """Exit 2 with its line."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "overrides.csv").write_text("learner,question,score\nbob,sigmoid,lots\n", encoding="utf-8")
    done = quizdl("grade", str(classroom), "--out", str(out))
    assert done.code == 2
    assert "overrides.csv:2" in done.err
    assert not lines(out)


def test_forgetting_a_learner(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """Every trace; the next run has the others' tables again."""
    out = tmp_path / "out"
    quizdl("grade", str(classroom), "--out", str(out), "--jobs", "1")
    assert quizdl("grade", str(classroom), "--out", str(out), "--forget", "nobody at all").code == 2
    done = quizdl("grade", str(classroom), "--out", str(out), "--forget", "Ann Lee")
    assert done.code == 0
    assert b"Ann Lee" not in b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert len(lines(out)) == 9
    (classroom / "Ann Lee/sigmoid.py").unlink()
    (classroom / "Ann Lee/gradient-clipping.py").unlink()
    assert quizdl("grade", str(classroom), "--out", str(out), "--resume").code == 0
    assert "Ann Lee" not in rows(out / "gradebook.csv")
    assert len(rows(out / "gradebook.csv")) == len(NAMES) - 1


def test_below_l2_nothing_is_run_without_consent(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """Exit 3, with the reason and the option; with the option it is graded, and every line says at which level."""
    out = tmp_path / "out"
    low = {"QUIZDL_SANDBOX": "L0"}
    done = quizdl("grade", str(classroom), "--out", str(out), env=low)
    assert done.code == 3
    assert "--i-trust-these-authors" in done.err
    assert not lines(out)
    done = quizdl("grade", str(classroom), "--out", str(out), "--jobs", "1", "--i-trust-these-authors", env=low)
    assert done.code == 0, done.err
    assert {one["level"] for one in lines(out)} == {"L0"}


def test_regrading_what_did_not_change_changes_nothing(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """And an id that does not exist is bad input."""
    out = tmp_path / "out"
    quizdl("grade", str(classroom), "--out", str(out), "--jobs", "1")
    before = (out / "gradebook.csv").read_bytes(), lines(out)
    done = quizdl("grade", str(classroom), "--out", str(out), "--regrade", "sigmoid")
    assert done.code == 0, done.err
    assert "Graded anew: 0" in done.out
    assert "not affected: 5" in done.out
    assert ((out / "gradebook.csv").read_bytes(), lines(out)) == before
    assert quizdl("grade", str(classroom), "--out", str(out), "--regrade", "sigmoit").code == 2


def test_regrading_prints_old_and_new(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """Graded with another engine, as far as the file says: everything of this question is graded anew, and told."""
    out = tmp_path / "out"
    quizdl("grade", str(classroom), "--out", str(out), "--jobs", "1")
    changed = []
    for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one.get("question") == "gradient-clipping":
            one |= {"key": "0" * 32, "score": 1.0 - one["score"]}
        changed.append(json.dumps(one, ensure_ascii=False))
    (out / "results.jsonl").write_text("\n".join(changed) + "\n", encoding="utf-8")
    done = quizdl("grade", str(classroom), "--out", str(out), "--regrade", "gradient-clipping", "--keep-higher")
    assert done.code == 0, done.err
    assert "Ann Lee: 0 → 1" in done.out
    assert "山田 太郎: 1 → 1" in done.out
    assert "Graded anew: 6" in done.out
    assert rows(out / "gradebook.csv")["山田 太郎"]["gradient-clipping"] == "1"


def test_the_seed_cannot_change_in_the_middle(quizdl: Run, classroom: Path, tmp_path: Path) -> None:
    """All learners of a batch have the same hidden inputs."""
    out = tmp_path / "out"
    quizdl("grade", str(classroom), "--out", str(out), "--seed", "5", "--jobs", "1")
    assert quizdl("grade", str(classroom), "--out", str(out), "--seed", "6", "--resume").code == 2


@pytest.mark.parametrize(
    "arguments", [["nowhere"], [".", "--jobs", "0"], [".", "--seed", "-1"], [".", "--feedback", "no"], ["."]]
)
def test_bad_input_is_exit_2(quizdl: Run, tmp_path: Path, arguments: list[str]) -> None:
    """A message, nothing written."""
    done = quizdl("grade", *arguments, cwd=tmp_path)
    assert done.code == 2, done.err
    assert not list(tmp_path.glob("*-grades"))


def test_a_notebook_is_graded_with_its_lines(quizdl: Run, tmp_path: Path) -> None:
    """Magics, a plot and a failing cell are survived; a fault is told in the notebook's own lines."""
    cells = [
        "%matplotlib inline\nimport numpy as np\nimport matplotlib.pyplot as plt",
        CLIP,
        "plt.plot([1, 2])",
        "print(undefined_thing)",
    ]
    made = {"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4}
    broken = {"cells": [{"cell_type": "code", "source": cell.replace("norm =", "norm = 1 /")} for cell in cells]}
    for name, data in (("ann", made), ("bob", broken)):
        (tmp_path / "w" / name).mkdir(parents=True)
        (tmp_path / "w" / name / "gradient-clipping.ipynb").write_text(json.dumps(data), encoding="utf-8")
    done = quizdl("grade", "w", "--out", "out", "--jobs", "1", cwd=tmp_path)
    assert done.code == 0, done.err
    good, bad = sorted(lines(tmp_path / "out"), key=lambda one: one["verdict"] != "correct")
    assert good["verdict"] == "correct", good["feedback"]
    assert any("matplotlib" in text["en"] for text in good["feedback"])
    assert bad["verdict"] != "correct"
