"""What must hold of a question beyond the types of its fields: common rules here, those of one kind in `kinds.py`."""

from __future__ import annotations

import re
from collections.abc import Collection

from quizdl.bank import figures, kinds, placeholders
from quizdl.bank.faults import Faults
from quizdl.bank.formulas import RESERVED, check_formula
from quizdl.bank.nodes import Node, at
from quizdl.bank.texts import texts_of
from quizdl.model import Question, SharedStem, Variable
from quizdl.text import Text

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
_CHAPTER = re.compile(r"\d+(?:-\d+){1,3}", re.ASCII)


def check(question: Question, node: Node, faults: Faults) -> None:
    """Report every rule that a question breaks, at the place in its file."""
    _check_fields(question, node, faults)
    _check_variables(question, node, faults)
    _check_first(question, node, faults)
    _check_formulas(question, node, faults)
    _check_texts(question, node, faults)
    kinds.check(question, node, faults)
    figures.check_question_figure(question, node, kinds.known_values(question), faults)


def _check_fields(question: Question, node: Node, faults: Faults) -> None:
    if not _CHAPTER.fullmatch(question.chapter):
        faults.add(
            at(node, "chapter"),
            Text("chapter はシラバスの番号です。", "chapter is a number of the syllabus."),
            Text("例: chapter: '3-5-1'", "For example chapter: '3-5-1'."),
        )
    if not question.source:
        faults.add(
            at(node, "source"),
            Text("source が空です。", "source is empty."),
            Text("網羅表の id を書いてください（例: [d3-001]）。", "Name ids of the coverage list, such as [d3-001]."),
        )
    if question.points < 1:
        faults.add(
            at(node, "points"), Text("points は 1 以上です。", "points is at least 1."), Text("points: 1", "points: 1")
        )


def _check_variables(question: Question, node: Node, faults: Faults) -> None:
    for name in (*question.variables, *question.values):
        place = at(node, "variables" if name in question.variables else "values", name)
        if not _NAME.fullmatch(name) or name in RESERVED:
            faults.add(
                place,
                Text(f"「{name}」は変数名になりません。", f"'{name}' cannot name a value."),
                Text(
                    "e、pi、関数名以外の、英字で始まる名前にしてください。",
                    "Begin with a letter; e, pi and functions are taken.",
                ),
            )
        if name in question.variables and name in question.values:
            faults.add(
                place,
                Text(
                    f"「{name}」が variables と values の両方にあります。", f"'{name}' is in variables and in values."
                ),
                Text("どちらかの名前を変えてください。", "Rename one of the two."),
            )
    for name, variable in question.variables.items():
        problem = _variable_problem(variable)
        if problem is not None:
            faults.add(at(node, "variables", name), problem, _VARIABLE)


def _variable_problem(variable: Variable) -> Text | None:
    ways = [way for way in (variable.range, variable.choice, variable.uniform) if way is not None]
    if len(ways) != 1:
        return Text(
            f"range / choice / uniform のうち 1 つだけが必要ですが、{len(ways)} 個あります。",
            f"Exactly one of range, choice and uniform is needed, but there are {len(ways)}.",
        )
    if variable.choice is not None and not variable.choice:
        return Text("choice が空です。", "choice is empty.")
    for bounds in (variable.range, variable.uniform):
        if bounds is not None and bounds[0] >= bounds[1]:
            return Text("下限は上限より小さくします。", "The low end must be below the high end.")
    if not 0 <= variable.digits <= 12:
        return Text("digits は 0 から 12 です。", "digits is 0 to 12.")
    return None


_VARIABLE = Text(
    "例: {range: [2, 9]}、{choice: [1, 2]}、{uniform: [0, 1], digits: 2}",
    "For example {range: [2, 9]}, {choice: [1, 2]} or {uniform: [0, 1], digits: 2}.",
)


def _check_first(question: Question, node: Node, faults: Faults) -> None:
    """`first` gives every variable, nothing else, and values that could have been drawn."""
    for name in question.variables:
        if name not in question.first:
            faults.add(
                at(node, "first") if question.first else at(node, "variables", name),
                Text(f"first に「{name}」の値がありません。", f"first gives no value for '{name}'."),
                Text("シード 0 で使う値をすべて書いてください。", "Give every variable the value that seed 0 takes."),
            )
    for name, value in question.first.items():
        variable = question.variables.get(name)
        if variable is None:
            faults.add(
                at(node, "first", name),
                Text(f"first の「{name}」は variables にありません。", f"'{name}' in first is not in variables."),
                Text("variables に加えるか、ここから消してください。", "Add it to variables, or delete it here."),
            )
        elif _variable_problem(variable) is None and not can_draw(variable, value):
            faults.add(
                at(node, "first", name),
                Text(f"{name} = {value} は引かれ得ない値です。", f"{name} = {value} could never be drawn."),
                Text("variables の範囲内の値にしてください。", "Choose a value that its variable allows."),
            )


def can_draw(variable: Variable, value: int | float | str) -> bool:
    """Whether this value is one that the variable may take."""
    if variable.choice is not None:
        return any(value == one and type(value) is type(one) for one in variable.choice)
    if isinstance(value, str):
        return False
    if variable.range is not None:
        return isinstance(value, int) and variable.range[0] <= value <= variable.range[1]
    low, high = variable.uniform or (0.0, 0.0)
    return low <= value <= high and round(value, variable.digits) == value


def _check_formulas(question: Question, node: Node, faults: Faults) -> None:
    """`values` may name variables and earlier values, `where` all of them."""
    known = [name for name, one in question.variables.items() if not any(isinstance(v, str) for v in one.choice or ())]
    for name, formula in question.values.items():
        check_formula(formula, at(node, "values", name), known, faults)
        known.append(name)
    for index, formula in enumerate(question.where):
        check_formula(formula, at(node, "where", index), known, faults)


def _check_texts(question: Question, node: Node, faults: Faults) -> None:
    known = {*question.variables, *question.values}
    _check_placeholders(question, node, known, faults)
    if question.code is not None and (found := placeholders.problem(question.code, known, code=True)):
        faults.add(at(node, "code"), *found)


def check_stem(stem: SharedStem, node: Node, faults: Faults) -> None:
    """A set's stem stands over several questions, each with values of its own: it can name none of them."""
    _check_placeholders(stem, node, (), faults)
    figures.check_shared_figure(stem.figure, node, faults)


def _check_placeholders(record: object, node: Node, known: Collection[str], faults: Faults) -> None:
    for path, text in texts_of(record):
        sentences = {"ja": text.ja} if text.ja == text.en else {"ja": text.ja, "en": text.en}
        for lang, sentence in sentences.items():
            found = placeholders.problem(sentence, known)
            if found is not None:
                faults.add(at(node, *path, lang), *found)
