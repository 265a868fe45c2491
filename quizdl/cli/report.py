"""`quizdl report`: how a mock exam went, in the terminal or as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language
from quizdl.errors import InputError
from quizdl.screen.say import say
from quizdl.text import Lang, Text, same
from quizdl.whole import write_new

if TYPE_CHECKING:
    from quizdl.record import ExamSummaryRow, Store
    from quizdl.report.exam import ExamReport

HELP = tr(
    "模試の結果を表示する(既定: 最後に終えた模試)。領域別の得点率、時間、間違いの名前、次に学ぶこと、全問の解説。"
    "ファイルは上書きしない。",
    "Show how a mock exam went (by default the last one finished): percentages by area, time, mistakes by name, what to"
    " study next, every question explained. No file is ever overwritten.",
)
EXAMPLES = (
    "quizdl report\nquizdl report --html report.html\nquizdl report 3f2a --json\n"
    "quizdl report --csv report.csv --md report.md"
)

AttemptArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="ATTEMPT", help=tr("模試の ID、またはその先頭の文字", "An exam's id, or the characters it begins with")
    ),
]
HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help=tr("1 つの HTML ファイルに書き出す", "Write one HTML file")),
]
CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help=tr("1 問 1 行の CSV を書き出す", "Write CSV, a row a question")),
]
MarkdownOption = Annotated[
    Path | None, typer.Option("--md", metavar="FILE", help=tr("Markdown を書き出す", "Write Markdown"))
]

SHOWN_IDS = 5
MOST_NUMBERED = 1000

Write = Callable[["ExamReport", Lang], str]


def command(
    attempt: AttemptArgument = None,
    html: HtmlOption = None,
    csv: CsvOption = None,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Show or write the report of one exam."""
    check_language(lang)
    from quizdl.paths import record_file

    files = [
        (option, path) for option, path in (("--html", html), ("--csv", csv), ("--md", markdown)) if path is not None
    ]
    for option, path in files:
        _check_free(option, path, attempt)
    if not record_file().exists():
        raise _nothing_finished()
    from quizdl.record import Store

    with Store.open(record_file()) as store:
        report = _report(store, _chosen(store.exams(), attempt))
    for option, path in files:
        _write(option, path, _writer(option)(report, current()), attempt)
    if as_json:
        from quizdl.cli.objects import print_json
        from quizdl.report.objects import report_object

        print_json(report_object(report, current()))
    elif files:
        for _, path in files:
            say(f"{tr('書き出しました', 'Written')}: {path}", path)
    else:
        from quizdl.screen.console import make_console
        from quizdl.screen.exam_report import report_page

        make_console().print(report_page(report, current()))
    return 0


def _report(store: Store, exam_id: str) -> ExamReport:
    from quizdl.cli.exam_results import recorded
    from quizdl.report.exam import exam_report

    sheet, events = store.exam(exam_id)
    return exam_report(sheet, events, recorded(store, exam_id), store.past())


def _chosen(exams: list[ExamSummaryRow], wanted: str | None) -> str:
    """The id of the exam that is meant. Raises InputError where there is none, or more than one."""
    if wanted is None:
        finished = [exam.id for exam in exams if exam.finished]
        if not finished:
            raise _nothing_finished(unfinished=any(exam.form == "screen" for exam in exams))
        return finished[-1]
    found = [exam for exam in exams if exam.id.startswith(wanted)]
    exact = [exam for exam in found if exam.id == wanted]
    if len(exact or found) != 1 or not wanted:
        raise _unclear(wanted, [exam.id for exam in found or exams])
    (exam,) = exact or found
    if not exam.finished:
        raise _unfinished(exam)
    return exam.id


def _nothing_finished(*, unfinished: bool = False) -> InputError:
    return InputError(
        Text("終えた模試はまだありません。", "No mock exam is finished yet."),
        same("quizdl exam --resume" if unfinished else "quizdl exam"),
    )


def _unfinished(exam: ExamSummaryRow) -> InputError:
    """What to type depends on how it is sat."""
    paper = exam.form == "paper"
    return InputError(
        Text("この模試はまだ終わっていません。", "This exam is not finished yet."),
        same("quizdl exam --grade answers.json" if paper else "quizdl exam --resume"),
        exam.id,
    )


def _unclear(wanted: str, ids: list[str]) -> InputError:
    from quizdl.sanitise import printable

    shown, known = printable(wanted, 80), ", ".join(ids[-SHOWN_IDS:]) or "–"
    return InputError(
        Text(
            f"模試を 1 つに決められません: {shown!r}。最近の模試: {known}",
            f"{shown!r} is not one exam. The latest: {known}",
        ),
        same(f"quizdl report {ids[-1]}" if ids else "quizdl exam"),
    )


def _writer(option: str) -> Write:
    """jinja2 and MathML are imported only where a page is asked for."""
    if option == "--html":
        from quizdl.report.html import report_html

        return report_html
    if option == "--csv":
        from quizdl.report.csv import report_csv

        return report_csv
    from quizdl.report.markdown import report_markdown

    return report_markdown


def _check_free(option: str, path: Path, attempt: str | None) -> None:
    """Raises InputError where a file would be lost, before any work is done, and for what is no file's name."""
    if not path.name:
        raise InputError(
            Text(f"{option} にファイル名がありません。", f"{option} needs a file's name."), same("quizdl report --help")
        )
    if path.exists() or path.is_symlink():
        raise _taken(option, path, attempt)


def _write(option: str, path: Path, text: str, attempt: str | None) -> None:
    try:
        write_new(path, text.encode())
    except FileExistsError as error:
        raise _taken(option, path, attempt) from error


def _taken(option: str, path: Path, attempt: str | None) -> InputError:
    import shlex

    names = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, MOST_NUMBERED))
    free = next((name for name in names if not name.exists()), path)
    words = ["quizdl", "report", *([attempt] if attempt else []), option, str(free)]
    return InputError(
        Text("すでにファイルがあるため、上書きしませんでした。", "This file exists already; it was left as it is."),
        same(shlex.join(words)),
        str(path),
    )
