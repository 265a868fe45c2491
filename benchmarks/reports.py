"""How long a mock exam's report takes, in every form, beside the import of the templates' library.

python -m benchmarks.reports [ROUNDS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, Timed, in_turns, milliseconds, process, ratio
from quizdl.text import Text, same

FLOOR = "import numpy, jinja2, rich"
FORMS = {
    Text("模試の採点結果を HTML にする（104 問）", "An exam's report as HTML, 104 questions"): (
        "--html",
        "report.html",
    ),
    Text("模試の採点結果を端末に出す（104 問）", "An exam's report on a pipe, 104 questions"): (),
    Text("模試の採点結果を JSON にする（104 問）", "An exam's report as JSON, 104 questions"): ("--json",),
}


def figures(rounds: int) -> list[Figure]:
    """One exam is taken through a pipe, with the first option all along; then its reports are made."""
    with tempfile.TemporaryDirectory() as home:
        process("-m", "quizdl", "exam", "--plain", "--seed", "1", home=home, data=b"a\n" * 104 + b"submit\n")()
        runs = {FLOOR: process("-c", FLOOR, home=home)}
        runs |= {what.en: _report(home, words) for what, words in FORMS.items()}
        times = in_turns(runs, rounds)
    return [
        Figure(
            "reports",
            what,
            same(f'`python -c "{FLOOR}"`'),
            ratio(times[what.en], times[FLOOR]),
            milliseconds(times[what.en]),
        )
        for what in FORMS
    ]


def _report(home: str, words: tuple[str, ...]) -> Timed:
    """A run of `report`; a page that an earlier run wrote is removed first."""
    run = process("-m", "quizdl", "report", *words, home=home, directory=home)

    def timed() -> None:
        (Path(home) / "report.html").unlink(missing_ok=True)
        run()

    return timed


if __name__ == "__main__":
    from benchmarks.table import printed

    printed(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
