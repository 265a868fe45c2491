"""`quizdl disputes`: the questions that the learner called wrong, with all that an author needs to look into them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language
from quizdl.errors import InputError, RecordError
from quizdl.model import Attempt, Event
from quizdl.screen.say import say
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.record import Store

HELP = tr("異議(:d)を付けた問題を表示する。", "List the questions disputed with `:d` in practice.")
EXAMPLES = (
    "quizdl disputes\nquizdl disputes --json\n"
    "quizdl disputes --out disputes.json\nquizdl bank check --disputes disputes.json"
)

OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help=tr("作問者に渡すファイルに書き出す", "Write a file for the author")),
]


def command(out: OutOption = None, as_json: JsonOption = False, lang: LangOption = None) -> int:
    """List the disputes, oldest first, or write them to a file."""
    check_language(lang)
    from quizdl.paths import record_file
    from quizdl.record import Store

    with Store.open(record_file()) as store:
        rows = [_object(event, _attempt(store, event)) for event in store.disputes()]
    if out is not None:
        _write(out, rows)
    elif as_json:
        from quizdl.cli.objects import print_json

        print_json(rows)
    else:
        _print(rows)
    return 0


def _attempt(store: Store, event: Event) -> Attempt | None:
    """The answer that was disputed; None where the question was, or where the answer is read no longer."""
    if event.attempt_id is None:
        return None
    try:
        return store.attempt(event.attempt_id)
    except RecordError:
        return None


def _object(event: Event, attempt: Attempt | None) -> dict[str, Any]:
    return {
        "id": event.question_id,
        "seed": event.seed or 0,
        "version": event.version,
        "answer": attempt.answer if attempt else None,
        "comment": event.comment,
        "at": datetime.fromtimestamp(event.at, UTC).isoformat(timespec="seconds"),
        "input_seed": attempt.verdict.input_seed if attempt else None,
        "verdict": attempt.verdict.verdict if attempt else None,
        "mistake": attempt.verdict.mistake if attempt else None,
        "prompt": {"ja": attempt.asked.prompt.ja, "en": attempt.asked.prompt.en} if attempt else None,
        "key": list(attempt.asked.key) if attempt else [],
    }


def _write(out: Path, rows: list[dict[str, Any]]) -> None:
    """The file that `quizdl bank check --disputes` reads. Raises InputError where it cannot be written."""
    import msgspec

    from quizdl import __version__
    from quizdl.authoring.disputes import Dispute, written

    try:
        out.write_bytes(written(msgspec.convert(rows, list[Dispute]), __version__))
    except OSError as error:
        raise InputError(
            Text(f"書き込めません({error.strerror})。", f"It cannot be written ({error.strerror})."),
            same("quizdl disputes --out disputes.json"),
            str(out),
        ) from error
    told = Text(
        f"{len(rows)} 件の異議を {out} に書きました。作問者が確かめる: quizdl bank check --disputes {out}",
        f"{len(rows)} disputes written to {out}. The author looks into them with: quizdl bank check --disputes {out}",
    )
    say(told.of(current()), out)


def _print(rows: list[dict[str, Any]]) -> None:
    from quizdl.sanitise import printable
    from quizdl.screen.console import make_console

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
