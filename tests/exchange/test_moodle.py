"""Moodle XML follows Moodle's element rules, and comes back as the same questions."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.bank import Library, ask
from quizdl.errors import InputError
from quizdl.exchange.drafts import Found, Refused, bank_of
from quizdl.exchange.moodle import write_moodle
from quizdl.exchange.moodle_in import read_moodle
from quizdl.model import Selection
from quizdl.text import Text, same

from .moodle_rules import faults_of
from .samples import IDS, choice, hostile, numeric, sample, samples, term

PLAIN = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="$`{}-\\"), min_size=1, max_size=12)
WORDS = st.lists(PLAIN, min_size=1, max_size=4).map(" ".join)


def _questions(data: bytes) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(data)  # noqa: S314 - our own export
    return {one.findtext("idnumber") or "": one for one in root if one.get("type") != "category"}


@pytest.mark.parametrize("languages", [("en",), ("ja",), ("ja", "en")])
def test_every_kind_follows_the_element_rules(languages):
    """All kinds, with figures and sets, in one language and in both."""
    parcel = write_moodle(samples(), languages)
    assert faults_of(parcel.data) == []
    assert set(_questions(parcel.data)) == set(IDS)


def test_a_whole_day_of_the_bank_follows_them():
    """Nothing of the shipped bank's third day breaks a rule, on a seed other than the author's."""
    asked = [ask(question, 3) for question in Library().select(Selection(day=3))]
    parcel = write_moodle(asked, ("en",))
    assert faults_of(parcel.data) == []
    left = {loss.id for loss in parcel.losses if not loss.kept}
    assert set(_questions(parcel.data)) | left == {one.question.id for one in asked}


def test_hostile_texts_stay_texts():
    """Markup, the end of CDATA and direction marks in a text reach no one as such."""
    data = write_moodle([hostile()], ("ja", "en")).data
    assert faults_of(data) == []
    prompt = _questions(data)["hostile"].findtext("questiontext/text") or ""
    assert "<script" not in prompt
    assert "\u202e" not in prompt
    assert "&lt;script&gt;" in prompt


def test_what_moodle_cannot_grade_is_named_and_still_there():
    """An expression and a fill become choices, a function and an essay free answers, an order matches places."""
    parcel = write_moodle(samples(), ("en",))
    types = {name: one.get("type") for name, one in _questions(parcel.data).items()}
    assert types["chain-rule"] == types["gradient-clipping"] == "multichoice"
    assert types["lstm-step"] == types["bptt-versus-backprop"] == "essay"
    assert types["attention-steps"] == "matching"
    assert {loss.id for loss in parcel.losses} == {
        *("chain-rule", "gradient-clipping", "lstm-step", "bptt-versus-backprop", "attention-steps")
    }


def test_the_key_is_moodles_right_answer():
    """A number comes with its absolute tolerance, a shape in the ways people write it, a word in all its spellings."""
    found = _questions(write_moodle(samples(), ("en",)).data)
    number = next(one for one in found["rnn-relu-gradient"].iter("answer") if one.get("fraction") == "100")
    assert (number.findtext("text"), number.findtext("tolerance")) == ("1024", "5.12")
    shapes = {one.findtext("text") for one in found["conv-output-size"].iter("answer") if one.get("fraction") == "100"}
    assert {"(3, 3)", "3x3", "3×3", "3,3"} <= shapes
    words = {one.findtext("text") for one in found["lstm-forget-gate"].iter("answer") if one.get("fraction") == "100"}
    assert {"忘却ゲート", "forget gate"} <= words


def test_a_star_is_no_wildcard():
    """In Moodle `*` stands for anything; ours is escaped, and comes back as it was."""
    data = write_moodle([term(same("?"), ("A*",), ("A*",))], ("en",)).data
    assert b"<text>A\\*</text>" in data
    (found,) = read_moodle(data, "x.xml")
    assert isinstance(found, Found)
    assert found.fields["accept"]["en"] == ["A*"]


@settings(deadline=None)
@given(WORDS, WORDS, st.lists(st.tuples(WORDS, st.booleans(), WORDS), min_size=2, max_size=6, unique_by=lambda o: o[0]))
def test_a_choice_comes_back(ja, en, options):
    """Stem, options, key and reasons, in both languages."""
    right = sum(is_right for _, is_right, _ in options)
    if not 0 < right < len(options):
        return
    asked = choice(Text(ja, en), [(same(text), is_right, same(why)) for text, is_right, why in options])
    (found,) = read_moodle(write_moodle([asked], ("ja", "en")).data, "x.xml")
    assert isinstance(found, Found)
    assert found.fields["prompt"] in ({"ja": f"{ja}{_several(right)[0]}", "en": f"{en}{_several(right)[1]}"}, en)
    back = {one["text"]: (one.get("correct", False), one.get("why", "")) for one in found.fields["options"]}
    assert back == {text: (is_right, "" if is_right else why) for text, is_right, why in options}


def _several(right: int) -> tuple[str, str]:
    return ("", "") if right == 1 else (f"\n\n({right} 個選んでください)", f"\n\n(Choose {right})")


@settings(deadline=None)
@given(st.integers(-10_000, 10_000), st.sampled_from([1e-6, 0.01, 0.25]))
def test_a_number_comes_back(value, rel):
    """Key and tolerance."""
    (found,) = read_moodle(write_moodle([numeric(same("?"), str(value), rel)], ("en",)).data, "x.xml")
    assert isinstance(found, Found)
    assert float(found.fields["answer"]) == value
    assert value == 0 or found.fields["tolerance"]["rel"] == pytest.approx(rel)


def test_shapes_orders_and_words_come_back():
    """Each as the kind it was, with its key."""
    asked = [sample("conv-output-size"), sample("attention-steps"), sample("lstm-forget-gate")]
    shape, order, word = (one for one in read_moodle(write_moodle(asked, ("en",)).data, "x.xml"))
    assert isinstance(shape, Found)
    assert shape.fields["kind"] == "shape"
    assert shape.fields["answer"] == ["3", "3"]
    assert isinstance(order, Found)
    assert order.fields["steps"] == [step.en for step in asked[1].question.steps]  # type: ignore[union-attr]
    assert isinstance(word, Found)
    assert "忘却ゲート" in word.fields["accept"]["ja"]


ANSWER = '<answer fraction="{}"><text>{}</text></answer>'
TWO = ANSWER.format(100, "a") + ANSWER.format(0, "b")


@pytest.mark.parametrize(
    ("kind", "content", "field", "value"),
    [
        # trans_single: an element that is not there is `true`, an empty one is `false`
        ("multichoice", TWO, "kind", "choice"),
        (
            "multichoice",
            f"<single></single>{ANSWER.format(50, 'a')}{ANSWER.format(50, 'b')}{ANSWER.format(0, 'c')}",
            0,
            2,
        ),
        (
            "multichoice",
            f"<single>0</single>{ANSWER.format(50, 'a')}{ANSWER.format(50, 'b')}{ANSWER.format(0, 'c')}",
            0,
            2,
        ),
        ("multichoice", f"<single>1</single>{TWO}", 0, 1),
        # import_answer: a fraction is in per cent, in the attribute; one that is not there is 0
        ("multichoice", ANSWER.format(100.0, "a") + "<answer><text>b</text></answer>", 0, 1),
        # getpath: texts are trimmed
        ("shortanswer", ANSWER.format(100, "\n  word\n"), "accept", {"ja": ["word"], "en": ["word"]}),
        # import_numerical: without a tolerance it is 0, and `*` stands for any number
        ("numerical", ANSWER.format(100, "0.5") + ANSWER.format(0, "*"), "answer", "0.5"),
        ("numerical", ANSWER.format(100, "1e-05"), "answer", "1e-05"),
        # import_truefalse: by the words, whatever their order
        ("truefalse", ANSWER.format(100, "false") + ANSWER.format(0, "true"), 0, 1),
        # import_headers: without a grade it is 1; the penalty and the tags change nothing here
        ("multichoice", f"<penalty>0.3</penalty>{TWO}", "points", None),
        ("multichoice", f"<defaultgrade>3.0000000</defaultgrade>{TWO}", "points", 3),
    ],
)
def test_what_moodles_reader_makes_of_it_ours_makes_too(kind, content, field, value):
    """Each rule of Moodle's own reader that a document may lean on. field: 0 counts the right options."""
    document = f"<quiz><question type='{kind}'><name><text>q</text></name><questiontext><text>?</text></questiontext>"
    (found,) = read_moodle(f"{document}{content}</question></quiz>".encode(), "x.xml")
    assert isinstance(found, Found), found
    if field == 0:
        assert sum(option.get("correct", False) for option in found.fields["options"]) == value
    else:
        assert found.fields.get(field) == value


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE quiz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><quiz>&b;</quiz>',
        '<!DOCTYPE quiz SYSTEM "file:///etc/passwd"><quiz/>',
        '<!DOCTYPE quiz [<!ENTITY x SYSTEM "http://127.0.0.1/">]><quiz>&x;</quiz>',
    ],
)
def test_a_doctype_is_refused(document):
    """No entity is ever declared, so none is expanded or fetched."""
    with pytest.raises(InputError) as caught:
        read_moodle(document.encode(), "x.xml")
    assert "DOCTYPE" in caught.value.message.en
    assert caught.value.where == "x.xml:1"


@pytest.mark.parametrize("document", [b"", b"<quiz>", b"<a/>", b"\xff\xfe", b"<quiz>" * 100, b"<quiz>&nbsp;</quiz>"])
def test_what_is_no_moodle_xml_is_refused(document):
    """With an error of ours, whatever it is."""
    with pytest.raises(InputError):
        read_moodle(document, "x.xml")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data):
    """Any bytes are read or refused."""
    for document in (
        data,
        b"<quiz><question type='multichoice'><name><text>" + data + b"</text></name></question></quiz>",
    ):
        try:
            bank_of(read_moodle(document, "x.xml"), "x.xml")
        except InputError:
            continue


def test_other_types_are_refused_with_their_line():
    """Nothing is dropped silently."""
    document = b'<quiz>\n<question type="cloze"><name><text>gaps</text></name></question>\n</quiz>'
    assert read_moodle(document, "x.xml") == [
        Refused(2, "gaps", Text("問題の種類 cloze は取り込めません", "questions of the type cloze cannot be imported"))
    ]
