"""A question made from a few facts passes the check at once, whatever its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quizdl.authoring.adding import add_entry
from quizdl.authoring.check import check_bank
from quizdl.authoring.new import Facts, both, question_from
from quizdl.bank.decode import Header
from quizdl.bank.write import entry_text
from quizdl.errors import BankError, InputError
from quizdl.text import Text

HEADER = Header(section="basics", title=Text("基礎", "Basics"), day=1)
COMMON: dict[str, Any] = {"id": "one", "chapter": "3-1", "source": "own-001", "prompt": "何? | What?"}
KINDS: dict[str, dict[str, Any]] = {
    "choice": {"answer": "9", "wrong": ("8 # 小さい | Smaller", "7", "6")},
    "numeric": {"answer": "2*n", "wrong": ("n*n", "n - 1", "3*n"), "draws": ("n=4..9",)},
    "shape": {"answer": "n, 2*n", "wrong": ("2*n, n", "n, n", "2*n, 2*n"), "draws": ("n=2..9",)},
    "expression": {"answer": "2*x*y", "wrong": ("x*y # 2 がない | The 2 is missing", "2*x", "x**2")},
    "term": {"answer": "忘却ゲート | forget gate", "wrong": ("入力ゲート | input gate", "門 | gate", "窓 | window")},
    "order": {"answer": "順伝播 | forward ; 損失 | loss ; 逆伝播 | backward"},
    "essay": {"answer": "文脈 | context ; 対話 | dialogue"},
    "code": {
        "answer": "1 - np.tanh(x)**2",
        "function": "slope(x)",
        "wrong": ("1 - np.tanh(x) # 2 乗がない | No square", "np.tanh(x)**2", "1 + np.tanh(x)**2"),
    },
}


def facts(kind: str, **changed: Any) -> Facts:
    return Facts(**{**COMMON, "kind": kind, **KINDS[kind], **changed})


def add(root: Path, one: Facts) -> Path:
    return add_entry(root, HEADER, entry_text(question_from(one)), one.id)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_passes_the_check(tmp_path: Path, kind: str) -> None:
    """No fault and no warning; the file is the section's."""
    path = add(tmp_path, facts(kind))
    report = check_bank(tmp_path, seeds=20)
    assert [error.message.en for error in (*report.faults, *report.warnings)] == []
    assert path == tmp_path / "questions/day1/basics.yaml"


def test_questions_of_a_section_stand_in_one_file(tmp_path: Path) -> None:
    """What was written before stays, byte for byte; the same id is refused."""
    path = add(tmp_path, facts("term"))
    before = path.read_bytes()
    assert add(tmp_path, facts("essay", id="two")) == path
    assert path.read_bytes().startswith(before.rstrip(b"\n"))
    with pytest.raises(InputError, match="taken"):
        add(tmp_path, facts("order"))
    assert check_bank(tmp_path, seeds=5).counts["questions"] == 2


@pytest.mark.parametrize("there", ["section: other\nday: 1\ntitle: x\nquestions: []\n", "questions: [\n", "# notes\n"])
def test_a_file_that_cannot_take_it_is_left_alone(tmp_path: Path, there: str) -> None:
    """The question goes into a file beside it."""
    path = tmp_path / "questions/day1/basics.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(there, encoding="utf-8")
    assert add(tmp_path, facts("term")).name == "basics_2.yaml"
    assert path.read_text(encoding="utf-8") == there


@pytest.mark.parametrize(
    ("kind", "changed", "error"),
    [
        ("choice", {"wrong": ("8", "7")}, "three wrong answers"),
        ("choice", {"wrong": ("9", "9", "9")}, "right options|equals the key"),
        ("numeric", {"answer": "2*m"}, "'m'"),
        ("numeric", {"draws": ("n=9..3",)}, "draws nothing"),
        ("numeric", {"wrong": ("n + n",)}, "equals the key"),
        ("expression", {"answer": "2*(x"}, "never closed"),
        ("order", {"answer": "一 | one"}, "two steps"),
        ("code", {"function": "slope"}, "name and arguments"),
        ("code", {"answer": "1 - np.tanh(x"}, "graded grader_error"),
        ("code", {"wrong": ("1 - np.tanh(x)*np.tanh(x)",)}, "is right"),
    ],
)
def test_what_would_not_pass_is_not_written(tmp_path: Path, kind: str, changed: dict[str, Any], error: str) -> None:
    """The author is told why, and nothing is left behind."""
    with pytest.raises((InputError, BankError), match=error):
        add(tmp_path, facts(kind, **changed))
    assert list(tmp_path.rglob("*")) == []


def test_one_language_makes_a_draft(tmp_path: Path) -> None:
    """It is written, it passes with a warning, and it says that it is a draft."""
    for number, changed in enumerate(({"prompt": "何?"}, {"explanation": "So."}, {"wrong": ("門 | gate # 違う",)})):
        assert question_from(facts("term", **changed)).status == "draft"
        add(tmp_path, facts("term", id=f"draft-{number}", **changed))
    report = check_bank(tmp_path, seeds=5)
    assert report.faults == ()
    assert sum("It is a draft" in one.message.en for one in report.warnings) == 3


def test_texts_are_said_in_both_languages_or_in_one() -> None:
    """A bar between spaces parts them; a formula's bar does not."""
    assert both("和 | sum") == Text("和", "sum")
    assert both("|x|") == Text("|x|", "|x|")
