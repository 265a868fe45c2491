"""`quizdl bank` as an author uses it: a question is made, checked, looked at and practised."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .conftest import Run, Terminal

NUMBER = (
    *("bank", "new", "--bank", "my-course", "--kind", "numeric", "--section", "basics", "--day", "1"),
    *("--draw", "n=4..9", "--prompt", "{{n}} の 2 倍は? | What is twice {{n}}?", "--answer", "2*n"),
    *("--wrong", "n*n # 2 乗です。 | That is squared.", "--wrong", "n - 1", "--wrong", "3*n"),
)
BLANK = (
    *("bank", "new", "--bank", "my-course", "--kind", "code", "--section", "basics", "--function", "double(x)"),
    *("--prompt", "2 倍する | Double it", "--answer", "2*x", "--wrong", "x**2", "--wrong", "x + 2", "--wrong", "x/2"),
)
DRAFT = (
    *("bank", "new", "--bank", "my-course", "--kind", "term", "--section", "basics", "--prompt", "何?"),
    *("--answer", "門 | gate"),
)


@pytest.fixture
def course(quizdl: Run, tmp_path: Path) -> Path:
    """A folder with `my-course`, a bank of two questions."""
    for arguments in (NUMBER, BLANK):
        made = quizdl(*arguments, cwd=tmp_path)
        assert made.code == 0, made.err
    return tmp_path


def test_a_new_question_passes_the_check_and_is_practised(quizdl: Run, course: Path) -> None:
    """From nothing to an answer: no fault, no warning; ids are led by the folder's name."""
    checked = quizdl("bank", "check", "--bank", "my-course", cwd=course)
    assert (checked.code, checked.out.count("warning:")) == (0, 0)
    listed = quizdl("list", "--bank", "my-course", "--section", "basics", "--json", cwd=course).json
    assert [one["id"] for one in listed] == ["my-course.basics-1", "my-course.basics-2"]
    asked = quizdl(
        *("practice", "--bank", "my-course", "--section", "basics", "--seed", "0"), stdin="10\n2*x\n", cwd=course
    )
    assert asked.code == 0, asked.out
    graded = quizdl("answer", "my-course.basics-1", "--bank", "my-course", "25", "--json", cwd=course).json
    assert (graded["mistake"], graded["id"]) == ("that-is-squared", "my-course.basics-1")


def test_without_a_terminal_nothing_is_asked(quizdl: Run, tmp_path: Path) -> None:
    """What is missing is named, and how to give it."""
    for arguments, option in ((("bank", "new"), "--kind"), (NUMBER[:10], "--prompt")):
        refused = quizdl(*arguments, cwd=tmp_path)
        assert refused.code == 2
        assert option in refused.err
    assert not (tmp_path / "my-course").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty on Windows")
def test_at_a_terminal_it_asks_for_the_facts(environment: dict[str, str], quizdl: Run, tmp_path: Path) -> None:
    """Kind, section, folder, then the facts; an empty line ends the wrong answers."""
    root = tmp_path / "my-course"
    terminal = Terminal(environment, "bank", "new", "--bank", str(root))
    for label, line in (
        ("Kind", "term"),
        ("Section", "words"),
        ("Folder", "day3"),
        ("Prompt", "何ゲート? | Which gate?"),
        ("right word", "忘却ゲート | forget gate"),
        ("wrong answer", "入力ゲート | input gate"),
        ("wrong answer", "出力ゲート | output gate"),
        ("wrong answer", "リセットゲート | reset gate"),
        ("wrong answer", ""),
    ):
        terminal.expect(label)
        terminal.type(f"{line}\r")
    terminal.expect("words-1 is written")
    assert terminal.wait() == 0
    checked = quizdl("bank", "check", "--bank", str(root))
    assert (checked.code, checked.out.count("warning:")) == (0, 0)


def test_code_of_a_course_runs_behind_high_walls_only(quizdl: Run, course: Path) -> None:
    """Below L2 neither its check nor an answer to it is run; the learner is not blamed."""
    low = {"QUIZDL_SANDBOX": "l1"}
    assert quizdl("bank", "check", "--bank", "my-course", "--no-cache", cwd=course, env=low).code == 3
    refused = quizdl("answer", "my-course.basics-2", "2*x", "--bank", "my-course", "--json", cwd=course, env=low)
    assert (refused.code, refused.json["verdict"]) == (3, "grader_error")
    assert quizdl("answer", "my-course.basics-1", "10", "--bank", "my-course", cwd=course, env=low).code == 0


