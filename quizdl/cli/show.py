"""`quizdl show ID`: one question as the learner sees it."""

from __future__ import annotations

from quizdl.cli.banks import BanksOption, open_banks, open_library
from quizdl.cli.language import current, tr
from quizdl.cli.options import IdArgument, JsonOption, LangOption, SeedOption, check_language

HELP = tr("問題を表示する(正解は表示しない)。", "Show a question, without its key.")
EXAMPLES = "quizdl show conv-output-size\nquizdl show conv-output-size --seed 7 --json"


def command(
    question_id: IdArgument,
    seed: SeedOption = 0,
    bank: BanksOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Show one variant of a question."""
    check_language(lang)
    open_banks(bank)
    from quizdl.bank import ask

    asked = ask(open_library().find(question_id), seed)
    if as_json:
        from quizdl.cli.objects import print_json, shown_object

        print_json(shown_object(asked, current()))
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.question import render_question

    make_console().print(render_question(asked, current()))
    return 0
