"""`quizdl record`: the record of answers taken out, and brought together: from other machines and from the phone."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizdl import __version__
from quizdl.cli.language import tr
from quizdl.cli.options import JsonOption, LangOption, check_language
from quizdl.errors import InputError
from quizdl.screen.say import say
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.record import Merged, Store

HELP = tr(
    "解答の記録を書き出す・取り込む(ほかのパソコン、スマートフォン)。",
    "Take the record of answers out, or bring others in: from another computer, from a phone.",
)
EXAMPLES = (
    "quizdl record export record.jsonl\nquizdl record import record.jsonl\n"
    "quizdl record import QUIZ-05RQA-TBTCG-5FY0R-07G31-J0826-0AG74-034KW-YQW0\nquizdl record import quizdl-E5TPJYK4.txt"
)

FileArgument = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help=tr("書き出し先(省略すると標準出力)", "Where to (else stdout)"))
]
SourcesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE|CODE",
        help=tr(
            "記録のファイル、結果のファイルかコード(- で標準入力)",
            "A record, or results: a file or a code (- is stdin)",
        ),
    ),
]


def export(file: FileArgument = None, lang: LangOption = None) -> int:
    """Write everything as JSON lines; a file takes its place only when it is whole."""
    check_language(lang)
    from quizdl.exchange.journal import write_lines
    from quizdl.paths import record_file
    from quizdl.record import Store

    with Store.open(record_file()) as store:
        lines = write_lines(store.rows(), __version__)
        if file is None or str(file) == "-":
            sys.stdout.buffer.writelines(lines)
            sys.stdout.buffer.flush()
            return 0
        count = _write(lines, file)
    say(tr(f"{count} 件を書き出しました: {file}", f"{count} rows written: {file}"), file)
    return 0


def import_(sources: SourcesArgument, as_json: JsonOption = False, lang: LangOption = None) -> int:
    """Merge each source; what is there already is left as it is."""
    check_language(lang)
    from quizdl.paths import record_file
    from quizdl.record import Merged, Store

    with Store.open(record_file()) as store:
        totals = [merged for source in sources for merged in _merge(store, source)]
    total = Merged(*(sum(numbers) for numbers in zip(*totals, strict=True)))
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(total._asdict())
        return 0
    _say(total)
    return 0


COMMANDS = (
    (
        "export",
        export,
        tr("記録を JSON Lines で書き出す。", "Write the whole record as JSON lines."),
        "quizdl record export record.jsonl\nquizdl record export | gzip > record.jsonl.gz",
    ),
    (
        "import",
        import_,
        tr(
            "記録や結果を取り込む。同じものは何度取り込んでも一度だけ記録される。",
            "Bring a record or results in. Whatever is imported again is recorded once.",
        ),
        EXAMPLES,
    ),
)


def _write(lines: Iterable[bytes], path: Path) -> int:
    """The number of rows written, the header not counted. The file is for its owner alone, as the record is."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    count = -1
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for line in lines:
                file.write(line)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _merge(store: Store, source: str) -> list[Merged]:
    """What one source adds."""
    from quizdl.exchange.phone import holds_code

    if holds_code(source):
        return _merge_codes(store, source, source)
    data = _read(source)
    from quizdl.exchange.journal import is_journal, read_lines

    if is_journal(data):
        journal = read_lines(data, source, time.time())
        exams = [(exam.sheet, exam.events) for exam in journal.exams]
        return [store.merge(journal.attempts, journal.events, exams, journal.packs)]
    text = data.decode("utf-8-sig", "replace")
    if not holds_code(text):
        raise InputError(
            Text("記録でも結果のコードでもありません。", "This is neither a record nor a code of results."),
            same("quizdl record import --help"),
            source,
        )
    return _merge_codes(store, text, source)


def _merge_codes(store: Store, text: str, where: str) -> list[Merged]:
    from quizdl.cli.phone import merge_results
    from quizdl.exchange.phone import read_codes
    from quizdl.sanitise import printable

    return [merge_results(store, results, printable(where, 60)) for results in read_codes(text, where)]


def _read(source: str) -> bytes:
    from quizdl.cli.submission import read_regular
    from quizdl.exchange.journal import MOST_BYTES

    return sys.stdin.buffer.read(MOST_BYTES + 1) if source == "-" else read_regular(source, MOST_BYTES)


def _say(total: Merged) -> None:
    attempts, events, exams = total.attempts, total.events, total.exams
    if not any(total):
        say(tr("新しいものはありません(すべて記録済みです)。", "Nothing new: all of it is recorded already."))
        return
    say(
        tr(
            f"取り込みました: 解答 {attempts} 件、印など {events} 件、模試 {exams} 件",
            f"Imported: {attempts} answers, {events} flags and the like, {exams} exams",
        )
    )
    say(f"{tr('次に', 'Next')}: quizdl")
