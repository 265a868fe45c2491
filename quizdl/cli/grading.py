"""What `answer` and `submit` share: grade one answer, keep it, show it, and choose the exit code."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal

from quizdl.cli.language import current
from quizdl.cli.recording import attempt_of, keep, new_id
from quizdl.model import Answer, Asked, Code, Outcome, Verdict
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.sandbox import Sandbox
    from quizdl.screen.page import Page


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
    with ExitStack() as stack:
        if sandbox is None and isinstance(asked.question, Code):
            sandbox = stack.enter_context(_starting())
        verdict = _grade(asked, answer, input_seed, sandbox)
        if sandbox is not None:
            sandbox.dismiss()
        keep(attempt_of(asked, answer, verdict, mode=mode, session=new_id()))
        print_verdict(asked, verdict, as_json=as_json)
    return exit_code(verdict.verdict)


def grade_and_keep(
    asked: Asked, answer: Answer, *, input_seed: int | None, sandbox: Sandbox, hints_used: int = 0
) -> Verdict:
    """Grade and record a submission, without printing anything."""
    verdict = _grade(asked, answer, input_seed, sandbox)
    keep(attempt_of(asked, answer, verdict, mode="submit", session=new_id(), hints_used=hints_used))
    return verdict


def _starting() -> Sandbox:
    """A sandbox that imports NumPy in its own process while this one imports its grader."""
    from quizdl.sandbox import Sandbox

    sandbox = Sandbox()
    sandbox.start()
    return sandbox


def _grade(asked: Asked, answer: Answer, input_seed: int | None, sandbox: Sandbox | None) -> Verdict:
    from quizdl.grading import grade

    return grade(asked, answer, input_seed=input_seed, sandbox=sandbox)


def verdict_page(asked: Asked, verdict: Verdict) -> Page:
    """What is shown of a verdict; the explanation only where nothing is left to find out."""
    from quizdl.cli.glossary import terms_of
    from quizdl.screen.verdict import render_verdict

    explain = verdict.verdict == "correct"
    terms = terms_of(asked) if explain else ()
    return render_verdict(asked, verdict, current(), explain=explain, terms=terms)


def print_verdict(asked: Asked, verdict: Verdict, *, as_json: bool) -> None:
    """Print a verdict for a person, or as one object."""
    if as_json:
        from quizdl.cli.objects import print_json, verdict_object

        print_json(verdict_object(asked, verdict, current()))
        return
    from quizdl.screen.console import make_console

    console = make_console()
    console.print(verdict_page(asked, verdict))
    if verdict.verdict not in ("correct", "grader_error"):
        name = asked.question.id
        label = Text("次に: ", "Next: ").of(current())
        trace = f"quizdl trace {name} FILE --input-seed {verdict.input_seed}  ·  " if _has_lines(asked, verdict) else ""
        console.print(f"{label}{trace}quizdl hint {name}  ·  quizdl solution {name}")


def _has_lines(asked: Asked, verdict: Verdict) -> bool:
    """Whether looking at the code line by line could show what is wrong."""
    return isinstance(asked.question, Code) and verdict.verdict in ("wrong", "partial", "runtime_error")
