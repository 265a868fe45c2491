"""The author's tutorial does what it says: its files are written, its commands run, in its order, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import POSIX_SHELL, blocks, commands, run, write_file

PAGES = ("docs/author.md", "docs/author.ja.md")


@POSIX_SHELL
@pytest.mark.parametrize("page", PAGES)
def test_the_tutorial_builds_checks_and_practises_a_bank(page: str, folder: Path) -> None:
    """From nothing to a bank of three questions that is checked, practised and taken elsewhere."""
    output = ""
    for block in blocks(page):
        if block.kind == "yaml":
            write_file(block, folder)
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
    (line,) = [block.text.strip() for block in blocks("docs/author.md") if "$schema=" in block.text]
    reference = line.partition("$schema=")[2]
    file = Path("/work/my-course/questions/day1/words.yaml")
    assert (file.parent / reference).resolve() == Path("/work/questions.schema.json")
