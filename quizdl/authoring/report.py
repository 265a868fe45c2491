"""What a check of the bank found: faults, warnings and counts, for people and for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quizdl.errors import BankError
from quizdl.text import Lang, Text


@dataclass(frozen=True)
class Report:
    """The outcome of a check. Faults make a bank unusable or unfair; warnings are for the author to weigh.

    counts: how much was proved: files, questions, variants, answers (graded) and programs (run).
    """

    faults: tuple[BankError, ...] = ()
    warnings: tuple[BankError, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """One object: `ok`, `counts`, and lists of `faults` and `warnings`, each with message, hint and where."""
        return {
            "ok": not self.faults,
            "counts": dict(self.counts),
            "faults": [_object(error, lang) for error in self.faults],
            "warnings": [_object(error, lang) for error in self.warnings],
        }

    def lines(self, lang: Lang) -> list[str]:
        """A line for each finding, warnings first so that faults stay in sight, then the summary."""
        return [
            *(_line(error, _WARNING, lang) for error in self.warnings),
            *(_line(error, _FAULT, lang) for error in self.faults),
            self._summary().of(lang),
        ]

    def _summary(self) -> Text:
        count = {name: self.counts.get(name, 0) for name in ("files", "questions", "variants", "answers", "programs")}
        faults, warnings = len(self.faults), len(self.warnings)
        if "disputes" in self.counts:
            here, elsewhere = self.counts["disputes"], self.counts.get("elsewhere", 0)
            return Text(
                f"異議 {here} 件を採点し直しました(ほかの問題集の {elsewhere} 件は除く)",
                f"{here} disputes looked into ({elsewhere} are about other banks)",
            )
        return Text(
            f"{count['files']} ファイル、{count['questions']} 問、出題例 {count['variants']} 件、"
            f"採点した答え {count['answers']} 件、実行したプログラム {count['programs']} 件: "
            f"誤り {faults} 件、警告 {warnings} 件",
            f"{count['files']} files, {count['questions']} questions, {count['variants']} variants, "
            f"{count['answers']} answers graded, {count['programs']} programs run: "
            f"{faults} faults, {warnings} warnings",
        )


_FAULT = Text("誤り", "fault")
_WARNING = Text("警告", "warning")


def _line(error: BankError, label: Text, lang: Lang) -> str:
    hint = f" → {error.hint.of(lang)}" if error.hint else ""
    return f"{error.where}: {label.of(lang)}: {error.message.of(lang)}{hint}"


def _object(error: BankError, lang: Lang) -> dict[str, Any]:
    return {"message": error.message.of(lang), "hint": error.hint and error.hint.of(lang), "where": error.where}
