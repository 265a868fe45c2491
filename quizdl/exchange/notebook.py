"""Questions as a Jupyter notebook: code is checked there on its public examples; the keys are at the end."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

from quizdl.exchange.literals import literal
from quizdl.exchange.markup import clean, escaped
from quizdl.exchange.parcel import Examples, Languages, Ledger, Parcel
from quizdl.exchange.statement import Drawing, key_texts, reasons_of, statement_of
from quizdl.model import Asked, Choice, Code, Order
from quizdl.text import Text

Cell: TypeAlias = dict[str, Any]

_TITLE = Text("quizdl の問題", "Questions from quizdl")
_RUN_FIRST = Text(
    "最初に次のセルを実行してください。コードの問題の確認に使います。",
    "Run the next cell first: the checks of the code questions use it.",
)
_KEYS = Text("解答と解説", "Answers and explanations")
_NO_CHECK = Text("公開の例がないため、確認のセルはありません", "it has no public examples, so there is no check")
_TOO_LARGE = Text("例が大きすぎるため、確認のセルはありません", "its examples are too large, so there is no check")
_WORDS = (
    Text("{} / {} 件の例で正解です。", "Right on {} of {} examples."),
    Text("例 {} が違います: {}", "Example {} is wrong: {}"),
    Text("例 {} でエラー: {}", "Example {} raised {}"),
)
MOST_CHARACTERS = 200_000
"""Of one check's examples; a notebook with more of them is slow to open."""

_MARKDOWN = re.compile(r"([\\*_\[\]#|~])")
_KEPT = re.compile(r"```.*?```|`[^`\n]+`|\$[^$]+\$", re.DOTALL)


def write_notebook(questions: Sequence[Asked], languages: Languages, examples: Examples) -> Parcel:
    """The notebook's bytes, nbformat 4.5."""
    writer = _Writer(languages, examples)
    cells = [*writer.cells(questions)]
    document = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    data = json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
    return writer.ledger.parcel(data, questions)


class _Writer:
    """Writes cells; each has an id that follows from its question, so that two exports can be compared."""

    def __init__(self, languages: Languages, examples: Examples) -> None:
        self._languages = languages
        self._examples = examples
        self.ledger = Ledger()

    def cells(self, questions: Sequence[Asked]) -> Iterator[Cell]:
        """Title, checks, questions, then the keys."""
        yield self._markdown("title", f"# {self._plain(_TITLE)}")
        if any(isinstance(asked.question, Code) for asked in questions):
            yield self._markdown("run-first", self._plain(_RUN_FIRST))
            yield _code("checks", Path(__file__).with_name("selfcheck.py").read_text(encoding="utf-8"))
        for number, asked in enumerate(questions, 1):
            yield from self._question(number, asked)
        yield self._markdown("keys", f"# {self._plain(_KEYS)}")
        for number, asked in enumerate(questions, 1):
            yield self._markdown(f"key {asked.question.id}", "\n\n".join(self._key(number, asked)))

    def _question(self, number: int, asked: Asked) -> Iterator[Cell]:
        question = asked.question
        yield self._markdown(f"question {question.id}", "\n\n".join(self._statement(number, asked)))
        if not isinstance(question, Code):
            yield _code(f"answer {question.id}", 'answer = ""\n')
            return
        yield _code(f"answer {question.id}", question.template)
        check = self._check(asked, question)
        if check is not None:
            yield _code(f"check {question.id}", check)

    def _statement(self, number: int, asked: Asked) -> Iterator[str]:
        yield f"## {number}. {_shielded(asked.question.id)}"
        for part in statement_of(asked, self._languages, template=False).parts:
            if isinstance(part, Text):
                yield self._both(part)
            elif isinstance(part, str):
                yield _fenced(part)
            else:
                yield from map(_picture, part)
        if isinstance(asked.question, Choice | Order):
            yield "\n".join(f"- **{one.letter}** {self._inline(one.text)}" for one in asked.options)

    def _key(self, number: int, asked: Asked) -> Iterator[str]:
        yield f"## {number}. {_shielded(asked.question.id)}"
        yield from map(self._both, key_texts(asked))
        yield self._both(asked.explanation)
        if reasons := reasons_of(asked):
            yield "\n".join(f"- {self._inline(one)}" for one in reasons)

    def _check(self, asked: Asked, question: Code) -> str | None:
        """The cell that runs the learner's function on the public examples."""
        examples = self._examples(question)
        if not examples:
            self.ledger.simplify(asked, _NO_CHECK)
            return None
        written = ",\n".join(f"    ({literal(one.inputs)}, {literal(one.expected)})" for one in examples)
        if len(written) > MOST_CHARACTERS:
            self.ledger.simplify(asked, _TOO_LARGE)
            return None
        words = tuple(self._plain(word) for word in _WORDS)
        return f"check({question.function}, [\n{written},\n], {words!r})\n"

    def _plain(self, text: Text) -> str:
        return text.of(self._languages[0])

    def _both(self, text: Text) -> str:
        return "\n\n".join(dict.fromkeys(_prose(text.of(lang)) for lang in self._languages))

    def _inline(self, text: Text) -> str:
        return " / ".join(dict.fromkeys(_prose(text.of(lang)).replace("\n", "<br>") for lang in self._languages))

    def _markdown(self, name: str, source: str) -> Cell:
        return {"cell_type": "markdown", "id": _id(name), "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(name: str, source: str) -> Cell:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": _id(name),
        "metadata": {},
        "outputs": [],
        "source": clean(source).strip("\n").splitlines(keepends=True),
    }


def _id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _prose(text: str) -> str:
    """The bank's light markup as Markdown: code and maths as they are, signs of Markdown in the rest shielded."""
    clear, found, end = clean(text).strip("\n"), "", 0
    for kept in _KEPT.finditer(clear):
        found += _shielded(clear[end : kept.start()]) + kept[0]
        end = kept.end()
    return found + _shielded(clear[end:])


def _shielded(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", escape(text, quote=False))


def _fenced(source: str) -> str:
    """A listing between fences longer than any run of backticks within."""
    clear = clean(source).strip("\n")
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", clear)), 3)
    return f"{fence}python\n{clear}\n{fence}"


def _picture(drawing: Drawing) -> str:
    data = base64.b64encode(drawing.svg.encode()).decode()
    return f'<img alt="{escaped(drawing.title)}" src="data:image/svg+xml;base64,{data}">'
