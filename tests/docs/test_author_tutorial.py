"""The author's tutorial does what it says: its files are written, its commands run, in its order, in both languages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("author.md", "author.ja.md")
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.yaml)\n")


class Block(NamedTuple):
    """A fenced block. kind: sh, yaml or text. about: what follows the kind, such as `exit=1`."""

    kind: str
    about: str
    text: str


def blocks(page: str) -> list[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [Block(kind, about.strip(), body) for kind, about, body in _BLOCK.findall(text)]


def commands(block: Block) -> Iterator[str]:
    """The commands of a block; a backslash continues one."""
    yield from (line for line in block.text.replace("\\\n", " ").splitlines() if line.strip())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, and a `quizdl` on the path."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin/quizdl"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m quizdl "$@"\n')
    script.chmod(0o755)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "QUIZDL_HOME": str(folder.parent / "home"),
        "LANG": "en_US.UTF-8",
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the tutorial's commands are for a POSIX shell")
@pytest.mark.parametrize("page", PAGES)
def test_the_tutorial_builds_checks_and_practises_a_bank(page: str, folder: Path) -> None:
    """From nothing to a bank of three questions that is checked, practised and taken elsewhere."""
    output = ""
    for block in blocks(page):
        if block.kind == "yaml":
            found = _FILE.match(block.text)
            assert found, "the first line of a file names it"
            (folder / found[1]).write_text(block.text, encoding="utf-8")
        elif block.kind == "sh":
            output = ""
            for command in commands(block):
                done = run(command, folder)
                assert done.returncode == int(block.about.removeprefix("exit=") or 0), (
                    f"{command}\n{done.stdout}{done.stderr}"
                )
                output += done.stdout
        elif not block.text.startswith("# yaml-language-server"):
            assert all(line in output for line in block.text.splitlines()), f"{block.text}\n{output}"
    made = {path.name for path in (folder / "my-course/questions/day1").iterdir()}
    assert made == {"basics.yaml", "words.yaml"}
    assert (folder / "my-course.csv").stat().st_size > 0
    assert (folder / "questions.schema.json").is_file()


def test_both_languages_give_the_same_commands_and_files() -> None:
    """A change to one page is a change to the other."""
    one, other = (blocks(page) for page in PAGES)
    assert one == other


def test_the_editors_line_leads_to_the_schema() -> None:
    """From a bank file of the tutorial to the schema that it wrote."""
    (line,) = [block.text.strip() for block in blocks("author.md") if "$schema=" in block.text]
    reference = line.partition("$schema=")[2]
    file = Path("/work/my-course/questions/day1/words.yaml")
    assert (file.parent / reference).resolve() == Path("/work/questions.schema.json")
