"""The record taken out and brought together: from another machine and from the phone, each answer exactly once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from quizdl.exchange.phone import PhoneAnswer, PhoneFlag, PhoneResults, write_code
from quizdl.record import Store

from .conftest import Run

NOTHING = {"attempts": 0, "events": 0, "exams": 0, "packs": 0}


@pytest.fixture
def pack(quizdl: Run, tmp_path: Path) -> str:
    """The id of a pack of three questions, written to menu.html."""
    outcome = quizdl("practice", "--section", "lstm", "-n", "3", "--html", str(tmp_path / "menu.html"), "--json")
    assert outcome.code == 0, outcome.out
    return str(outcome.json["pack"])


def _code(pack: str, *acts: PhoneAnswer | PhoneFlag) -> str:
    return write_code(PhoneResults(pack, "0aff", acts))


def test_a_menu_is_one_page_that_loads_nothing(quizdl: Run, tmp_path: Path, pack: str) -> None:
    """Its questions are those of the record's pack; the page holds their keys, and no address."""
    page = (tmp_path / "menu.html").read_text(encoding="utf-8")
    assert f'"pack":"{pack}"' in page
    assert page.count('<section class="question">') == 3
    assert "http" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "").replace("http-equiv", "")
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".html" or path.name.startswith(".")] == [
        "menu.html"
    ]


def test_minutes_decide_how_much_there_is(quizdl: Run, tmp_path: Path) -> None:
    """Half as many minutes, half as many questions; a number wins where it is smaller."""
    path = str(tmp_path / "m.html")
    counts = [
        len(quizdl("practice", "--day", "3", "--html", path, "--json", *options).json["questions"])
        for options in ((), ("--minutes", "10"), ("--minutes", "10", "-n", "2"), ("-n", "30"))
    ]
    assert counts[1] in (counts[0] // 2, counts[0] // 2 + 1)
    assert counts[2:] == [2, 30]


def test_a_menu_that_cannot_be_made_leaves_nothing(quizdl: Run, tmp_path: Path, home: Path) -> None:
    """No question matches, or two options contradict each other: exit 2, no page."""
    page = tmp_path / "m.html"
    for options in (("--due",), ("--kind", "essay"), ("--answers", "answers.tsv")):
        outcome = quizdl("practice", "--html", str(page), *options)
        assert outcome.code == 2, options
        assert "→" in outcome.err
    assert not page.exists()
    assert quizdl("practice", "--section", "lstm", "--html", str(tmp_path / "none" / "m.html")).code == 2


def test_answers_come_back_as_a_code_once(quizdl: Run, home: Path, pack: str) -> None:
    """Graded, with the phone's times and hints; the second time, and as a part of a longer code, nothing is new."""
    first = PhoneAnswer(0, 1, 30, 25)
    code = _code(pack, first, PhoneAnswer(1, 2, 70, 31, hinted=True))
    assert quizdl("record", "import", code, "--json").json == {**NOTHING, "attempts": 2}
    assert quizdl("record", "import", code, "--json").json == NOTHING
    longer = _code(pack, first, PhoneAnswer(1, 2, 70, 31, hinted=True), PhoneFlag(2, 80), PhoneAnswer(0, 0, 99, 5))
    assert quizdl("record", "import", longer.lower(), "--json").json == {**NOTHING, "attempts": 1, "events": 1}
    with Store.open(home / "record.sqlite3") as store:
        past = store.past()
        attempts = [store.attempt(one.attempt_id) for one in past]
        questions = [asked.question.id for asked in store.pack(pack).questions]
    assert [one.question_id for one in past] == [questions[0], questions[1], questions[0]]
    assert [one.hints_used for one in past] == [0, 1, 0]
    assert [one.seconds for one in past] == [25.0, 31.0, 5.0]
    assert {one.mode for one in past} == {"practice"}
    for attempt in attempts:
        chosen = next(option for option in attempt.asked.options if option.letter == attempt.answer)
        assert (attempt.verdict.verdict == "correct") == chosen.correct
        assert attempt.verdict.mistake == (None if chosen.correct else chosen.id)
    assert "nothing new" in quizdl("record", "import", longer).out.lower()


def test_answers_come_back_as_a_file_or_on_standard_input(quizdl: Run, tmp_path: Path, pack: str) -> None:
    """A saved file, a mail with words around the code, a pipe; several at once."""
    code = _code(pack, PhoneAnswer(0, 1, 30, 25))
    (tmp_path / "mail.txt").write_text(f"Here you are:\n{code}\nSent from my phone\n", encoding="utf-8")
    assert quizdl("record", "import", "-", "--json", stdin=code).json["attempts"] == 1
    other = _code(pack, PhoneAnswer(0, 1, 30, 25), PhoneAnswer(2, 0, 60, 9))
    assert quizdl("record", "import", str(tmp_path / "mail.txt"), other, "--json").json["attempts"] == 1


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (PhoneAnswer(3, 0, 1, 1), "does not have"),
        (PhoneAnswer(0, 4, 1, 1), "does not have"),
        (PhoneFlag(7, 1), "does not have"),
    ],
)
def test_a_code_for_what_the_pack_does_not_have_is_refused(
    quizdl: Run, home: Path, pack: str, act: PhoneAnswer | PhoneFlag, said: str
) -> None:
    """Nothing of it is recorded, not even its possible part."""
    outcome = quizdl("record", "import", _code(pack, PhoneAnswer(0, 0, 1, 1), act), "--json")
    assert (outcome.code, said in outcome.json["error"]["message"]) == (2, True)
    with Store.open(home / "record.sqlite3") as store:
        assert store.past() == []


