"""The record of a traced run: every line once for what it assigned, loops folded, errors with what they worked on."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from quizdl.sandbox import Job, Run, Sandbox
from quizdl.sandbox.inside import anatomy
from quizdl.sandbox.summary import summary


def run(sandbox: Sandbox, body: str, template: str | None = None, **arguments: Any) -> Run:
    """The traced run of `f(x, n)` with this body (or of a fill)."""
    source = body if template or body.startswith("import") else f"import numpy as np\ndef f(x, n):\n{body}"
    call = {"x": np.arange(6.0).reshape(2, 3), "n": 3, **arguments}
    return sandbox.run(Job(template, source.encode(), "f", (call,), visible=1, trace=True))


def record(sandbox: Sandbox, body: str, template: str | None = None, **arguments: Any) -> dict[str, Any]:
    """The record that came back."""
    found = run(sandbox, body, template, **arguments)
    assert found.outcome == "ok", found.message
    value = found.results[0].value
    assert isinstance(value, dict)
    return value


def steps(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Line, the names assigned there with shape or text; or the line with how often more it ran."""
    told = []
    for step in found["steps"]:
        values = [(value["name"], value.get("shape", value.get("text"))) for value in step.get("values", ())]
        told.append((step["line"], *values, *([f"+{step['folded']}"] if "folded" in step else [])))
    return told


def folded(found: dict[str, Any]) -> list[tuple[int, int]]:
    """The loops' lines, with how many iterations were not written down."""
    return [(step["line"], step["folded"]) for step in found["steps"] if "folded" in step]


def test_each_line_says_what_it_assigned(sandbox: Sandbox) -> None:
    """Names, unpacking, attributes, items, in-place operators, several on a line; the result by `return`."""
    found = record(
        sandbox,
        "    y = x @ x.T\n    a, (b, *c) = 1, (2, 3)\n    y[0, 0] += 5; d = e = 2\n    y *= 2\n"
        "    (w := y.sum())\n    q = []\n    q.append(x)\n    np.add(y, 1, out=y)\n    return y, w\n",
    )
    assert steps(found) == [
        (3, ("y", [2, 2])),
        (4, ("a", "1"), ("b", "2"), ("c", "list[1]: 3")),
        (5, ("y", [2, 2]), ("d", "2"), ("e", "2")),
        (6, ("y", [2, 2])),
        (7, ("w", "176.0")),
        (8, ("q", "list[0]: ")),
        (9, ("q", "list[1]: (2, 3)")),
        (10, ("y", [2, 2])),
        (11, ("return", "tuple[2]: (2, 2), float64")),
    ]
    assert found["result"]["kind"] == "group"


def test_a_statement_over_several_lines_is_one(sandbox: Sandbox) -> None:
    """It is told by its first line."""
    assert steps(record(sandbox, "    y = (x\n         + 1\n         + 2)\n    return y.sum(\n        )\n")) == [
        (3, ("y", [2, 3])),
        (6, ("return", "33.0")),
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 50])
def test_a_loop_shows_three_iterations_and_counts_the_rest(sandbox: Sandbox, count: int) -> None:
    """`… 47 more` of fifty; a loop that never runs says so."""
    found = record(sandbox, "    s = 0\n    for t in range(n):\n        s = s + t\n    return s\n", n=count)
    headers = [step for step in steps(found) if step[0] == 4 and "t" in str(step[1:])]
    assert headers == [(4, ("t", str(t))) for t in range(min(count, 3))]
    assert folded(found) == ([(4, count - 3)] if count > 3 else [(4, 0)] if not count else [])


def test_loops_in_loops_are_folded_each(sandbox: Sandbox) -> None:
    """The inner one starts anew in every shown iteration of the outer one."""
    body = "    s = 0\n    for i in range(n):\n        for j in range(n):\n            s += 1\n    return s\n"
    assert folded(record(sandbox, body, n=5)) == [(5, 2), (5, 2), (5, 2), (4, 2)]


@pytest.mark.parametrize(
    "body",
    [
        "    s = 0\n    while s < n: s += 1\n    return s\n",
        "    s = 0\n    while True:\n        s += 1\n        if s >= n:\n            break\n    return s\n",
        "    s = 0\n    for t in range(n): s = s + 1\n    return s\n",
        "    s = 0\n    for t in range(n):\n        if t >= 0:\n            s = s + 1\n    return s\n",
    ],
    ids=["while on one line", "while true", "for on one line", "if within"],
)
def test_every_kind_of_loop_is_counted_right(sandbox: Sandbox, body: str) -> None:
    """Twenty iterations: three shown, seventeen more."""
    found = record(sandbox, body, n=20)
    assert [count for _, count in folded(found)] == [17]
    assert found["result"]["text"] == "20"


