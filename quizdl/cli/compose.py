"""How a longer answer is put together in practice: in an editor, or confirmed point by point."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from quizdl.cli.dialogue import Dialogue
from quizdl.cli.language import current
from quizdl.cli.submission import read_submission
from quizdl.model import Answer, Asked, Essay
from quizdl.text import Text, same

Note = Callable[[Text], None]


def from_editor(asked: Asked, note: Note) -> Answer | None:
    """A whole function written in `$VISUAL` or `$EDITOR`; None where there is no editor or nothing was written.

    The draft lies in the user's folder until it is graded right, so that nothing typed is ever lost.
    """
    editor = _editor()
    if editor is None:
        note(
            Text(
                "エディターが見つかりません。$EDITOR を設定するか、`@ファイル` で提出してください。",
                "No editor was found. Set $EDITOR, or hand in a file with `@path`.",
            )
        )
        return None
    from quizdl.cli.start import fill_in_file

    template = fill_in_file(asked)
    draft = _draft(asked)
    if not draft.exists():
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(template, encoding="utf-8")
    try:
        subprocess.run([*editor, str(draft)], check=False)  # noqa: S603 - the learner's own editor
    except OSError as error:
        note(Text(f"エディターを起動できません: {error}", f"The editor cannot be started: {error}"))
        return None
    source = read_submission(str(draft))
    if source == template.encode():
        note(
            Text(
                f"まだ何も書かれていないため提出しませんでした。下書き: {draft}",
                f"Nothing was written, so nothing was handed in. The draft: {draft}",
            )
        )
        return None
    return Answer(source=source)


def discard_draft(asked: Asked) -> None:
    """The draft has done its work: the next time the question starts from its template."""
    with contextlib.suppress(OSError):  # a draft that cannot be removed costs nobody the answer just saved
        _draft(asked).unlink(missing_ok=True)


def confirm(asked: Asked, answer: Answer, dialogue: Dialogue, note: Note) -> Answer:
    """Show the rubric with the points that the text seems to make; the learner corrects them by number."""
    from quizdl.grading.essay import proposed

    question = asked.question
    assert isinstance(question, Essay)  # noqa: S101 - checked by the caller
    found = proposed(asked, answer.text)
    lines = [
        f"  {number}. [{'x' if point.id in found else ' '}] {point.text.of(current())}"
        for number, point in enumerate(question.rubric, 1)
    ]
    note(same("\n".join(lines)))
    prompt = Text(
        "書けている要素の番号(そのまま Enter で印どおり)> ", "Numbers of the points you made (Enter: as marked)> "
    )
    line = dialogue.read(prompt.of(current()))
    if not (line or "").strip():
        return Answer(text=answer.text, confirmed=tuple(point.id for point in question.rubric if point.id in found))
    numbers = {int(word) for word in (line or "").replace(",", " ").split() if word.isdecimal()}
    confirmed = tuple(point.id for number, point in enumerate(question.rubric, 1) if number in numbers)
    return Answer(text=answer.text, confirmed=confirmed)


def _editor() -> list[str] | None:
    for name in (os.environ.get("VISUAL"), os.environ.get("EDITOR"), "nano", "vi"):
        words = shlex.split(name) if name else []
        if words and shutil.which(words[0]):
            return words
    return None


def _draft(asked: Asked) -> Path:
    from quizdl.paths import home

    return home() / "drafts" / f"{asked.question.id}.py"
