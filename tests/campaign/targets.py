"""What reads bytes from outside, each as one function: it returns for any bytes, or it has a fault.

`SEEDS` gives each target sound input to start from, `WORDS` what its format is made of. A target raises only what is a
find; the errors that a reader is meant to raise are taken here.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from quizdl.bank import Library, ask
from quizdl.bank.catalogue import profiles_in
from quizdl.bank.decode import decode
from quizdl.bank.faults import Faults
from quizdl.bank.scan import entry_of, ids_of, place_of
from quizdl.batch.collect import collect
from quizdl.batch.layouts import Questions
from quizdl.batch.ledger import Ledger
from quizdl.batch.records import Line
from quizdl.batch.source import code_of, text_of
from quizdl.errors import BankError, FormulaError, InputError, RecordError
from quizdl.formula.numbers import parse_number, parse_shape
from quizdl.formula.parser import parse
from quizdl.grading import grade
from quizdl.model import Answer, Asked
from quizdl.paths import bank_root
from quizdl.record import Store
from quizdl.text import Text

ROOT = Path(__file__).resolve().parents[2]
TYPED = ("conv-output-size", "sigmoid-derivative-max", "chain-rule", "rnn-y1", "lstm-forget-gate")
GRADED = ("lstm-step", "gradient-clipping", "conv-output-size")


def loader(data: bytes) -> None:
    """A bank file: faults, or questions whose variants can be drawn; the readers of raw bytes see no further."""
    faults = Faults("fuzzed.yaml", gather=True)
    try:
        file = decode(data, bank_root() / "questions/day3/fuzzed.yaml", faults)
    except BankError:
        file = None
    for question in file.questions if file and not faults.found else ():
        try:
            ask(question, 1)
        except BankError:
            continue
    list(profiles_in(data))
    place_of(data)
    for question_id in list(ids_of(data))[:3]:
        entry_of(data, question_id)


def formulas(data: bytes) -> None:
    """A formula as a learner types it, and as an author does."""
    text = data.decode("utf-8", "replace")
    for names, integers in ((("x", "y", "t"), False), (None, False), (None, True)):
        try:
            parse(text, names, integers=integers)
        except FormulaError:
            continue


def numbers(data: bytes) -> None:
    """A number and a shape."""
    text = data.decode("utf-8", "replace")
    for read in (parse_number, parse_shape):
        try:
            read(text)
        except FormulaError:
            continue


def typed(data: bytes) -> None:
    """An answer of every kind that is typed, up to its verdict: what was typed is never the grader's fault."""
    text = data.decode("utf-8", "replace")
    for asked in _typed_questions():
        verdict = grade(asked, Answer(text=text))
        if verdict.verdict == "grader_error":
            raise AssertionError((asked.question.id, text, verdict))


def submissions(data: bytes) -> None:
    """A handed-in file: a script, a notebook, a typed answer, or a whole archive of them."""
    code_of(data, "python")
    code_of(data, "notebook")
    text_of(data)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("class.zip", "class.tar", "class.tar.gz"):
            path = Path(folder) / name
            path.write_bytes(data)
            _collected(path)


def results(data: bytes) -> None:
    """A batch's log: read, or refused; and what was read once is read again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.jsonl"
        path.write_bytes(data)
        try:
            with Ledger(path) as ledger:
                first = list(ledger.lines())
        except InputError:
            return
        with Ledger(path) as ledger:
            if list(ledger.lines()) != first:
                raise AssertionError("read once, and otherwise the second time")


def database(data: bytes) -> None:
    """A learner's record: opened, mended, or refused with an error of our own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.sqlite3"
        path.write_bytes(data)
        try:
            with Store.open(path) as store:
                for one in store.past()[:3]:
                    store.attempt(one.attempt_id)
                store.flagged()
                store.disputes()
                store.recently_examined()
        except RecordError:
            return


TARGETS: dict[str, Callable[[bytes], None]] = {
    "loader": loader,
    "formulas": formulas,
    "numbers": numbers,
    "typed": typed,
    "submissions": submissions,
    "results": results,
    "database": database,
}

