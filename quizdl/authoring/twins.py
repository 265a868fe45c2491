"""Twins ask the same once for each framework: each names the other, and they differ in nothing that an exam counts."""

from __future__ import annotations

from collections.abc import Sequence

from quizdl.authoring.subject import Subject
from quizdl.model import Question
from quizdl.text import Text

_HINT = Text(
    "twin には、もう一方のフレームワークで同じことを問う問題の id を、互いに書いてください。",
    "Both questions give each other's id as twin, and each its own framework.",
)


def check_twins(subjects: Sequence[Subject]) -> None:
    """Report a `twin` that is no question of the other framework, of the same kind and level, naming it back.

    subjects: those of the whole bank; the twin may lie in another file.
    """
    questions = {subject.question.id: subject.question for subject in subjects}
    for subject in subjects:
        name = subject.question.twin
        if name is not None and (slip := _slip(subject.question, name, questions.get(name))) is not None:
            subject.fault(("twin",), slip, _HINT)


def _slip(one: Question, name: str, other: Question | None) -> Text | None:
    """What is wrong between a question and the twin that it names; None where all is well."""
    if one.framework is None:
        return Text("twin がありますが framework がありません。", "It has a twin and no framework.")
    if other is None:
        return Text(f"twin「{name}」という問題はありません。", f"There is no question '{name}', its twin.")
    if other.framework is None or other.framework == one.framework:
        return Text(
            f"twin「{name}」はもう一方のフレームワークの問題ではありません。",
            f"Its twin '{name}' is not of the other framework.",
        )
    if other.twin != one.id:
        return Text(f"twin「{name}」がこの問題を twin としていません。", f"Its twin '{name}' does not name it back.")
    if (other.kind, other.level) != (one.kind, one.level):
        return Text(
            f"twin「{name}」は種類か難しさが違います（{one.kind}・{one.level} と {other.kind}・{other.level}）。",
            f"Its twin '{name}' is {other.kind}, {other.level}; it is {one.kind}, {one.level} itself.",
        )
    return None
