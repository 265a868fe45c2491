"""A notebook is valid by nbformat's rules, and its checks run the learner's code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizdl.cli.bank_examples import public_examples
from quizdl.exchange.literals import literal
from quizdl.exchange.notebook import write_notebook
from quizdl.exchange.selfcheck import equal
from quizdl.model import Code

from .samples import hostile, sample, samples

SCHEMA = json.loads(Path(__file__).with_name("nbformat_4_5.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def notebook():
    """The sample questions as a notebook."""
    with public_examples() as examples:
        return json.loads(write_notebook(samples(), ("ja", "en"), examples).data)


def _faults(schema, value, place="$"):
    """What of a value breaks a schema; the few words of JSON Schema that ours is written in."""
    if "$ref" in schema:
        schema = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
    if "oneOf" in schema:
        fitting = [one for one in schema["oneOf"] if not list(_faults(one, value, place))]
        if len(fitting) != 1:
            yield f"{place}: fits {len(fitting)}"
        return
    types = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}
    wanted = schema.get("type")
    if wanted and not isinstance(value, tuple(types[one] for one in ([wanted] if isinstance(wanted, str) else wanted))):
        yield f"{place}: no {wanted}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{place}: pattern"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{place}: {value}"
    if isinstance(value, dict):
        known = schema.get("properties", {})
        yield from (f"{place}: no {one}" for one in schema.get("required", ()) if one not in value)
        if schema.get("additionalProperties") is False:
            yield from (f"{place}: unknown {one}" for one in value if one not in known)
        for name, inner in known.items():
            if name in value:
                yield from _faults(inner, value[name], f"{place}.{name}")
    if isinstance(value, list) and "items" in schema:
        for number, inner in enumerate(value):
            yield from _faults(schema["items"], inner, f"{place}[{number}]")


def _run(sources: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    script = folder / "cells.py"
    script.write_text("\n\n".join(sources), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env={"PYTHONIOENCODING": "utf-8", "PATH": ""},
    )


def _code_cells(notebook) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_it_is_valid(notebook):
    """By the schema of nbformat 4.5, and each cell has an id of its own."""
    assert list(_faults(SCHEMA, notebook)) == []
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


def test_the_schema_finds_what_is_wrong(notebook):
    """The check is no formality."""
    for change in ({"nbformat": 3}, {"cells": [{"cell_type": "code", "id": "a b"}]}, {"metadata": None}):
        assert list(_faults(SCHEMA, {**notebook, **change}))


def test_nbformat_itself_takes_it(notebook):
    """Where nbformat is installed, its own validator agrees."""
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.from_dict(notebook))


def test_an_untouched_notebook_runs_and_nothing_passes(notebook, tmp_path):
    """`Run all` goes to the end; every check says that nothing is right yet."""
    done = _run(_code_cells(notebook), tmp_path)
    assert done.returncode == 0, done.stderr
    scores = re.findall(r"^(\d+) / (\d+) 件", done.stdout, re.MULTILINE)
    assert len(scores) == 2
    assert all(int(right) < int(total) and int(total) > 3 for right, total in scores)


@pytest.mark.filterwarnings("ignore")  # those of Jupyter's own libraries are not ours to mend
def test_jupyter_itself_runs_it_to_the_end(notebook, tmp_path, monkeypatch):
    """Where Jupyter is installed, a kernel of its own executes every cell, and none fails."""
    nbformat = pytest.importorskip("nbformat", reason="Jupyter is not installed (quizdl[readers])")
    nbclient = pytest.importorskip("nbclient", reason="Jupyter is not installed (quizdl[readers])")
    pytest.importorskip("ipykernel", reason="Jupyter is not installed (quizdl[readers])")
    for folder in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(folder, str(tmp_path / folder.lower()))
    done = nbclient.NotebookClient(
        nbformat.reads(json.dumps(notebook), as_version=4),
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    nbformat.validate(done)
    cells = [cell for cell in done.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [one for cell in cells for one in cell.outputs]
    assert {one.output_type for one in outputs} == {"stream"}  # what a check says, and no `Out[3]: False` below it
    assert len(re.findall(r"^\d+ / \d+ 件", "".join(one.text for one in outputs), re.MULTILINE)) == 2


def test_the_worked_solutions_pass_their_checks(notebook, tmp_path):
    """With the keys filled in, every example is right, and a wrong program is told which is not."""
    cells = _code_cells(notebook)
    for name in ("gradient-clipping", "lstm-step"):
        question = sample(name).question
        assert isinstance(question, Code)
        solved = question.solution or question.template.replace("____", f"({question.answer})")
        cells = [solved if cell.strip() == question.template.strip() else cell for cell in cells]
    done = _run(cells, tmp_path)
    assert done.returncode == 0, done.stderr
    scores = re.findall(r"^(\d+) / (\d+) 件", done.stdout, re.MULTILINE)
    assert len(scores) == 2
    assert all(right == total for right, total in scores), done.stdout


def test_a_question_without_examples_is_named():
    """Its cell is there, its check is not, and the parcel says so."""
    parcel = write_notebook(samples(), ("en",), lambda question: ())
    assert {loss.id for loss in parcel.losses} == {"gradient-clipping", "lstm-step"}
    assert parcel.held == len(samples())


def test_hostile_texts_stay_texts():
    """Neither markup nor Markdown of a text is read as such."""
    notebook = json.loads(write_notebook([hostile()], ("ja", "en"), lambda question: ()).data)
    written = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert "<script" not in written
    assert "&lt;script&gt;" in written


VALUES = st.recursive(
    st.floats() | st.integers() | st.booleans() | st.text(max_size=5) | st.lists(st.floats(), max_size=3).map(np.array),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@example(2**64)
@example(-(2**63) - 1)
@settings(deadline=None)
@given(VALUES)
def test_a_literal_gives_its_value_back(value):
    """Whatever an example holds, the notebook's source evaluates to it."""
    assert equal(value, eval(literal(value), {"np": np}))  # noqa: S307 - our own source


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1.0, 1.1),
        (1.0, None),
        (np.zeros(2), np.zeros((1, 2))),
        ((1.0, 2.0), (1.0,)),
        (np.array([1.0, np.nan]), np.array([1.0, 1.0])),
        ({"a": 1}, {"b": 1}),
        (1.0, "1"),
    ],
)
def test_what_differs_is_not_equal(expected, got):
    """Value, shape, length, NaN, keys, type."""
    assert not equal(expected, got)
