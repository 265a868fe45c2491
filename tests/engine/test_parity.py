"""Outputs and every gradient agree with PyTorch's in float64, to nine digits.

PyTorch's answers are kept beside the cases, so that this is proved without it; where it is installed, they are also
computed anew.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from engine_cases import frozen
from engine_cases.kinds import Parity

CASES = [(family, case) for family in frozen.families() for case in frozen.parity_cases(family)]
KEPT = {family: frozen.load(family) for family in frozen.families()}

every_case = pytest.mark.parametrize(("family", "case"), CASES, ids=[case.name for _, case in CASES])


def same(found: frozen.Answers, expected: frozen.Answers) -> None:
    """Every output and every gradient, by name."""
    assert found.keys() == expected.keys()
    for name, answer in expected.items():
        np.testing.assert_allclose(found[name], answer, rtol=1e-9, atol=1e-11, err_msg=name)


@every_case
def test_the_engine_gives_what_pytorch_gave(family: str, case: Parity) -> None:
    """Outputs and gradients against those on file."""
    same(frozen.ours(case), KEPT[family][case.name])


@pytest.mark.parametrize(
    ("family", "case"),
    [(family, case) for family, case in CASES if family in frozen.AT_LENGTH],
    ids=[case.name for family, case in CASES if family in frozen.AT_LENGTH],
)
def test_the_general_forms_give_what_pytorch_gave(family: str, case: Parity) -> None:
    """What a short cut answers in small cases, larger ones get from the form beside it."""
    with frozen.no_short_cuts():
        same(frozen.ours(case), KEPT[family][case.name])


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is the oracle here: pip install 'quizdl[oracles]'"
)
@every_case
def test_what_is_on_file_is_what_pytorch_gives(family: str, case: Parity) -> None:
    """Nothing on file was made up or left behind by an older case."""
    torch: Any = pytest.importorskip("torch")
    same(frozen.theirs(case, torch), KEPT[family][case.name])


def test_every_name_is_unique_and_nothing_on_file_is_left_over() -> None:
    """A file without its case, or a case that shadows another, would prove nothing."""
    names = [case.name for _, case in CASES]
    assert len(set(names)) == len(names)
    assert {name for kept in KEPT.values() for name in kept} == set(names)
    assert {path.stem for path in frozen.FOLDER.glob("*.npz")} <= set(frozen.families())


def test_the_files_are_small() -> None:
    """Two megabytes at the most, all together."""
    assert sum(path.stat().st_size for path in frozen.FOLDER.glob("*.npz")) < 2_000_000
