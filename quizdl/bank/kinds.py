"""What must hold of a question of each kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from quizdl.bank.backward import check_gradient_of
from quizdl.bank.faults import Faults
from quizdl.bank.formulas import RESERVED, check_formula
from quizdl.bank.nodes import Node, at
from quizdl.bank.solutions import BLANK, solution_of
from quizdl.model import Choice, Code, CodeMistake, Essay, Expression, Numeric, Order, Question, Shape, Term, Words
from quizdl.text import Text

RIGHT_ID = "key"
"""The id that the right option gets in an exam form; no mistake may take it."""

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_SYMBOL = re.compile(r"[^\W\d]\w*")


def check(question: Question, node: Node, faults: Faults) -> None:
    """Report the rules of its kind that a question breaks."""
    mistakes: Sequence[Any] = getattr(question, "mistakes", ())
    _check_ids((mistake.id for mistake in mistakes), node, "mistakes", faults)
    for index, mistake in enumerate(mistakes):
        if mistake.id == RIGHT_ID:
            faults.add(
                at(node, "mistakes", index, "id"),
                Text(
                    f"「{RIGHT_ID}」は正解を表す id なので使えません。", f"'{RIGHT_ID}' is the id of the right answer."
                ),
                Text("間違いを表す名前にしてください。", "Name the mistake after what was done."),
            )
    _CHECKS[type(question)](question, node, faults)


def _check_ids(ids: Iterable[str], node: Node, field: str, faults: Faults) -> None:
    """Ids within one list are kebab-case and different from one another."""
    seen: set[str] = set()
    for index, one in enumerate(ids):
        place = at(node, field, index, "id")
        if not _ID.fullmatch(one):
            faults.add(
                place,
                Text(
                    "id は英小文字・数字をハイフンでつないだ kebab-case です。",
                    "An id is kebab-case: lower-case words and hyphens.",
                ),
                Text("例: forgot-padding", "For example forgot-padding."),
            )
        if one in seen:
            faults.add(
                place,
                Text(f"id「{one}」がこのリストに 2 回あります。", f"The id '{one}' is in this list twice."),
                Text("別の id を付けてください。", "Give each an id of its own."),
            )
        seen.add(one)


def known_values(question: Question) -> list[str]:
    """The names that a formula of the question may use: numeric variables and values."""
    texts = {name for name, one in question.variables.items() if any(isinstance(v, str) for v in one.choice or ())}
    return [name for name in (*question.variables, *question.values) if name not in texts]


def _check_choice(question: Choice, node: Node, faults: Faults) -> None:
    _check_ids((option.id for option in question.options), node, "options", faults)
    right = sum(option.correct for option in question.options)
    if len(question.options) < 2 or not right or right == len(question.options):
        faults.add(
            at(node, "options"),
            Text(
                f"正しい選択肢と誤った選択肢が 1 つ以上ずつ必要です（{len(question.options)} 個中 {right} 個が正解）。",
                f"At least one right and one wrong option are needed; of {len(question.options)}, {right} are right.",
            ),
            Text("正しい選択肢に correct: true を付けてください。", "Mark the right option with correct: true."),
        )
    for index, option in enumerate(question.options):
        if not option.correct and option.why is None:
            faults.add(
                at(node, "options", index),
                Text(
                    f"誤った選択肢「{option.id}」に why がありません。", f"The wrong option '{option.id}' has no why."
                ),
                Text("why: {ja: …, en: …} で誤りの理由を書いてください。", "Say why it is wrong: why: {ja: …, en: …}."),
            )


def _check_numeric(question: Numeric, node: Node, faults: Faults) -> None:
    known = known_values(question)
    check_formula(question.answer, at(node, "answer"), known, faults)
    for index, mistake in enumerate(question.mistakes):
        check_formula(mistake.answer, at(node, "mistakes", index, "answer"), known, faults)
    if question.tolerance.rel < 0 or question.tolerance.abs < 0 or question.tolerance.rel >= 1:
        faults.add(
            at(node, "tolerance"),
            Text(
                "許容誤差は rel が 0 以上 1 未満、abs が 0 以上です。",
                "A tolerance has rel from 0 to below 1, and abs from 0.",
            ),
            Text("例: {rel: 0.01}", "For example {rel: 0.01}."),
        )


def _check_shape(question: Shape, node: Node, faults: Faults) -> None:
    known = known_values(question)
    if not question.answer:
        faults.add(
            at(node, "answer"), Text("軸がありません。", "There is no axis."), Text("例: [k, k]", "For example [k, k].")
        )
    for axis, formula in enumerate(question.answer):
        check_formula(formula, at(node, "answer", axis), known, faults)
    for index, mistake in enumerate(question.mistakes):
        for axis, formula in enumerate(mistake.answer):
            check_formula(formula, at(node, "mistakes", index, "answer", axis), known, faults)


def _check_expression(question: Expression, node: Node, faults: Faults) -> None:
    values = known_values(question)
    for name in question.symbols:
        if not _SYMBOL.fullmatch(name) or name in values or name in RESERVED:
            faults.add(
                at(node, "symbols", name),
                Text(f"「{name}」は記号の名前にできません。", f"'{name}' cannot name a symbol."),
                Text(
                    "文字で始まり、変数・関数・e・pi と重ならない名前にしてください。",
                    "Begin with a letter; e, pi, functions and variables are taken.",
                ),
            )
    known = [*question.symbols, *values]
    check_formula(question.answer, at(node, "answer"), known, faults, integers=False)
    for index, mistake in enumerate(question.mistakes):
        check_formula(mistake.answer, at(node, "mistakes", index, "answer"), known, faults, integers=False)


def _check_term(question: Term, node: Node, faults: Faults) -> None:
    _check_words(question.accept, at(node, "accept"), faults)
    for index, mistake in enumerate(question.mistakes):
        _check_words(mistake.accept, at(node, "mistakes", index, "accept"), faults)
        shared = {*question.accept.ja, *question.accept.en} & {*mistake.accept.ja, *mistake.accept.en}
        for word in sorted(shared):
            faults.add(
                at(node, "mistakes", index, "accept"),
                Text(f"「{word}」は正解の語でもあります。", f"'{word}' is also an accepted word."),
                Text("どちらか一方から消してください。", "Delete it from one of the two."),
            )


def _check_words(words: Words, place: Node, faults: Faults) -> None:
    for lang, some in (("ja", words.ja), ("en", words.en)):
        if not some or not all(word.strip() for word in some):
            faults.add(
                at(place, lang),
                Text(f"{lang} の語が空です。", f"There is an empty word, or none, in {lang}."),
                Text("例: {ja: [忘却ゲート], en: [forget gate]}", "For example {ja: [忘却ゲート], en: [forget gate]}."),
            )


def _check_order(question: Order, node: Node, faults: Faults) -> None:
    count = len(question.steps)
    if count < 2:
        faults.add(at(node, "steps"), Text("手順は 2 つ以上必要です。", "At least two steps are needed."), _STEPS)
    for index, group in enumerate(question.free):
        if not _is_run(group, count):
            faults.add(
                at(node, "free", index),
                Text("free の組は連続した手順の番号です。", "A group of free is a run of neighbouring step numbers."),
                Text("例: free: [[2, 3]]", "For example free: [[2, 3]]."),
            )
    if any(len(group) == count for group in question.free):
        faults.add(at(node, "free"), Text("すべての順序が正解になります。", "Every order would be right."), _STEPS)
    for index, mistake in enumerate(question.mistakes):
        if sorted(mistake.order) != list(range(1, count + 1)):
            faults.add(
                at(node, "mistakes", index, "order"),
                Text(f"order は 1 から {count} を 1 回ずつ並べたものです。", f"order lists 1 to {count}, each once."),
                Text("手順の番号を並べ直してください。", "Put the steps' numbers in the order people give."),
            )
        elif is_right_order(mistake.order, question.free):
            faults.add(
                at(node, "mistakes", index, "order"), Text("この順序は正解です。", "This order is right."), _STEPS
            )


_STEPS = Text("steps と free を見直してください。", "Look at steps and free again.")


def _is_run(group: Sequence[int], count: int) -> bool:
    low = min(group, default=0)
    return len(group) > 1 and low >= 1 and max(group) <= count and sorted(group) == list(range(low, low + len(group)))


def is_right_order(order: Sequence[int], free: Iterable[Sequence[int]]) -> bool:
    """Whether steps stand in the right order (1, 2, 3, …) but for those that may change places within their group."""
    first = {step: min(group) for group in free for step in group}
    places = [first.get(step, step) for step in order]
    return places == sorted(places)


def _check_code(question: Code, node: Node, faults: Faults) -> None:
    _check_template(question, node, faults)
    check_gradient_of(question, node, faults)
    for name, (low, high) in question.dims.items():
        if not 0 <= low <= high:
            faults.add(
                at(node, "dims", name),
                Text("寸法は [下限, 上限] で、0 以上です。", "A size is [low, high], from 0."),
                Text("例: {B: [1, 4]}", "For example {B: [1, 4]}."),
            )
    for index, edge in enumerate(question.edges):
        different = set(edge) ^ set(question.inputs)
        if different:
            names = ", ".join(sorted(different))
            faults.add(
                at(node, "edges", index),
                Text(f"inputs と引数が一致しません: {names}", f"The arguments are not those of inputs: {names}."),
                Text("すべての引数に値を書いてください。", "Give every argument a value."),
            )
    for index, mistake in enumerate(question.mistakes):
        problem = _mistake_problem(question, mistake)
        if problem is not None:
            faults.add(at(node, "mistakes", index), *problem)


def _check_template(question: Code, node: Node, faults: Faults) -> None:
    blanks, wanted = question.template.count(BLANK), 0 if question.answer is None else 1
    if blanks != wanted:
        faults.add(
            at(node, "template"),
            Text(
                f"template には {BLANK} が {wanted} 個必要ですが、{blanks} 個あります。",
                f"The template needs {wanted} × {BLANK} but has {blanks}.",
            ),
            Text(
                f"1 か所の空欄なら {BLANK} と answer: を、関数全体なら解答ファイルを書いてください。",
                f"For one blank write {BLANK} and answer:, for a whole function a solution file.",
            ),
        )
    if not question.function.isidentifier() or f"def {question.function}(" not in question.template:
        faults.add(
            at(node, "function"),
            Text("template がこの名前の関数を定義していません。", "The template defines no function of this name."),
            Text("template の def と function: をそろえてください。", "Make function: agree with the template's def."),
        )


def _mistake_problem(question: Code, mistake: CodeMistake) -> tuple[Text, Text] | None:
    if (mistake.fill is None) == (mistake.change is None):
        return Text("fill か change のどちらか一方が必要です。", "Exactly one of fill and change is needed."), _CHANGE
    if mistake.fill is not None:
        whole = Text("関数全体の問題では fill は使えません。", "A whole function has no blank to fill.")
        return (whole, _CHANGE) if question.answer is None else None
    source = solution_of(question)
    for old in mistake.change or {}:
        if source.count(old) != 1:
            return (
                Text(
                    f"「{old}」は模範解答に {source.count(old)} 回現れます。",
                    f"'{old}' occurs {source.count(old)} times in the solution.",
                ),
                Text(
                    "ちょうど 1 回現れる、もう少し長い文字列にしてください。",
                    "Choose a longer text, one that occurs exactly once.",
                ),
            )
    return None


_CHANGE = Text("例: change: {'old': 'new'}", "For example change: {'old': 'new'}.")


def _check_essay(question: Essay, node: Node, faults: Faults) -> None:
    if not question.rubric:
        faults.add(
            at(node, "rubric"),
            Text("採点項目がありません。", "There is no rubric point."),
            Text("rubric: [{id: …}]", "rubric: [{id: …}]"),
        )
    _check_ids((point.id for point in question.rubric), node, "rubric", faults)
    for index, point in enumerate(question.rubric):
        _check_words(point.phrases, at(node, "rubric", index, "phrases"), faults)


_CHECKS: dict[type, Callable[[Any, Node, Faults], None]] = {
    Choice: _check_choice,
    Numeric: _check_numeric,
    Shape: _check_shape,
    Expression: _check_expression,
    Term: _check_term,
    Order: _check_order,
    Code: _check_code,
    Essay: _check_essay,
}
