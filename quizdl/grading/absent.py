"""Imports of packages that are not there while grading: `import matplotlib.pyplot as plt` in nearly every notebook.

Where nothing that is graded needs them, the file is graded without; where something does, Python's own error stands.
The text is read line by line and never parsed out here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import replace

from quizdl.grading.program import Program
from quizdl.sandbox import Run
from quizdl.text import Text

_MISSING = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
_USED = "'NoneType' object"
_COMMENT = r"[ \t]*(?:#.*)?$"
_AS = r"\w+(?:[ \t]+as[ \t]+\w+)?"
_MODULE = r"[\w.]+(?:[ \t]+as[ \t]+\w+)?"
_IMPORT = re.compile(rf"^([ \t]*)import[ \t]+({_MODULE}(?:[ \t]*,[ \t]*{_MODULE})*){_COMMENT}")
_FROM = re.compile(rf"^([ \t]*)from[ \t]+([\w.]+)[ \t]+import[ \t]+(\*|{_AS}(?:[ \t]*,[ \t]*{_AS})*){_COMMENT}")


def without_absent(program: Program, run: Run) -> tuple[Program, Text] | None:
    """The file without such imports, line for line, and a word on them; None where they were not the cause.

    run: of the file as it is.
    """
    if program.template is not None or run.message is None or not _MISSING.match(run.message.en):
        return None
    text, found = stand_ins(program.whole)
    return (replace(program, source=text.encode("utf-8", "surrogatepass")), left_out(found)) if found else None


def still_needed(run: Run) -> bool:
    """Whether the file, run without them, misses what it imported."""
    errors = [result.error.en for result in run.results if result.error is not None]
    return run.outcome != "ok" or any(_USED in error for error in errors)


def stand_ins(text: str) -> tuple[str, Mapping[int, str]]:
    """The text with `plt = None` for each import of what is not there, and which those are: line → module.

    >>> stand_ins("import numpy as np\\nimport matplotlib.pyplot as plt")
    ('import numpy as np\\nplt = None', {2: 'matplotlib.pyplot'})
    """
    lines, found = text.split("\n"), dict[int, str]()
    for number, line in enumerate(lines, start=1):
        if match := _IMPORT.match(line):
            modules = [part.split() for part in match[2].split(",")]
            absent = [words for words in modules if not _is_there(words[0])]
            kept = [f"import {' '.join(words)}" for words in modules if words not in absent]
            names = [words[2] if len(words) == 3 else words[0].partition(".")[0] for words in absent]
        elif (match := _FROM.match(line)) and not _is_there(match[2]):
            absent, kept = [[match[2]]], []
            names = [] if match[3] == "*" else [part.split()[-1] for part in match[3].split(",")]
        else:
            continue
        if absent:
            found[number] = ", ".join(words[0] for words in absent)
            lines[number - 1] = match[1] + "; ".join([*kept, " = ".join([*names, "None"])])
    return "\n".join(lines), found


def _is_there(module: str) -> bool:
    name = module.partition(".")[0]
    return not name or name in sys.stdlib_module_names or name in ("numpy", "quizdl")


def left_out(found: Mapping[int, str]) -> Text:
    """A word on the imports that were left out."""
    ja = "、".join(f"{name}({line} 行目)" for line, name in found.items())
    en = ", ".join(f"{name} (line {line})" for line, name in found.items())
    return Text(
        f"採点環境にないため、次の import は読み飛ばしました: {ja}。使えるのは NumPy と標準ライブラリです。",
        f"Left out, since it is not there while grading: {en}. NumPy and the standard library are.",
    )
