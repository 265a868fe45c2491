"""The console fits its output: plain and uncropped in a pipe, coloured on a terminal, safe in every encoding."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import Any

import pytest

from quizdl.screen.console import make_console
from quizdl.screen.page import Page
from quizdl.screen.prose import prose
from quizdl.screen.question import render_question

LONG = "とても長い文です。" * 40
_PRINT_A_QUESTION = """
from conftest import SAMPLES
from quizdl.screen.console import make_console
from quizdl.screen.question import render_question
from quizdl.screen.verdict import render_verdict
from quizdl.model import Verdict
console = make_console()
for asked in SAMPLES.values():
    console.print(render_question(asked, "ja", hints=1))
    console.print(render_verdict(asked, Verdict(verdict="partial", score=0.5, passed=1, total=2), "ja"))
"""
_PRINT_A_PROGRAM = """
import sys
from quizdl.model import Asked, Code
from quizdl.screen.console import make_console
from quizdl.screen.question import render_question
from quizdl.text import same
question = Code(
    id="c", chapter="1", prompt=same("$x^2$"), explanation=same(""), source=(), function="f", reference="r", inputs={},
    template="def f(x):\\n    return ____\\n", answer="x",
)
asked = Asked(question=question, seed=0, prompt=question.prompt, explanation=question.explanation, key=("x",))
make_console().print(render_question(asked, "ja"))
print(*sys.modules)
"""


def _run(script: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """A fresh Python with this environment alone, able to import the samples."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "VIRTUAL_ENV")}
    paths = os.pathsep.join([os.path.dirname(__file__), *filter(None, sys.path)])  # noqa: PTH120
    environment = {**kept, "PYTHONPATH": paths, **environ}
    return subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)


class _Stream(io.StringIO):
    """A text stream that is, or is not, a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def _printed(page: Page, *, terminal: bool, **environ: str) -> str:
    stream = _Stream(terminal=terminal)
    make_console(stream, {"TERM": "xterm-256color", **environ}).print(page)
    return stream.getvalue()


def test_a_pipe_gets_whole_plain_lines():
    """No colour, no cropping and no wrapping: what reads it can search it."""
    assert _printed(prose(LONG), terminal=False) == LONG + "\n"


def test_a_pipe_is_wrapped_where_columns_asks_for_it():
    """COLUMNS gives the width."""
    lines = _printed(prose(LONG), terminal=False, COLUMNS="20").splitlines()
    assert len(lines) > 10
    assert "".join(lines) == LONG


def test_a_terminal_gets_colour_unless_told_otherwise(sample):
    """NO_COLOR takes the colours away, and an empty one does not (https://no-color.org)."""
    page = render_question(sample("code"), "ja")
    assert "\x1b[3" in _printed(page, terminal=True)
    assert "\x1b[3" in _printed(page, terminal=True, NO_COLOR="")
    assert not set(_codes(_printed(page, terminal=True, NO_COLOR="1"))) & {str(code) for code in range(30, 50)}
    assert "\x1b" not in _printed(page, terminal=True, TERM="dumb")


def _codes(text: str) -> list[str]:
    return [code for part in text.split("\x1b[")[1:] for code in part.partition("m")[0].split(";")]


@pytest.mark.parametrize("encoding", ["ascii", "cp932", "latin-1", "utf-8", "euc_jp"])
def test_every_page_can_be_printed_in_every_encoding(encoding):
    """A pipe with PYTHONIOENCODING: no UnicodeEncodeError, and the mark, the square and the floor stay readable."""
    done = _run(_PRINT_A_QUESTION, PYTHONIOENCODING=encoding, COLUMNS="80")
    assert done.returncode == 0, done.stderr.decode()
    text = done.stdout.decode(encoding)
    assert "\x1b" not in text
    assert "gradient-clipping" in text
    assert ("W_in" if encoding != "utf-8" else "Wᵢₙ") in text


def test_the_c_locale_works():
    """LANG=C, without Python's own coercion to UTF-8."""
    done = _run(_PRINT_A_QUESTION, LANG="C", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.isascii()
    assert b"rnn-third-weight" in done.stdout


def test_anything_can_be_written_past_the_layout():
    """A plain `console.print` is safe too."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp932")
    make_console(stream, {}).print("✓ x² \ud800 :smile: [bold]")
    stream.flush()
    assert raw.getvalue().decode("cp932") == "OK x^2 ? :smile: [bold]\n"


def test_a_pipe_never_pays_for_highlighting():
    """The first question on a pipe imports neither Pygments nor rich's heavy parts, neither numpy nor sympy."""
    done = _run(_PRINT_A_PROGRAM, PYTHONIOENCODING="utf-8")
    loaded = set(done.stdout.decode().splitlines()[-1].split())
    assert "rich.text" in loaded, done.stderr.decode()
    heavy = {"rich.markdown", "rich.syntax", "rich.progress", "rich.table", "pygments"}
    assert not loaded & (heavy | {"numpy", "sympy", "textual", "yaml", "typer", "sqlite3"})


@pytest.mark.skipif(sys.platform == "win32", reason="no pty there")
def test_code_is_highlighted_on_a_real_terminal():
    """A pseudo-terminal of 80 columns gets the keywords coloured."""
    shown = _on_a_terminal([sys.executable, "-c", _PRINT_A_QUESTION])
    assert "\x1b[94mdef" in shown or "\x1b[94;49mdef" in shown


def _on_a_terminal(command: list[str]) -> str:
    """What a command prints on a pseudo-terminal."""
    import pty

    leader, follower = pty.openpty()
    environment: dict[str, Any] = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment["PYTHONPATH"] = os.pathsep.join([os.path.dirname(__file__), *filter(None, sys.path)])  # noqa: PTH120
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(command, stdout=follower, stderr=subprocess.STDOUT, env=environment) as process:
        os.close(follower)
        read = b""
        try:
            while part := os.read(leader, 65536):
                read += part
        except OSError:  # Linux says so where the other end is closed
            pass
    os.close(leader)
    assert process.returncode == 0, read.decode()
    return read.decode()
