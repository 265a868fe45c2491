"""What a job came to: the conversation and the way the process ended, judged together. Pure."""

from __future__ import annotations

import signal

from quizdl.sandbox import messages
from quizdl.sandbox.conversation import Conversation
from quizdl.sandbox.lost import ServerLostError
from quizdl.sandbox.records import Ending, Limits, Run, RunOutcome
from quizdl.sanitise import printable
from quizdl.text import Text

_CPU_SIGNAL = int(getattr(signal, "SIGXCPU", 24))
_FILTER_SIGNAL = int(getattr(signal, "SIGSYS", 31))


def run_of(conversation: Conversation, ending: Ending, limits: Limits) -> Run:
    """The run. Raises ServerLostError where the process failed before it reached the learner's code."""
    if conversation.phase == "start":
        printed = ending.hidden.decode("utf-8", "replace").strip()
        raise ServerLostError(printed.rpartition("\n")[2] or f"{ending.cause} {ending.exit_code} {ending.signal}")
    outcome, message = _judge(conversation, ending, limits)
    return Run(
        outcome=outcome,
        results=tuple(conversation.results),
        message=message,
        line=conversation.line,
        path=conversation.path,
        stdout=printable(ending.stdout.decode("utf-8", "replace")),
        seconds=ending.seconds,
        cpu=ending.cpu,
        isolation=conversation.isolation,
        loaded=conversation.phase == "calling",
    )


def _judge(conversation: Conversation, ending: Ending, limits: Limits) -> tuple[RunOutcome, Text | None]:
    if conversation.answered:
        return "ok", None
    if ending.cause == "forged":
        return "forbidden", messages.forged()
    if ending.cause == "output":
        return "output_limit", messages.too_much_output(limits)
    if conversation.outcome is not None:
        return conversation.outcome, conversation.message
    if ending.cause == "wall" or _ran_out_of_cpu(ending, limits):
        return "timeout", messages.timeout(limits)
    if ending.signal == _FILTER_SIGNAL:
        return "forbidden", messages.killed_by_filter()
    if conversation.phase == "compiling":
        return "syntax_error", messages.too_nested()
    return "runtime_error", messages.vanished(ending.exit_code, ending.signal)


def _ran_out_of_cpu(ending: Ending, limits: Limits) -> bool:
    """SIGXCPU at the soft limit; SIGKILL at the hard one, for code that blocks the first."""
    if ending.signal is None:
        return False
    return ending.signal == _CPU_SIGNAL or (ending.signal == signal.SIGKILL and ending.cpu >= limits.cpu)
