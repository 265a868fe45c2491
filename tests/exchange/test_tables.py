"""A CSV table is safe to open, comes back as the same questions, and names each bad row by its line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.exchange.csv_ import write_csv
from quizdl.exchange.csv_in import read_csv
from quizdl.exchange.drafts import Found, Refused, bank_of
from quizdl.exchange.sheet import bare, guarded
from quizdl.spreadsheet import BYTE_ORDER_MARK
from quizdl.text import Text, same

from .samples import HOSTILE, IDS, choice, hostile, numeric, sample, samples, term

PLAIN = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="$`{}|\\"), min_size=1, max_size=12)
WORDS = st.lists(PLAIN, min_size=1, max_size=4).map(" ".join)


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def _found(data: bytes) -> list[Found]:
    read = read_csv(data, "x.csv")
    assert all(isinstance(one, Found) for one in read), read
    return [one for one in read if isinstance(one, Found)]


def test_every_kind_is_a_row_that_excel_reads():
    """A byte order mark, CRLF, one row a question with its key."""
    parcel = write_csv(samples(), ("ja", "en"))
    assert parcel.data.startswith(BYTE_ORDER_MARK.encode())
    assert b"\r\n" in parcel.data
    rows = {row["id"]: row for row in _rows(parcel.data)}
    assert tuple(rows) == IDS
    assert rows["conv-output-size"]["key"] == "'(3, 3)"
    assert rows["rnn-relu-gradient"]["key"] == "1024"
    assert rows["gradient-clipping"]["key"] == "gradient * rate"
    assert rows["sigmoid-derivative-max"]["chapter"].startswith("ch ")


@settings(deadline=None)
@given(st.text(max_size=20) | st.from_regex(r"\A'*[=+@-]?[0-9/.:, ()-]{0,8}\Z"))
def test_a_guard_is_taken_back_exactly(text):
    """And nothing that is guarded begins a formula, in half or full width."""
    assert bare(guarded(text)) == text
    lead = guarded(text).lstrip(" \n\u3000\u00a0")[:1]
    assert lead not in tuple("=@＝＠\t\r")
    assert lead not in tuple("+-") or guarded(text).lstrip("-").replace(".", "").isdecimal()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "＝1", " =1", "1/4", "3-4-1", "1e5", "007", "(3)"]
)
def test_what_a_spreadsheet_would_change_is_guarded(text):
    """Formulas, dates, fractions, padded numbers, accounting's negatives."""
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["0.25", "-1.5", "1024", "LSTM", "(3, x)", "x = 1", "忘却ゲート", ""])
def test_what_is_safe_stays(text):
    """Numbers stay numbers, prose stays prose."""
    assert guarded(text) == text


def test_hostile_texts_stay_in_their_cells():
    """Quotes and newlines end no cell, invisible characters are gone, what a table cannot hold is named."""
    (row,) = _rows(write_csv([hostile()], ("en",)).data)
    assert row["prompt_en"] == f"text {HOSTILE}".removesuffix("\u202e")
    losses = {(loss.id, loss.kept) for loss in write_csv(samples(), ("en",)).losses}
    assert ("conv-output-size", True) in losses


@settings(deadline=None)
@given(WORDS, WORDS, st.lists(st.tuples(WORDS, st.booleans(), WORDS), min_size=2, max_size=6, unique_by=lambda o: o[0]))
def test_a_choice_comes_back(ja, en, options):
    """Stem, options, key and reasons, in both languages."""
    if not 0 < sum(right for _, right, _ in options) < len(options):
        return
    asked = choice(Text(ja, en), [(same(text), right, same(why)) for text, right, why in options])
    (found,) = _found(write_csv([asked], ("ja", "en")).data)
    assert found.fields["prompt"] == {"ja": ja, "en": en}
    back = {one["text"]["en"]: (one.get("correct", False), one.get("why")) for one in found.fields["options"]}
    assert back == {text: (right, None if right else {"ja": why, "en": why}) for text, right, why in options}


@settings(deadline=None)
@given(st.floats(-1e9, 1e9).map(lambda x: format(x, ".6f")), st.sampled_from([1e-6, 0.01, 0.25]))
def test_a_number_comes_back(value, rel):
    """Key and tolerance."""
    asked = numeric(same("?"), value, rel)
    (found,) = _found(write_csv([asked], ("en",)).data)
    assert float(found.fields["answer"]) == pytest.approx(float(asked.key[0]), rel=1e-11)
    assert found.fields["tolerance"]["rel"] == rel


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=4, unique=True))
def test_a_word_comes_back(words):
    """Every spelling."""
    (found,) = _found(write_csv([term(same("?"), tuple(words), tuple(words))], ("en",)).data)
    accepted = found.fields["accept"]
    assert {*accepted["ja"], *accepted["en"]} == set(words)


def test_shapes_expressions_and_orders_come_back_as_a_sound_bank():
    """Each as the kind it was, with its key; both languages and a chapter leave no gap but the missing reasons."""
    names = ("conv-output-size", "chain-rule", "attention-steps", "lstm-forget-gate", "rnn-relu-gradient")
    asked = [sample(name) for name in names]
    imported = bank_of(read_csv(write_csv(asked, ("ja", "en")).data, "x.csv"), "x.csv")
    assert imported.refused == ()
    assert [one.id for one in imported.taken] == list(names)
    assert all(one.notes == () for one in imported.taken)
    source = b"".join(imported.files.values()).decode()
    assert "answer: ['3', '3']" in source
    assert "status: draft" not in source


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("choice,?,Z,a,b", "does not name its options"),
        ("choice,?,A,a,", "of its 1 options"),
        ("numeric,?,many,,", "cannot be read"),
        ("shape,?,wide,,", "cannot be read"),
        ("order,?,A,a,b", "does not list every step"),
        ("term,?,,,", "has no key"),
        ("expression,?,x,,", "names no symbols"),
        ("poem,?,x,,", "the kind 'poem'"),
        ("choice,,A,a,b", "has no prompt"),
        ("choice,?,A,a,b,c", "more cells than the header"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_stops_nothing(row, reason):
    """The row after it is taken."""
    table = f'kind,prompt,key,option_a,option_b\nchoice,"two\nlines",A,a,b\n{row}\nchoice,?,B,a,b\n'
    first, bad, last = read_csv(table.encode(), "x.csv")
    assert isinstance(first, Found)
    assert isinstance(last, Found)
    assert isinstance(bad, Refused)
    assert bad.line == 4
    assert reason in bad.reason.en


@pytest.mark.parametrize("table", [b"", b"a,b\n1,2\n", b"kind,prompt\n", b'kind,prompt,key\n"open', b"\xff\xff\xff"])
def test_what_is_no_table_of_questions_is_refused(table):
    """With an error of ours that says where to find the columns."""
    with pytest.raises(InputError):
        read_csv(table, "x.csv")


def test_a_table_saved_by_japanese_excel_is_read():
    """In the code page that it writes by default."""
    (found,) = read_csv("kind,prompt,key\nterm,忘れる門は？,忘却ゲート\n".encode("cp932"), "x.csv")
    assert isinstance(found, Found)
    assert found.fields["accept"]["ja"] == ["忘却ゲート"]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    """Any cells are read or refused, and what is taken can be read by the bank."""
    data = f"kind,prompt,key,option_a,option_b\nterm,{text}\nchoice,{text}\n".encode("utf-8", "ignore")
    try:
        bank_of(read_csv(data, "x.csv"), "x.csv")
    except InputError:
        return