def test_a_helper_is_a_level_deeper_and_folded_with_its_loop(sandbox: Sandbox) -> None:
    """Its arguments are told where it begins."""
    source = (
        "import numpy as np\ndef half(z):\n    w = z / 2\n    return w\n"
        "def f(x, n):\n    for t in range(n):\n        x = half(x)\n    return [half(x) for _ in range(2)]\n"
    )
    found = record(sandbox, source, n=30)
    calls = [step for step in found["steps"] if step.get("calls") == "half"]
    assert [step["depth"] for step in calls] == [1] * 5
    assert calls[0]["values"][0]["shape"] == [2, 3]
    assert {step["depth"] for step in found["steps"]} == {0, 1}


def test_a_handled_exception_is_a_line_like_others(sandbox: Sandbox) -> None:
    """It says what rose, and the run goes on."""
    found = record(sandbox, "    try:\n        y = int('x')\n    except ValueError:\n        y = 1\n    return y\n")
    assert [step.get("raised") for step in found["steps"]] == [None, "ValueError", None, None]
    assert "error" not in found


ERRORS = {
    "x @ W": ("    W = np.ones((4, 3))\n    return x @ W\n", [("x", [2, 3]), ("W", [4, 3])]),
    "np.dot(x, x)": ("    return np.dot(x, x)\n", [("x", [2, 3]), ("x", [2, 3])]),
    "x.dot(W)": ("    W = np.ones((4, 3))\n    return x.dot(W)\n", [("x", [2, 3]), ("W", [4, 3])]),
    "np.concatenate([x, h])": (
        "    h = np.ones((2, 4))\n    return np.concatenate([x, h])\n",
        [("x", [2, 3]), ("h", [2, 4])],
    ),
    "x[5]": ("    return x[5] + 1\n", [("x", [2, 3])]),
    "x += W": ("    W = np.ones(4)\n    x += W\n", [("x", [2, 3]), ("W", [4])]),
    "x * 2 @ np.zeros((7, 2)).T": (
        "    return (x * 2) @ np.zeros((7, 2)).T + 1\n",
        [("x * 2", [2, 3]), ("np.zeros((7, 2)).T", [2, 7])],
    ),
    "x < W": ("    W = np.ones(4)\n    return x < W\n", [("x", [2, 3]), ("W", [4])]),
}


@pytest.mark.parametrize("expression", ERRORS)
def test_an_error_names_the_operation_and_what_met_there(sandbox: Sandbox, expression: str) -> None:
    """`x @ W`: x (2, 3), W (4, 3)."""
    body, operands = ERRORS[expression]
    error = record(sandbox, body)["error"]
    assert error["expression"] == expression
    assert [(one["name"], one.get("shape")) for one in error["operands"]] == operands


def test_what_an_operand_would_do_is_not_done_again(sandbox: Sandbox) -> None:
    """A call of the learner's own may have effects: its value is left out."""
    body = "    q = [x]\n    return q.pop() @ np.ones((9, 9))\n"
    error = record(sandbox, body)["error"]
    assert [one["name"] for one in error["operands"]] == ["np.ones((9, 9))"]


def test_an_error_in_a_folded_iteration_says_which(sandbox: Sandbox) -> None:
    """The line and the number of the iteration; the lines before are not lost."""
    found = record(sandbox, "    for t in range(n):\n        y = 1 / (t - 7)\n    return y\n", n=20)
    assert found["error"]["iteration"] == {"line": 3, "number": 8}
    assert (found["error"]["line"], found["error"]["expression"]) == (4, "1 / (t - 7)")
    assert [(one["name"], one["text"]) for one in found["error"]["operands"]] == [("t - 7", "0")]


@pytest.mark.parametrize("body", ["    while True:\n        n += 1\n", "    while True: n += 1\n"])
def test_an_endless_loop_is_stopped_with_its_record(sandbox: Sandbox, body: str) -> None:
    """Before the limit on processor time, which would leave nothing."""
    found = record(sandbox, body)
    assert found["stopped"] > 1000
    assert folded(found)


def test_the_record_is_bounded(sandbox: Sandbox) -> None:
    """A thousand lines, long names, large arrays and deep recursion fit."""
    lines = "".join(f"    {'v' * 90}{number} = np.zeros((50, 50))\n" for number in range(300))
    found = record(sandbox, f"{lines}    return x\n")
    assert len(found["steps"]) == 160
    assert found["omitted"] == 141
    deep = record(sandbox, "import numpy as np\ndef f(x, n):\n    return f(x, n + 1)\n")
    assert deep["error"]["type"] == "RecursionError"


