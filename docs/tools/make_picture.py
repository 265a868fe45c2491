"""The README's pictures: a real session, run here and drawn by rich as SVG, once in each language."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from html import escape, unescape
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = 92
SESSION = (
    ("quizdl show conv-output-size", ["show", "conv-output-size"]),
    ("quizdl answer conv-output-size 2x2", ["answer", "conv-output-size", "2x2"]),
    (
        "quizdl answer gradient-clipping 'gradient / threshold' --input-seed 1",
        ["answer", "gradient-clipping", "gradient / threshold", "--input-seed", "1"],
    ),
)
"""What is typed, and the same as arguments. Seeds are given: the same session comes out every time."""

TITLES = {"en": "quizdl: a question, and why an answer is wrong", "ja": "quizdl: 問題と、誤りの理由"}

COLUMN = 12.2
"""How wide rich draws a column."""

_TEXT = re.compile(r'(<text [^>]*?x=)"([^"]*)"([^>]*?textLength=)"[^"]*"([^>]*)>([^<]*)</text>')

FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: Consolas, Menlo, "DejaVu Sans Mono", "Noto Sans Mono CJK JP", monospace;
  font-size: {char_height}px; line-height: {line_height}px; white-space: pre; }}
.{unique_id}-title {{ font-size: 18px; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""rich's own frame without its fonts, which a browser would fetch from the network."""


def pages() -> dict[str, str]:
    """Path below the repository → its content."""
    return {f"docs/pictures/session.{lang}.svg": drawn(lang) for lang in ("en", "ja")}


def drawn(lang: str) -> str:
    """The session as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for number, (typed, arguments) in enumerate(SESSION):
        if number:
            console.print()
        console.print(Text.assemble(("$ ", "green"), (typed, "bold")), soft_wrap=True)
        for line in said(arguments, lang):
            console.print(line, no_wrap=True, overflow="ignore", crop=False, end="\n")
    svg = console.export_svg(title=TITLES[lang], code_format=FRAME, unique_id=f"session-{lang}")
    return "\n".join(line.rstrip() for line in _TEXT.sub(_by_width, svg).split("\n"))


def _by_width(found: re.Match[str]) -> str:
    """A piece of text in runs of one width: rich gives a Japanese character the room of one column, not of two."""
    start, x, middle, rest, said = found.groups()
    shown, column = "", 0
    for wide, run in groupby(unescape(said), lambda character: cell_len(character) == 2):
        text = "".join(run)
        cells = len(text) * (2 if wide else 1)
        place, length = round(float(x) + COLUMN * column, 1), round(COLUMN * cells, 1)
        shown += f'{start}"{place:g}"{middle}"{length:g}"{rest}>{escape(text)}</text>'
        column += cells
    return shown


def said(arguments: list[str], lang: str) -> list[Text]:
    """What quizdl says to a terminal of this width, line by line, with its colours."""
    with tempfile.TemporaryDirectory() as home:
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "QUIZDL_LANG")}
        environment |= {
            "QUIZDL_HOME": home,
            "COLUMNS": str(COLUMNS),
            "FORCE_COLOR": "1",
            "TERM": "xterm-256color",
            "PYTHONIOENCODING": "utf-8",
        }
        command = [sys.executable, "-m", "quizdl", *arguments, "--lang", lang]
        done = subprocess.run(command, env=environment, cwd=home, capture_output=True, check=False)  # noqa: S603
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode("utf-8"))
    return [Text.from_ansi(line) for line in done.stdout.decode("utf-8").rstrip("\n").split("\n")]


def words(svg: str) -> list[str]:
    """What a picture says, piece by piece: other versions of rich may draw the same words at other places."""
    pieces = (unescape(piece).replace("\xa0", " ").strip() for piece in re.findall(r"<text [^>]*>([^<]*)</text>", svg))
    return [piece for piece in pieces if piece]
