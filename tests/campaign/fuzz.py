"""Fuzzes one target for so many minutes: by coverage where atheris is installed, else by Hypothesis's long settings.

    python tests/campaign/fuzz.py loader --minutes 20

A find is printed with its bytes (also as a Python literal, to become a test) and ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parent))

SLOWEST = 10
"""Seconds that a target may take over one input; more is a find."""
MOST_BYTES = 1 << 15


class SlowError(Exception):
    """A reader took too long over one input."""


@contextlib.contextmanager
def limited(seconds: int = SLOWEST) -> Iterator[None]:
    """Raises SlowError where what is within takes longer."""

    def late(signal_number: int, frame: FrameType | None) -> None:
        raise SlowError(f"took over {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def mutated(source: random.Random, seeds: list[bytes], words: tuple[bytes, ...]) -> bytes:
    """A sound input with some bytes turned, cut out, doubled, or words of the format put in."""
    data = bytearray(source.choice(seeds)[:MOST_BYTES])
    for _ in range(source.choice((1, 1, 2, 3, 5, 8, 20))):
        place = source.randrange(len(data) + 1)
        end = min(place + source.choice((1, 1, 4, 16, 200)), len(data))
        what = source.randrange(6)
        if what == 0:
            data[place:end] = b""
        elif what == 1:
            data[place:place] = source.choice(words)
        elif what == 2:
            data[place:end] = source.choice(words)
        elif what == 3:
            data[place:place] = data[place:end] * source.choice((1, 2, 40))
        elif what == 4:
            data[place:end] = source.randbytes(end - place)
        else:
            other = source.choice(seeds)
            data[place:end] = other[place : place + 300]
    return bytes(data[:MOST_BYTES])


def by_chance(name: str, until: float, seed: int) -> int:
    """Mutations of sound input until the time is up; how many there were."""
    from targets import TARGETS, WORDS, seeds

    source, found, runs = random.Random(seed), list(seeds(name)), 0  # noqa: S311 - chance, repeatable
    while time.monotonic() < until:
        data = mutated(source, found, WORDS[name])
        try:
            with limited():
                TARGETS[name](data)
        except BaseException:
            print(f"find in {name}: {data!r}", file=sys.stderr, flush=True)
            raise
        runs += 1
    return runs


def by_coverage(name: str, minutes: float, seed: int) -> None:
    """atheris: libFuzzer over our own code's branches; it ends the process itself."""
    import atheris

    with atheris.instrument_imports(include=["quizdl"], enable_loader_override=False):
        from targets import TARGETS, WORDS, seeds

    target: Callable[[bytes], None] = TARGETS[name]
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for number, data in enumerate(seeds(name)):
        (folder / f"{number:04}").write_bytes(data)
    dictionary = folder.with_suffix(".dict")
    lines = ("".join(f"\\x{byte:02x}" for byte in word[:60]) for word in WORDS[name])
    dictionary.write_text("".join(f'"{line}"\n' for line in lines), encoding="ascii")
    options = [f"-max_total_time={int(60 * minutes)}", f"-max_len={MOST_BYTES}", f"-seed={seed}", f"-timeout={SLOWEST}"]
    atheris.Setup([sys.argv[0], *options, f"-dict={dictionary}", "-print_final_stats=1", str(folder)], target)
    atheris.Fuzz()


def main() -> None:
    """Fuzz the target that is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--by", choices=("coverage", "chance"), default=None)
    arguments = parser.parse_args()
    covered = importlib.util.find_spec("atheris") is not None if arguments.by is None else arguments.by == "coverage"
    if covered:
        by_coverage(arguments.target, arguments.minutes, arguments.seed)
    else:
        runs = by_chance(arguments.target, time.monotonic() + 60 * arguments.minutes, arguments.seed)
        print(f"{arguments.target}: {runs} inputs, no find")


if __name__ == "__main__":
    main()
