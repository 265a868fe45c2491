"""Pages as readers follow them: their fenced blocks in order, their commands run in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
POSIX_SHELL = pytest.mark.skipif(sys.platform == "win32", reason="the page's commands are for a POSIX shell")
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.yaml)\n")
_COMMENT = re.compile(r"\s{2,}#.*")


class Block(NamedTuple):
    """A fenced block. kind: sh, yaml, python, … about: what follows the kind, such as `exit=1`."""

    kind: str
    about: str
    text: str


def page_text(page: str) -> str:
    """A page by its path below the repository."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in its order."""
    return [Block(kind, about.strip(), body) for kind, about, body in _BLOCK.findall(page_text(page))]


def commands(block: Block) -> Iterator[str]:
    """The commands of a block without their comments; a backslash continues one."""
    for line in block.text.replace("\\\n", " ").splitlines():
        if command := _COMMENT.sub("", line).strip():
            yield command


def write_file(block: Block, folder: Path) -> None:
    """A YAML block as the file that its first line names."""
    found = _FILE.match(block.text)
    assert found, "the first line of a file names it"
    path = folder / found[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, and a `quizdl` on the path."""
    (tmp_path / "bin").mkdir()
    for name, arguments in (("quizdl", "-m quizdl "), ("python", "")):
        script = tmp_path / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n', encoding="utf-8")
        script.chmod(0o755)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def run(command: str, folder: Path, said: str = "") -> subprocess.CompletedProcess[str]:
    """A command line of the page, `said` on its standard input."""
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
        input=said,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
