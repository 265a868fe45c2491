"""An exam's pages: nothing given away, nothing left out, within the width."""

from __future__ import annotations

import msgspec
import pytest

from quizdl.model import Asked, ExamEvent, ExamSheet
from quizdl.report.score import Part, Score
from quizdl.screen.exam import clock, help_lines, question_page, review_page, status, warning
from quizdl.screen.exam import result_page as result
from quizdl.screen.kinsoku import cell_width
from quizdl.study.exam import Sitting, begin, replay

LANGUAGES = ("ja", "en")
COUNT = 104


@pytest.fixture
def sitting(sample) -> Sitting:
    """An exam of 104 times the same question: the first answered and flagged, the third flagged, at the third."""
    asked: Asked = sample("choice")
    sheet = ExamSheet(
        id="e1",
        at=0.0,
        minutes=120,
        seed=0,
        clock="paused",
        pass_line=65,
        framework="pytorch",
        weights={"dl": 1},
        quizdl="0",
        questions=(asked,) * COUNT,
    )
    happened = (("choose", 0, "B"), ("flag", 0, ""), ("visit", 2, ""), ("flag", 2, ""))
    return replay(
        sheet,
        [
            ExamEvent(kind=kind, number=number, at=0.0, elapsed=60.0, letter=letter)  # type: ignore[arg-type]
            for kind, number, letter in happened
        ],
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_shows_its_place_its_options_and_the_clock_and_neither_id_nor_key(sitting, show, lang):
    """The topic's name would be half the answer."""
    page = show(question_page(sitting, lang))
    asked = sitting.sheet.questions[2]
    assert "3/104" in page
    assert "1:59:00" in page
    assert asked.question.id not in page
    assert asked.question.section_title.of(lang) not in page
    assert page.count("[A]") + page.count("[B]") == 0
    chosen = msgspec.structs.replace(sitting, current=0)
    assert "[B]" in show(question_page(chosen, lang))


@pytest.mark.parametrize(
    ("elapsed", "left", "ahead"), [(0.4, "2:00:00", "+0:00"), (1.2, "1:59:59", "-0:01"), (60.0, "1:59:00", "-1:00")]
)
def test_the_distance_from_the_plan_turns_with_the_time_left(sitting, elapsed, left, ahead):
    """Nobody is behind by a second that the clock does not show as gone."""
    now = msgspec.structs.replace(begin(sitting.sheet), elapsed=elapsed)
    assert f"time left {left}  against plan {ahead}" in status(now, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [30, 80, 200])
def test_the_review_shows_every_question_and_names_what_is_open(sitting, show, lang, width):
    """Each number once in the grid, however narrow the screen."""
    page = show(review_page(sitting, lang), width)
    assert all(cell_width(line) <= width for line in page.splitlines())
    words = page.split()
    for number in range(1, COUNT + 1):
        assert str(number) in words
    assert "B*" in page
    assert "2-104" in "".join(page.split("\n")).replace(" ", "")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("right", [64, 65])
def test_the_result_gives_per_cents_by_area_and_calls_the_line_an_estimate(sitting, show, lang, right):
    """And the command for the report."""
    score = Score(Part(right, 100), {"math": Part(1, 3), "dl": Part(0, 7)}, answered=90, pass_line=65)
    page = show(result(sitting.sheet, score, lang, elapsed=3600.0, again="quizdl report e1"))
    assert f"{right}%" in page
    assert "33%" in page
    assert {"ja": "推定", "en": "estimate"}[lang] in page
    assert "quizdl report e1" in page
    assert "1:00:00" in page
    below = {"ja": "合格ライン未満", "en": "below the pass line"}[lang]
    assert (below in page) == (right < 65)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_status_line_fits_a_small_terminal(sitting, lang):
    """80 columns, two hours, everything flagged."""
    busy = msgspec.structs.replace(sitting, flagged=frozenset(range(COUNT)), chosen=("A",) * COUNT)
    for state in (busy, begin(sitting.sheet), msgspec.structs.replace(begin(sitting.sheet), elapsed=7200.0)):
        assert cell_width(status(state, lang)) < 80
    assert "0:00" in status(msgspec.structs.replace(busy, elapsed=7200.0), lang)
    assert "10" in warning(10, lang)
    assert "A/B/C/D" in help_lines("ABCD", lang)


def test_a_countdown_never_shows_less_than_there_is():
    """One tenth of a second is still a second."""
    assert [clock(seconds) for seconds in (0.1, 59.01, 3599.5, -3.0)] == ["0:01", "1:00", "1:00:00", "0:00"]
