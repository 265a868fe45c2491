"""The README and the guide do what they say: every command is run, in order; both languages give the same ones."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from .conftest import POSIX_SHELL, ROOT, Block, blocks, commands, page_text, run, write_file

ENGLISH, JAPANESE = "README.md", "README.ja.md"
EXAM_DATE = "2027-02-19"
SAID = {"quizdl exam --resume": "A\nsubmit\ny\n", "quizdl practice --due": ":q\n", "quizdl exam -n 20": "B\n"}
"""What a person types into a command that asks; everything else meets the end of input."""

PAGES = ("docs/candidate", "docs/course", "docs/author", "docs/format", "docs/engine", "docs/architecture")

ANSWERS = ("practice", "submit", "answer", "exam", "report", "trace")
"""Commands that exit with 1 where an answer was not worth full marks."""


def test_the_first_block_is_the_two_commands() -> None:
    """One line installs and does the main thing, one installs and tests: each works alone in an empty environment."""
    for page in (ENGLISH, JAPANESE):
        first = blocks(page)[0]
        assert first.kind == "sh"
        assert list(commands(first)) == [
            "python -m pip install . && quizdl practice --day 3",
            "python -m pip install -e '.[test]' && python -m pytest -q",
        ]
    extras = tomllib.loads(page_text("pyproject.toml"))["project"]["optional-dependencies"]
    assert {"test", "tui"} <= set(extras)


@POSIX_SHELL
@pytest.mark.parametrize("page", [ENGLISH, "docs/candidate.md"])
def test_every_command_works(page: str, folder: Path) -> None:
    """In the page's order, each finding what those before it have made."""
    _hand_in(folder)
    grades = _may_grade(folder)
    for block in blocks(page):
        if block.kind == "yaml":
            write_file(block, folder)
        for command in _runnable(block):
            if "quizdl grade" in command and not grades:
                continue
            done = run(command.replace(EXAM_DATE, f"{date.today().year + 1}-02-19"), folder, SAID.get(command, ""))
            allowed = {0, 1} if any(f"quizdl {name}" in command for name in ANSWERS) else {0}
            assert done.returncode in allowed, f"{command}\n{done.stdout}{done.stderr}"
            assert done.stdout or " > " in command, command
    made = {path.name for path in folder.iterdir()}
    assert {"report.html", "exam.html", "record.jsonl"} <= made
    if page == ENGLISH:
        assert {"lstm-step.py", "menu.html", "my-course.csv"} <= made
        assert not grades or (folder / "results/gradebook.csv").is_file()


def test_what_an_install_line_names_is_there() -> None:
    """The lines that install are run by `.ci/run`, in an empty environment."""
    installing = {line for block in blocks(ENGLISH) for line in commands(block) if "pip install" in line}
    said = page_text(".ci/run")
    assert installing
    assert "python -m pip install --quiet -e '.[test]'" in said
    assert "python -m pytest -q" in said


@pytest.mark.parametrize("page", ["README", *PAGES])
def test_the_languages_are_held_in_step(page: str) -> None:
    """The same blocks, sections, tables, pictures and links, though not the same words."""
    one, other = f"{page}.md", f"{page}.ja.md"
    assert [_bare(block) for block in blocks(one)] == [_bare(block) for block in blocks(other)]
    assert _levels(page_text(one)) == _levels(page_text(other))
    assert page_text(one).count("\n|") == page_text(other).count("\n|")
    links = [sorted(re.sub(r"\.(en|ja)\.", ".", link) for link in _links(page_text(name))) for name in (one, other)]
    own = Path(one).name
    assert [link for link in links[0] if link != own] == [link for link in links[1] if link != own]


def test_every_link_leads_somewhere() -> None:
    """To a file of the repository, or to a page on the network."""
    for page in (ENGLISH, JAPANESE, *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))):
        for link in _links(page_text(page)):
            target = (ROOT / page).parent / link.partition("#")[0]
            assert link.startswith("https://") or target.exists(), f"{page}: {link}"


def _hand_in(folder: Path) -> None:
    """What a small class has handed in: one right, one untouched."""
    worked = (ROOT / "solutions/day3/lstm_step.py").read_text(encoding="utf-8")
    for learner, text in (("ann", worked), ("bob", "def lstm_step(x, h, c, W, U, b):\n    ...\n")):
        path = folder / "submissions" / learner / "lstm-step.py"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    (folder / "class.csv").write_text("id,name\nann,Ann Lee\nbob,Bob Ito\ncem,Cem Kaya\n", encoding="utf-8")


def _may_grade(folder: Path) -> bool:
    level: str = json.loads(run("quizdl doctor --json", folder).stdout)["level"]
    return level in ("L2", "L3")


def _runnable(block: Block) -> list[str]:
    if block.kind not in ("sh", "powershell"):
        return []
    lines = commands(block) if block.kind == "sh" else map(_as_posix, commands(block))
    return [line for line in lines if "pip install" not in line]


def _as_posix(line: str) -> str:
    """A line of PowerShell as a POSIX shell takes it."""
    line = re.sub(r'"([^"]*)"', lambda found: "printf '" + found[1].replace("`n", "\\n") + "\\n'", line)
    return re.sub(r"\$env:(\w+) = ('[^']*'); ", r"\1=\2 ", line)


def _bare(block: Block) -> tuple[str, ...]:
    """A block without what is said in words: a shell's comments, the rows of an example's table."""
    if block.kind == "csv":
        return (block.kind, block.text.splitlines()[0])
    return (block.kind, block.about, *(commands(block) if block.kind == "sh" else (block.text,)))


def _levels(text: str) -> list[int]:
    """The depths of a page's headings; a comment of a shell is none."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)]


def _links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", text)
