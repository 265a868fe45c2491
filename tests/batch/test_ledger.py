"""What is kept: lines that survive a kill, ids that say nobody's name, and an end to them on request."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizdl.batch.folder import forget, out_folder
from quizdl.batch.identity import Identities
from quizdl.batch.ledger import Ledger
from quizdl.batch.records import Line, counted
from quizdl.errors import InputError


def line(learner: str = "a1", question: str = "sigmoid", score: float = 1.0, **fields: object) -> Line:
    """A result."""
    made = {
        "learner": learner,
        "question": question,
        "version": "0" * 12,
        "source_sha256": "f" * 64,
        "form": "python",
        "seed": 0,
        "input_seed": 1,
        "engine": "e",
        "numpy": "2",
        "quizdl": "0",
        "level": "L2",
        "isolation": (),
        "verdict": "correct",
        "score": score,
        "points": 1,
        "passed": 1,
        "total": 1,
        "public_passed": 0,
        "public_total": 0,
        "mistake": None,
        "feedback": (),
        "public_feedback": (),
        "counterexample": None,
        "public_counterexample": None,
        "seconds": 0.1,
        "at": 1.0,
        "key": "0" * 32,
    }
    return Line(**{**made, **fields})  # type: ignore[arg-type]


def filled(path: Path, *lines: Line) -> Path:
    """A file with one run of these results."""
    with Ledger(path) as ledger:
        ledger.begin(5, "0", 1.0, anew=True)
        for one in lines:
            ledger.append(one)
    return path


def test_the_last_line_of_a_learners_question_counts(tmp_path: Path) -> None:
    """In the run that wrote it, and when it is read again."""
    path = filled(tmp_path / "r.jsonl", line(score=0.0), line("b2"), line(score=0.5))
    with Ledger(path) as ledger:
        standing = ledger.standing("a1", "sigmoid")
        assert standing is not None
        assert standing.score == 0.5
        assert ledger.seed == 5
        assert ledger.standing("c3", "sigmoid") is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(1, 3000))
def test_whatever_a_kill_leaves_can_be_gone_on_with(tmp_path: Path, cut: int) -> None:
    """Whole lines stand, the one that was being written is dropped, and the next is whole again."""
    path = tmp_path / "r.jsonl"
    path.unlink(missing_ok=True)
    data = filled(path, *(line(f"l{number}") for number in range(3))).read_bytes()
    path.write_bytes(data[:cut])
    with Ledger(path) as ledger:
        left = [one.learner for one in ledger.lines()]
        if ledger.seed is None:
            ledger.begin(5, "0", 1.0, anew=True)
        ledger.append(line("new"))
    assert left == [f"l{number}" for number in range(len(left))]
    with Ledger(path) as ledger:
        assert [one.learner for one in ledger.lines()] == [*left, "new"]


def test_what_could_not_be_graded_is_no_pattern_for_a_like_text(tmp_path: Path) -> None:
    """Going on tries both."""
    path = filled(tmp_path / "r.jsonl", line(verdict="grader_error", score=0.0))
    with Ledger(path) as ledger:
        standing = ledger.standing("a1", "sigmoid")
        assert standing is not None
        assert counted(standing) is None
        assert ledger.alike("0" * 32) is None
        ledger.append(line())
        assert ledger.alike("0" * 32) == line()


@pytest.mark.parametrize("text", ["{}\n", "no json\n", '{"line":"run","schema":99,"seed":1,"quizdl":"9","at":1}\n'])
def test_lines_of_others_are_bad_input(tmp_path: Path, text: str) -> None:
    """A file that is not ours, or of a newer quizdl, is left as it is."""
    (tmp_path / "r.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        Ledger(tmp_path / "r.jsonl")
    assert (tmp_path / "r.jsonl").read_text(encoding="utf-8") == text


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_link_in_the_files_place_is_not_followed(tmp_path: Path) -> None:
    """Nothing outside the folder is appended to."""
    (tmp_path / "elsewhere").write_text("mine", encoding="utf-8")
    (tmp_path / "r.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        Ledger(tmp_path / "r.jsonl")
    assert (tmp_path / "elsewhere").read_text(encoding="utf-8") == "mine"


def test_ids_depend_on_the_folders_key_and_on_nothing_else(tmp_path: Path) -> None:
    """The same name is the same id here, and another elsewhere; the key is its owner's alone."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    one = Identities(tmp_path / "a")
    assert one.id_of("山田") == Identities(tmp_path / "a").id_of("山田")
    assert one.id_of("山田") != Identities(tmp_path / "b").id_of("山田")
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "a/key").stat().st_mode) == 0o600


def test_forgetting_leaves_no_trace(tmp_path: Path) -> None:
    """No file of the folder holds the name or the id afterwards; everybody else's results are as they were."""
    identities = Identities(tmp_path)
    identities.learn(["annabel", "bob"])
    ann, bob = identities.id_of("annabel"), identities.id_of("bob")
    filled(tmp_path / "results.jsonl", line(ann), line(bob), line(ann, "gru-step"))
    for name in ("gradebook.csv", "report.html", "unknown.csv", "unrecognised.csv"):
        (tmp_path / name).write_text("annabel bob", encoding="utf-8")
    (tmp_path / "feedback").mkdir()
    (tmp_path / "feedback/annabel.html").write_text("annabel", encoding="utf-8")
    (tmp_path / "overrides.csv").write_text(
        "learner,question,score\nannabel,sigmoid,1\nbob,sigmoid,1\n", encoding="utf-8"
    )
    assert forget(tmp_path, "annabel") == 2
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"annabel" not in everything
    assert ann.encode() not in everything
    with Ledger(tmp_path / "results.jsonl") as ledger:
        assert [one.learner for one in ledger.lines()] == [bob]
    with pytest.raises(InputError):
        forget(tmp_path, "annabel")


def test_one_run_at_a_time_writes_to_a_folder(tmp_path: Path) -> None:
    """The second is told, not mixed in."""
    with out_folder(tmp_path / "out"):
        if sys.platform != "win32":
            with pytest.raises(InputError), out_folder(tmp_path / "out"):
                pass
            assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    with out_folder(tmp_path / "out"):
        pass


def test_a_key_that_is_no_hexadecimal_is_refused_with_its_line(tmp_path: Path) -> None:
    """A damaged line is named, wherever in it the damage is."""
    path = filled(tmp_path / "r.jsonl", line(), line("b2"))
    path.write_bytes(path.read_bytes().replace(b'"key":"0', b'"key":"x', 1))
    with pytest.raises(InputError) as error:
        Ledger(path)
    assert error.value.where == f"{path}:2"
