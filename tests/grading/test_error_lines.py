"""An error of the learner's shows the learner's own lines, wherever it rose, and nothing of the harness."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quizdl.grading.program import submitted
from quizdl.model import Answer, Code, Verdict

Grade = Callable[..., Verdict]

HEAD = "import numpy as np\n"
SIGMOID = f"{HEAD}def sigmoid(x):\n    return "

CASES = {
    "at import": (f"{HEAD}y = 1 / 0\ndef sigmoid(x):\n    return x\n", "(line 2)", ["> y = 1 / 0"]),
    "in a helper at import": (
        f"{HEAD}def helper(a):\n    return a.nope\ny = helper(3)\ndef sigmoid(x):\n    return x\n",
        "(line 3)",
        ["4  y = helper(3)", "3  return a.nope"],
    ),
    "in the call": (f"{SIGMOID}undefined\n", "(line 3)", ["> return undefined"]),
    "three calls deep": (
        f"{HEAD}def s(z):\n    return z @ np.ones((7, 7))\ndef g(z):\n    return s(z)\n"
        "def sigmoid(x):\n    return g(x)\n",
        "(line 3)",
        ["7  return g(x)", "5  return s(z)", "3  return z @ np.ones((7, 7))"],
    ),
    "in a comprehension": (
        f"{SIGMOID}[nothing for q in range(3)]\n",
        "(line 3)",
        ["> return [nothing for q in range(3)]"],
    ),
    "in a lambda": (f"{HEAD}sigmoid = lambda x: x.nope\n", "(line 2)", ["> sigmoid = lambda x: x.nope"]),
    "in a decorator": (
        f"{HEAD}def twice(f):\n    return lambda x: f(x, x)\n@twice\ndef sigmoid(x):\n    return x\n",
        "(line 3)",
        ["> return lambda x: f(x, x)"],
    ),
    "of a decorator at import": (
        f"{HEAD}def broken(f):\n    raise KeyError('no')\n@broken\ndef sigmoid(x):\n    return x\n",
        "(line 3)",
        ["4  @broken", "3  raise KeyError('no')"],
    ),
    "in a method": (
        f"{HEAD}class Net:\n    def __call__(self, x):\n        return self.w\nsigmoid = Net()\n",
        "(line 4)",
        ["> return self.w"],
    ),
    "in NumPy": (f"{SIGMOID}np.concatenate([x, x], axis=9)\n", "(line 3)", ["> return np.concatenate([x, x], axis=9)"]),
    "in exec": (f"{SIGMOID}exec('a = = 1')\n", "(line 3)", ["> return exec('a = = 1')"]),
    "raised from another": (
        f"{HEAD}def sigmoid(x):\n    try:\n        1 / 0\n    except ArithmeticError as e:\n"
        "        raise ValueError('b') from e\n",
        "(line 6)",
        ["> raise ValueError('b') from e"],
    ),
    "by recursion": (
        f"{HEAD}def r(n):\n    return r(n + 1)\ndef sigmoid(x):\n    return r(0)\n",
        "(line 3)",
        ["5  return r(0)", "3  return r(n + 1)"],
    ),
    "of memory": (f"{SIGMOID}np.zeros(1 << 40)\n", "(line 3)", ["> return np.zeros(1 << 40)"]),
    "after Windows line ends": (f"{SIGMOID}undefined\n".replace("\n", "\r\n"), "(line 3)", ["> return undefined"]),
    "after old Mac line ends": (f"{SIGMOID}undefined\n".replace("\n", "\r"), "(line 3)", ["> return undefined"]),
    "behind a byte order mark": (f"\ufeff{SIGMOID}undefined\n", "(line 3)", ["> return undefined"]),
    "of syntax": (f"{SIGMOID}x,,\n", "(line 3, column 14)", ["return x,,\n" + " " * 9 + "^"]),
    "of indentation": (f"{HEAD}def sigmoid(x):\n  if 1:\n  return x\n", "(line 4", ["return x\n^"]),
    "of tabs": (f"{HEAD}def sigmoid(x):\n\ty = 1\n        return x\n", "(line 4", ["return x"]),
    "of a bracket": (f"{SIGMOID}(x\n", "(line 3, column 12)", ["return (x\n" + " " * 7 + "^"]),
}
FILLS = {
    "on its second line": ("gradient *\n  rat", "(line 2)", ["> rat"]),
    "of syntax on its third line": ("gradient *\n\n  * rate", "(line 3, column 3)", ["* rate\n^"]),
    "after empty lines": ("\n\ngradient * rat", "(line 3)", ["> gradient * rat"]),
    "of a bracket": ("(gradient\n  * rate", "(line 1, column 1)", ["(gradient\n^"]),
}


def told(verdict: Verdict) -> str:
    """All feedback in one text."""
    return "\n".join(text.en for text in verdict.feedback)


@pytest.mark.parametrize("name", CASES)
def test_a_files_error_shows_its_own_lines(grade: Grade, name: str) -> None:
    """At import and in the call, nested, decorated, of syntax: always the number and the text in the file."""
    source, place, lines = CASES[name]
    verdict = grade("sigmoid", source.encode())
    assert verdict.verdict in ("runtime_error", "syntax_error", "memory_limit")
    assert place in told(verdict), told(verdict)
    for line in lines:
        assert line in told(verdict), told(verdict)
    for harness in ("child.py", "answer.py", "quizdl", "/inside/", "self.call", "<answer>"):
        assert harness not in told(verdict)


@pytest.mark.parametrize("as_file", [False, True], ids=["typed", "file"])
@pytest.mark.parametrize("name", FILLS)
def test_a_fills_error_counts_the_fills_own_lines(grade: Grade, name: str, as_file: bool) -> None:
    """Not the template's, which the learner did not write."""
    fill, place, lines = FILLS[name]
    verdict = grade("gradient_clipping", fill.encode() if as_file else fill)
    assert place in told(verdict), told(verdict)
    for line in lines:
        assert line in told(verdict), told(verdict)


