"""`quizdl stats`: how the learner stands, by section and by syllabus chapter."""

from __future__ import annotations

import time

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language

HELP = tr("学習の記録を集計して表示する。", "Show how you stand, by section and by syllabus chapter.")
EXAMPLES = "quizdl stats\nquizdl stats --json"


def command(as_json: JsonOption = False, lang: LangOption = None) -> int:
    """Count the record."""
    check_language(lang)
    from quizdl.cli.today import history
    from quizdl.report.statistics import statistics

    numbers = statistics(history(), time.time())
    if as_json:
        import msgspec

        from quizdl.cli.objects import print_json

        print_json(msgspec.to_builtins(numbers))
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.tables import statistics_page

    make_console().print(statistics_page(numbers, current()))
    return 0
