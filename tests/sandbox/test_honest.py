"""Honest code runs, however it is written, and its errors are told as a learner knows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quizdl.errors import GraderError
from quizdl.sandbox import Job, Limits, Run, Sandbox, Unsupported

SUBMISSIONS = Path(__file__).parent.parent / "corpus"


def run(sandbox: Sandbox, source: str, function: str = "f", *calls: dict[str, object], visible: int = 0) -> Run:
    return sandbox.run(Job(None, source.encode(), function, calls or ({"x": 1.0},), visible))


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (SUBMISSIONS / "unusual_correct").glob("r_*.py") if path.stem != "r_mse_0d")
)
def test_unusual_but_right_code_gives_right_values(sandbox: Sandbox, clipping: Any, name: str) -> None:
    """Threads, prints, star imports, in-place work, odd line ends, other dtypes, 16 MB of scratch."""
    got = sandbox.run(clipping.job((SUBMISSIONS / "unusual_correct" / name).read_bytes()))
    assert clipping.is_right(got), (got.outcome, got.message)
    assert got.message is None


@pytest.mark.parametrize(
    "module",
    [
        "subprocess",
        "socket",
        "asyncio",
        "xml.dom.minidom",
        "decimal",
        "numpy.polynomial",
        "numpy.ma",
        "json.tool",
        "ctypes",
        "typing",
    ],
)
def test_imports_of_the_library_and_of_numpy_work(sandbox: Sandbox, module: str) -> None:
    """No import is refused by its name; the library is readable whoever owns it."""
    assert run(sandbox, f"import {module}\ndef f(x):\n    return x").outcome == "ok"


@pytest.mark.parametrize("module", ["quizdl", "quizdl.sandbox", "pytest", "hypothesis", "msgspec"])
def test_nothing_else_can_be_imported(sandbox: Sandbox, module: str) -> None:
    """Neither the grader nor any other package of the caller's environment."""
    assert run(sandbox, f"import {module}\ndef f(x):\n    return x").outcome in ("runtime_error", "forbidden")


def test_arguments_arrive_by_position_writable_and_in_their_types(sandbox: Sandbox) -> None:
    """Ints, bools, text, lists, tuples, dicts and arrays of any dtype are what they were."""
    source = "def f(*a):\n    a[0][0] = 7\n    return [type(v).__name__ for v in a], a"
    call = {"x": np.zeros(2, np.float32), "n": 3, "b": True, "s": "あ", "l": [1, (2.5, None)], "d": {"k": np.int8(1)}}
    result = run(sandbox, source, "f", call).results[0]
    assert isinstance(result.value, tuple)
    names, values = result.value
    assert names == ["ndarray", "int", "bool", "str", "list", "dict"]
    assert values[0].tolist() == [7.0, 0.0]
    assert values[0].dtype == np.float32
    assert values[1:5] == (3, True, "あ", [1, (2.5, None)])
    assert call["x"].tolist() == [0, 0]  # type: ignore[attr-defined]


def test_changing_an_argument_is_noticed_and_changes_no_later_call(sandbox: Sandbox) -> None:
    """Each call gets its own copies."""
    shared = np.ones(3)
    source = "def f(x, change):\n    if change: x *= 2\n    return x.sum()"
    got = run(sandbox, source, "f", {"x": shared, "c": True}, {"x": shared, "c": False})
    assert [result.mutated for result in got.results] == [True, False]
    assert [float(result.value) for result in got.results] == [6.0, 3.0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("x[0] = x[0]", False),
        ("x[0] += 1", True),
        ("x.shape = (1, 3)", True),
        ("x.dtype = 'u8'", True),
        ("x = x + 1", False),
        ("rows[0].append(2)", True),
        ("rows = [*rows, 1]", False),
        ("names['a'][0] = 7.0", True),
        ("raise ValueError(x.fill(0))", True),
    ],
)
def test_any_change_of_an_argument_is_seen(sandbox: Sandbox, body: str, changed: bool) -> None:
    """Of an array's entries, shape and dtype, and of what lies in lists and dicts; of nothing else."""
    source = f"def f(x, n, rows, names):\n    {body}\n    return n\n".encode()
    call = {"x": np.arange(3.0), "n": 1, "rows": [[1]], "names": {"a": np.ones(2)}}
    run = sandbox.run(Job(None, source, "f", (call, {**call, "rows": 1, "names": 2.5})))
    assert run.results[0].mutated is changed
    if "rows" not in body and "names" not in body:
        assert run.results[1].mutated is changed


