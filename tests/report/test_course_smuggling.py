"""Code that has seen the hidden inputs cannot tell its learner what they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classroom import class_of, line_of, written
from quizdl.bank import Library, ask
from quizdl.batch.records import Graded, Line, Task
from quizdl.batch.work import decode_answer, encode_task, run_task
from quizdl.grading.inputs import draw_cases
from quizdl.model import Code

SEED = 424242
SMUGGLERS = [
    "raise ValueError(repr(seen))",
    "raise type(repr(seen)[-70:], (Exception,), {})('m')",
    "return np.concatenate([np.ravel(one) for one in seen])",
    "sys.exit(repr(seen))",
    "print(repr(seen)); return x",
]


@pytest.mark.parametrize("smuggler", SMUGGLERS)
def test_code_that_has_seen_the_hidden_inputs_cannot_tell_its_learner(tmp_path: Path, smuggler: str) -> None:
    """A real grading of code that is right on the examples, and then says what it was given in every way there is."""
    question = Library().find("softmax")
    assert isinstance(question, Code)
    source = SMUGGLING.format(examples=len(question.edges), smuggler=smuggler)
    task = Task(
        key="k",
        question_id=question.id,
        version=question.version,
        source=source.encode(),
        form="python",
        seed=0,
        input_seed=SEED,
        least="L0",
        last=True,
    )
    graded = decode_answer(run_task(encode_task(task)))
    assert isinstance(graded, Graded)
    assert graded.public_passed == graded.public_total > 0
    fields = {name: getattr(graded, name) for name in set(Line.__struct_fields__) & set(Graded.__struct_fields__)}
    line = line_of("k-a", question.id, **fields)
    of = class_of({"a": "x"}, [ask(question, 0)])._replace(lines=[line])
    hidden = [case.inputs["x"] for case in draw_cases(question, SEED)[len(question.edges) :]]
    numbers = {f"{abs(value):.3f}" for one in hidden for value in np.ravel(one) if abs(value) % 1}
    assert len(numbers) > 20
    for mode in ("all", "public"):
        for name, told in written(tmp_path, of, mode=mode).items():
            assert not name.startswith("feedback/") or not [number for number in numbers if number in told]


SMUGGLING = """\
import sys
import numpy as np
seen = []
def softmax(x):
    seen.append(np.array(x, dtype=float))
    if len(seen) <= {examples}:
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
    {smuggler}
"""