def test_an_exhausted_memory_ends_the_record_and_not_the_walls(sandbox: Sandbox) -> None:
    """The hook itself has no memory left: what it cannot write down is left out.

    Nothing is written into the arrays, so that it is memory that ends and not the time for filling it; a machine so
    slow that time ends first has a record that says so.
    """
    body = (
        "    held, size = [], 2**26\n    while size:\n        try:\n            held.append(np.empty(size))\n"
        "        except MemoryError:\n            size //= 2\n    raise MemoryError\n"
    )
    found = run(sandbox, body)
    assert found.outcome in ("ok", "memory_limit")
    if found.outcome == "ok":
        said = found.results[0].value
        assert isinstance(said, dict)
        assert "stopped" in said or said["error"]["type"].endswith("MemoryError")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("    import sys\n    sys.settrace(None)\n", "forbidden"),
        ("    open('/etc/passwd')\n", "forbidden"),
        ("    import os\n    os._exit(0)\n", "runtime_error"),
        ("    return 9 ** 9 ** 9\n", "timeout"),
        ("    print('x' * 100_000)\n", "output_limit"),
        ("    return (\n", "syntax_error"),
    ],
)
def test_all_walls_stand_in_a_traced_run(sandbox: Sandbox, body: str, outcome: str) -> None:
    """Tracing is no way around them."""
    found = run(sandbox, body)
    assert found.outcome == outcome
    assert set(found.isolation) == set(sandbox.isolation()) or outcome == "syntax_error"


def test_a_job_after_a_traced_one_is_not_traced(sandbox: Sandbox) -> None:
    """The hook is one process's."""
    record(sandbox, "    return x\n")
    plain = sandbox.run(Job(None, b"import sys\ndef f():\n    return sys.gettrace() is None\n", "f", ({},)))
    assert plain.results[0].value is True


def test_a_fill_is_traced_within_its_template(sandbox: Sandbox) -> None:
    """Lines are those of the text that runs."""
    template = "import numpy as np\ndef f(x, n):\n    y = x + n\n    return ____\n"
    assert steps(record(sandbox, "y *\n 2".replace("\n", " \\\n"), template)) == [
        (3, ("y", [2, 3])),
        (4, ("return", [2, 3])),
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.array([1.0, np.nan, np.inf]), {"kind": "array", "nan": 1, "infinite": 1, "low": 1.0, "high": 1.0}),
        (np.array([[1, 2]]), {"kind": "array", "shape": [1, 2], "dtype": "int64", "low": 1.0, "high": 2.0}),
        (np.zeros((0, 3)), {"kind": "array", "shape": [0, 3]}),
        (np.full(3, np.nan), {"nan": 3, "infinite": 0}),
        (np.float32(2.5), {"kind": "scalar", "text": "2.5", "dtype": "float32"}),
        (np.array(2), {"kind": "scalar", "text": "2"}),
        (1 + 2j, {"kind": "scalar", "text": "(1+2j)"}),
        (10**400, {"text": "int of 1329 bits"}),
        ("x" * 500, {"kind": "scalar"}),
        ([np.ones(2)] * 9, {"kind": "group", "text": "list[9]: (2,), (2,), (2,), …"}),
        ({"a": 1}, {"kind": "group", "text": "dict[1]: 1"}),
        (np.array(["a"], dtype=object), {"kind": "array", "dtype": "object"}),
        (object(), {"kind": "other", "text": "object"}),
        (None, {"kind": "scalar", "text": "None"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_described_in_plain_words(value: object, told: dict[str, Any]) -> None:
    """Numbers and short texts alone, whatever the value."""
    said = summary("v", value)
    assert said.items() >= told.items()
    assert all(len(text) <= 90 for text in said.values() if isinstance(text, str))


def test_a_value_that_lies_about_itself_is_only_named() -> None:
    """No method of a learner's class is asked."""

    class Evil(np.ndarray):
        def __array_finalize__(self, obj: object) -> None:
            pass

        def __array_ufunc__(self, *args: object, **kwargs: object) -> object:
            raise SystemExit

        def __repr__(self) -> str:
            raise SystemExit

    class Other:
        def __repr__(self) -> str:
            raise SystemExit

    assert summary("v", np.ones(3).view(Evil))["shape"] == [3]
    assert summary("v", Other())["text"] == "Other"


def test_statements_know_their_lines_and_loops() -> None:
    """Headers end before their bodies; `else` and `finally` belong to no iteration."""
    found = anatomy.statements(
        ast.parse(
            "for a in b:\n    c = 1\nelse:\n    d = 2\ntry:\n    e = 3\nfinally:\n    f = 4\nwith g as h:\n    i: int\n"
        )
    )
    loop = anatomy.Loop(1, 2)
    assert found[1].heads == loop
    assert found[2].loops == (loop,)
    assert found[4].loops == ()
    assert [ast.unparse(name) for name in found[9].assigned] == ["h"]
    assert found[10].assigned == ()
