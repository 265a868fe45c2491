"""What learners called wrong, as a file that goes to an author; and the same answers graded again by today's bank."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from quizdl.authoring.report import Report
from quizdl.bank import Library, ask
from quizdl.errors import BankError, InputError, QuizdlError, UnknownIdError
from quizdl.model import Answer, Asked, Code, Verdict
from quizdl.paths import bank_root
from quizdl.sanitise import printable
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.sandbox import Sandbox

FORMAT = "quizdl disputes 1"
_MOST_BYTES = 16 << 20


class Dispute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dispute: of which question and variant, what was answered, what the grader said then, and the comment.

    answer: None where the question was disputed before it was answered. at: an ISO date.
    """

    id: str
    seed: int = 0
    version: str | None = None
    answer: str | None = None
    comment: str = ""
    at: str = ""
    input_seed: int | None = None
    verdict: str | None = None
    mistake: str | None = None
    prompt: Text | None = None
    key: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, kw_only=True):
    format: str
    quizdl: str
    disputes: tuple[Dispute, ...]


def written(disputes: Sequence[Dispute], quizdl: str) -> bytes:
    """The file: JSON, indented, so that an author can read it as it is."""
    data = msgspec.json.encode(_File(format=FORMAT, quizdl=quizdl, disputes=tuple(disputes)))
    return msgspec.json.format(data, indent=2) + b"\n"


def read_disputes(path: Path) -> tuple[Dispute, ...]:
    """The disputes of a file, or of what `quizdl disputes --json` printed. Raises InputError where it is neither."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
        if data.lstrip().startswith(b"["):
            return msgspec.json.decode(data, type=tuple[Dispute, ...])
        found = msgspec.json.decode(data, type=_File)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    if found.format != FORMAT:
        raise _unreadable(path, printable(found.format, 60))
    return found.disputes


def _unreadable(path: Path, reason: str) -> InputError:
    said = printable(reason, 200)
    return InputError(
        Text(f"異議のファイルとして読めません({said})。", f"It cannot be read as a file of disputes ({said})."),
        Text("作り方: quizdl disputes --out disputes.json", "Made by: quizdl disputes --out disputes.json"),
        str(path),
    )


def replay(root: Path, disputes: Iterable[Dispute]) -> Report:
    """Grade every disputed answer by the bank at `root` as it is now, and report each at its question's place.

    A dispute about another bank's question is passed over; one whose answer is graded as it was is a warning.
    """
    from quizdl.sandbox import Sandbox

    ours = root.resolve() == bank_root().resolve()
    library, warnings = Library(root), []
    counts = {"disputes": 0, "elsewhere": 0, "answers": 0}
    with Sandbox() as sandbox:
        for dispute in disputes:
            bank, _, own_id = dispute.id.rpartition(".")
            if bank != ("" if ours else root.resolve().name):
                counts["elsewhere"] += 1
                continue
            counts["disputes"] += 1
            counts["answers"] += dispute.answer is not None
            warnings.append(_replayed(dispute, own_id, library, sandbox, trusted=ours))
    return Report((), tuple(warnings), counts)


def _replayed(dispute: Dispute, own_id: str, library: Library, sandbox: Sandbox, *, trusted: bool) -> BankError:
    """What has become of one dispute, as a finding with its place."""
    comment = printable(dispute.comment, 300)
    try:
        asked = ask(library.find(own_id), dispute.seed)
    except UnknownIdError:
        gone = Text("この問題はもうありません。", "There is no such question any more.")
        return BankError(_told(dispute, gone), Text(comment, comment) if comment else None, "-:1:1")
    except QuizdlError as error:
        return BankError(_told(dispute, error.message), error.hint, error.where or "-:1:1")
    now = _judged(dispute, asked, sandbox, trusted=trusted)
    changed = dispute.version is not None and dispute.version != asked.question.version
    since = Text("問題はその後変わりました。", " The question has changed since.") if changed else Text("", "")
    message = Text(f"{now.ja}{since.ja}", f"{now.en}{since.en}")
    return BankError(_told(dispute, message), Text(comment, comment) if comment else None, asked.question.place)


def _told(dispute: Dispute, what: Text) -> Text:
    name = f"{printable(dispute.id, 80)} --seed {dispute.seed}"
    return Text(f"{name}: {what.ja}", f"{name}: {what.en}")


def _judged(dispute: Dispute, asked: Asked, sandbox: Sandbox, *, trusted: bool) -> Text:
    """How the answer is graded now, and how it was then."""
    if dispute.answer is None:
        return Text("解答前の異議です。", "Disputed before it was answered.")
    verdict = _grade(dispute, asked, sandbox, trusted=trusted)
    answer = printable(" ".join(dispute.answer.split()), 80)
    now, then = _named(verdict.verdict, verdict.mistake), _named(dispute.verdict or "?", dispute.mistake)
    if dispute.verdict is None or now == then:
        return Text(f"解答「{answer}」は {now} と採点されます。", f"The answer '{answer}' is graded {now}.")
    return Text(
        f"解答「{answer}」は {then} から {now} に変わりました。",
        f"The answer '{answer}' was graded {then} and is now {now}.",
    )


def _named(verdict: str, mistake: str | None) -> str:
    return f"{printable(verdict, 40)} ({printable(mistake, 60)})" if mistake else printable(verdict, 40)


def _grade(dispute: Dispute, asked: Asked, sandbox: Sandbox, *, trusted: bool) -> Verdict:
    from quizdl.grading import grade

    text = dispute.answer or ""
    if not isinstance(asked.question, Code):
        return grade(asked, Answer(text=text))
    if not trusted:
        sandbox.require("L2")
    whole = asked.question.answer is None or f"def {asked.question.function}(" in text
    answer = Answer(source=text.encode()) if whole else Answer(text=text)
    return grade(asked, answer, input_seed=dispute.input_seed, sandbox=sandbox)
