"""In a session on a real terminal: from the Enter key to the next question, and to the verdict on code.

python -m benchmarks.session [QUESTIONS]

The floor is a program of three lines in the same kind of terminal, which answers every line with one of its own.
"""

from __future__ import annotations

import os
import select
import sys
import tempfile
import time

from benchmarks.figures import PYTHON, Figure, milliseconds, ratio
from quizdl.text import Text

ECHO = "import sys\nfor line in iter(lambda: input('> '), 'q'):\n    print(line)"
NEXT_QUESTION_MS = 50.0
VERDICT_MS = 400.0
FILLS = {
    "gradient-clipping": "gradient * rate",
    "lstm-cell-state": "input_gate * a + forget_gate * c",
    "gru-update": "(1 - z) * h + z * h_bar",
    "birnn-concat": "np.concatenate([h_f, h_b], axis=1)",
    "embedding-lookup": "E.dot(w)",
}
PATIENCE = 60.0
PROMPT = "> "


class Terminal:
    """A program in a pseudo-terminal of 80 columns."""

    def __init__(self, home: str, *command: str) -> None:
        import pty  # there is none on Windows

        environment = {**os.environ, "QUIZDL_HOME": home, "TERM": "xterm", "COLUMNS": "80"}
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            os.execve(PYTHON, [PYTHON, *command], environment)  # noqa: S606 - the program that is timed
        self._unread = ""

    def prompted(self, after: str = "") -> str:
        """What was shown up to the next prompt, once `after` has been shown."""
        until = time.monotonic() + PATIENCE
        while after not in self._unread or not self._unread.endswith(PROMPT):
            if time.monotonic() > until:
                raise RuntimeError(f"no prompt after {self._unread[-400:]!r}")
            if select.select([self._master], [], [], 0.5)[0]:
                self._unread += os.read(self._master, 65536).decode("utf-8", "replace")
        shown, self._unread = self._unread, ""
        return shown

    def typed(self, line: str, after: str) -> float:
        """Seconds from the Enter key to the prompt that follows."""
        began = time.perf_counter()
        os.write(self._master, f"{line}\n".encode())
        self.prompted(after)
        return time.perf_counter() - began

    def end(self) -> None:
        """Hang up."""
        os.close(self._master)
        os.waitpid(self._pid, 0)


def figures(questions: int) -> list[Figure]:
    """Enter to the next question over so many questions; Enter to the verdict on a blank of code, warm."""
    with tempfile.TemporaryDirectory() as home:
        echo = Terminal(home, "-c", ECHO)
        echo.prompted()
        choices = Terminal(
            home, "-m", "quizdl", "practice", "--kind", "choice", "-n", str(questions + 1), "--seed", "1"
        )
        choices.prompted()
        pairs = [
            (choices.typed("a", f"{number}/{questions + 1}"), echo.typed("a", "a"))
            for number in range(2, questions + 2)
        ]
        choices.end()
        graded = [pair for _ in range(max(questions // 10, 1)) for pair in _code(home, echo)]
        echo.end()
    said = Text("1 行を返すだけの Python", "a Python that echoes a line")
    return [
        _figure(
            Text("Enter から次の問題まで（選択式）", "Enter to the next question, choice"),
            said,
            pairs,
            NEXT_QUESTION_MS,
        ),
        _figure(
            Text("Enter からコードの判定まで（練習中）", "Enter to the verdict on code, in practice"),
            said,
            graded,
            VERDICT_MS,
        ),
    ]


def _figure(what: Text, floor: Text, pairs: list[tuple[float, float]], allowed: float) -> Figure:
    times, floors = [one for one, _ in pairs], [one for _, one in pairs]
    return Figure("session", what, floor, ratio(times, floors), milliseconds(times), allowed=allowed)


def _code(home: str, echo: Terminal) -> list[tuple[float, float]]:
    """One session of the blanks of code; the first warms the sandbox and is not counted."""
    ids = [word for question in FILLS for word in ("--id", question)]
    session = Terminal(home, "-m", "quizdl", "practice", *ids)
    session.prompted()
    found = []
    for number, fill in enumerate(list(FILLS.values())[:-1], start=2):
        found.append((session.typed(fill, f"{number}/{len(FILLS)}"), echo.typed("a", "a")))
    session.end()
    return found[1:]


if __name__ == "__main__":
    from benchmarks.table import printed

    printed(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