def test_a_configured_bank_is_open_without_being_named(quizdl: Run, course: Path) -> None:
    """`config banks`; a folder that is gone is an error that says so."""
    assert quizdl("config", "banks", "my-course", cwd=course).code == 0
    assert "basics" in quizdl("show", "my-course.basics-1").out
    (course / "my-course").rename(course / "elsewhere")
    gone = quizdl("show", "my-course.basics-1")
    assert gone.code == 2
    assert "config banks" in gone.err


@pytest.mark.parametrize("name", ["a.b", "a b"])
def test_a_bank_whose_name_cannot_lead_an_id_is_refused(quizdl: Run, course: Path, name: str) -> None:
    """A dot parts the name from the id."""
    (course / "my-course").rename(course / name)
    refused = quizdl("list", "--bank", name, cwd=course)
    assert refused.code == 2
    assert "cannot be called" in refused.err


def test_drafts_show_where_they_are_asked_for(quizdl: Run, course: Path) -> None:
    """`list --drafts`, an id; not in lists, practice and exams."""
    assert quizdl(*DRAFT, cwd=course).code == 0
    select = ("--bank", "my-course", "--section", "basics")
    assert len(quizdl("list", *select, "--json", cwd=course).json) == 2
    assert len(quizdl("list", *select, "--drafts", "--json", cwd=course).json) == 3
    assert "何?" in quizdl("show", "my-course.basics-3", "--bank", "my-course", cwd=course).out
    asked = quizdl("practice", *select, "--json", stdin="", cwd=course).out
    assert "basics-3" not in asked


def test_fix_shows_the_change_and_a_file_alone_knows_its_bank(quizdl: Run, course: Path) -> None:
    """The file's own bank is checked, not the shipped one: its sources are not looked up there."""
    path = course / "my-course/questions/day1/basics.yaml"
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace("fill: x/2", "fill: np.divide（x, 2)"), encoding="utf-8")
    broken = quizdl("bank", "check", str(path))
    assert broken.code == 1
    assert "basics.yaml:" in broken.out
    fixed = quizdl("bank", "check", str(path), "--fix")
    assert fixed.code == 0, fixed.out
    assert "fill: 'np.divide(x, 2)'" in fixed.out
    assert quizdl("bank", "check", str(path), "--fix", "--json").json["changes"] == []


def test_a_second_check_runs_nothing(quizdl: Run, course: Path) -> None:
    """The proofs lie in the user's folder; `--no-cache` proves anew. Both say the same."""
    first = quizdl("bank", "check", "--bank", "my-course", "--json", cwd=course)
    low = {"QUIZDL_SANDBOX": "l1"}  # where code would be refused, if any had to run
    assert quizdl("bank", "check", "--bank", "my-course", "--json", cwd=course, env=low).json == first.json
    assert quizdl("bank", "check", "--bank", "my-course", "--json", "--no-cache", cwd=course).json == first.json


def test_a_fork_is_practised_at_once(quizdl: Run, tmp_path: Path) -> None:
    """Renamed and redrawn, under the bank's name."""
    assert (
        quizdl("bank", "fork", "conv-output-size", "--out", "mine", "--as", "week-1", "--seed", "4", cwd=tmp_path).code
        == 0
    )
    shipped = quizdl("show", "conv-output-size", "--json").json
    mine = quizdl("show", "mine.week-1", "--bank", "mine", "--json", cwd=tmp_path).json
    assert mine["prompt"] != shipped["prompt"]
    again = quizdl("bank", "fork", "conv-output-size", "--out", "mine", "--as", "week-1", cwd=tmp_path)
    assert again.code == 2


def test_a_preview_has_both_languages_variants_and_the_exam_form(quizdl: Run, course: Path) -> None:
    """On a terminal's width side by side, in a page for the browser too; by id or by file."""
    path = "my-course/questions/day1/basics.yaml"
    shown = quizdl("bank", "preview", path, "--id", "basics-1", cwd=course, env={"COLUMNS": "120"})
    assert shown.code == 0
    assert any("5 の 2 倍は?" in line and "What is twice 5?" in line for line in shown.out.splitlines())
    assert "In the exam" in shown.out
    assert "double" not in shown.out
    by_id = quizdl("bank", "preview", "my-course.basics-1", "--bank", "my-course", cwd=course, env={"COLUMNS": "120"})
    assert by_id.out == shown.out
    assert quizdl("bank", "preview", path, "--html", "preview.html", cwd=course).code == 0
    page = (course / "preview.html").read_text(encoding="utf-8")
    assert page.count('<section lang="ja">') == page.count('<section lang="en">') == 6
    assert "Content-Security-Policy" in page
    assert quizdl("bank", "preview", path, "--id", "nothing", cwd=course).code == 2


