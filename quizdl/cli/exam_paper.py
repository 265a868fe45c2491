"""An exam on paper or in a browser: written as a file, graded when its answers come back."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from quizdl.cli.language import current, tr
from quizdl.errors import InputError
from quizdl.screen.say import say
from quizdl.study.exam import replay
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.cli.exam_setting import Wanted
    from quizdl.record import Store


def write_paper(store: Store, wanted: Wanted, path: Path, *, as_json: bool) -> int:
    """Set an exam and write its page; the record keeps the sheet, so that the answers can be graded.

    The page takes its place only when the record has the sheet: no page is ever handed out that cannot be graded.
    """
    from quizdl.cli.banks import open_library
    from quizdl.cli.exam_outcome import print_written
    from quizdl.cli.exam_setting import set_exam
    from quizdl.screen.web.paper import paper_html
    from quizdl.settings import load_settings

    sheet, remark = set_exam(open_library(), store, load_settings(), wanted)
    page = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        page.write_text(paper_html(sheet, current()), encoding="utf-8", newline="\n")
        store.add_exam(sheet)
        page.replace(path)
    except OSError as error:
        error.filename = str(path)  # the name that was given, not that of the draft
        raise
    finally:
        with contextlib.suppress(OSError):  # it took its place, or was never there
            page.unlink()
    print_written(sheet, path, remark, as_json=as_json)
    return 0


def grade_paper(store: Store, path: Path, *, as_json: bool) -> int:
    """Grade the answers that an exam's page saved. They are recorded once: whoever grades them again sees them again.

    Raises InputError for answers that cannot be read, belong to no exam of this record, or were not handed in yet.
    """
    from quizdl.cli.exam_outcome import print_outcome
    from quizdl.cli.exam_results import attempts_of, recorded
    from quizdl.cli.submission import read_regular
    from quizdl.exchange.paper import MOST_BYTES, events_of, read_answers

    answers = read_answers(read_regular(str(path), MOST_BYTES), str(path))
    if not answers.finished:
        raise InputError(
            Text("この模試はまだ提出されていません。", "This exam is not handed in yet."),
            Text(
                "模試のページで提出し、答案を保存し直してください。",
                "Hand it in on its page, then save the answers again.",
            ),
            str(path),
        )
    if all(row.id != answers.exam for row in store.exams()):
        raise InputError(
            Text(
                "この記録で作った模試の答案ではありません。",
                "This record has set no exam that these answers belong to.",
            ),
            Text(
                "模試を書き出したのと同じ QUIZDL_HOME で実行してください。",
                "Use the QUIZDL_HOME that the exam was written with.",
            ),
            str(path),
        )
    sheet, _ = store.exam(answers.exam)
    events = events_of(answers, sheet, time.time())
    sitting = replay(sheet, events)
    attempts = attempts_of(sitting, at=events[-1].at, mode="paper")
    if not store.finish_exam(sheet.id, events, attempts):
        sitting, attempts = replay(*store.exam(sheet.id)), recorded(store, sheet.id)
        if not as_json:
            say(tr("この模試は採点済みです。最初の採点の結果:", "This exam is graded already. Its result:"))
    return print_outcome(sitting, attempts, as_json=as_json)