def test_one_failing_call_stops_no_other(sandbox: Sandbox) -> None:
    """The process behaved, so the run is ok; the call's error has its class, message and line."""
    got = run(sandbox, "def f(x):\n    # comment\n    return 1 / x", "f", {"x": 0}, {"x": 2})
    assert got.outcome == "ok"
    first, second = got.results
    assert first.error is not None
    assert first.error.en == "ZeroDivisionError: division by zero (line 3)"
    assert first.error.ja == "ZeroDivisionError: division by zero（3 行目）"
    assert (first.line, first.value) == (3, None)
    assert (second.value, second.error) == (0.5, None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return f(x)", "RecursionError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("input()", "EOFError"),
        ("class E(Exception):\n        def __str__(self): raise E\n    raise E", "E (line"),
        ("class E(Exception):\n        def __str__(self): return 1\n    raise E", "E (line"),
        ("raise Exception('\\x1b[2J' + 'x' * 10000)", "… (+"),
        ("import answer, quizdl_is_not_here", "ModuleNotFoundError"),
    ],
)
def test_every_exception_is_one_calls_error(sandbox: Sandbox, body: str, expected: str) -> None:
    """Exits, endless recursion and exceptions that break when they are read are told like any other."""
    got = run(sandbox, f"def f(x):\n    {body}")
    assert got.outcome == "ok"
    error = got.results[0].error
    assert error is not None
    assert expected in error.en
    assert "\x1b" not in error.en
    assert len(error.en) < 500


def test_a_missing_function_names_what_was_found(sandbox: Sandbox) -> None:
    """Both the name that is asked for and the names that are there."""
    got = run(sandbox, "def g(x): pass\nclass H: pass\nimport os", "lstm_step")
    assert got.outcome == "runtime_error"
    assert got.message is not None
    for text in (got.message.en, got.message.ja):
        assert "lstm_step" in text
        assert "g, H" in text
    assert run(sandbox, "f = 3").message is not None


def test_a_wrong_arity_names_the_arguments_and_the_signature(sandbox: Sandbox) -> None:
    """A learner sees what the function is called with and how it was defined."""
    got = run(sandbox, "def f(gradient): return gradient", "f", {"gradient": 1.0, "threshold": 2.0})
    assert got.outcome == "runtime_error"
    assert got.message is not None
    assert "(gradient, threshold)" in got.message.en
    assert "f(gradient)" in got.message.en


@pytest.mark.parametrize(
    "source",
    [
        "f = lambda *a: 1",
        "def f(x, y=2, *, k=3): return 1",
        "import functools\nf = functools.partial(max, 1)",
        "f = max",
    ],
)
def test_any_callable_that_takes_the_arguments_will_do(sandbox: Sandbox, source: str) -> None:
    """Lambdas, defaults, partials and built-ins."""
    got = run(sandbox, source, "f", {"x": 0})
    assert got.outcome == "ok" or "max" in source
    assert got.message is None


@pytest.mark.parametrize(
    "source",
    ["import sys; sys.exit()", "raise SystemExit", "import os; os._exit(0)", "raise GeneratorExit", "1 / 0", "exit()"],
)
def test_a_file_that_ends_before_its_function_is_a_runtime_error(sandbox: Sandbox, source: str) -> None:
    """However politely it leaves."""
    got = run(sandbox, source + "\ndef f(x): return x")
    assert got.outcome == "runtime_error"
    assert got.message is not None
    assert got.results == ()


