"""Worked answers to code questions: a file of its own for a whole function, the filled template for one blank."""

from __future__ import annotations

from pathlib import Path

from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Mapping
from quizdl.errors import InputError
from quizdl.model import Code, Question
from quizdl.text import Text

BLANK = "____"
"""What stands in a template where the learner's expression goes."""

_MAX_BYTES = 64 << 10


def solution_of(question: Question) -> str:
    """The worked answer to a code question, as a learner reads it. Raises InputError for other kinds."""
    if not isinstance(question, Code):
        raise InputError(
            Text(f"「{question.id}」はコード問題ではありません。", f"'{question.id}' is not a code question."),
            Text(f"quizdl show {question.id}", f"quizdl show {question.id}"),
            question.id,
        )
    return question.solution if question.answer is None else filled(question.template, question.answer)


def changed(question: Code, change: dict[str, str]) -> str:
    """The worked answer with each old text replaced, once, by its new one: a known wrong program."""
    source = solution_of(question)
    for old, new in change.items():
        source = source.replace(old, new, 1)
    return source


def filled(template: str, fill: str) -> str:
    """The template with its blank filled, in parentheses only where these change what the program means."""
    bare, safe = template.replace(BLANK, fill), template.replace(BLANK, f"({fill})")
    return bare if _same_program(bare, safe) else safe


def _same_program(one: str, other: str) -> bool:
    import ast  # 5 ms, wanted only where a solution is shown or proved

    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def solution_folder(bank_file: Path) -> Path:
    """The folder of `solutions/` that mirrors a bank file's folder."""
    resolved = bank_file.resolve()
    return resolved.parents[2] / "solutions" / resolved.parent.name if len(resolved.parents) > 2 else resolved.parent


def solution_name(question_id: str) -> str:
    """The file name of a whole function's worked answer.

    >>> solution_name("lstm-step")
    'lstm_step.py'
    """
    return question_id.replace("-", "_") + ".py"


def read_solution(question: Code, bank_file: Path, node: Mapping, faults: Faults) -> str:
    """The source of a whole function's worked answer; a missing, oversized or unreadable one is reported."""
    path = solution_folder(bank_file) / solution_name(question.id)
    short = f"solutions/{path.parent.name}/{path.name}"
    try:
        with path.open("rb") as file:
            source = file.read(_MAX_BYTES + 1)
        if len(source) <= _MAX_BYTES:
            return source.decode("utf-8-sig").replace("\r\n", "\n")
        problem = Text(f"解答ファイル {short} が 64 KiB を超えています。", f"The solution file {short} is over 64 KiB.")
    except FileNotFoundError:
        problem = Text(f"解答ファイル {short} がありません。", f"The solution file {short} does not exist.")
    except (OSError, UnicodeDecodeError):
        problem = Text(f"解答ファイル {short} を読めません。", f"The solution file {short} cannot be read.")
    hint = Text(
        f"模範解答を {short} に書くか、1 か所の空欄なら answer: を書いてください。",
        f"Write the worked answer in {short}; for a single blank, write answer: instead.",
    )
    faults.add(node.entries["id"], problem, hint)
    return ""
