"""The glossary: a term is found however it is spelled, and found in a text where it really stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.bank import Library
from quizdl.bank.glossary import Entry, Glossary, read_glossary
from quizdl.errors import BankError, InputError
from quizdl.model import Selection
from quizdl.paths import bank_root
from quizdl.text import Lang, Text

FORGET = Entry(
    Text("忘却ゲート", "forget gate"), Text("残す割合。", "How much is kept."), "ぼうきゃくげーと", ("f ゲート",)
)
GATE = Entry(Text("ゲート", "gate"), Text("通す割合。", "How much passes."))
LSTM = Entry(Text("LSTM", "LSTM"), Text("長短期記憶。", "Long short-term memory."))
GLOSSARY = Glossary((FORGET, GATE, LSTM))


@pytest.mark.parametrize(
    "spelling",
    ["忘却ゲート", "forget gate", "Forget-Gate", "FORGET GATE", "ぼうきゃくゲート", "ボウキャクゲート", "ｆゲート"],
)
def test_a_term_is_found_in_any_of_its_spellings(spelling: str) -> None:
    """Language, kana, width, case, hyphens and spaces are the reader's choice."""
    assert GLOSSARY.find(spelling) == FORGET


def test_an_unknown_term_is_told_its_neighbours() -> None:
    """With the command that would show the nearest."""
    with pytest.raises(InputError) as caught:
        GLOSSARY.find("forgot gate")
    assert caught.value.hint is not None
    assert "forget gate" in caught.value.hint.en
    with pytest.raises(InputError):
        GLOSSARY.find("")


def test_terms_are_named_in_the_order_of_the_text_and_longer_ones_hide_those_inside() -> None:
    """忘却ゲート is not also ゲート, unless that stands elsewhere."""
    assert GLOSSARY.mentioned("LSTM の忘却ゲートです。", "ja") == (LSTM, FORGET)
    assert GLOSSARY.mentioned("ゲートとは、忘却ゲートなどです。", "ja") == (GATE, FORGET)
    assert GLOSSARY.mentioned("The forget gates, and other gates.", "en") == (FORGET, GATE)


def test_a_latin_term_is_found_only_as_a_word() -> None:
    """No LSTM in BLSTMs, no gate in "propagate"."""
    assert GLOSSARY.mentioned("BLSTMs propagate", "en") == ()
    assert GLOSSARY.mentioned("BLSTM", "ja") == ()


@pytest.mark.parametrize(
    "text", ["terms: 3\n", "[\n", "terms: [{term: x}]\n", "terms: [{term: {ja: a, en: b}, x: 1}]\n"]
)
def test_a_broken_glossary_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    """Which file, and why; a bank without one has no terms."""
    assert read_glossary(tmp_path).entries == ()
    (tmp_path / "questions").mkdir()
    path = tmp_path / "questions" / "glossary.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BankError) as caught:
        read_glossary(tmp_path)
    assert caught.value.where == str(path)


def test_the_shipped_glossary_is_whole() -> None:
    """Both languages, kana for every term with kanji, no spelling twice, one line that is one line."""
    entries = read_glossary(bank_root()).entries
    assert len(entries) >= 150
    spellings = [spelling for entry in entries for spelling in {*entry.spellings()}]
    assert len(set(spellings)) == len(spellings)
    for entry in entries:
        assert entry.line.ja.endswith("。"), entry
        assert entry.line.en.endswith("."), entry
        assert "\n" not in entry.line.ja + entry.line.en
        assert len(entry.line.ja) <= 90, entry
        if any("一" <= c <= "鿿" for c in entry.term.ja):
            assert entry.kana, entry


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_a_text_mentions_is_found_without_reading_the_rest(lang: Lang) -> None:
    """The same entries in the same order, for every explanation that is shipped, from a small part of the file."""
    whole = read_glossary(bank_root())
    for question in Library().select(Selection(day=3)):
        text = question.explanation.of(lang)
        part = read_glossary(bank_root(), mentioned_in=text)
        assert part.mentioned(text, lang) == whole.mentioned(text, lang)
        assert len(part.entries) < len(whole.entries) / 2


def test_an_entry_in_another_layout_is_never_left_out(tmp_path: Path) -> None:
    """Only what the bytes show to be elsewhere is skipped; a file without such entries is empty."""
    (tmp_path / "questions").mkdir()
    file = tmp_path / "questions/glossary.yaml"
    other = "- line: {ja: 行, en: line}\n  term: {ja: 亀, en: turtle}\n"
    plain = "- term: {ja: '兎', en: 'hare'}\n  line: {ja: 行, en: line}\n"
    file.write_text(f"terms:\n{plain}{other}", encoding="utf-8")
    assert [one.term.en for one in read_glossary(tmp_path, mentioned_in="鶴").entries] == ["turtle"]
    assert [one.term.en for one in read_glossary(tmp_path, mentioned_in="Hare").entries] == ["hare", "turtle"]
    file.write_text(f"terms:\n{plain}", encoding="utf-8")
    assert read_glossary(tmp_path, mentioned_in="鶴").entries == ()
