"""Questions of every kind, from the shipped bank, and one with all that must be escaped."""

from __future__ import annotations

from functools import lru_cache

from quizdl.bank import Library, ask
from quizdl.model import Asked, Choice, Numeric, Option, Term, Tolerance, Words
from quizdl.text import Text, same

IDS = (
    "conv-output-size",  # shape, with variables and a figure
    "sigmoid-derivative-max",
    "chain-rule",
    "lstm-forget-gate",
    "attention-steps",
    "gradient-clipping",  # one blank
    "lstm-step",  # a whole function
    "bptt-versus-backprop",  # essay
    "rnn-relu-gradient",  # numeric
)

HOSTILE = "<script>alert(1)</script> ]]> &amp; \"'\u202e"


@lru_cache
def samples(seed: int = 0) -> tuple[Asked, ...]:
    """The questions as `seed` draws them, in the order of `IDS`."""
    library = Library()
    return tuple(ask(library.find(one), seed) for one in IDS)


def sample(name: str, seed: int = 0) -> Asked:
    """One of them."""
    return samples(seed)[IDS.index(name)]


def choice(
    prompt: Text, options: list[tuple[Text, bool, Text]], explanation: Text | None = None, name: str = "made-up"
) -> Asked:
    """A choice of one's own, as seed 0 shows it."""
    question = Choice(
        id=name,
        chapter="3-1-2",
        prompt=prompt,
        explanation=explanation or same("-"),
        source=("d1-001",),
        options=tuple(
            Option(id=f"o{number}", text=text, correct=right, why=None if right else why)
            for number, (text, right, why) in enumerate(options)
        ),
        section="made-up",
        section_title=Text("手製", "Made up"),
        stage="ml",
        version="0123456789ab",
    )
    return ask(question, 0)


def numeric(prompt: Text, answer: str, rel: float = 1e-6) -> Asked:
    """A number of one's own."""
    question = Numeric(
        id="a-number",
        chapter="3-1-2",
        prompt=prompt,
        explanation=same("-"),
        source=("d1-001",),
        answer=answer,
        tolerance=Tolerance(rel=rel),
        section="made-up",
        stage="ml",
    )
    return ask(question, 0)


def term(prompt: Text, ja: tuple[str, ...], en: tuple[str, ...]) -> Asked:
    """A word of one's own."""
    question = Term(
        id="a-word",
        chapter="3-1-2",
        prompt=prompt,
        explanation=same("-"),
        source=("d1-001",),
        accept=Words(ja=ja, en=en),
        section="made-up",
        stage="ml",
    )
    return ask(question, 0)


def hostile() -> Asked:
    """A choice whose every text would break out, were it not escaped."""
    text = Text(f"文 {HOSTILE}", f"text {HOSTILE}")
    wrong = Text(f"誤 {HOSTILE}", f"wrong {HOSTILE}")
    return choice(text, [(text, True, text), (wrong, False, wrong)], text, name="hostile")