# fmt: off
_FORMULA_WORDS = (
    "2x", "2(x+y)", "sigmoid(x)", "σ(x)*(1-σ(x))", "dz/dx = 2t", "|x|", "||", "x^2^3", "√x",
    "∂L/∂x", "e^(-x)", "１／４",
    "tanh^2(x)", "x_{t-1}", "(((", "1e309", "-", "−", "×", "·", "//", "%", "and", "not", "==", "sin x", "log(x, 2)",
    "3x3", "(3, 3)", "1,292,417", "1.6×10^2", "NaN", "inf", "0/0", "１．６×10²", "[", "]", "\x00",
    "\x1b[31m", "x" * 300,
)
WORDS: dict[str, tuple[bytes, ...]] = {
    "loader": tuple(
        word.encode()
        for word in (
            "- id: ", "kind: code\n", "kind: choice\n", "prompt:", "{{n}}", "{{", "}}",
            "variables:", "where:", "answer:",
            "mistakes:", "&a ", "*a", "<<: *a", "!!python/object:os.system ", "|\n", ">-\n", "? ", ": ", "#", "'", '"',
            "\t", "  ", "\n", "{range: [1, 99999999999]}", "{choice: []}", "9**9**9", "true",
            "null", "~", "---\n", "...",
            "\ufeff", "\u2028", "set:", "questions:", "status: draft\n", "1e999", "0x1F", "2001-01-01",
        )
    ),
    "formulas": tuple(word.encode() for word in _FORMULA_WORDS),
    "numbers": tuple(word.encode() for word in _FORMULA_WORDS),
    "typed": (*(word.encode() for word in _FORMULA_WORDS), b"a", "忘却ゲート".encode(), b"B", b"forget gate"),
    "submissions": (
        b'{"cells": [', b'"cell_type": "code"', b'"source": ["', b"%matplotlib inline\\n", b"!pip\\n", b"PK\x03\x04",
        b"PK\x01\x02", b"PK\x05\x06", b"ustar", b"../", b"\x00" * 64, b"import ", b"# -*- coding: cp932 -*-\n",
        b"\x1f\x8b\x08", b"\xff\xfe", b"\xef\xbb\xbf", b"\x83\x5c", b"lstm-step.py",
    ),
    "results": (b'{"', b'"}', b"\n", b'"learner":', b"null", b"1e999", b"\xff", b'"verdict":"correct"', b"[", b"\x00"),
    "database": (b"SQLite format 3\x00", b"CREATE TABLE", b"attempts", b"events", b"\x00" * 16, b"\xff" * 16, b"'"),
}
# fmt: on


def seeds(target: str) -> Iterator[bytes]:
    """Sound input for a target."""
    yield from _SEEDS[target]()


def _bank_files() -> Iterator[bytes]:
    for path in sorted((bank_root() / "questions").glob("day3/*.yaml"))[::3]:
        data = path.read_bytes()
        yield data[: data.index(b"\n- ", len(data) // 8)] if data.count(b"\n- ") > 4 else data
    for path in sorted((ROOT / "tests/golden/bank").rglob("*.yaml"))[::4]:
        yield path.read_bytes()


def _handed_in() -> Iterator[bytes]:
    script = b"import numpy as np\n\ndef gradient_clipping(gradient, threshold):\n    return gradient\n"
    yield script
    yield "# -*- coding: cp932 -*-\n# 勾配\nx = 1\n".encode("cp932")
    cells = [
        {"cell_type": "code", "source": ["%matplotlib inline\n", script.decode()]},
        {"cell_type": "markdown", "source": "a"},
    ]
    yield json.dumps({"cells": cells, "nbformat": 4}).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sato/gradient-clipping.py", script)
        archive.writestr("suzuki__lstm-step.py.txt", script)
    yield packed.getvalue()
    for mode in ("w", "w:gz"):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode=mode) as tar:  # type: ignore[call-overload]
            entry = tarfile.TarInfo("sato/gradient-clipping.py")
            entry.size = len(script)
            tar.addfile(entry, io.BytesIO(script))
        yield packed.getvalue()


def _logs() -> Iterator[bytes]:
    yield b""
    yield _log()


def _records() -> Iterator[bytes]:
    yield b""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QUIZDL_HOME": folder}
        for text in ("3x3", "2x2"):
            command = [sys.executable, "-m", "quizdl", "answer", "conv-output-size", text]
            subprocess.run(command, env=environment, capture_output=True, check=False)
        path = Path(folder) / "record.sqlite3"
        db = sqlite3.connect(path)
        db.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        db.close()
        yield path.read_bytes()


_SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "loader": _bank_files,
    "formulas": lambda: iter(WORDS["formulas"]),
    "numbers": lambda: iter(WORDS["numbers"]),
    "typed": lambda: iter(WORDS["typed"]),
    "submissions": _handed_in,
    "results": _logs,
    "database": _records,
}


@cache
def _typed_questions() -> tuple[Asked, ...]:
    library = Library()
    return tuple(ask(library.find(one), 0) for one in TYPED)


def _collected(path: Path) -> None:
    try:
        collection = collect(path, Questions(GRADED, GRADED[:2]), path.parent / "out")
    except InputError:
        return
    list(collection.submissions())


@cache
def _log() -> bytes:
    """The log of a small batch, as the program writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.jsonl"
        with Ledger(path) as ledger:
            ledger.begin(1, "0", 0.0, anew=False)
            for number in range(3):
                ledger.append(_line(number))
        return path.read_bytes()


def _line(number: int) -> Line:
    return Line(
        learner=f"{number:016x}",
        question="lstm-step",
        version="0" * 12,
        source_sha256="f" * 64,
        form="python",
        seed=0,
        input_seed=1,
        engine="0" * 12,
        numpy="2",
        quizdl="0",
        level="L2",
        isolation=("seccomp",),
        verdict="wrong",
        score=0.5,
        points=2,
        passed=1,
        total=2,
        public_passed=0,
        public_total=1,
        mistake="no-bias",
        feedback=(Text("違います。", "It differs."),),
        public_feedback=(),
        counterexample=None,
        public_counterexample=None,
        seconds=0.1,
        at=1.0,
        key=f"{number:032x}",
    )
