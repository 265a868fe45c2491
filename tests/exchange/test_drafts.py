"""What is imported is a bank file that the bank reads, with its gaps named; no name leads out of its folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.authoring.check import check_bank
from quizdl.bank import parse_file
from quizdl.bank.decode import decode
from quizdl.bank.encoding import MAX_LINES
from quizdl.bank.faults import Faults
from quizdl.bank.write import fields_text
from quizdl.errors import InputError
from quizdl.exchange.drafts import Found, Refused, bank_of
from quizdl.exchange.fields import choice_fields, numeric_fields, word_fields
from quizdl.exchange.plain import MOST_CHARACTERS, Notes, from_html, sound
from quizdl.exchange.xml_in import DEEPEST, read_xml
from quizdl.text import Text

HEADER = "section: x\nstage: ml\ntitle: x\nquestions:\n\n"


def _choice(name: str = "a-name", **more: object) -> Found:
    fields = choice_fields([("one", True, ""), ("two", False, "no")])
    assert isinstance(fields, dict)
    return Found(1, name, {"prompt": "Which?", **fields, **more})


def _written(files: dict[str, bytes], folder: Path) -> list[Path]:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return [folder / name for name in files]


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_back_as_it_was_written(text):
    """Quotes, colons, leading spaces, lines, `#`, `-`: YAML changes none of them."""
    clear = sound(text, Notes())
    if not clear:
        return
    entry = {
        "id": "x",
        "kind": "choice",
        "chapter": "0-0",
        "source": ["import-001"],
        "status": "draft",
        "prompt": clear,
    }
    entry |= {"hints": [clear, "x"], "options": [{"id": "a", "text": clear, "correct": True}]}
    entry["options"].append({"id": "b", "text": {"ja": clear, "en": "x"}, "why": clear})
    entry["explanation"] = {"ja": clear, "en": clear}
    faults = Faults("x.yaml", gather=True)
    file = decode((HEADER + fields_text(entry)).encode(), Path("questions/ml/x.yaml"), faults)
    assert faults.found == []
    assert file is not None
    (question,) = file.questions
    assert question.prompt == Text(clear, clear)
    assert question.hints[0] == question.explanation == Text(clear, clear)
    assert question.options[1].text.ja == clear  # type: ignore[union-attr]


def test_gaps_are_filled_honestly_and_named():
    """No chapter, no explanation, no reason, one language: a draft that says each."""
    fields = choice_fields([("one", True, ""), ("two", False, "")])
    assert isinstance(fields, dict)
    imported = bank_of([Found(3, "Größe?", {"prompt": "Which?", **fields})], "My Quiz.xml")
    (taken,) = imported.taken
    assert (taken.line, taken.id) == (3, "gr-e")
    said = " ".join(note.en for note in taken.notes)
    assert all(gap in said for gap in ("no explanation", "no why", "no chapter", "one language"))
    ((name, data),) = imported.files.items()
    assert name == "questions/ml/imported-my-quiz.yaml"
    assert "status: draft" in data.decode()
    assert "There is no explanation yet." in data.decode()


def test_an_imported_bank_passes_the_check(tmp_path):
    """Drafts are warned of; nothing is a fault."""
    number = numeric_fields("0.5", 0.1, [("0.55", "too near"), ("2", "doubled"), ("2.0", "doubled again")])
    word = word_fields([("LSTM", 100, ""), ("RNN", 50, ""), ("GRU", 0, "newer"), ("gru", 0, "newer still")])
    shape = word_fields([("(3, 3)", 100, ""), ("3x3", 100, ""), ("2x2", 0, "no padding"), ("(2, 2)", 0, "no padding")])
    assert isinstance(word, dict)
    assert isinstance(shape, dict)
    found = [_choice("a"), _choice("a"), _choice("")]
    found += [Found(9, kind["kind"], {"prompt": "What is this?", **kind}) for kind in (number, word, shape)]
    imported = bank_of(found, "x.gift")
    assert imported.refused == ()
    assert [one.id for one in imported.taken] == ["a", "a-2", "x-1", "numeric", "term", "shape"]
    _written(imported.files, tmp_path)
    report = check_bank(tmp_path)
    assert report.faults == ()
    assert report.counts["questions"] == 6


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_name_leads_out_of_the_folder(name, section, folder):
    """File names are made of ASCII letters, digits and hyphens, whatever the questions are called."""
    found = _choice(name)
    found.section, found.folder = section, folder
    imported = bank_of([found], name + ".xml")
    for path in imported.files:
        parts = PurePosixPath(path).parts
        assert parts[0] == "questions"
        assert len(parts) == 3
        assert parts[2].removesuffix(".yaml").replace("-", "").isalnum()
        assert path.isascii()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs", "C:\\x", "con", "a/../../b", "\x00", ".."])
def test_hostile_names_become_plain_ones(name):
    """Separators, drives, devices and dots."""
    found = _choice(name)
    found.section = name
    imported = bank_of([found], name)
    (path,) = imported.files
    assert path.startswith("questions/ml/imported-")
    assert ".." not in path


def test_many_questions_are_spread_over_files(tmp_path):
    """No bank file grows beyond what the bank reads, and none is lost."""
    imported = bank_of([_choice(f"q-{number}") for number in range(120)], "x.csv")
    paths = _written(imported.files, tmp_path)
    assert len(paths) > 1
    assert all(data.count(b"\n") <= MAX_LINES for data in imported.files.values())
    assert [one.id for path in paths for one in parse_file(path)] == [f"q-{number}" for number in range(120)]


def test_large_questions_are_spread_over_files_too(tmp_path):
    """By their bytes as well as by their lines."""
    found = [_choice(f"q-{number}", explanation="長" * 18_000) for number in range(40)]
    imported = bank_of(found, "x.csv")
    assert len(imported.taken) == 40
    assert sum(len(parse_file(path)) for path in _written(imported.files, tmp_path)) == 40


def test_ids_that_the_bank_has_already_are_not_used_again():
    """A number is put after them."""
    imported = bank_of([_choice("sum")], "x.csv", ["sum", "sum-2"])
    assert [one.id for one in imported.taken] == ["sum-3"]


def test_what_the_bank_cannot_read_is_refused_with_its_fault():
    """The bank's own message says why; the others are taken."""
    bad = Found(7, "bad", {"kind": "expression", "prompt": "?", "symbols": {"x": "purple"}, "answer": "x"})
    imported = bank_of([bad, _choice()], "x.csv")
    assert [one.line for one in imported.refused] == [7]
    assert len(imported.taken) == 1


