"""Text as Markdown: what stands in it stays text. `code` and $maths$ of the bank alone keep their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from quizdl.sanitise import printable
from quizdl.text import Lang, Text

_INLINE = re.compile(r"`[^`\n]+`|\$[^$]+\$")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")
_FENCE = re.compile(r"^```[^\n]*\n(.*?)\n?^```[ ]*$\n?", re.DOTALL | re.MULTILINE)
_RUNS = re.compile(r"`+")


def literal(text: str) -> str:
    r"""Text as Markdown that shows exactly this text; nothing in it is markup.

    >>> literal("<b>*1*")
    '\\<b\\>\\*1\\*'
    """
    return _SPECIAL.sub(r"\\\1", printable(text, None))


def bank_text(text: str) -> str:
    """A text of the bank: `code` and $maths$ stay, all else is literal."""
    found, end = "", 0
    clean = printable(text, None)
    for match in _INLINE.finditer(clean):
        inner = match[0] if match[0][0] == "`" else match[0].replace("<", r"\lt ").replace(">", r"\gt ")
        found += literal(clean[end : match.start()]) + inner
        end = match.end()
    return found + literal(clean[end:])


def on_one_line(text: Text, lang: Lang) -> str:
    """A text of the bank on one line."""
    return " ".join(bank_text(text.of(lang)).split("\n")).strip()


def code(text: str) -> str:
    """Code on one line, whatever it holds."""
    clean = " ".join(printable(text, None).split())
    fence = "`" * (1 + _longest_run(clean))
    return f"{fence} {clean} {fence}" if "`" in clean else f"`{clean}`"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUNS.findall(text)), default=0)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table whose first column is text and whose others are numbers; cells are Markdown."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'|'.join('---' if number == 0 else '---:' for number in range(len(header)))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def block(text: str) -> Iterator[str]:
    """A text's lines, each kept apart; fenced code stays code."""
    for number, part in enumerate(_FENCE.split(text.strip("\n"))):
        if number % 2:
            yield from fenced(part)
        else:
            yield from (f"{line}  " if line.strip() else "" for line in bank_text(part).strip("\n").split("\n"))


def quoted(text: str) -> Iterator[str]:
    """A text of the bank as a quotation."""
    return (f"> {line}".rstrip(" ") + ("  " if line else "") for line in block(text))


def fenced(source: str, language: str = "python") -> Iterator[str]:
    """Lines as they are, whatever they hold."""
    clean = printable(source, None).strip("\n")
    fence = "`" * max(3, 1 + _longest_run(clean))
    yield from (f"{fence}{language}", *clean.split("\n"), fence)
