"""The numbers of a class are those one counts by hand, whatever was left out or changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom import choice_asked, class_of, code_asked, line_of
from quizdl.report.course import STATES
from quizdl.report.examples import example_of

ROWS = st.integers(1, 4).flatmap(
    lambda questions: st.dictionaries(
        st.text("abcdef", min_size=1, max_size=4),
        st.text("+/xstg-", min_size=questions, max_size=questions),
        max_size=12,
    )
)


SMALL = {"ann": "++x", "bob": "+x/", "cho": "x-s", "dee": "---", "eve": "+g+"}


def test_a_small_class_by_hand() -> None:
    """Five learners at three questions of one point; `-` was not handed in, `g` could not be graded."""
    found = class_of(SMALL).numbers
    assert found.totals == pytest.approx({"k-ann": 200 / 3, "k-bob": 50.0, "k-cho": 0.0, "k-eve": 100.0})
    assert (found.active, found.complete, found.is_small) == (4, 2, True)
    first, second, third = found.items
    assert first.states == {**dict.fromkeys(STATES, 0), "correct": 3, "wrong": 1, "not_submitted": 1}
    assert first.mean == pytest.approx(3 / 4)
    assert (second.submitted, second.mean) == (3, pytest.approx(1 / 2))
    assert third.verdicts == {"wrong": 1, "partial": 1, "syntax_error": 1, "not_submitted": 1, "correct": 1}
    assert sum(found.bins) == 4
    assert found.bins[5] == found.bins[6] == found.bins[9] == found.bins[0] == 1


def test_points_weigh() -> None:
    """3 of 4 points, when the question worth 3 is right."""
    asked = [code_asked("big", 3), code_asked("small", 1)]
    assert class_of({"ann": "+x"}, asked).numbers.totals == {"k-ann": 75.0}


def test_who_hands_in_nothing_is_counted_and_pulls_no_mean_down() -> None:
    """Not handed in is not a silent 0 of the statistics."""
    found = class_of({"ann": "++", "bob": "--"}).numbers
    assert found.spread is not None
    assert found.spread.mean == 100.0
    assert [item.states["not_submitted"] for item in found.items] == [1, 1]
    assert "k-bob" not in found.totals


def test_a_missing_question_costs_its_points() -> None:
    """Of somebody who handed in others."""
    assert class_of({"ann": "+-"}).numbers.totals == {"k-ann": 50.0}


def test_a_mark_changed_by_hand_counts_in_the_numbers_and_leaves_the_verdict() -> None:
    """The grader's verdict is still what the grader said."""
    of = class_of({"ann": "x", "bob": "-"})
    found = of._replace(by_hand=dict.fromkeys([("k-ann", "q0"), ("k-bob", "q0")], (1.0, "oral"))).numbers
    assert found.totals == {"k-ann": 100.0, "k-bob": 100.0}
    assert found.items[0].states["wrong"] == 1
    assert found.items[0].submitted == 1


@given(ROWS)
def test_everybody_is_counted_once_at_every_question(rows: dict[str, str]) -> None:
    """In verdicts and in states, in the class and its totals; percentages are percentages."""
    found = class_of(rows).numbers
    for item in found.items:
        assert sum(item.verdicts.values()) == sum(item.states.values()) == len(rows)
        assert item.mean is None or 0 <= item.mean <= 1
        assert item.discrimination is None or -1 <= item.discrimination <= 1
    assert sum(found.bins) == found.active <= len(rows)
    assert all(0 <= total <= 100 for total in found.totals.values())
    assert found.alpha is None or found.alpha <= 1 + 1e-12


@pytest.mark.parametrize("rows", [{}, {"ann": "+"}, {"ann": "++"}, {"ann": "+-", "bob": "-+"}])
def test_too_few_for_alpha_is_no_number(rows: dict[str, str]) -> None:
    """Nobody, one learner, one question, or nobody who handed in everything."""
    found = class_of(rows).numbers
    assert found.alpha is None
    assert all(item.discrimination is None for item in found.items)


@pytest.mark.parametrize(("complete", "small"), [(29, True), (30, False)])
def test_below_thirty_learners_the_report_warns(complete: int, small: bool) -> None:
    """Those who handed in everything count, not the roster."""
    rows = {f"l{number}": "+x" if number % 2 else "++" for number in range(complete)}
    rows |= {f"idle{number}": "+-" for number in range(50)}
    assert class_of(rows).numbers.is_small is small