def test_a_template_that_stumbles_over_a_fill_shows_the_fill(grade: Grade, questions: dict[str, Code]) -> None:
    """The line that failed is the template's; the learner's is the one that led there."""
    template = "def half(x):\n    return x / 2\n\ndef sigmoid(x):\n    return ____\n"
    from msgspec.structs import replace

    question = replace(questions["sigmoid"], template=template, answer="half(x)")
    verdict = grade(question, "half('a')")
    assert "> half('a')" in told(verdict), told(verdict)


@pytest.mark.parametrize(
    ("source", "is_fill"),
    [
        (b"gradient * rate", True),
        (b"# scaled\n\ngradient * rate\n", True),
        (b"np.multiply(gradient,\n  rate)\n", True),
        (b"np.where(a == b,\n         gradient, rate)", True),
        (b"def gradient_clipping(gradient, threshold):\n    return gradient", False),
        (b"import os", False),
        (b"x = 1", False),
        (b"x: int = 1", False),
        (b"raise ValueError", False),
        (b"# nothing but this", False),
        (b"\xff\xfe", False),
        (b"gradient\0", False),
    ],
)
def test_a_file_is_a_fill_where_it_holds_an_expression(
    questions: dict[str, Code], source: bytes, is_fill: bool
) -> None:
    """The started file and the bare fill are both handed in with `submit`."""
    program = submitted(questions["gradient_clipping"], Answer(source=source))
    assert (program.template is not None) == is_fill
    assert submitted(questions["sigmoid"], Answer(source=source)).template is None


def test_the_started_file_and_the_fill_are_both_right(grade: Grade, questions: dict[str, Code]) -> None:
    """Whichever a learner hands in."""
    template = questions["gradient_clipping"].template
    assert grade("gradient_clipping", b"gradient * rate\n").verdict == "correct"
    assert grade("gradient_clipping", template.replace("____", "gradient * rate").encode()).verdict == "correct"
    assert grade("gradient_clipping", b"gradient *\n\n  rate  ").verdict == "correct"
