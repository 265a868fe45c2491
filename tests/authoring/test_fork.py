"""A copy of a shipped question is another question: its own id, its own numbers, valid at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.authoring.check import check_bank
from quizdl.authoring.fork import fork, redrawn
from quizdl.bank import Library, ask
from quizdl.bank.values import holds
from quizdl.errors import InputError
from quizdl.model import Code, Selection

ALL = Library().select(Selection())
DRAWN = [one for one in ALL if one.variables]
ONE_OF_EACH = list(
    {(one.kind, one.set is None, isinstance(one, Code) and one.answer is None): one for one in ALL}.values()
)


@pytest.mark.parametrize("question", ONE_OF_EACH, ids=lambda question: question.id)
def test_a_copy_of_every_kind_passes_the_check(tmp_path: Path, question: object) -> None:
    """Sets, whole functions with their solutions, framework twins: nothing ties it to the bank that it came from."""
    copy = fork(question, "mine", tmp_path, 7)  # type: ignore[arg-type]
    report = check_bank(tmp_path, seeds=8)
    assert [error.message.en for error in report.faults] == []
    (made,) = Library(tmp_path).select(Selection())
    assert (made.id, made.twin, made.source) == ("mine", None, ("own-001",))
    assert copy.path.is_relative_to(tmp_path)


@pytest.mark.parametrize("question", DRAWN[::7], ids=lambda question: question.id)
def test_its_numbers_are_others_that_could_have_been_drawn(question: object) -> None:
    """Seed 0 asks something else, and `where` holds for it."""
    other = redrawn(question, 3)  # type: ignore[arg-type]
    assert other.first != question.first  # type: ignore[attr-defined]
    assert holds(other, other.first) is not None
    assert ask(other, 0).prompt  # it can be asked


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    """The same id again, and a solution that lies about, are refused."""
    library = Library()
    fork(library.find("chain-rule"), "mine", tmp_path, 1)
    with pytest.raises(InputError, match="taken"):
        fork(library.find("conv-output-size"), "mine", tmp_path, 1)
    stray = tmp_path / "solutions/day3/my_lstm.py"
    stray.parent.mkdir(parents=True)
    stray.write_text("# mine\n", encoding="utf-8")
    with pytest.raises(InputError, match="there already"):
        fork(library.find("lstm-step"), "my-lstm", tmp_path, 1)
    assert stray.read_text(encoding="utf-8") == "# mine\n"
