"""Breaks the engine in one place at a time and asks the cases whether they notice.

`python tests/engine/mutate.py [NAME …]` prints a JSON object: each mutation, and the first case that caught it (null:
it lives). Every mutation runs in a process of its own, on a copy of the engine: nothing touches the real files.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import quizdl
from engine_mutations import MUTATIONS, Mutation

ENGINE = Path(quizdl.__file__).parent / "engine"
SEEDS = 8
PROCESSES = 2
BROKEN = "harness: "


def main() -> None:
    """Tries the mutations that are named, or all; `none` is the engine as it is, which must live."""
    wanted = sys.argv[1:]
    mutations = [Mutation("none", "affine", "", ""), *MUTATIONS]
    chosen = [mutation for mutation in mutations if not wanted or mutation.name in wanted]
    caught: dict[str, str | None] = {}
    for group in (chosen[k : k + PROCESSES] for k in range(0, len(chosen), PROCESSES)):
        started = [(mutation.name, *start(mutation)) for mutation in group]
        caught |= {name: finish(name, child, pipe) for name, child, pipe in started}
    print(json.dumps(caught, indent=1, ensure_ascii=False))


def start(mutation: Mutation) -> tuple[int, int]:
    """A forked process, whose imports are its own, that runs the cases; its number, and where it writes what it saw."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, (caught_by(mutation) or "").encode())
        except BaseException as error:  # the parent must be told, whatever it was
            os.write(write, f"{BROKEN}{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(write)
    return child, read


def finish(name: str, child: int, read: int) -> str | None:
    """Which case caught the mutation."""
    with os.fdopen(read, "rb") as pipe:
        found = pipe.read().decode()
    os.waitpid(child, 0)
    if found.startswith(BROKEN):
        raise RuntimeError(f"{name}: {found}")
    return found or None


def caught_by(mutation: Mutation) -> str | None:
    """The first case that no longer holds, those of the mutated file's own families first."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "engine"
        shutil.copytree(ENGINE, copy)
        path = copy / f"{mutation.file}.py"
        source = path.read_text(encoding="utf-8")
        assert mutation.old in source, f"{path.name} has no {mutation.old!r}"
        path.write_text(source.replace(mutation.old, mutation.new), encoding="utf-8")
        os.utime(path)
        assert not any(name.startswith("quizdl.engine") for name in sys.modules)
        quizdl.__path__.insert(0, folder)
        warnings.simplefilter("error")
        from engine_cases import frozen

        families = sorted(frozen.families(), key=lambda family: (family not in mutation.families, family))
        for family in families:
            caught = parity_lost(family) or slope_lost(family) or misuse_allowed(family)
            if not caught and family in frozen.AT_LENGTH:
                with frozen.no_short_cuts():
                    caught = parity_lost(family) or slope_lost(family)
            if caught:
                return caught
    return None


def parity_lost(family: str) -> str | None:
    """A case that no longer gives what PyTorch gave."""
    from engine_cases import frozen

    kept = frozen.load(family)
    for case in frozen.parity_cases(family):
        try:
            found = frozen.ours(case)
            same = all(
                np.allclose(found[key], x, rtol=1e-9, atol=1e-11, equal_nan=True) for key, x in kept[case.name].items()
            )
        except Exception as error:  # a mutation may break anything
            return f"{case.name} ({type(error).__name__})"
        if not same:
            return case.name
    return None


def slope_lost(family: str) -> str | None:
    """A pair whose backward is no longer the slope of its forward."""
    from quizdl.engine.gradient_check import directional_error

    for name, maker in getattr(import_module(f"engine_cases.{family}"), "SLOPES", {}).items():
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            case: Any = maker(rng)
            try:
                error = directional_error(case.forward, case.backward, case.arguments, rng, **case.options)
            except Exception as error:
                return f"slope of {name} ({type(error).__name__})"
            if not error < 1e-7:
                return f"slope of {name}"
    return None


def misuse_allowed(family: str) -> str | None:
    """A call that ought to be refused and no longer is."""
    for misuse in getattr(import_module(f"engine_cases.{family}"), "MISUSES", ()):
        try:
            misuse.call()
        except misuse.error:
            continue
        except Exception as error:
            return f"misuse of {misuse.argument} ({type(error).__name__})"
        return f"misuse of {misuse.argument}"
    return None


if __name__ == "__main__":
    main()
