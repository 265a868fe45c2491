"""What was proved is not proved again, and nothing stale is ever believed."""

from __future__ import annotations

from pathlib import Path

import pytest

import quizdl.authoring.proofs as proofs
from quizdl.authoring.check import check_bank
from quizdl.authoring.report import Report

from .conftest import BLANK, CHOICE, FUNCTION, HEADER, NUMBER, SOLUTION

SEEDS = 8
TOOL_DIGEST = proofs.tool_digest


@pytest.fixture(autouse=True)
def _same_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sources may be edited while the tests run."""
    monkeypatch.setattr(proofs, "tool_digest", lambda: "1" * 16)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank with a question of most kinds."""
    write(tmp_path, NUMBER, CHOICE, BLANK, FUNCTION)
    (tmp_path / "solutions/day3").mkdir(parents=True)
    (tmp_path / "solutions/day3/a_function.py").write_text(SOLUTION, encoding="utf-8")
    return tmp_path


def write(root: Path, *questions: str) -> None:
    path = root / "questions/day3/sample.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(questions), encoding="utf-8")


def check(root: Path) -> Report:
    return check_bank(root, seeds=SEEDS, proofs=root / "proofs")


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the questions that are really proved, as that happens."""
    import quizdl.authoring.draws as draws

    seen: list[str] = []
    prove = draws.prove_variants

    def watched(subject: proofs.Subject, seeds: int) -> list[object]:
        seen.append(subject.question.id)
        return list(prove(subject, seeds))

    monkeypatch.setattr(draws, "prove_variants", watched)
    return seen


def test_the_second_look_proves_nothing_and_says_the_same(bank: Path, proved: list[str]) -> None:
    """Faults, warnings and counts are those of the first."""
    write(bank, NUMBER.replace("id: times", "id: product"), CHOICE.replace("text: '1'", f"text: '{'1' * 30}'"), BLANK)
    (bank / "solutions/day3/a_function.py").unlink()
    first = check(bank)
    assert len(first.warnings) == 1
    assert len(proved) == 3
    second = check(bank)
    assert len(proved) == 3
    assert [(one.where, one.message, one.hint) for one in second.warnings] == [
        (one.where, one.message, one.hint) for one in first.warnings
    ]
    assert (second.faults, second.counts) == (first.faults, first.counts)


def test_only_the_changed_question_is_proved_again(bank: Path, proved: list[str]) -> None:
    """Its neighbours may move within the file."""
    check(bank)
    proved.clear()
    write(bank, CHOICE, BLANK, NUMBER.replace("n*m", "n*m + 1"), FUNCTION)
    assert check(bank).faults == ()
    assert proved == ["a-number"]


def test_a_changed_solution_is_a_changed_question(bank: Path, proved: list[str]) -> None:
    """The worked answer lies in a file of its own."""
    check(bank)
    proved.clear()
    path = bank / "solutions/day3/a_function.py"
    path.write_text(SOLUTION.replace("** 2", "** 3"), encoding="utf-8")
    assert "solution is graded wrong" in "".join(one.message.en for one in check(bank).faults)
    assert proved == ["a-function"]


def test_a_fault_is_never_remembered_as_sound(bank: Path) -> None:
    """A faulty question is proved each time, and reported each time."""
    write(bank, NUMBER.replace("answer: n*m", "answer: m + n"))
    (bank / "solutions/day3/a_function.py").unlink()
    assert [len(check(bank).faults) for _ in range(2)] == [1, 1]


def test_a_courses_proof_does_not_count_for_the_shipped_bank(
    bank: Path, proved: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More is asked of a shipped question."""
    check(bank)
    proved.clear()
    monkeypatch.setattr("quizdl.authoring.check.bank_root", lambda: bank)
    check(bank)
    assert len(proved) == 4


def test_another_version_of_the_program_believes_nothing(
    bank: Path, proved: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A grader that changed by one character proves everything anew."""
    check(bank)
    proved.clear()
    monkeypatch.setattr(proofs, "tool_digest", lambda: "0" * 16)
    check(bank)
    assert len(proved) == 4


def test_the_digest_covers_the_programs_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's bytes and the versions of what computes are in it."""
    package = tmp_path / "quizdl"
    (package / "engine").mkdir(parents=True)
    (package / "authoring").mkdir()
    source = package / "engine/affine.py"
    source.write_text("a = 1\n", encoding="utf-8")
    monkeypatch.setattr(proofs, "__file__", str(package / "authoring/proofs.py"))
    before = TOOL_DIGEST()
    assert TOOL_DIGEST() == before
    source.write_text("a = 2\n", encoding="utf-8")
    changed = TOOL_DIGEST()
    monkeypatch.setattr(proofs, "_version", lambda name: "0.0")
    assert len({before, changed, TOOL_DIGEST()}) == 3


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"key": "other", "counts": {}}', b"\xff\x00", b"[" * 5000])
def test_a_damaged_proof_is_no_proof(bank: Path, proved: list[str], damage: bytes) -> None:
    """Cut, foreign or senseless files are passed over."""
    check(bank)
    proved.clear()
    for path in (bank / "proofs").glob("*/*.json"):
        path.write_bytes(damage)
    assert check(bank).faults == ()
    assert len(proved) == 4


def test_old_versions_proofs_are_cleared_away(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder does not grow with every release."""
    for number in range(5):
        monkeypatch.setattr(proofs, "tool_digest", lambda number=number: f"{number:016}")
        check(bank)
    assert len(list((bank / "proofs").iterdir())) <= 3


def test_a_folder_that_cannot_be_written_is_no_fault(bank: Path) -> None:
    """The check works without remembering."""
    (bank / "proofs").write_text("a file stands where the folder should be", encoding="utf-8")
    assert check(bank).faults == ()
