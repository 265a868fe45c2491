"""What is installed: the wheel carries the bank; an editable install reads it live."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from quizdl import paths

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built here and unpacked elsewhere, as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("quizdl-*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_the_wheel_runs_from_anywhere_and_carries_the_whole_bank(installed: Path, tmp_path: Path) -> None:
    """Run from `/`, with only the unpacked wheel on the path, every question and solution is there."""
    script = (
        "import quizdl; from quizdl.bank import Library, solution_of; from quizdl.model import Selection\n"
        "questions = Library().select(Selection()); [solution_of(q) for q in questions if q.kind == 'code']\n"
        "print(quizdl.__file__, quizdl.paths.bank_root(), len(questions))"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed), "QUIZDL_HOME": str(tmp_path), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-c", script]
    output = subprocess.run(
        command, cwd="/", env=environment, check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout
    module, bank, count = output.split()
    assert module.startswith(str(installed))
    assert bank.startswith(str(installed))
    assert int(count) == _questions_in_the_checkout()


def _questions_in_the_checkout() -> int:
    from quizdl.bank import Library

    return len(Library(ROOT).all_ids())


def test_the_wheel_holds_no_tests_and_no_cache(installed: Path) -> None:
    """Only the package and its bank are shipped."""
    tops = {path.name for path in installed.iterdir() if not path.name.endswith((".dist-info", ".data"))}
    assert tops == {"quizdl"}
    assert not list(installed.rglob("__pycache__"))


def test_the_wheel_brings_the_manual(installed: Path) -> None:
    """Where `man` looks for it, in both languages."""
    pages = {path.as_posix().partition(".data/data/")[2] for path in installed.rglob("quizdl.1")}
    assert pages == {"share/man/man1/quizdl.1", "share/man/ja/man1/quizdl.1"}


def test_the_wheel_does_the_main_things(installed: Path, tmp_path: Path) -> None:
    """Lists, grades code, sets an exam on paper; without a warning, from a folder that has nothing of ours."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "QUIZDL_HOME": str(tmp_path / "home")}
    for arguments in (
        ["list", "--day", "3"],
        ["answer", "gradient-clipping", "gradient * rate"],
        ["exam", "--paper", "exam.html", "-n", "4"],
        ["completion", "bash"],
    ):
        command = [sys.executable, "-P", "-W", "error", "-m", "quizdl", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert (tmp_path / "exam.html").is_file()


def test_a_checkout_reads_the_bank_live() -> None:
    """No copy of `questions/` lies inside the package: editing a file is enough."""
    if Path(paths.__file__).parent != ROOT / "quizdl":
        pytest.skip("quizdl is not installed from this checkout")
    assert paths.bank_root() == ROOT
    assert not (ROOT / "quizdl" / "shipped").exists()


def test_the_wheel_carries_what_pages_are_made_of(installed: Path) -> None:
    """Style sheets and templates are no Python, and are read where the package lies."""
    for name in ("screen/page.css", "report/templates/exam.css", "report/templates/exam.html.j2"):
        assert (installed / "quizdl" / name).is_file()
