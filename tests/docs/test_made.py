"""What is made, not typed, is fresh: the pages and pictures come out again as they are on file."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

import make_architecture
import make_engine
import make_format
import make_manual
import make_measured
import make_picture
from engine_tour import FAMILIES
from format_meanings import MEANINGS, SPECS
from quizdl.authoring.schema import bank_schema
from quizdl.bank.decode import inspect_file
from quizdl.grading import specs
from quizdl.labs.catalogue import ENTRIES

from .conftest import POSIX_SHELL, ROOT, page_text, run

REMAKE = "python docs/tools/make.py writes it anew"


MAKERS = (make_architecture, make_engine, make_format, make_manual, make_measured)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: str(maker.__name__))
def test_a_made_page_is_fresh(maker: Any) -> None:
    """Byte for byte."""
    for name, content in maker.pages().items():
        assert page_text(name) == content, REMAKE


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_picture_shows_what_the_session_says_today(lang: str) -> None:
    """Word for word; where things stand may differ between versions of rich."""
    fresh, kept = make_picture.drawn(lang), page_text(f"docs/pictures/session.{lang}.svg")
    assert make_picture.words(kept) == make_picture.words(fresh), REMAKE


def test_a_picture_loads_nothing() -> None:
    """No font, script or image from the network: a README is read offline too."""
    for path in (ROOT / "docs/pictures").glob("*.svg"):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text
        assert "<script" not in text


def test_every_key_has_a_meaning_and_no_meaning_is_left_over() -> None:
    """The keys of the schema that editors read are the keys of the page."""
    schema = bank_schema()["definitions"]
    for named, meanings in MEANINGS.items():
        if named in ("Question", "Header", "SetHeader"):
            continue
        definition = schema.get(named) or schema[named.lower()]
        assert set(meanings) <= set(definition["properties"]), named
    questions = [schema[kind]["properties"] for kind in make_format.KINDS]
    common = set(MEANINGS["Question"])
    for kind, properties in zip(make_format.KINDS.values(), questions, strict=True):
        assert set(properties) == common | set(MEANINGS[kind.__name__])
    assert set(MEANINGS["Header"]) == set(bank_schema()["properties"])
    assert set(MEANINGS["SetHeader"]) == set(schema["setOf"]["properties"])
    assert set(SPECS) == set(specs.SPECS)


def test_every_record_of_the_model_is_on_the_page() -> None:
    """Also those that only stand inside others."""
    for kind in make_format.KINDS.values():
        for record in make_format._records_in(kind):
            assert {field.name for field in msgspec.structs.fields(record)} == set(MEANINGS[record.__name__])


def test_the_examples_are_read_without_a_fault() -> None:
    """One of each kind and a set, the file they come from whole."""
    bank, faults = inspect_file(make_format.EXAMPLES)
    assert not faults
    assert bank is not None
    assert {question.kind for question in bank.questions} == set(make_format.KINDS)
    assert any(question.set for question in bank.questions)


def test_the_manual_page_can_be_read() -> None:
    """By `man`, without a complaint, where there is one; every command has its place in it."""
    from quizdl.cli.app import MODULES

    text = page_text("docs/man/quizdl.1")
    assert all(f".SS quizdl {name} " in text for name in MODULES)
    if shutil.which("man") is None:
        pytest.skip("there is no man")
    command = ["man", "--warnings", "-E", "UTF-8", "-l", str(ROOT / "docs/man/quizdl.1")]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0
    assert not done.stderr, done.stderr.decode()


def test_the_tour_visits_every_file_of_the_engine() -> None:
    """Once each; what stands in its code column is a line of the file that it names."""
    visited = [module for family in FAMILIES for module in family.modules]
    assert sorted(visited) == sorted(path.stem for path in make_engine.ENGINE.glob("*.py") if path.stem != "__init__")
    assert {lab for family in FAMILIES for lab in family.labs} == {entry.name for entry in ENTRIES}


def test_the_page_on_the_architecture_knows_every_room() -> None:
    """Those of the table that holds the imports, and the two that stand on top."""
    assert set(make_architecture.ROOMS) == set(make_architecture.allowed()) | {"screen", "cli"}


@POSIX_SHELL
def test_the_examples_pass_the_checker(folder: Path) -> None:
    """Keys, mistakes and variants proved as in any bank; code of one's own needs level L2."""
    level = json.loads(run("quizdl doctor --json", folder).stdout)["level"]
    if level not in ("L2", "L3"):
        pytest.skip("code of a bank of one's own is refused here")
    place = folder / "mine/questions/day3/examples.yaml"
    place.parent.mkdir(parents=True)
    place.write_bytes(make_format.EXAMPLES.read_bytes())
    done: subprocess.CompletedProcess[str] = run(f"quizdl bank check {place.relative_to(folder)}", folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_table_says_what_was_measured() -> None:
    """Every row of the JSON that has a limit is a row of both READMEs, and each ratio is in its order."""
    measured = json.loads(page_text("docs/measured.json"))
    assert measured["rows"]
    assert make_measured.limited(measured)
    for row in measured["rows"]:
        least, median, most = row["ratio"]
        assert 0 < least <= median <= most
    for row in make_measured.limited(measured):
        assert f"| {row['what']['en']} |" in page_text("README.md")
        assert f"| {row['what']['ja']} |" in page_text("README.ja.md")
