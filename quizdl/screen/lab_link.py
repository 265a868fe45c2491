"""The line under an explanation that names the experiment of its section."""

from __future__ import annotations

from collections.abc import Iterator

from quizdl.model import Question
from quizdl.screen.page import Block, Paragraph
from quizdl.text import Lang, Text

LABEL = Text("実験: ", "Lab: ")


def lab_command(name: str) -> str:
    """What starts it.

    >>> lab_command("sine-wave")
    'quizdl lab sine-wave'
    """
    return f"quizdl lab {name}"


def lab_line(question: Question, lang: Lang, indent: int) -> Iterator[Block]:
    """The command of the section's lab; nothing where it has none."""
    if question.section_lab:
        yield Paragraph(((lab_command(question.section_lab), "code"),), ((LABEL.of(lang), "quiet"),), indent)
