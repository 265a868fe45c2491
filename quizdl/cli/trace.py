"""`quizdl trace ID FILE`: run a file of code on one small input and show what each line assigned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quizdl.cli.banks import BanksOption, open_banks, open_library
from quizdl.cli.language import current, tr
from quizdl.cli.options import IdArgument, InputSeedOption, JsonOption, LangOption, SeedOption, check_language
from quizdl.cli.submission import read_submission
from quizdl.cli.submit import FileArgument
from quizdl.model import Answer, Asked
from quizdl.text import Lang

if TYPE_CHECKING:
    from quizdl.grading.trace import Trace, Value

HELP = tr(
    "コードを小さな入力で 1 行ずつ実行し、配列の形や dtype を表示する(採点はしない)。",
    "Run code line by line on a small input and show each array's shape and dtype; nothing is graded.",
)
EXAMPLES = (
    "quizdl trace lstm-step lstm-step.py\nquizdl trace lstm-step lstm-step.py --input-seed 123\n"
    "quizdl trace gradient-clipping - --json < clip.py"
)


def command(
    question_id: IdArgument,
    file: FileArgument,
    seed: SeedOption = 0,
    input_seed: InputSeedOption = None,
    bank: BanksOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Trace the file: 0 where its function ran to the end, 1 where it raised or was stopped."""
    check_language(lang)
    open_banks(bank)
    from quizdl.sandbox import Sandbox

    with Sandbox() as sandbox:
        sandbox.start()  # it imports NumPy in its own process while this one reads the bank
        from quizdl.bank import ask
        from quizdl.cli.start import check_is_code

        asked = ask(open_library().find(question_id), seed)
        check_is_code(asked.question)
        answer = Answer(source=read_submission(file))
        from quizdl.grading.trace import trace

        found = trace(asked, answer, input_seed=input_seed, sandbox=sandbox)
    _print(asked, found, as_json)
    return 0 if found.error is None and found.stopped is None else 1


def _print(asked: Asked, found: Trace, as_json: bool) -> None:
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(trace_object(asked, found, current()))
        return
    from quizdl.screen.console import make_console
    from quizdl.screen.trace import render_trace

    make_console().print(render_trace(asked, found, current()))


def trace_object(asked: Asked, found: Trace, lang: Lang) -> dict[str, Any]:
    """What `trace --json` prints: a line has its values, a folded loop how many of its iterations are not shown."""
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(found)
    fields["inputs"] = [_value(value) for value in found.inputs]
    fields["result"] = found.result and _value(found.result)
    for shown, line in zip(fields["lines"], found.lines, strict=True):
        shown["values"] = [_value(value) for value in line.values]
    if found.error is not None:
        fields["error"]["message"] = found.error.message.of(lang)
        fields["error"]["operands"] = [_value(value) for value in found.error.operands]
    return {"id": asked.question.id, "seed": asked.seed, "version": asked.question.version, **fields}


def _value(value: Value) -> dict[str, Any]:
    """An array by its form and range (null where no entry is finite, or there are too many), the rest by its text."""
    if value.shape is None:
        return {"name": value.name, "kind": value.kind, "dtype": value.dtype, "value": value.text}
    return {
        "name": value.name,
        "kind": value.kind,
        "shape": list(value.shape),
        "dtype": value.dtype,
        "min": value.low,
        "max": value.high,
        "finite": value.nan == value.infinite == 0,
        "nan": value.nan,
        "infinite": value.infinite,
        "value": value.text,
    }