def test_named_mistakes_come_by_frequency_each_with_its_reason() -> None:
    """Two at one question are one mistake made twice; the same name elsewhere is another."""
    asked = [code_asked("q0"), code_asked("q1")]
    lines = [line_of(f"k-{who}", "q1", "x", mistake="halved") for who in ("ann", "bob")]
    lines += [line_of("k-ann", "q0", "x", mistake="halved"), line_of("k-bob", "q0", "x", mistake="generic:sign")]
    of = class_of({"ann": "++", "bob": "++"}, asked)._replace(lines=lines)
    first, second, third = of.numbers.mistakes
    assert (first.question, first.name, first.count, first.of) == ("q1", "halved", 2, 2)
    assert first.why is not None
    assert first.why.en == "It halves $x$."
    assert {(one.question, one.name, one.count) for one in (second, third)} == {
        ("q0", "halved", 1),
        ("q0", "generic:sign", 1),
    }


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["# by Ann Lee\ndef f(x):\n    '''Ann Lee'''\n    return x / 2  # mine\n"], "def f(x):\n    return x / 2"),
        (["def f(x):\n    return x / 2 * 1\n", "def f(q):\n    return q/2\n"], "def f(q):\n    return q / 2"),
        (["def f(x):\n    ann = x\n    return ann / 2\n"], None),
        (["def f(x):\n    return 'written by me at night'\n"], "def f(x):\n    return '…'"),
        (["def f(x:\n"], None),
        (["def f(x):\n    '''Only words.'''\n"], "def f(x):\n    pass"),
        (["def helper(): ...\ndef f(x):\n    return 1\n"], "def f(x):\n    return 1"),
        ([f"def f(x):\n    return {'(' * 3000}x{')' * 3000}\n"], None),
        (["def f(x):\n    return '\\d'\n"], "def f(x):\n    return '\\\\d'"),
        ([], None),
    ],
)
def test_an_example_is_short_and_nobodys(texts: list[str], shown: str | None) -> None:
    """Comments, docstrings and sentences are gone; what still has a name in it is not shown; the shortest is."""
    assert example_of(code_asked("q").question, texts, {"Ann Lee", "Ann", "Lee"}) == shown


def test_a_long_example_is_cut() -> None:
    """And says so."""
    body = "\n".join(f"    x = x + {number}" for number in range(40))
    shown = example_of(code_asked("q").question, [f"def f(x):\n{body}\n    return x\n"])
    assert shown is not None
    assert len(shown.split("\n")) == 15
    assert shown.endswith("\n…")


def test_options_are_counted_with_how_their_choosers_do_elsewhere() -> None:
    """In the order they were shown; what named no single option has a row of its own."""
    asked = [choice_asked("pick"), code_asked("q1")]
    lines = [
        line_of("k-ann", "pick", "+"),
        line_of("k-bob", "pick", "x", mistake="b"),
        line_of("k-cho", "pick", "x", mistake="b"),
        line_of("k-dee", "pick", "x"),
        line_of("k-ann", "q1", "+"),
        line_of("k-bob", "q1", "/"),
        line_of("k-cho", "q1", "x"),
    ]
    of = class_of(dict.fromkeys(("ann", "bob", "cho", "dee"), "++"), asked)
    found = [(one.id, one.count, one.share, one.rest) for one in of._replace(lines=lines).numbers.choices]
    assert found == [("a", 1, 0.25, 100.0), ("b", 2, 0.5, 25.0), ("c", 0, 0.0, None), (None, 1, 0.25, None)]


def test_a_higher_score_that_is_kept_counts() -> None:
    """After a question changed, the earlier score may be the one that counts; the verdict is the newer one."""
    of = class_of({"ann": "x"})
    found = of._replace(lines=[line_of("k-ann", "q0", "x", counts=0.5)]).numbers
    assert found.totals == {"k-ann": 50.0}
    assert found.items[0].states["wrong"] == 1


def test_where_the_grader_failed_nothing_counts_whatever_was_to_be_kept() -> None:
    """As in the table of scores: the cell waits for a grading that succeeds, and costs nobody a point."""
    of = class_of({"ann": "+g"})
    found = of._replace(lines=[of.lines[0], line_of("k-ann", "q1", "g", counts=1.0)]).numbers
    assert found.totals == {"k-ann": 100.0}
    assert found.items[1].mean is None
    assert found.items[1].states["grader_error"] == 1


def test_what_it_was_graded_with_is_told_for_every_version() -> None:
    """A class graded before and after a question changed has two lines for it."""
    of = class_of({"ann": "+", "bob": "+"})
    old = line_of("k-ann", "q0", version="old", input_seed=1)
    found = of._replace(lines=[old, of.lines[1]]).numbers.origins
    assert {(one.version, one.input_seed, count) for one, count in found} == {("old", 1, 1), ("q0-v1", 424242, 1)}
