"""Rearranges arguments so that an answer beginning with `-` needs no `--`."""

from __future__ import annotations

from collections.abc import Sequence

_TAKES_VALUE = ("--seed", "--input-seed", "--lang", "--bank")
_FLAGS = ("--json", "--ascii", "--plain", "--help", "-h")


def shield_answer(argv: Sequence[str]) -> list[str]:
    """`quizdl answer ID -2*x --json` with its positional words moved behind `--`; other commands unchanged.

    >>> shield_answer(["answer", "chain-rule", "-2*x", "--json"])
    ['answer', '--json', '--', 'chain-rule', '-2*x']
    >>> shield_answer(["list", "--day", "3"])
    ['list', '--day', '3']
    """
    if "answer" not in argv:
        return list(argv)
    start = argv.index("answer") + 1
    if any(not word.startswith("--") and word not in ("ja", "en") for word in argv[: start - 1]):
        return list(argv)  # some other command's argument happens to be `answer`
    parts = _split(argv[start:])
    if parts is None:
        return list(argv)
    options, words = parts
    return [*argv[:start], *options, *(["--", *words] if words else [])]


def _split(rest: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Options and words; None where an option lacks its value, which is the error to report."""
    options: list[str] = []
    words: list[str] = []
    queue = list(rest)
    while queue:
        word = queue.pop(0)
        if word == "--":
            return options, [*words, *queue]
        if word in _TAKES_VALUE and not queue:
            return None
        if word in _TAKES_VALUE:
            options += [word, *queue[:1]]
            queue = queue[1:]
        elif word in _FLAGS or word.startswith(tuple(f"{name}=" for name in _TAKES_VALUE)):
            options.append(word)
        else:
            words.append(word)
    return options, words
