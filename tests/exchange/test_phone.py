"""A phone pack's code gives back what went in, survives being copied by people, and never says something else."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.exchange import base32
from quizdl.exchange.phone import (
    MARK,
    PhoneAnswer,
    PhoneFlag,
    PhoneResults,
    holds_code,
    pack_id,
    read_codes,
    write_code,
)

TIMES = st.integers(-(10**9), 10**9)
ACTS = st.one_of(
    st.builds(
        PhoneAnswer,
        question=st.integers(0, 400),
        position=st.integers(0, 25),
        after=TIMES,
        seconds=st.integers(0, 3600),
        hinted=st.booleans(),
    ),
    st.builds(PhoneFlag, question=st.integers(0, 400), after=TIMES, kind=st.sampled_from(["flag", "unflag"])),
)
RESULTS = st.builds(
    PhoneResults,
    pack=st.binary(min_size=5, max_size=5).map(pack_id),
    copy=st.binary(min_size=2, max_size=2).map(bytes.hex),
    acts=st.lists(ACTS, max_size=40).map(tuple),
)


@given(st.binary(max_size=60))
def test_base_32_round_trips(data):
    """Whatever the length, and with the letters that people confuse."""
    text = base32.encode(data)
    assert base32.decode(text) == data
    assert base32.decode(text.lower().replace("0", "o").replace("1", "l")) == data


@given(RESULTS)
def test_a_code_gives_back_what_went_in(results):
    """Pack, copy, and every act."""
    assert read_codes(write_code(results), "c") == [results]


@given(st.lists(RESULTS, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_a_code_survives_people(results, chance: random.Random):
    """Lower case, full width, other hyphens, line breaks anywhere, words around it, several in one text."""

    def handled(code: str) -> str:
        body = "".join(
            chance.choice([c, c.lower(), chr(ord(c) + 0xFEE0), f"{c}\n", f"{c} "]) if c != "-" else chance.choice("-–−")
            for c in code.removeprefix(MARK)
        )
        return chance.choice(["QUIZ-", "quiz-", "QUIZ–", "ＱＵＩＺ－"]) + body

    text = "今日の結果です。\n" + "\n。\n".join(handled(write_code(one)) for one in results) + "\nSent from my phone"
    assert holds_code(text)
    assert read_codes(text, "c") == results


@given(RESULTS, st.data())
def test_a_slip_is_noticed(results, data):
    """One digit exchanged for another, or a part missing at the end: refused, never read as something else."""
    code = write_code(results)
    places = [place for place, digit in enumerate(code) if place >= len(MARK) and digit != "-"]
    place = data.draw(st.sampled_from(places[:-1]))  # the last digit holds bits that fill it up
    other = data.draw(st.sampled_from([digit for digit in base32.DIGITS if digit != code[place]]))
    with pytest.raises(InputError):
        read_codes(code[:place] + other + code[place + 1 :], "c")
    with pytest.raises(InputError):
        read_codes(code[: data.draw(st.sampled_from(places[:-1]))], "c")


@given(st.text().map(lambda text: MARK + text) | st.binary().map(lambda data: MARK + base32.encode(data)))
def test_anything_else_is_refused(text):
    """With an InputError, and nothing else; what is read all the same can be written again."""
    with contextlib.suppress(InputError):
        for results in read_codes(text, "c"):
            assert read_codes(write_code(results), "c") == [results]


@given(st.text(max_size=50))
def test_a_text_without_a_code_holds_none(text):
    """What does not hold the mark is no code."""
    if not holds_code(text):
        with pytest.raises(InputError, match="no code"):
            read_codes(text, "c")


def test_a_code_that_would_fill_the_memory_is_refused():
    """A count of acts far beyond what follows, and a text of a megabyte."""
    huge = bytes([1, *range(5), 0, 0, 255, 255, 255, 127])
    for text in (MARK + base32.encode(huge), MARK + "0" * (1 << 20)):
        with pytest.raises(InputError):
            read_codes(text, "c")


def test_a_code_is_short_enough_to_send():
    """Twenty answers fit into 250 characters."""
    acts = tuple(PhoneAnswer(n, n % 4, 60 + 70 * n, 7 * n % 90) for n in range(20))
    assert len(write_code(PhoneResults("E5TPJYK4", "0aff", acts))) <= 250


def test_the_ids_number_the_attempts_at_each_question():
    """The same act has the same id in every later code; another copy of the page has ids of its own."""
    acts = (PhoneAnswer(3, 0, 1, 1), PhoneFlag(3, 2), PhoneAnswer(1, 0, 3, 1), PhoneAnswer(3, 1, 4, 1))
    names = [name for name, _ in PhoneResults("E5TPJYK4", "0aff", acts).named()]
    assert names == [
        "phone-E5TPJYK4-0aff-3-1",
        "phone-E5TPJYK4-0aff-event-1",
        "phone-E5TPJYK4-0aff-1-1",
        "phone-E5TPJYK4-0aff-3-2",
    ]
    earlier = [name for name, _ in PhoneResults("E5TPJYK4", "0aff", acts[:2]).named()]
    assert earlier == names[:2]
    assert not set(names) & {name for name, _ in PhoneResults("E5TPJYK4", "1aff", acts).named()}
