"""Bank files become questions: every kind, texts in both languages, sets, and the context that the bank adds."""

from __future__ import annotations

import typing
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl import model
from quizdl.bank import check_file, decode, parse_file
from quizdl.bank.faults import Faults
from quizdl.bank.readers import _fields
from quizdl.errors import BankError
from quizdl.model import Choice, Code, Expression, Numeric, Order, Question, Shape
from quizdl.model.base import Authored
from quizdl.text import Text, same

Read = Callable[[str], list[Question]]


def test_every_kind_can_be_written(questions: dict[str, Question]) -> None:
    """The eight kinds of the format are read, in the file's order."""
    kinds = [question.kind for question in questions.values()]
    assert kinds == ["choice", "numeric", "shape", "expression", "term", "order", "code", "code", "essay"]
    assert set(kinds) == set(decode.KINDS)


def test_questions_survive_json(questions: dict[str, Question]) -> None:
    """What the bank makes has the types that the model declares: msgspec takes it back and finds it equal."""
    for question in questions.values():
        assert msgspec.json.decode(msgspec.json.encode(question), type=Question) == question  # type: ignore[type-var]


def test_every_record_of_the_model_has_a_reader() -> None:
    """Whatever type the model gives an author's field, the bank can read it."""
    for cls in vars(model).values():
        if isinstance(cls, type) and issubclass(cls, Authored):
            assert set(_fields(cls)) == set(cls.__struct_fields__)


def test_the_file_gives_the_context(root: Path, questions: dict[str, Question]) -> None:
    """Section, day, title, set and place come from the file, and whole functions get their solution."""
    first, blank, whole = questions["a-choice"], questions["a-blank"], questions["a-function"]
    assert (first.section, first.day, first.stage, first.section_title) == ("sample", 3, None, Text("見本", "Sample"))
    assert first.place == "questions/day3/sample.yaml:6:3"
    assert first.set is None
    assert isinstance(blank, Code)
    assert isinstance(whole, Code)
    assert blank.solution == ""
    assert whole.solution == (root / "solutions/day3/a_function.py").read_text(encoding="utf-8")


def test_a_set_gives_its_questions_what_they_leave_out(questions: dict[str, Question], read: Read) -> None:
    """Chapter, source and level are inherited, unless the question names its own."""
    essay = questions["an-essay"]
    assert essay.set is not None
    assert (essay.set.id, essay.set.stem, essay.set.code) == (
        "a-set",
        Text("共通の文です。", "A shared stem."),
        "h = （あ）\n",
    )
    assert (essay.chapter, essay.source, essay.level) == ("3-5-2", ("d3-002",), "recall")
    (own,) = read("- set: s\n  stem: s\n  level: recall\n  chapter: '1-1'\n  questions:\n  - id: q\n    kind: numeric\n"
                  "    answer: 1\n    level: analyse\n" + "COMMON".replace("COMMON", _COMMON_IN_SET))  # fmt: skip
    assert (own.chapter, own.level) == ("3-5-1", "analyse")


_COMMON_IN_SET = """
    chapter: '3-5-1'
    source: [d3-001]
    prompt: {ja: '答えてください。', en: 'Answer.'}
    explanation: {ja: '説明です。', en: 'It is so.'}
"""


def test_a_text_is_written_once_where_both_languages_agree(questions: dict[str, Question]) -> None:
    """A plain string stands for both languages, a mapping for each."""
    options = questions["a-choice"].options  # type: ignore[union-attr]
    assert [option.text for option in options] == [same("1"), same("2"), same("3"), Text("四", "four")]


def test_numbers_keep_how_they_are_written(questions: dict[str, Question]) -> None:
    """In `edges`, `first` and `tolerance` an int is an int and `1e-3` is a number."""
    number, blank = questions["a-number"], questions["a-blank"]
    assert isinstance(number, Numeric)
    assert isinstance(blank, Code)
    assert number.first == {"n": 5, "r": 0.5, "name": "tanh"}
    assert number.tolerance.rel == 0.001
    assert number.unit is None
    assert number.mistakes[2].answer == "10.5"
    assert blank.edges == ({"x": [0.0, 0.001]},)


def test_formulas_stay_text(questions: dict[str, Question]) -> None:
    """Formulas are kept as their author wrote them."""
    shape, expression = questions["a-shape"], questions["an-expression"]
    assert isinstance(shape, Shape)
    assert isinstance(expression, Expression)
    assert shape.answer == ("conv_output_size(n, f, 2, 1)", "(n + 2 - f)//2 + 1")
    assert expression.aliases == {"g": "sigmoid"}


