"""`quizdl solution ID`: the key, the worked solution, the known mistakes and why they are wrong."""

from __future__ import annotations

from typing import Any

from quizdl.cli.banks import BanksOption, open_banks, open_library
from quizdl.cli.language import current, tr
from quizdl.cli.options import IdArgument, JsonOption, LangOption, SeedOption, check_language
from quizdl.model import Asked

HELP = tr("正解・解説・よくある間違いを表示する。", "Show the key, the explanation and the known mistakes.")
EXAMPLES = "quizdl solution lstm-step\nquizdl solution conv-output-size --seed 7"


def command(
    question_id: IdArgument,
    seed: SeedOption = 0,
    bank: BanksOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Show the worked answer to one variant."""
    check_language(lang)
    open_banks(bank)
    from quizdl.bank import ask

    asked = ask(open_library().find(question_id), seed)
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(_object(asked))
        return 0
    from quizdl.cli.glossary import terms_of
    from quizdl.screen.console import make_console
    from quizdl.screen.solution import render_solution

    make_console().print(render_solution(asked, current(), terms_of(asked)))
    return 0


def _object(asked: Asked) -> dict[str, Any]:
    from quizdl.screen.key import as_letters

    lang = current()
    wrong = [
        {"id": o.id, "answer": [o.letter], "why": o.why.of(lang)} for o in asked.options if o.why and not o.correct
    ]
    named = [{"id": m.id, "answer": as_letters(asked, m.answer), "why": m.why.of(lang)} for m in asked.mistakes]
    return {
        "id": asked.question.id,
        "kind": asked.question.kind,
        "seed": asked.seed,
        "version": asked.question.version,
        "answer": as_letters(asked, asked.key),
        "explanation": asked.explanation.of(lang),
        "mistakes": wrong + named,
    }
