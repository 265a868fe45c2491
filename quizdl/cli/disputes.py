"""`quizdl disputes`: the questions that the learner called wrong, with all that an author needs to look into them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language
from quizdl.model import Event

HELP = tr("異議(:d)を付けた問題を表示する。", "List the questions disputed with `:d` in practice.")
EXAMPLES = "quizdl disputes\nquizdl disputes --json > disputes.json"


def command(as_json: JsonOption = False, lang: LangOption = None) -> int:
    """List the disputes, oldest first."""
    check_language(lang)
    from quizdl.paths import record_file
    from quizdl.record import Store

    with Store.open(record_file()) as store:
        rows = [_object(event, store.answer_text(event.attempt_id)) for event in store.disputes()]
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(rows)
        return 0
    _print(rows)
    return 0


def _object(event: Event, answer: str | None) -> dict[str, Any]:
    return {
        "id": event.question_id,
        "seed": event.seed,
        "version": event.version,
        "answer": answer,
        "comment": event.comment,
        "at": datetime.fromtimestamp(event.at, UTC).isoformat(timespec="seconds"),
    }


def _print(rows: list[dict[str, Any]]) -> None:
    from quizdl.sanitise import printable
    from quizdl.screen.console import make_console
    from quizdl.text import Text

    console = make_console()
    if not rows:
        none = Text(
            "異議はまだありません。練習中に `:d 理由` で付けられます。",
            "No disputes yet. In practice, `:d reason` makes one.",
        )
        console.print(none.of(current()))
    for row in rows:
        console.print(f"{row['at'][:10]}  {row['id']}  --seed {row['seed']}  {row['version']}")
        for label, key in ((tr("解答", "answer"), "answer"), (tr("理由", "comment"), "comment")):
            if row[key]:
                console.print(f"    {label}: {printable(row[key])}")
