"""Does quizdl slow down as a bank grows? The same commands with 500, 5,000 and 50,000 questions in a bank of one's own.

python -m benchmarks.banks [ROUNDS]
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, in_turns, milliseconds, process, ratio
from quizdl.paths import bank_root
from quizdl.text import Text, same

SIZES = (500, 5_000, 50_000)
ALLOWED_MS = 1000.0
_NAMES = re.compile(r"^((?:\s*- |  )?(?:id|set|twin): *)([a-z0-9-]+)$", re.MULTILINE)
_KIND = re.compile(r"^ *kind: ", re.MULTILINE)


def grown(folder: Path, questions: int) -> Path:
    """A bank of about so many questions: the shipped files over and over, each copy's ids with a number of its own.

    Without the files that ask for code, whose solutions would have to be copied too.
    """
    files = {path: text for path, text in _files().items() if "kind: code" not in text}
    total, copy = 0, 0
    while total < questions:
        for path, text in files.items():
            if total >= questions:
                break
            target = folder / "questions" / path.parent.name / f"{path.stem}_{copy}.yaml"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_NAMES.sub(rf"\g<1>\g<2>-{copy}", text), encoding="utf-8")
            total += len(_KIND.findall(text))
        copy += 1
    return folder


def _files() -> dict[Path, str]:
    folder = bank_root() / "questions"
    return {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/*.yaml"))}


def figures(rounds: int) -> list[Figure]:
    """Every command with every bank, beside the imports that any such program pays for."""
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for size in SIZES:
            bank, home = grown(work / f"of{size}", size), str(work / f"home{size}")
            began = time.perf_counter()
            process("-m", "quizdl", "list", "--bank", str(bank), home=home)()
            first = time.perf_counter() - began
            found += _with(bank, size, home, first, rounds)
    return found


def _with(bank: Path, size: int, home: str, first: float, rounds: int) -> list[Figure]:
    floor = "import typer, rich, yaml"
    last = {
        Text(f"`quizdl list`、{size:,} 問", f"`quizdl list`, {size:,} questions"): ("list",),
        Text(f"`quizdl list --json`、{size:,} 問", f"`quizdl list --json`, {size:,} questions"): ("list", "--json"),
        Text(f"`quizdl practice --day 3`、{size:,} 問", f"`quizdl practice --day 3`, {size:,} questions"): (
            "practice",
            "--day",
            "3",
        ),
        Text(f"`quizdl practice --due`、{size:,} 問", f"`quizdl practice --due`, {size:,} questions"): (
            "practice",
            "--due",
        ),
    }
    runs = {floor: process("-c", floor, home=home)}
    runs |= {what.en: process("-m", "quizdl", *words, "--bank", str(bank), home=home) for what, words in last.items()}
    for run in runs.values():  # files that were written a moment ago are read once more, as no stamp vouches for them
        run()
    times = in_turns(runs, rounds)
    said = same(f'`python -c "{floor}"`')
    built = Text(
        f"初回の `quizdl list`（索引を作る）、{size:,} 問",
        f"The first `quizdl list` (builds the index), {size:,} questions",
    )
    once = first / (sum(times[floor]) / rounds)
    return [
        Figure("banks", built, said, (once, once, once), (1000 * first, 1000 * first)),
        *(
            Figure(
                "banks",
                what,
                said,
                ratio(times[what.en], times[floor]),
                milliseconds(times[what.en]),
                allowed=ALLOWED_MS if words[0] == "list" else None,
            )
            for what, words in last.items()
        ),
    ]


if __name__ == "__main__":
    from benchmarks.table import printed

    printed(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
