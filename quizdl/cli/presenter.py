"""What practice puts out: pages for a person, or one JSON object a line for a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from quizdl.model import Asked, Verdict
from quizdl.study.practice import Practice
from quizdl.text import Lang, Text

if TYPE_CHECKING:
    from rich.console import Console


Facts = dict[str, Any]
"""The session in numbers, as `study.facts` makes them."""


class Presenter(Protocol):
    """Everything that a session has to say."""

    def question(self, asked: Asked, number: int, total: int, flagged: bool) -> None:
        """The question to answer now."""

    def hint(self, asked: Asked, shown: int) -> None:
        """The `shown`-th hint."""

    def verdict(self, asked: Asked, verdict: Verdict) -> None:
        """What the grader says, and why."""

    def note(self, text: Text) -> None:
        """A short remark."""

    def summary(self, state: Practice, facts: Facts) -> None:
        """The end of the session."""


class Pages:
    """For a person, with rich."""

    def __init__(self, lang: Lang) -> None:
        from quizdl.screen.console import make_console

        self._lang = lang
        self._console: Console = make_console()

    def question(self, asked: Asked, number: int, total: int, flagged: bool) -> None:
        """The question, under a line that says how far the session is."""
        from quizdl.screen.question import render_question

        self._console.print(render_question(asked, self._lang, position=(number, total), flagged=flagged))

    def hint(self, asked: Asked, shown: int) -> None:
        """One hint; says so where there is none."""
        if not asked.hints:
            self.note(Text("この問題にヒントはありません。", "This question has no hint."))
            return
        from quizdl.screen.page import Page
        from quizdl.screen.question import hint_line

        self._console.print(Page((hint_line(asked.hints[shown - 1], shown, len(asked.hints), self._lang),)))

    def verdict(self, asked: Asked, verdict: Verdict) -> None:
        """The verdict, the reason, the named mistake and the explanation."""
        from quizdl.cli.glossary import terms_of
        from quizdl.screen.verdict import render_verdict

        self._console.print(render_verdict(asked, verdict, self._lang, terms=terms_of(asked)))

    def note(self, text: Text) -> None:
        """A remark in the language of the session."""
        from quizdl.screen.prose import prose

        self._console.print(prose(text.of(self._lang)))

    def summary(self, state: Practice, facts: Facts) -> None:
        """What was answered, how well, and what to type next."""
        from quizdl.screen.summary import render_summary

        self._console.print(render_summary(state, self._lang, seconds=facts["seconds"], again=facts["again"]))


class Objects:
    """For a script: one verdict a line, at the end `{"summary": …}`."""

    def __init__(self, lang: Lang) -> None:
        self._lang = lang

    def question(self, asked: Asked, number: int, total: int, flagged: bool) -> None:
        """Nothing: `show --json` gives the question."""

    def hint(self, asked: Asked, shown: int) -> None:
        """Nothing: `hint --json` gives them."""

    def verdict(self, asked: Asked, verdict: Verdict) -> None:
        """The contract's object of one answer."""
        from quizdl.cli.objects import print_json, verdict_object

        print_json(verdict_object(asked, verdict, self._lang))

    def note(self, text: Text) -> None:
        """Nothing: remarks are for people."""

    def summary(self, state: Practice, facts: Facts) -> None:
        """The last line."""
        from quizdl.cli.objects import print_json

        print_json({"summary": facts})
