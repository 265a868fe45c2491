"""The check proves a bank: whatever would be unfair to a learner is a fault with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quizdl.authoring.check import check_bank
from quizdl.authoring.report import Report
from quizdl.errors import GraderError

from .conftest import BLANK, CHOICE, COMMON, FUNCTION, HEADER, NUMBER, SOLUTION, WHY, Prove


def faults(report: Report) -> str:
    return "\n".join(f"{error.where}: {error.message.en}" for error in report.faults)


def warnings(report: Report) -> str:
    return "\n".join(f"{error.where}: {error.message.en}" for error in report.warnings)


def test_code_of_another_bank_does_not_run_behind_low_walls(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below L2 it is refused, and the refusal names both levels; a bank without code is proved anywhere."""
    monkeypatch.setenv("QUIZDL_SANDBOX", "l1")
    assert faults(prove(NUMBER, CHOICE)) == ""
    with pytest.raises(GraderError, match="L2"):
        prove(NUMBER, FUNCTION, a_function=SOLUTION)


def test_only_a_bank_of_ones_own_may_be_graded_by_its_solution(
    prove: Prove, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped questions are held to the engine, so that a wrong answer of an author cannot be a key."""
    question = BLANK.replace("reference: tanh_grad", "reference: solution")
    assert faults(prove(question)) == ""
    monkeypatch.setattr("quizdl.authoring.check.bank_root", lambda: tmp_path)
    assert "graded by the engine" in faults(prove(question))
    assert faults(prove(BLANK)) == ""


def test_a_sound_bank_has_neither_fault_nor_warning(prove: Prove) -> None:
    """Sound questions pass, and the counts say how much was proved."""
    report = prove(NUMBER, CHOICE, BLANK, FUNCTION, a_function=SOLUTION)
    assert faults(report) == ""
    assert warnings(report) == ""
    assert report.counts["files"] == 1
    assert report.counts["questions"] == 4
    assert report.counts["variants"] == 40 + 3 * 5
    assert report.counts["answers"] == 40 * 4 + 4
    assert report.counts["programs"] >= 10


@pytest.mark.parametrize(
    ("question", "old", "new", "part"),
    [
        (BLANK, "answer: 1 - np.tanh(x)**2", "answer: 2 - np.tanh(x)**2", "solution is graded wrong"),
        (BLANK, "return ____", "return 1 - np.tanh(x)**2 if 1 else ____", "The untouched template is right"),
        (BLANK, "fill: np.tanh(x)", "fill: np.cosh(x)**-2.0", "The mistake 'itself' is right"),
        (BLANK, "fill: np.tanh(x)", "fill: -(np.tanh(x) - 1)", "is recognised as"),
        (BLANK, "reference: tanh_grad", "reference: tan_grad", "tan_grad"),
        (BLANK, "x: {normal: [4]}", "x: {gaussian: [4]}", "gaussian"),
        (BLANK, "answer: 1 - np.tanh(x)**2", "answer: 1 - np.tanh(x)**2)", "solution is graded syntax_error"),
        (NUMBER, "answer: n*m", "answer: m + n", "equals the key or another mistake on 40 of 40"),
        (NUMBER, "first: {n: 5, m: 100}", "first: {n: 5, m: 100}\n  where: [n > m]", "`where` does not hold"),
        (CHOICE, "text: '2'", "text: '1'", "equals the key or another mistake"),
        (CHOICE, f"    - {{id: four, text: '4', {WHY}}}\n", "", "distractors"),
        (NUMBER, "source: [d3-001]", "source: [Goodfellow]", "no id of the coverage list"),
        (
            NUMBER,
            "{ja: '説明です。', en: 'It is so.'}",
            "'It is so because the two are added.'",
            "no Japanese sentence",
        ),
    ],
)
def test_what_would_be_unfair_is_a_fault(prove: Prove, question: str, old: str, new: str, part: str) -> None:
    """Each slip is found, and its place is a line of the file."""
    assert old in question
    report = prove(question.replace(old, new))
    assert part in faults(report)
    for error in report.faults:
        assert "sample.yaml:" in str(error.where)
        assert int(str(error.where).split(":")[-2]) > 4


def test_a_fault_stands_at_the_field_it_is_about(prove: Prove) -> None:
    """A mistake that passes is reported at the mistake, not at the question."""
    question = BLANK.replace("fill: np.tanh(x)", "fill: np.cosh(x)**-2.0")
    report = prove(question)
    line = (HEADER + question).split("\n").index(next(part for part in question.split("\n") if "itself" in part)) + 1
    assert [str(error.where).split(":")[-2:] for error in report.faults] == [[str(line), "7"]]


def test_a_numeric_with_few_mistakes_is_warned_about(prove: Prove) -> None:
    """Too few distractors for the exam form are a warning where the question stands without them."""
    report = prove(NUMBER.replace(f"    - {{id: times, answer: n*m, {WHY}}}\n", ""))
    assert faults(report) == ""
    assert "Fewer than 3 distractors" in warnings(report)


def test_a_right_option_that_stands_out_is_warned_about(prove: Prove) -> None:
    """An option found by its length tests nothing."""
    report = prove(CHOICE.replace("text: '1'", "text: 'one, and by far the most carefully worded of them'"))
    assert "far longer" in warnings(report)


def test_whole_functions_and_solutions_mirror_each_other(prove: Prove) -> None:
    """A question without its solution and a solution without its question are faults."""
    assert "a_function.py does not exist" in faults(prove(FUNCTION))
    report = prove(FUNCTION, a_function=SOLUTION, left_over=SOLUTION)
    assert [Path(str(error.where).rsplit(":", 2)[0]).name for error in report.faults] == ["left_over.py"]


def test_a_changed_solution_must_fail_by_name(prove: Prove) -> None:
    """A patch that changes nothing for the grader is a fault."""
    harmless = FUNCTION.replace("{'1 - np': '1 + np'}", "{'1 - np': '1.0 - np'}")
    assert "'plus' is right" in faults(prove(harmless, a_function=SOLUTION))


def test_ids_are_unique_over_the_bank(prove: Prove, tmp_path: Path) -> None:
    """The second file with an id is told, and so is the first: the author sees both places."""
    other = tmp_path / "questions/ml/other.yaml"
    other.parent.mkdir(parents=True)
    other.write_text(HEADER.replace("day: 3", "stage: ml") + CHOICE, encoding="utf-8")
    report = prove(CHOICE)
    assert len(report.faults) == 2
    assert all("has a question of the same id" in error.message.en for error in report.faults)


def test_files_that_nothing_reads_are_faults(prove: Prove, tmp_path: Path) -> None:
    """A misspelt folder or ending would silently lose questions."""
    for name in ("questions/day5/x.yaml", "questions/day3/x.yml", "questions/day3/deep/x.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "questions/coverage.yaml").write_text("items:\n- id: d3-001\n", encoding="utf-8")
    report = prove(CHOICE)
    assert len(report.faults) == 3


def test_sources_are_looked_up_in_the_coverage_list(prove: Prove, tmp_path: Path) -> None:
    """Where a bank has a coverage list, a source that is not in it is a slip."""
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions/coverage.yaml").write_text("items:\n- id: d3-002\n", encoding="utf-8")
    assert "The source 'd3-001'" in faults(prove(CHOICE))


def test_one_broken_file_does_not_hide_the_others(prove: Prove, tmp_path: Path) -> None:
    """Faults of reading and of proving come in one report."""
    broken = tmp_path / "questions/day3/broken.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("questions: [\n", encoding="utf-8")
    report = prove(CHOICE.replace("text: '2'", "text: '1'"))
    assert {Path(str(error.where).rsplit(":", 2)[0]).name for error in report.faults} == {"broken.yaml", "sample.yaml"}


def test_a_single_file_can_be_checked(prove: Prove, tmp_path: Path) -> None:
    """An author checks the file at hand; solutions of other files are not orphans then."""
    prove(CHOICE, left_over=SOLUTION)
    path = tmp_path / "questions/day3/sample.yaml"
    assert check_bank(tmp_path, (path,)).faults == ()
    assert len(check_bank(tmp_path, (path, tmp_path / "missing.yaml")).faults) == 1


def test_the_report_speaks_both_languages(prove: Prove) -> None:
    """Lines and JSON carry the same findings; the JSON is plain data."""
    report = prove(CHOICE.replace("text: '2'", "text: '1'"))
    for lang, word in (("ja", "誤り"), ("en", "fault")):
        lines = report.lines(lang)  # type: ignore[arg-type]
        assert len(lines) == len(report.faults) + len(report.warnings) + 1
        assert word in lines[-2]
        found = json.loads(json.dumps(report.as_json(lang)))  # type: ignore[arg-type]
        assert found["ok"] is False
        assert [fault["where"] for fault in found["faults"]] == [error.where for error in report.faults]


TERM = f"""
- id: a-term
  kind: term
  accept: {{ja: [忘却ゲート], en: [forget gate]}}
  near: {{ja: [ゲート], en: [gate]}}
  mistakes:
    - {{id: input-gate, accept: {{ja: [入力ゲート], en: [input gate]}}, {WHY}}}
    - {{id: output-gate, accept: {{ja: [出力ゲート], en: [output gate]}}, {WHY}}}
    - {{id: reset-gate, accept: {{ja: [リセットゲート], en: [reset gate]}}, {WHY}}}
{COMMON}"""
ORDER = f"""
- id: an-order
  kind: order
  steps: [one, two, three, four]
  free: [[2, 3]]
  mistakes:
    - {{id: backwards, order: [4, 3, 2, 1], {WHY}}}
    - {{id: late, order: [2, 3, 4, 1], {WHY}}}
    - {{id: early, order: [4, 1, 2, 3], {WHY}}}
{COMMON}"""
EXPRESSION = f"""
- id: an-expression
  kind: expression
  symbols: {{x: real, y: real}}
  answer: 2*(x + y)
  mistakes:
    - {{id: only-x, answer: 2*x, {WHY}}}
    - {{id: half, answer: x + y, {WHY}}}
    - {{id: squared, answer: (x + y)**2, {WHY}}}
{COMMON}"""
SHAPE = f"""
- id: a-shape
  kind: shape
  variables: {{n: {{range: [5, 64]}}}}
  first: {{n: 5}}
  answer: ['conv_output_size(n, 3, 2, 1)', '4']
  mistakes:
    - {{id: turned, answer: ['4', 'conv_output_size(n, 3, 2, 1)'], {WHY}}}
    - {{id: flat, answer: ['4*conv_output_size(n, 3, 2, 1)'], {WHY}}}
    - {{id: full, answer: [n, 4], {WHY}}}
{COMMON}"""
ESSAY = f"""
- id: an-essay
  kind: essay
  rubric:
    - {{id: context, text: {{ja: 文脈です, en: context}}, phrases: {{ja: [文脈], en: [context]}}}}
{COMMON}"""


@pytest.mark.parametrize(
    "question", [TERM, ORDER, EXPRESSION, SHAPE, ESSAY], ids=["term", "order", "expr", "shape", "essay"]
)
def test_every_kind_is_proved_through_the_grader(prove: Prove, question: str) -> None:
    """Keys are taken and mistakes are named, for each kind as a learner would type it."""
    report = prove(question)
    assert faults(report) == ""
    assert warnings(report) == ""
    assert report.counts["answers"] >= 2


PYTORCH = CHOICE.replace("a-choice\n", "a-choice\n  framework: pytorch\n  twin: the-other\n")
TENSORFLOW = CHOICE.replace("a-choice\n", "the-other\n  framework: tensorflow\n  twin: a-choice\n")


def test_twins_that_name_each_other_pass(prove: Prove) -> None:
    """One question for each framework, of one kind and level."""
    assert faults(prove(PYTORCH, TENSORFLOW)) == ""


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("id: the-other", "id: another", ["no question 'the-other'"]),
        (
            "framework: tensorflow",
            "framework: pytorch",
            ["'the-other' is not of the other", "'a-choice' is not of the"],
        ),
        ("  framework: tensorflow\n", "", ["'the-other' is not of the other framework", "a twin and no framework"]),
        ("  twin: a-choice\n", "", ["'the-other' does not name it back"]),
        ("  kind: choice\n", "  kind: choice\n  level: recall\n", ["is choice, recall; it is choice, apply itself"]),
    ],
)
def test_twins_that_differ_are_faults(prove: Prove, old: str, new: str, parts: list[str]) -> None:
    """An exam takes one or the other: it must find both, and it must not matter which."""
    assert old in TENSORFLOW
    report = prove(PYTORCH, TENSORFLOW.replace(old, new))
    for part in parts:
        assert part in faults(report)
    assert all("sample.yaml:" in str(error.where) for error in report.faults)


def test_a_twin_of_another_kind_is_a_fault(prove: Prove) -> None:
    """A number to compute is not the same question as a choice."""
    number = NUMBER.replace("a-number\n", "the-other\n  framework: tensorflow\n  twin: a-choice\n")
    assert "is numeric, apply; it is choice, apply itself" in faults(prove(PYTORCH, number))


def test_twins_in_a_single_file_are_left_to_the_whole_bank(prove: Prove, tmp_path: Path) -> None:
    """The other one may lie in a file that is not checked now."""
    assert "no question 'the-other'" in faults(prove(PYTORCH))
    assert check_bank(tmp_path, (tmp_path / "questions/day3/sample.yaml",)).faults == ()


def test_a_word_that_the_grader_folds_onto_another_is_found(prove: Prove) -> None:
    """Normalisation may make a mistake equal to an accepted word; the author is told."""
    assert "a-term" in faults(prove(TERM.replace("[入力ゲート]", "['忘却　ゲート']")))
