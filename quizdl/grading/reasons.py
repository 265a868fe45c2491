"""What explains wrong results by themselves: a known mistake, a generic cause, the key of other inputs."""

from __future__ import annotations

from collections.abc import Sequence

from quizdl.grading.behaviour import Causes
from quizdl.grading.causes import fitting_causes
from quizdl.grading.emulated import emulated_causes
from quizdl.grading.evidence import Failure, Observed, is_slow
from quizdl.grading.keys import lenient_keys_of
from quizdl.grading.prepared import Prepared
from quizdl.sandbox import Sandbox
from quizdl.text import Text


def by_results(prepared: Prepared, seen: Observed, wrong: Sequence[Failure], printed: str, sandbox: Sandbox) -> Causes:
    """The most particular kind of explanation that there is. printed: on the cases that may be shown.

    sandbox: for what `Prepared.is_settled` says is still to run. Raises GraderError.
    """
    known = prepared.recognise(seen)
    if known:
        return {mistake.id: _matched(mistake.why) for mistake in known}, True
    found = fitting_causes(wrong, printed)
    if found or is_slow(seen.results):
        return found, True
    return emulated_causes(seen, lenient_keys_of(prepared.asked, prepared.question, sandbox)), False


def _matched(why: Text) -> Text:
    return Text(
        f"すべての入力で、よくある誤りと同じ結果です。{why.ja}",
        f"On every input the result equals that of a known mistake. {why.en}",
    )
