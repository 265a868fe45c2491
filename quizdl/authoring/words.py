"""Looks at a question's sentences: both languages are there, and the right option does not stand out by its length."""

from __future__ import annotations

import re

from quizdl.authoring.subject import Subject
from quizdl.bank.characters import holds_japanese
from quizdl.bank.texts import texts_of
from quizdl.model import Choice
from quizdl.text import Text

LONGEST_RATIO = 1.6
_FEW_CHARACTERS = 6
"""Options as short as numbers and symbols differ in length for reasons of their own."""

_NOT_PROSE = re.compile(r"(`+).*?\1|\$[^$]*\$|\{\{.*?\}\}|（.）", re.DOTALL)
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]{2,}")
_WORD = re.compile(r"[A-Za-z]{2,}")
_SENTENCE_WORDS = 4


def prove_texts(subject: Subject) -> None:
    """Report sentences that are missing in one language, an option whose length tells, and what is still a draft."""
    if subject.question.status == "draft":
        subject.warn(("status",), _DRAFT, _FINISH)
    for path, text in texts_of(subject.question):
        if path[0] != "options" or path[-1] == "why":
            _check_languages(subject, path, text)
    if isinstance(subject.question, Choice):
        _check_lengths(subject, subject.question)


_DRAFT = Text("下書きなので、練習・模試・一覧には出ません。", "It is a draft: practice, exams and lists leave it out.")
_FINISH = Text("両言語がそろったら status: を消してください。", "Delete status: once both languages are there.")


def _check_languages(subject: Subject, path: tuple[str | int, ...], text: Text) -> None:
    ja, en = _NOT_PROSE.sub(" ", text.ja), _NOT_PROSE.sub(" ", text.en)
    if len(_WORD.findall(ja)) >= _SENTENCE_WORDS and not holds_japanese(ja):
        report = subject.warn if subject.question.status == "draft" else subject.fault
        report(
            (*path, "ja"),
            Text("日本語の文がありません。", "There is no Japanese sentence here."),
            Text("{ja: …, en: …} と両方を書いてください。", "Write both: {ja: …, en: …}."),
        )
    if found := _KANA.search(en):
        subject.warn(
            (*path, "en"),
            Text(f"英語の文に日本語「{found[0]}」があります。", f"The English text holds Japanese: '{found[0]}'."),
            Text("英語に直してください。", "Say it in English."),
        )


def _check_lengths(subject: Subject, question: Choice) -> None:
    """A right option much longer than all others is found without knowing anything."""
    right = [option.text for option in question.options if option.correct]
    wrong = [option.text for option in question.options if not option.correct]
    if len(right) != 1 or not wrong:
        return
    for lang in ("ja", "en"):
        mine = len(getattr(right[0], lang))
        others = max(len(getattr(text, lang)) for text in wrong)
        if mine > LONGEST_RATIO * others and mine - others > _FEW_CHARACTERS:
            subject.warn(
                ("options",),
                Text(
                    f"正解の選択肢（{mine} 文字）が他（最長 {others} 文字）より目立って長いです（{lang}）。",
                    f"The right option ({mine} characters) is far longer than the others (at most {others}; {lang}).",
                ),
                Text("選択肢の長さをそろえてください。", "Make the options alike in length."),
            )
            return
