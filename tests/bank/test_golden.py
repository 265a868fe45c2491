"""Each way to get a bank file wrong has a folder; what is said of it is part of the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.bank import check_file, parse_file
from quizdl.errors import BankError

GOLDEN = Path(__file__).parent.parent / "golden/bank"
FOLDERS = sorted(path for path in GOLDEN.iterdir() if path.is_dir())


def told(error: BankError) -> str:
    """A fault as in `expected.txt`: the place, the message and the hint, English first."""
    where = str(error.where)
    hints = [f"  → {error.hint.en}", f"  → {error.hint.ja}"] if error.hint else []
    return "\n".join([where[where.index("bad.yaml") :], f"  {error.message.en}", f"  {error.message.ja}", *hints])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_fault_says_where_what_and_how_to_mend_it(folder: Path) -> None:
    """All faults of a file, in both languages, are those of the golden file."""
    found = "\n".join(told(error) for error in check_file(folder / "bad.yaml")) + "\n"
    assert found == (folder / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_reading_stops_at_the_first_fault(folder: Path) -> None:
    """`parse_file` raises what `check_file` lists first."""
    with pytest.raises(BankError) as raised:
        parse_file(folder / "bad.yaml")
    assert told(raised.value) == told(check_file(folder / "bad.yaml")[0])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_fault_says_how_to_mend_it(folder: Path) -> None:
    """Every fault has a hint, and its line and column lie within the file."""
    lines = (folder / "bad.yaml").read_bytes().count(b"\n") + 1
    for error in check_file(folder / "bad.yaml"):
        _, line, column = str(error.where).rsplit(":", 2)
        assert error.hint is not None
        assert 1 <= int(line) <= lines
        assert int(column) >= 1