def test_code_under_a_main_guard_does_not_run(sandbox: Sandbox) -> None:
    """A learner's own tests stay in the file."""
    got = run(sandbox, "def f(x): return x\nif __name__ == '__main__':\n    1 / 0")
    assert got.outcome == "ok"


def test_dataclasses_and_pickling_know_their_module(sandbox: Sandbox) -> None:
    """The file is a module like any other."""
    source = (
        "from __future__ import annotations\nimport copy, pickle\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass P:\n    v: int\n"
        "def f(x):\n    return pickle.loads(pickle.dumps(P(5))).v + copy.deepcopy(P(1)).v"
    )
    assert run(sandbox, source).results[0].value == 6


def test_only_what_may_be_seen_is_shown(sandbox: Sandbox) -> None:
    """Prints of the file and of the leading calls come back in order; those of hidden calls and warnings do not."""
    source = (
        "import sys\nprint('top')\ndef f(x):\n    print('call', x)\n    print('aside', file=sys.stderr)\n    return x"
    )
    calls = [{"x": number} for number in range(5)]
    assert run(sandbox, source, "f", *calls, visible=2).stdout == "top\ncall 0\ncall 1\n"
    assert run(sandbox, source, "f", *calls).stdout == "top\n"


def test_output_is_sanitised_and_cut(sandbox: Sandbox) -> None:
    """No escape reaches the terminal, and what is left out is counted."""
    shown = run(sandbox, "print('\\x1b[2J\\u202e' + 'a' * 1000)\ndef f(x): return x").stdout
    assert shown == "a" * 500 + "… (+501)"


def test_what_was_printed_before_an_endless_loop_is_shown(sandbox: Sandbox) -> None:
    """It is how learners look for their own mistakes."""
    got = run(sandbox, "def f(x):\n    print('here')\n    while True: pass", visible=1)
    assert (got.outcome, got.stdout) == ("timeout", "here\n")


def test_unsupported_values_are_described(sandbox: Sandbox) -> None:
    """Returning something else is not an error of the process."""
    got = run(sandbox, "def f(x): return (i for i in [x])")
    assert got.outcome == "ok"
    assert got.results[0].value == Unsupported("generator")


def test_a_source_over_the_limit_never_runs(sandbox: Sandbox) -> None:
    """It is refused with its size."""
    got = sandbox.run(Job(None, b"#" * (sandbox.limits.source + 1), "f", ()))
    assert got.outcome == "syntax_error"
    assert got.isolation == ()


def test_many_large_inputs_cross(sandbox: Sandbox) -> None:
    """More than a socket buffers, both ways."""
    calls = [{"x": np.full(100_000, float(number))} for number in range(12)]
    got = run(sandbox, "def f(x): return x + 1", "f", *calls)
    assert got.outcome == "ok", got.message
    assert [float(result.value[-1]) for result in got.results] == [float(n + 1) for n in range(12)]  # type: ignore[index]


@pytest.mark.parametrize("value", [object(), {1: 2}, np.zeros(1 << 22)], ids=["object", "dict", "large"])
def test_an_input_that_cannot_be_sent_is_not_the_learners_fault(sandbox: Sandbox, value: object) -> None:
    """The bank is told; the next job is served."""
    with pytest.raises(GraderError):
        run(sandbox, "def f(x): return x", "f", {"x": value})
    assert run(sandbox, "def f(x): return x").outcome == "ok"


def test_a_job_without_calls_only_imports(sandbox: Sandbox) -> None:
    """It finds the function, and no more is asked."""
    got = sandbox.run(Job(None, b"def f(x): return x", "f", ()))
    assert (got.outcome, got.results) == ("ok", ())


def test_limits_are_those_given() -> None:
    """A sandbox with more memory runs what another refuses."""
    source = b"import numpy as np\ndef f():\n    return int(np.ones(40_000_000, 'i1').sum())"
    with Sandbox(Limits(memory=24 << 20)) as small, Sandbox(Limits(memory=200 << 20)) as large:
        assert small.run(Job(None, source, "f", ({},))).outcome == "memory_limit"
        assert large.run(Job(None, source, "f", ({},))).outcome == "ok"