def test_free_steps_are_groups(questions: dict[str, Question]) -> None:
    """`free` is read as groups of step numbers."""
    order = questions["an-order"]
    assert isinstance(order, Order)
    assert order.free == ((2, 3),)


def test_all_faults_of_a_file_are_found_at_once(read: Read, root: Path) -> None:
    """`check_file` goes on after a fault, across questions and within one."""
    text = (
        "- id: one\n  kind: numeric\n  answer: 1 +\n  points: no\n  colour: red\nCOMMON- id: Two\n  kind: essay\nCOMMON"
    )
    with pytest.raises(BankError):
        read(text)
    lines = [int(str(error.where).split(":")[-2]) for error in check_file(root / "questions/day3/other.yaml")]
    assert lines == sorted(lines) or len(set(lines)) == len(lines)
    assert len(lines) == 4


def test_sound_questions_of_a_faulty_file_are_kept_for_the_check(root: Path) -> None:
    """`inspect_file` gives the questions without a fault, so that one slip hides nothing else."""
    path = root / "questions/day3/sample.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("id: a-shape", "id: A_Shape"), encoding="utf-8")
    file, faults = decode.inspect_file(path)
    assert file is not None
    assert len(faults) == 1
    assert len(file.questions) == 8


@pytest.mark.parametrize(("folder", "header"), [("day2", "day: 3"), ("ml", "day: 1"), ("day1", "stage: ml")])
def test_a_file_lies_where_its_header_says(tmp_path: Path, folder: str, header: str) -> None:
    """A file in another day's folder would be listed under one day and said to be of another."""
    path = tmp_path / folder / "x.yaml"
    path.parent.mkdir()
    path.write_text(f"section: x\n{header}\ntitle: x\nquestions: []\n", encoding="utf-8")
    with pytest.raises(BankError) as raised:
        parse_file(path)
    assert str(raised.value.where).endswith(":2:" + str(len(header.split(": ")[0]) + 3))


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_path_that_cannot_be_read_is_a_bank_error(tmp_path: Path, kind: str) -> None:
    """A missing file and a folder are told as faults, by `parse_file` and by `check_file`."""
    path = tmp_path / "x.yaml"
    if kind == "folder":
        path.mkdir()
    with pytest.raises(BankError):
        parse_file(path)
    assert len(check_file(path)) == 1


def test_a_set_with_a_faulty_stem_still_reports_its_questions(read: Read, root: Path) -> None:
    """A slip in the stem does not hide one in the questions."""
    with pytest.raises(BankError):
        read("- set: s\n  stem: {ja: あ}\n  questions:\n  - id: q\n    kind: what\n")
    assert len(check_file(root / "questions/day3/other.yaml")) == 2


VALUES = st.recursive(
    st.sampled_from(["''", "x", "'$'", "1", "-1", "no", "{{x}}", "'{{x}}'", "'2 +'", "____", "あ", "~", "[1, 2]"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(["ja", "en", "id", "why", "range", "x", "fill"]), inner, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=6,
)
FIELDS = sorted({field for cls in typing.get_args(Question) for field in cls.__struct_fields__} | {"set", "questions"})


@given(kind=st.sampled_from(sorted(decode.KINDS)), own=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4))
def test_any_fields_give_a_question_or_a_bank_error(kind: str, own: dict[str, str]) -> None:
    """Whatever stands in whatever field, a fault is reported and nothing else is raised."""
    sound = {"id": "q", "kind": kind, "chapter": "'1-1'", "source": "[d3-001]", "prompt": "p", "explanation": "e"}
    sound |= {
        "answer": "'1'",
        "options": "[{id: a, text: a, correct: true}, {id: b, text: b, why: w}]",
        "function": "f",
    }
    known = set(decode.KINDS[kind].__struct_fields__) | {"kind"}
    fields = {name: value for name, value in sound.items() if name in known} | own
    text = (
        "section: s\nday: 3\ntitle: t\nquestions:\n" + "- " + "\n  ".join(f"{n}: {v}" for n, v in fields.items()) + "\n"
    )
    faults = Faults("x.yaml", gather=True)
    file = decode.decode(text.encode(), Path("/nowhere/questions/day3/x.yaml"), faults)
    assert faults.found or (file is not None and len(file.questions) in (0, 1))


def test_options_are_records(questions: dict[str, Question]) -> None:
    """Nested records are the model's own."""
    choice = questions["a-choice"]
    assert isinstance(choice, Choice)
    assert choice.options[0] == model.Option(id="right", text=same("1"), correct=True)