def test_html_becomes_light_markup():
    """Paragraphs, lists, code, programs, TeX; what is lost is noted, scripts are gone."""
    notes = Notes()
    html = (
        "<h1>Title</h1><p>Is <code>a &lt; b</code> <b>so</b>,<br/>with \\(x^2\\)?</p><ul><li>one</li><li>two</li></ul>"
        "<pre><code>def f():\n    return $1\n</code></pre><script>alert(1)</script><img src='http://x/'/>"
    )
    text = from_html(html, notes)
    assert text == ("Title\n\nIs `a < b` so,\nwith $x^2$?\n\n- one\n- two\n\n```\ndef f():\n    return $1\n```")
    assert [note.en for note in notes] == ["a picture was left out"]


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_html_becomes_a_text_that_a_bank_holds(html):
    """`$` in pairs outside code, no `{{`, nothing invisible."""
    text = from_html(html, Notes())
    for one in text.values() if isinstance(text, dict) else (text,):
        assert sound(one, Notes()).count("{{") == 0


def test_both_languages_are_told_apart_by_their_attributes():
    """What stands outside either belongs to both."""
    html = '<div lang="ja"><p>和文</p></div><div lang="en"><p>English</p></div><pre><code>x</code></pre>'
    assert from_html(html, Notes()) == {"ja": "和文\n\n```\nx\n```", "en": "English\n\n```\nx\n```"}


def test_a_lone_dollar_is_no_maths():
    """It becomes full-width, and the author is told."""
    notes = Notes()
    assert sound("It costs $5.", notes) == "It costs ＄5."
    assert len(notes) == 1


@pytest.mark.parametrize(
    "document",
    [b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1), b"<a>" + b"<b/>" * 200_001 + b"</a>", b" " * ((16 << 20) + 1)],
)
def test_large_documents_are_refused(document):
    """Deep, wide and long ones, before they cost much."""
    with pytest.raises(InputError):
        read_xml(document, "x.xml")


@pytest.mark.parametrize("text", ["\\(" * 100_000, "```" * 100_000, "<!--" * 100_000, "<p>" * 100_000, "x" * 100_000])
def test_long_texts_are_cut_and_named(text):
    """Whatever they are made of, they cost little, and the author is told."""
    notes = Notes()
    read = from_html(text, notes)
    assert isinstance(read, str)
    assert len(read) <= MOST_CHARACTERS
    assert any("was cut" in note.en for note in notes)


def test_too_many_questions_are_refused_one_by_one():
    """None is dropped without a word."""
    found = [Refused(number, "", Text("", "")) for number in range(5_003)]
    assert len(bank_of(found, "x.csv").refused) == 5_003
