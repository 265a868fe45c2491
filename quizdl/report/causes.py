"""Why answers were not right, in a few groups: what the grader named, put together for those who want to do better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from quizdl.model import Past
from quizdl.text import Text

CAUSES: dict[str, Text] = {
    "known": Text("問題ごとに知られた間違い", "a mistake known for the question"),
    "shape": Text("形状・軸", "shapes and axes"),
    "sign": Text("符号・係数", "a sign or a factor"),
    "counting": Text("1 つずれ・数え間違い", "off by one, miscounted"),
    "rounding": Text("丸め・整数の割り算", "rounding, division of whole numbers"),
    "mean": Text("平均と和", "a mean for a sum"),
    "forgotten": Text("書き忘れ", "something left out"),
    "almost": Text("惜しい用語", "almost the right word"),
    "program": Text("プログラムが動かない", "the program does not run"),
    "partly": Text("一部だけ正しい", "only partly right"),
    "unnamed": Text("原因が分からない誤答", "wrong without a known cause"),
}
"""The groups, in the order in which equal counts are listed."""

_GENERIC = {
    "shape": "transposed reversed flattened axis_of_one axes wrong_axis whole_array results_swapped",
    "sign": "sign factor percent constant_offset reciprocal complement squared square_root absolute",
    "counting": "off_by_one",
    "rounding": "rounding rounded truncated integer_division true_division float16",
    "mean": "sum_not_mean mean_not_sum sample_variance",
    "forgotten": "forgotten_bias forgotten_input no_return prints_instead returned_input",
}
_OF_GENERIC = {f"generic:{name}": group for group, names in _GENERIC.items() for name in names.split()}
_OF_VERDICT = {
    "near_miss": "almost",
    "partial": "partly",
    "syntax_error": "program",
    "runtime_error": "program",
    "timeout": "program",
    "memory_limit": "program",
    "output_limit": "program",
    "forbidden": "program",
}


class Cause(msgspec.Struct, frozen=True):
    """A group of CAUSES and how many answers it cost."""

    name: str
    count: int


def causes(history: Iterable[Past]) -> tuple[Cause, ...]:
    """The commonest first; answers taken back, and those that could not be read, count nowhere."""
    counts = Counter(
        _cause(past)
        for past in history
        if not past.undone and past.verdict not in ("correct", "unreadable", "grader_error")
    )
    places = list(CAUSES)
    return tuple(
        Cause(name, counts[name]) for name in sorted(counts, key=lambda one: (-counts[one], places.index(one)))
    )


def group_of(mistake: str) -> Text | None:
    """The group of a `generic:<name>`; None of any other name."""
    return CAUSES[_OF_GENERIC[mistake]] if mistake in _OF_GENERIC else None


def _cause(past: Past) -> str:
    if past.mistake:
        return _OF_GENERIC.get(past.mistake, "unnamed") if past.mistake.startswith("generic:") else "known"
    return _OF_VERDICT.get(past.verdict, "unnamed")