def test_a_broken_file_says_so_in_its_preview(quizdl: Run, course: Path) -> None:
    """The sound questions are still shown."""
    path = course / "my-course/questions/day1/basics.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("answer: '2*n'", "answer: '2*m'"), encoding="utf-8")
    shown = quizdl("bank", "preview", str(path))
    assert shown.code == 1
    assert "basics.yaml:" in shown.out
    assert "Double it" in shown.out


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty on Windows")
def test_the_preview_follows_what_is_saved(environment: dict[str, str], course: Path) -> None:
    """In the terminal until `q`; a fault while typing is shown, and goes when it is mended."""
    path = course / "my-course/questions/day1/basics.yaml"
    sound = path.read_text(encoding="utf-8")
    terminal = Terminal(environment, "bank", "preview", str(path), "--watch")
    terminal.expect("What is twice 5?")
    terminal.screen = ""
    path.write_text(sound.replace("What is twice", "How much is twice"), encoding="utf-8")
    terminal.expect("How much is twice 5?")
    terminal.screen = ""
    path.write_text(sound.replace("kind: numeric", "kind: number"), encoding="utf-8")
    terminal.expect("not one of")
    terminal.type("q")
    assert terminal.wait() == 1


def test_disputes_reach_the_author(quizdl: Run, course: Path) -> None:
    """From `:d` to a file, to the check of the bank that it is about."""
    select = ("--bank", "my-course", "--id", "my-course.basics-1", "--id", "my-course.basics-2", "--seed", "0")
    quizdl("practice", *select, stdin="25\n:d last 2 乗でしょう\n:d odd\n", cwd=course)
    assert quizdl("disputes", "--out", "disputes.json", cwd=course).code == 0
    found = json.loads((course / "disputes.json").read_text(encoding="utf-8"))["disputes"]
    assert [(one["id"], one.get("answer"), one["comment"]) for one in found] == [
        ("my-course.basics-1", "25", "2 乗でしょう"),
        ("my-course.basics-2", None, "odd"),
    ]
    replayed = quizdl("bank", "check", "--bank", "my-course", "--disputes", "disputes.json", cwd=course)
    assert replayed.code == 0
    assert "The answer '25' is graded wrong (that-is-squared)" in replayed.out
    assert "basics.yaml:6:3" in replayed.out


def test_statistics_say_which_distractors_are_chosen(quizdl: Run, course: Path) -> None:
    """Difficulty and choices, hardest first; nothing recorded is no error."""
    bank = ("--bank", "my-course")
    assert quizdl("bank", "stats", *bank, "--json", cwd=course).json == []
    for text in ("25", "10", "25"):
        quizdl("answer", "my-course.basics-1", text, *bank, cwd=course)
    (item,) = quizdl("bank", "stats", *bank, "--section", "basics", "--json", cwd=course).json
    assert (item["answers"], item["right"]) == (3, 1)
    assert item["difficulty"] == pytest.approx(1 / 3)
    assert (item["chosen"]["that-is-squared"], item["chosen"]["wrong-3"]) == (2, 0)
    assert "my-course.basics-1" in quizdl("bank", "stats", *bank, cwd=course).out


def test_the_schema_is_written_for_the_editor(quizdl: Run, tmp_path: Path) -> None:
    """To a file, with the line that an editor wants; or to standard output."""
    written = quizdl("bank", "schema", "--out", "q.schema.json", cwd=tmp_path)
    assert written.out == "# yaml-language-server: $schema=q.schema.json\n"
    assert json.loads((tmp_path / "q.schema.json").read_text(encoding="utf-8")) == quizdl("bank", "schema").json


def test_a_shipped_file_that_is_known_is_checked_without_the_sandbox(quizdl: Run) -> None:
    """What takes the time is not even started: below L2 a changed file of a course would be refused."""
    path, root = "questions/day1/output_code.yaml", Path(__file__).parents[2]
    first = quizdl("bank", "check", path, cwd=root)
    unusable = {"QUIZDL_SANDBOX": "nonsense"}
    again = quizdl("bank", "check", path, cwd=root, env=unusable)
    assert (again.code, again.out) == (0, first.out)
    assert quizdl("bank", "check", path, "--no-cache", cwd=root, env=unusable).code != 0
