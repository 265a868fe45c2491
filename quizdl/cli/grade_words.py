"""What `quizdl grade` says to the person at the terminal: what it begins, what is odd, what came of it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from quizdl.batch.folder import REPORT, UNRECOGNISED
from quizdl.batch.gradebook import FILE as GRADEBOOK
from quizdl.batch.gradebook import Gradebook, number
from quizdl.batch.overrides import Overrides
from quizdl.batch.records import Unrecognised
from quizdl.batch.regrade import Regrading
from quizdl.batch.roster import Enrolled
from quizdl.batch.run import Progress
from quizdl.cli.language import current
from quizdl.sanitise import printable
from quizdl.screen.say import say
from quizdl.text import Text

_MOST_LISTED = 20
_MOST_NAMED = 6

HOW_TO_TRUST = Text(
    "提出されたコードは、この環境では十分に隔離できません。`quizdl doctor` で不足を確認してください。"
    "書いた人全員を信頼できるときだけ --i-trust-these-authors をつけて実行できます。",
    "What was handed in cannot be kept apart well enough here; `quizdl doctor` says what is missing. "
    "Only where you trust everybody who wrote it, run it with --i-trust-these-authors.",
)


def tell(text: Text) -> None:
    """A line on standard error: standard output is for results."""
    say(printable(text.of(current()), None), stream=sys.stderr)


def begins(files: int, learners: int, level: str, window: int) -> Text:
    """What will be graded, and how it is kept apart."""
    return Text(
        f"{learners} 人、{files} ファイルを採点します（隔離レベル {level}）。",
        f"Grading {files} files of {learners} learners (isolation level {level}).",
    )


def warn_of_public_solutions(questions: Sequence[str]) -> None:
    """Whoever looks finds the worked answers of the shipped bank."""
    if not questions:
        return
    more = "" if len(questions) <= _MOST_NAMED else f" … (+{len(questions) - _MOST_NAMED})"
    named = ", ".join(questions[:_MOST_NAMED]) + more
    tell(
        Text(
            f"注意: 次の問題は模範解答が quizdl とともに公開されています（quizdl solution ID）: {named}",
            f"Note: the worked answers to these questions ship with quizdl (quizdl solution ID): {named}",
        )
    )


def interrupted(path: Path, out: Path, given: Path) -> Text:
    """How to go on."""
    again = f"quizdl grade {shlex.quote(str(path))} --out {shlex.quote(str(out))} --resume"
    return Text(
        f"\n中断しました。ここまでの結果は保存済みです。続き: {again}",
        f"\nInterrupted; every result so far is saved. To go on: {again}",
    )


def tell_unrecognised(found: Sequence[Unrecognised]) -> None:
    """The files that were not graded, or were with a word."""
    if not found:
        return
    count = len(found)
    tell(
        Text(
            f"採点しなかった、または注意のいるファイル: {count} 件", f"Files left out, or with a word on them: {count}"
        )
    )
    for one in found[:_MOST_LISTED]:
        place = printable(one.place, 120)
        say(f"  {place}: {one.reason.of(current())}", place, stream=sys.stderr)
    if count > _MOST_LISTED:
        tell(Text(f"  ほかは {UNRECOGNISED} にあります。", f"  The others are in {UNRECOGNISED}."))


def tell_unknown(people: Mapping[str, Enrolled]) -> None:
    """Who handed something in and is not enrolled."""
    count = len(people)
    if not count:
        return
    names = ", ".join(printable(people[key].learner, 40) for key in islice(people, _MOST_LISTED))
    more = "" if count <= _MOST_LISTED else f" … (+{count - _MOST_LISTED})"
    tell(
        Text(
            f"名簿にいない人 {count} 名(unknown.csv): {names}{more}",
            f"Not on the roster, {count} (unknown.csv): {names}{more}",
        )
    )


def tell_lost_overrides(overrides: Overrides, book: Gradebook) -> None:
    """Decisions on somebody or something that is not there."""
    if not overrides:
        return
    decided = {learner for learner, _ in overrides}
    learners = {one.learner for _, one in book.everybody() if one.learner in decided}
    questions = {one.id for one in book.questions}
    for learner, question in overrides:
        if learner not in learners or question not in questions:
            who = printable(f"{learner}, {question}", 80)
            tell(Text(f"overrides.csv の行に当てはまるものがありません: {who}", f"overrides.csv: nothing fits {who}"))


def tell_changes(regrading: Regrading, book: Gradebook) -> None:
    """Old → new, a learner a line, those whose score changed first."""
    lang = current()
    changes = sorted(regrading.changes, key=lambda one: (one.before == one.after, book.person(one.learner).learner))
    for one in changes:
        before = "–" if one.before is None else number(one.before)
        name = printable(book.person(one.learner).learner, 60)
        say(f"{name}: {before} → {number(one.after)}", name)
    changed = sum(one.before != one.after for one in changes)
    told = Text(
        f"再採点 {len(changes)} 件、点が変わったのは {changed} 件、影響なし {regrading.unaffected} 件。",
        f"Graded anew: {len(changes)}; scores changed: {changed}; not affected: {regrading.unaffected}.",
    )
    say(told.of(lang))


def tell_end(progress: Progress, out: Path, seed: int | None, *, reports: bool) -> int:
    """What came of it, and where it is; the exit code."""
    lang = current()
    counts = "".join(f", {verdict} {count}" for verdict, count in sorted(progress.counts.items()))
    new, before, alike = progress.done - progress.kept, progress.kept, progress.copied
    told = Text(
        f"採点 {new} 件{counts}。前からの結果 {before} 件、同じ内容 {alike} 件。種 {seed}。",
        f"Graded {new}{counts}; results from before {before}; alike {alike}. Seed {seed}.",
    )
    say(told.of(lang))
    for name in (GRADEBOOK, *([REPORT] if reports else [])):
        print(out / name)
    failed = progress.counts.get("grader_error", 0)
    if not failed:
        return 0
    tell(
        Text(
            f"{failed} 件は採点できませんでした（提出者の誤りではありません）。--resume でもう一度試せます。",
            f"{failed} could not be graded, which is nobody's fault who handed in. --resume tries again.",
        )
    )
    return 3
