"""A trace on the screen, in both languages and at any width; the pages around a watched file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quizdl.grading.trace import Fault, Iteration, Line, Trace, Value
from quizdl.model import Verdict
from quizdl.screen.canvas import Canvas, View
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.page import Page, Paragraph
from quizdl.screen.trace import render_trace
from quizdl.screen.watch import KEYS, bare, foot, head, hint_page, list_page
from quizdl.text import Text, same

GOLDEN = Path(__file__).parent.parent / "golden/screen"
LANGUAGES = ("ja", "en")
X = Value(name="x", kind="array", shape=(2, 3), dtype="float64", low=-1.5, high=2.0, text="[[1.5, 2.], [-1.5, 0.]]")
W = Value(name="W", kind="array", shape=(4, 3), dtype="float32", low=0.0, high=1.0)
STRANGE = Value(name="z", kind="array", shape=(3,), dtype="float64", low=1.0, high=1.0, nan=1, infinite=1)
WHOLE = Value(name="t", kind="array", shape=(5,), dtype="int64", low=0.0, high=4.0)
STEP = Value(name="t", kind="scalar", dtype="int", text="2")
LINES = (
    Line(5, 0, (X,), "    x = x * 2"),
    Line(6, 0, (STEP,), "    for t in range(50):"),
    Line(2, 1, (X,), "def half(x):", calls="half"),
    Line(7, 0, (STRANGE,), "        z = half(x) / 0"),
    Line(6, 0, folded=47, source="    for t in range(50):"),
    Line(8, 0, source="    for t in []:", folded=0),
    Line(9, 0, (WHOLE,), "    t = np.arange(5)"),
    Line(10, 0, source="    return x @ W", raised="ValueError"),
)
FAULT = Fault(
    verdict="runtime_error",
    message=same("matmul: Input operand 1 has a mismatch in its core dimension 0"),
    type="ValueError",
    line=10,
    source="    return x @ W",
    expression="x @ W",
    operands=(X, W),
    iteration=Iteration(6, 12),
)
FAILED = Trace(inputs=(X, W), lines=LINES, error=FAULT, omitted=3, printed="hi")
ENDED = Trace(inputs=(X,), lines=LINES[:1], result=X)
STOPPED = Trace(inputs=(X,), lines=LINES[:2], stopped=400_001)
REFUSED = Trace(
    inputs=(X,), error=Fault("syntax_error", Text("構文エラーです", "Syntax error"), line=1, source="def f(")
)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_trace_looks_as_it_did(sample, show, lang):
    """The page at 80 columns equals the golden one; QUIZDL_UPDATE_GOLDEN=1 writes it anew."""
    path = GOLDEN / f"trace.{lang}.txt"
    text = show(render_trace(sample("code"), FAILED, lang))
    if os.environ.get("QUIZDL_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [2, 7, 20, 80, 120])
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("found", [FAILED, ENDED, STOPPED, REFUSED])
def test_no_line_is_wider_than_the_terminal(sample, show, found, lang, width):
    """Down to two columns."""
    for line in show(render_trace(sample("code"), found, lang), width).splitlines():
        assert cell_width(line) <= width, line


@pytest.mark.parametrize(
    ("operands", "message", "told"),
    [
        ((X, W), "matmul: core dimension 0", True),
        ((X, X), "shapes (2,3) and (2,3) not aligned", True),
        ((X, W), "operands could not be broadcast together", False),
        ((X,), "matmul", False),
        ((X, STEP), "matmul", False),
    ],
)
def test_axes_of_a_product_that_do_not_fit_are_named(sample, show, operands, message, told):
    """In plainer words than NumPy's, and only of products."""
    fault = Fault("runtime_error", same(message), type="ValueError", operands=operands)
    text = " ".join(show(render_trace(sample("code"), Trace(error=fault), "en")).split())
    assert ("is a transpose missing?" in text) is told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_of_a_watched_file_name_every_key(sample, show, lang):
    """The head says what is watched, the foot what can be pressed, the list what is done."""
    asked = sample("code")
    top = show(head(asked, "clip.py", same("12:00:00"), lang))
    assert asked.question.id in top
    assert "clip.py" in top
    bottom = show(foot(4, lang))
    assert all(meaning.of(lang) in bottom for _, meaning in KEYS)
    assert "4" in bottom
    listed = show(list_page(["a", "b", "c"], "b", {"a", "b"}, lang))
    assert "2" in listed.splitlines()[0]
    assert [line[0] for line in listed.splitlines()[1:]] == ["✓", "✓", " "]
    hints = len(asked.hints)
    assert show(hint_page(asked, hints, lang)).startswith("1/" if hints else ("この" if lang == "ja" else "This"))


def test_a_page_under_the_heads_line_has_no_line_of_its_own(sample):
    """Only the first one is dropped."""
    from quizdl.screen.question import render_question

    page = render_question(sample("code"), "en")
    assert len(bare(page).blocks) == len(page.blocks) - 1
    assert bare(bare(page)) == bare(page)


class Window:
    """A terminal of this size that keeps what is written."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.writes.append(text)
        return len(text)

    def flush(self) -> None:
        pass


def page(*lines: str) -> Page:
    """A page of these lines."""
    return Page(tuple(Paragraph(((line, ""),)) for line in lines))


def test_a_canvas_paints_whole_frames_in_one_write(monkeypatch):
    """The body between head and foot, from an offset on; the same frame is not painted twice."""
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((40, 6)))
    window = Window()
    told = []

    def bottom(more: int) -> Page:
        told.append(more)
        return page("foot")

    with Canvas(window) as canvas:
        body = page(*(f"line {number}" for number in range(9)))
        assert canvas.paint(page("head"), body, bottom) == View(5, 4)
        assert canvas.paint(page("head"), body, bottom) == View(5, 4)
        assert canvas.paint(page("head"), body, bottom, 8) == View(0, 4)
    frames = [write for write in window.writes if "head" in write]
    assert len(frames) == 2
    assert [line for line in ("line 0", "line 3", "line 4", "foot") if line in frames[0]] == [
        "line 0",
        "line 3",
        "foot",
    ]
    assert "line 8" in frames[1]
    assert "line 7" not in frames[1]
    assert all(frame.count("\n") == 5 for frame in frames)
    assert set(told) == {0, 5}
    assert (window.writes[0], window.writes[-1]) == ("\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l")


def test_a_difference_stands_under_expected_and_got(sample, show):
    """So that nobody has to subtract."""
    from quizdl.model import Counterexample
    from quizdl.screen.verdict import render_verdict

    shown = Counterexample(inputs={"x": "1.0"}, expected="2.0", got="3.0", difference="1.0")
    verdict = Verdict(verdict="wrong", score=0.0, passed=0, total=1, counterexample=shown)
    text = show(render_verdict(sample("code"), verdict, "en"))
    assert "difference  1.0" in text
    assert "差" in show(render_verdict(sample("code"), verdict, "ja"))