def test_what_cannot_be_read_says_why(quizdl: Run, tmp_path: Path, pack: str) -> None:
    """A slip, another computer's pack, a missing file, a picture: exit 2, a reason, and what to do."""
    (tmp_path / "picture.png").write_bytes(bytes(range(256)))
    (tmp_path / "link").symlink_to(tmp_path / "picture.png")
    code = _code(pack, PhoneAnswer(0, 0, 1, 1))
    for source, said in (
        (code[:-4], "cut short"),
        (_code("00000000", PhoneAnswer(0, 0, 1, 1)), "no pack 00000000"),
        (str(tmp_path / "missing.txt"), "there is none"),
        (str(tmp_path / "picture.png"), "neither a record nor a code"),
        (str(tmp_path / "link"), "link"),
        (str(tmp_path), "regular file"),
    ):
        outcome = quizdl("record", "import", source)
        assert outcome.code == 2, source
        assert said in outcome.err, outcome.err
        assert "→" in outcome.err


def test_a_record_moves_to_another_machine_once(quizdl: Run, tmp_path: Path, pack: str) -> None:
    """Everything travels: answers, flags, exams, packs, so that a code from the phone is good on both machines."""
    quizdl("answer", "conv-output-size", "3x3")
    quizdl("practice", "--id", "chain-rule", stdin=":f\n:q\n")
    exam = quizdl("exam", "--section", "lstm", "-n", "3", "--paper", str(tmp_path / "e.html"), "--json").json["exam"]
    path = tmp_path / "record.jsonl"
    assert quizdl("record", "export", str(path)).code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert quizdl("record", "export").raw == path.read_bytes()
    there = {"QUIZDL_HOME": str(tmp_path / "there")}
    moved = quizdl("record", "import", str(path), "--json", env=there)
    assert moved.json == {"attempts": 1, "events": 1, "exams": 1, "packs": 1}
    assert quizdl("record", "import", str(path), "--json", env=there).json == NOTHING
    assert quizdl("record", "export", env=there).lines == quizdl("record", "export").lines
    code = _code(pack, PhoneAnswer(0, 0, 1, 1))
    assert quizdl("record", "import", code, "--json", env=there).json["attempts"] == 1
    with Store.open(tmp_path / "there" / "record.sqlite3") as store:
        assert store.exam(exam)[0].form == "paper"
        assert len(store.flagged()) == 1


def test_an_import_with_one_bad_line_takes_nothing(quizdl: Run, home: Path, tmp_path: Path) -> None:
    """The line is named; the good lines before it are not recorded either."""
    quizdl("answer", "conv-output-size", "3x3")
    path = tmp_path / "record.jsonl"
    quizdl("record", "export", str(path))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[-1][: len(lines[-1]) // 2]]))
    there = {"QUIZDL_HOME": str(tmp_path / "there")}
    outcome = quizdl("record", "import", str(path), env=there)
    assert outcome.code == 2
    assert f"{path}:{len(lines) + 1}" in outcome.err
    assert quizdl("record", "export", env=there).out.count("\n") == 1
