"""A question as an exam asks it: one right option and three wrong ones, whatever its kind."""

from __future__ import annotations

import msgspec

from quizdl.bank.as_choice import MOST_DISTRACTORS, as_choice
from quizdl.bank.variants import ask, lettered
from quizdl.model import Asked, Question

MOST_VARIANTS = 20
"""How many draws are tried: on an unlucky one two known mistakes give the same number, and an option is missing."""


def exam_form(question: Question, seed: int) -> Asked | None:
    """The variant that `seed` picks, or one soon after it, as a choice between four; None where there is none.

    The variant's own seed is in what is returned. Raises BankError as `ask` does.
    """
    for variant in range(seed, seed + (MOST_VARIANTS if question.variables else 1)):
        form = _one_of_four(as_choice(ask(question, variant)))
        if form is not None:
            return form
    return None


def _one_of_four(form: Asked | None) -> Asked | None:
    """The form with its right option and the first three wrong ones, in the order in which they stand."""
    if form is None or sum(option.correct for option in form.options) != 1:
        return None
    wrong = [option for option in form.options if not option.correct][:MOST_DISTRACTORS]
    if len(wrong) < MOST_DISTRACTORS:
        return None
    kept = [option for option in form.options if option.correct or option in wrong]
    return msgspec.structs.replace(form, options=lettered(kept))
