"""The first time at a terminal: when is the exam? It is asked once; whoever passes it over is not asked again."""

from __future__ import annotations

import msgspec

from quizdl.cli.language import current, tr
from quizdl.screen.say import say
from quizdl.settings import Settings, fault_of, save_settings
from quizdl.text import Text

MOST_TRIES = 3


def welcome(settings: Settings) -> Settings:
    """Ask for the exam's date, and keep what was chosen; the settings as they are from now on."""
    from quizdl.cli.dialogue import Terminal

    say(
        tr(
            "quizdl へようこそ。試験日が決まっていれば、その日までの毎日の予定を立てます。",
            "Welcome to quizdl. With the date of your exam, it plans every day up to it.",
        )
    )
    terminal, prompt = (
        Terminal(),
        tr("試験日(例: 2027-02-19、未定なら Enter)> ", "Exam date (2027-02-19; Enter: none)> "),
    )
    for _ in range(MOST_TRIES):
        line = (terminal.read(prompt) or "").strip()
        chosen = msgspec.structs.replace(settings, exam_date=line or None)
        fault = fault_of(chosen) or _past(chosen)
        if fault is None:
            save_settings(chosen)
            print()
            return chosen
        say(fault[1].of(current()))
    say(tr("あとで設定できます: quizdl config exam-date 2027-02-19", "Later: quizdl config exam-date 2027-02-19"))
    return settings


def _past(settings: Settings) -> tuple[str, Text] | None:
    """A date that has gone by plans nothing."""
    from datetime import date

    if settings.exam_date and date.fromisoformat(settings.exam_date) < date.today():
        return "exam_date", Text("もう過ぎた日付です。", "That day has gone by.")
    return None
