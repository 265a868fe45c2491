"""Every lab of the catalogue: it opens, says everything in both languages, and its network is the engine's."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from quizdl.bank.decode import load
from quizdl.labs.catalogue import ENTRIES, Entry
from quizdl.labs.core import Lab, Option
from quizdl.labs.hosting import Host
from quizdl.labs.options import chosen
from quizdl.paths import bank_root
from quizdl.text import Text

FOLDER = Path(str(find_spec("quizdl.labs").origin)).parent  # type: ignore[union-attr]
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
NO_FRAMEWORK = {"torch", "tensorflow", "keras", "jax", "autograd", "sympy"}

labs = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


@cache
def opened(entry: Entry) -> Lab:
    lab: Lab = import_module(f"quizdl.labs.{entry.module}").LAB
    return lab


@cache
def section_labs() -> dict[str, set[str | None]]:
    """Section → what its files' headers say of its lab."""
    found: dict[str, set[str | None]] = {}
    for path in sorted((bank_root() / "questions").glob("*/*.yaml")):
        header = load(path).header
        found.setdefault(header.section, set()).add(header.lab)
    return found


@labs
def test_a_lab_is_what_the_catalogue_says(entry: Entry) -> None:
    """Its name and sections; what it takes is known; a metric to sweep."""
    lab = opened(entry)
    assert (lab.name, lab.sections) == (entry.name, entry.sections)
    assert lab.accepts in ("", "csv", "idx", "text")
    assert lab.sweep.isidentifier()


@labs
def test_its_options_can_be_varied(entry: Entry) -> None:
    """Each default is one of the values it takes; seed and length are among them; no name stands twice."""
    lab = opened(entry)
    names = [option.name for option in lab.options]
    assert len(names) == len(set(names))
    assert "seed" in names
    assert {"steps", "epochs"} & set(names)
    assert chosen(lab, {option.name: str(option.default) for option in lab.options}) == {
        option.name: option.default for option in lab.options
    }
    assert not set(names) & {"html", "json", "sweep", "save", "load", "data", "mine", "lang", "help", "plain", "ascii"}
    assert all(_is_bounded(option) for option in lab.options)


def _is_bounded(option: Option) -> bool:
    """A number has at least a lower end, a word its choices: nothing typed can ask for −1 units."""
    return bool(option.choices) if isinstance(option.default, str) else option.low is not None


@labs
def test_its_small_version_is_one_of_its_own(entry: Entry) -> None:
    """Settings that its options take, and smaller than the defaults somewhere."""
    lab = opened(entry)
    defaults = lab.defaults()
    assert lab.small
    assert chosen(lab, {name: str(value) for name, value in lab.small.items()}) == defaults | dict(lab.small)


@labs
def test_it_says_everything_in_both_languages(entry: Entry) -> None:
    """Title, what to watch for, the goal with its number, every option."""
    lab = opened(entry)
    for text in (entry.line, lab.title, lab.about, lab.goal, *(option.help for option in lab.options)):
        assert JAPANESE.search(text.ja), text
        assert text.en
        assert not JAPANESE.search(text.en), text
    assert re.search(r"\d", lab.goal.en)
    assert lab.about.ja.rstrip().endswith("。")


@labs
def test_its_sections_are_in_the_bank(entry: Entry) -> None:
    """So that the command that it names asks something."""
    assert set(entry.sections) <= set(section_labs())


def test_every_section_that_a_lab_goes_with_links_back_to_one_of_its_labs() -> None:
    """All files of a section say the same, and only labs that name the section."""
    for entry in ENTRIES:
        for section in entry.sections:
            (lab,) = section_labs()[section]
            assert lab in {other.name for other in ENTRIES if section in other.sections}


def test_no_section_names_a_lab_that_does_not_name_it() -> None:
    """A link leads somewhere that has to do with it."""
    by_name = {entry.name: entry for entry in ENTRIES}
    for section, named in section_labs().items():
        for lab in named - {None}:
            assert lab is not None
            assert section in by_name[lab].sections


def _local_modules(module: str, seen: set[str]) -> set[str]:
    """The module and those of this room that it imports."""
    if module in seen:
        return seen
    seen.add(module)
    for name in _imports(FOLDER / f"{module}.py"):
        if name.startswith("quizdl.labs.") and (FOLDER / f"{name.split('.')[2]}.py").exists():
            _local_modules(name.split(".")[2], seen)
    return seen


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@labs
def test_its_network_comes_from_the_engine(entry: Entry) -> None:
    """Its modules import the engine's layers and no other framework, and write no backward of their own."""
    modules = _local_modules(entry.module, set())
    imported = {name for module in modules for name in _imports(FOLDER / f"{module}.py")}
    assert any(name.startswith("quizdl.engine.") for name in imported)
    assert not {name.split(".")[0] for name in imported} & NO_FRAMEWORK
    own = [
        node.name
        for module in modules
        for node in ast.walk(ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and "backward" in node.name
    ]
    assert not own


@labs
def test_it_can_be_looked_at_before_it_has_learnt(entry: Entry) -> None:
    """An untrained run has numbers, a reading, pictures and weights; what a sweep plots is among the numbers."""
    lab = opened(entry)
    settings = lab.smallest()
    run = lab.start(settings, None)
    outcome = run.outcome()
    assert lab.sweep in outcome.metrics
    assert all(name.isidentifier() and name.islower() for name in outcome.metrics)
    assert outcome.pictures
    assert all(isinstance(text, Text) and JAPANESE.search(text.ja) for text in outcome.reading)
    assert all(hasattr(array, "dtype") for array in run.weights().values())
    assert isinstance(run, Host) == bool(entry.hosts)
