"""One practice session: the loop between the learner, the state machine, the grader and the record."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from quizdl.bank import ask
from quizdl.cli.dialogue import Dialogue
from quizdl.cli.failure import INTERRUPTED
from quizdl.cli.grading import exit_code
from quizdl.cli.language import current
from quizdl.cli.presenter import Presenter
from quizdl.cli.recording import attempt_of, new_id
from quizdl.cli.submission import typed_answer
from quizdl.errors import InputError
from quizdl.model import Answer, Asked, Code, Essay, Event, Listed, Verdict
from quizdl.screen.kinsoku import wrap
from quizdl.study import practice
from quizdl.study.commands import Command, bare_letters, read_line
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.bank import Library
    from quizdl.record import Store
    from quizdl.sandbox import Sandbox

EventKind = Literal["flag", "unflag", "undo", "dispute", "skip"]


class Session:
    """Runs one session to its end; everything answered is in the record before the next question shows."""

    def __init__(
        self,
        store: Store,
        library: Library,
        questions: Sequence[Listed],
        dialogue: Dialogue,
        presenter: Presenter,
        *,
        seed: int,
        again: str,
        minutes: float | None = None,
        expected: Mapping[str, float] | None = None,
    ) -> None:
        """minutes: after them no question is begun, nor, but the first, one whose `expected` seconds are not left."""
        self._store = store
        self._library = library
        self._dialogue = dialogue
        self._show = presenter
        self._seed = seed
        self._again = again
        self._deadline = None if minutes is None else time.monotonic() + 60 * minutes
        self._expected = expected or {}
        self._began = time.monotonic()
        self._id = new_id()
        self._sandbox: Sandbox | None = None
        self._last_answered: tuple[Asked, str] | None = None
        self._state = practice.begin([question.id for question in questions], store.flagged())

    def run(self) -> int:
        """Ask until the end; returns the exit code."""
        interrupted = False
        try:
            while (question_id := self._state.current) and not self._time_is_up(question_id):
                self._ask(ask(self._library.find(question_id), self._seed))
        except KeyboardInterrupt:
            interrupted = True
            self._show.note(
                Text("\n中断しました。ここまでの解答は保存済みです。", "\nInterrupted; every answer so far is saved.")
            )
        finally:
            if self._sandbox:
                self._sandbox.close()
        self._show.summary(self._state, self._facts())
        return INTERRUPTED if interrupted else self._exit_code()

    def _ask(self, asked: Asked) -> None:
        """One question until it is answered, skipped, taken back or left."""
        self._present(asked)
        began = time.monotonic()
        while self._state.current == asked.question.id:
            line = self._dialogue.read(self._prompt(asked))
            if line is None:
                self._state = practice.stop(self._state)
                return
            before = self._state.position
            command = read_line(line, asked) if self._dialogue.takes_commands else Command("answer", line)
            self._obey(asked, command, time.monotonic() - began)
            if self._state.position != before:
                return

    def _obey(self, asked: Asked, command: Command, seconds: float) -> None:
        match command.action:
            case "answer":
                self._answer(asked, command.text, seconds)
            case "hint":
                self._state = practice.show_hint(self._state, len(asked.hints))
                self._show.hint(asked, self._state.hints_shown)
            case "skip":
                self._record("skip", asked)
                self._state = practice.complete(self._state, self._done(asked))
            case "flag":
                self._flag(asked)
            case "undo":
                self._take_back()
            case "dispute":
                self._dispute(asked, command.text)
            case "quit":
                self._state = practice.stop(self._state)
            case "unknown":
                self._show.note(
                    Text(
                        f"`{command.text}` というコマンドはありません。使えるのは :h :s :f :u :q :d です。",
                        f"There is no command `{command.text}`; there are :h :s :f :u :q :d.",
                    )
                )

    def _answer(self, asked: Asked, text: str, seconds: float) -> None:
        try:
            answer = self._collect(asked, text)
        except InputError as error:
            if self._dialogue.interactive:
                self._show.note(error.message)
                return
            answer, verdict = Answer(text=text), _unread(error)  # a script's next answer belongs to the next question
        else:
            if answer is None:
                return
            verdict = self._grade(asked, answer)
        if verdict.verdict == "unreadable" and self._dialogue.interactive:
            self._show.verdict(asked, verdict)  # a slip of the fingers is no answer: ask again
            return
        attempt_id = None  # where the grader failed there is no attempt: nobody's answer was wrong
        if verdict.verdict != "grader_error":
            attempt_id = self._keep(asked, answer, verdict, seconds)
        if verdict.verdict == "correct" and answer.source is not None:
            from quizdl.cli.compose import discard_draft

            discard_draft(asked)
        self._show.verdict(asked, verdict)
        self._state = practice.complete(self._state, self._done(asked, attempt_id, verdict))

    def _keep(self, asked: Asked, answer: Answer, verdict: Verdict, seconds: float) -> str:
        """Put the attempt on disk; returns its id."""
        attempt = attempt_of(
            asked,
            answer,
            verdict,
            mode="practice",
            session=self._id,
            hints_used=self._state.hints_shown,
            thinking_seconds=seconds,
        )
        self._store.append(attempt)
        self._last_answered = (asked, attempt.id)
        return attempt.id

    def _collect(self, asked: Asked, text: str) -> Answer | None:
        """The answer to grade; None where there is none yet (an empty line, an editor closed without a change)."""
        from quizdl.cli import compose

        if not self._dialogue.interactive:
            return typed_answer(asked, text)
        if isinstance(asked.question, Code) and asked.question.answer is None and not text:
            return compose.from_editor(asked, self._show.note)
        if not text:
            self._show.note(Text("解答を入力してください(`:s` でとばせます)。", "Type an answer (`:s` skips)."))
            return None
        answer = typed_answer(asked, text)
        if isinstance(asked.question, Essay):
            return compose.confirm(asked, answer, self._dialogue, self._show.note)
        return answer

    def _grade(self, asked: Asked, answer: Answer) -> Verdict:
        from quizdl.grading import grade

        return grade(asked, answer, sandbox=self._warm() if isinstance(asked.question, Code) else None)

    def _warm(self) -> Sandbox:
        """The session's one sandbox server; it starts while the learner reads the first code question."""
        if self._sandbox is None:
            from quizdl.sandbox import Sandbox

            self._sandbox = Sandbox()
            self._sandbox.start()
        return self._sandbox

    def _present(self, asked: Asked) -> None:
        flagged = asked.question.id in self._state.flagged
        self._show.question(asked, self._state.position + 1, len(self._state.queue), flagged)
        if isinstance(asked.question, Code) and self._dialogue.interactive:
            self._warm()

    def _flag(self, asked: Asked) -> None:
        self._state = practice.toggle_flag(self._state)
        flagged = asked.question.id in self._state.flagged
        self._record("flag" if flagged else "unflag", asked)
        self._show.note(Text("印を付けました。", "Flagged.") if flagged else Text("印を外しました。", "Flag removed."))

    def _take_back(self) -> None:
        self._state, last = practice.take_back(self._state)
        if last is None:
            self._show.note(Text("取り消せる解答はありません。", "There is nothing to take back."))
            return
        asked = ask(self._library.find(last.question_id), self._seed)
        if last.attempt_id:
            self._record("undo", asked, attempt_id=last.attempt_id)
        self._show.note(
            Text("直前の解答を取り消しました。もう一度解いてください。", "Taken back; here is the question again.")
        )

    def _dispute(self, asked: Asked, comment: str) -> None:
        """Dispute the question on the screen, or with `:d last …` the one answered just before."""
        target, attempt_id = asked, None
        word, _, rest = comment.partition(" ")
        if word in ("last", "前") and self._last_answered:
            (target, attempt_id), comment = self._last_answered, rest
        self._record("dispute", target, attempt_id=attempt_id, comment=comment)
        self._show.note(
            Text(
                f"{target.question.id} への異議を記録しました。一覧: `quizdl disputes`",
                f"Your dispute of {target.question.id} is recorded; see `quizdl disputes`.",
            )
        )

    def _record(self, kind: EventKind, asked: Asked, *, attempt_id: str | None = None, comment: str = "") -> None:
        self._store.add(
            Event(
                id=new_id(),
                kind=kind,
                question_id=asked.question.id,
                at=time.time(),
                session=self._id,
                attempt_id=attempt_id,
                seed=asked.seed,
                version=asked.question.version,
                comment=comment,
            )
        )

    def _done(self, asked: Asked, attempt_id: str | None = None, verdict: Verdict | None = None) -> practice.Done:
        return practice.Done(
            question_id=asked.question.id,
            points=asked.question.points,
            attempt_id=attempt_id,
            verdict=verdict.verdict if verdict else None,
            score=verdict.score if verdict else 0.0,
            section=asked.question.section,
            mistake=verdict.mistake if verdict else None,
        )

    def _prompt(self, asked: Asked) -> str:
        bare = " ".join(bare_letters(asked))
        commands = Text(
            ":h ヒント :s とばす :f 印 :u 取消 :q 終了 :d 異議", ":h hint :s skip :f flag :u undo :q quit :d dispute"
        ).of(current())
        also = Text(f"({bare} だけでも可)", f" ({bare} alone work too)").of(current()) if bare else ""
        if not self._dialogue.interactive:
            return "> "
        lines = f"{_how_to_hand_in(asked).of(current())}{commands}{also}".split("\n")
        width = max(shutil.get_terminal_size().columns, 2)
        return "\n".join([*(part for line in lines for part in wrap(line, width)), "> "])

    def _time_is_up(self, question_id: str) -> bool:
        if self._deadline is None:
            return False
        needed = self._expected.get(question_id, 0.0) if self._state.done else 0.0
        return time.monotonic() + needed >= self._deadline

    def _exit_code(self) -> int:
        codes = {exit_code(done.verdict) for done in self._state.done if done.verdict}
        return max(codes, default=0)

    def _facts(self) -> dict[str, Any]:
        """The session in numbers, as `--json` prints them."""
        from quizdl.study.facts import session_facts

        return session_facts(
            self._state,
            seed=self._seed,
            session=self._id,
            seconds=time.monotonic() - self._began,
            again=self._again,
        )


def _unread(error: InputError) -> Verdict:
    """The verdict on an answer that names a file which cannot be read."""
    where = f" ({error.where})" if error.where else ""
    told = Text(f"{error.message.ja}{where}", f"{error.message.en}{where}")
    return Verdict(verdict="unreadable", score=0.0, passed=0, total=1, feedback=(told,))


def _how_to_hand_in(asked: Asked) -> Text:
    """A whole function is not typed on one line."""
    if isinstance(asked.question, Code) and asked.question.answer is None:
        return Text("Enter でエディターを開く  @ファイル で提出\n", "Enter opens the editor  @file hands one in\n")
    return same("")
