"""A proof by SymPy in a process of its own, which is killed when it takes too long.

Run as a program it reads `{"one", "other", "domains"}` as JSON from standard input and prints true, false or null.
"""

from __future__ import annotations

import json
import subprocess
import sys

from quizdl.errors import FormulaError
from quizdl.formula import Node, parse, show, to_sympy
from quizdl.grading.points import Domains

_MOST_SECONDS = 5.0
_MOST_MEMORY = 2**30
_ASSUMPTIONS = {
    "real": {"real": True},
    "nonzero": {"real": True, "nonzero": True},
    "positive": {"positive": True},
    "nonnegative": {"nonnegative": True},
    "integer": {"integer": True},
    "unit": {"positive": True},
}


def proven_equal(one: Node, other: Node, domains: Domains) -> bool | None:
    """Whether the two are equal by proof; None where none was found in five seconds."""
    asked = json.dumps({"one": show(one), "other": show(other), "domains": dict(domains)})
    command = [sys.executable, "-m", "quizdl.grading.proof"]
    try:
        done = subprocess.run(command, input=asked.encode(), capture_output=True, timeout=_MOST_SECONDS, check=True)  # noqa: S603
    except (subprocess.SubprocessError, OSError):
        return None
    told = json.loads(done.stdout)
    return told if isinstance(told, bool) else None


def _limit_memory() -> None:
    """A proof that needs more than a gigabyte is not found; Windows has the time limit alone."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _decide(one: str, other: str, domains: Domains) -> bool | None:
    import sympy

    symbols = {name: sympy.Symbol(name, **_ASSUMPTIONS[domain]) for name, domain in domains.items()}
    try:
        first, second = (to_sympy(parse(text, tuple(domains)), symbols) for text in (one, other))
    except FormulaError:
        return None
    zero = sympy.simplify(first - second).is_zero
    return None if zero is None else bool(zero)


if __name__ == "__main__":
    _limit_memory()
    print(json.dumps(_decide(**json.load(sys.stdin))))
