"""What `answer` and `submit` share: grade one answer, keep it, show it, and choose the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from quizdl.cli.language import current
from quizdl.cli.recording import attempt_of, keep, new_id
from quizdl.model import Answer, Asked, Code, Outcome, Verdict
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.sandbox import Sandbox


def exit_code(verdict: Outcome) -> int:
    """0 for full marks, 3 where the grader failed, else 1."""
    return {"correct": 0, "grader_error": 3}.get(verdict, 1)


def grade_once(
    asked: Asked,
    answer: Answer,
    *,
    mode: Literal["answer", "submit"],
    input_seed: int | None,
    as_json: bool,
    sandbox: Sandbox | None = None,
) -> int:
    """Grade, record and print one answer; returns the exit code. sandbox: one that is warm already."""
    verdict = _grade(asked, answer, input_seed, sandbox)
    keep(attempt_of(asked, answer, verdict, mode=mode, session=new_id()))
    if as_json:
        from quizdl.cli.objects import print_json, verdict_object

        print_json(verdict_object(asked, verdict, current()))
    else:
        _print(asked, verdict)
    return exit_code(verdict.verdict)


def _grade(asked: Asked, answer: Answer, input_seed: int | None, warm: Sandbox | None) -> Verdict:
    if warm is not None or not isinstance(asked.question, Code):
        from quizdl.grading import grade

        return grade(asked, answer, input_seed=input_seed, sandbox=warm)
    from quizdl.sandbox import Sandbox

    with Sandbox() as sandbox:
        sandbox.start()  # it imports NumPy in its own process while this one imports its grader
        from quizdl.grading import grade

        return grade(asked, answer, input_seed=input_seed, sandbox=sandbox)


def _print(asked: Asked, verdict: Verdict) -> None:
    from quizdl.screen.console import make_console
    from quizdl.screen.verdict import render_verdict

    console = make_console()
    console.print(render_verdict(asked, verdict, current(), explain=verdict.verdict == "correct"))
    if verdict.verdict not in ("correct", "grader_error"):
        name = asked.question.id
        label = Text("次に: ", "Next: ").of(current())
        console.print(f"{label}quizdl hint {name}  ·  quizdl solution {name}")
