"""The phone pack as it is written: complete, offline, safe against any text, readable even where no script runs."""

from __future__ import annotations

import re

import msgspec
import pytest

from quizdl.model import PhonePack
from quizdl.screen.html import inline_html, prose_html
from quizdl.screen.web.phone import phone_html
from quizdl.text import Lang

from .test_paper_page import LANGUAGES, Tags, hostile


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_question_comes_with_all_that_is_said_afterwards(pack: PhonePack, lang: Lang) -> None:
    """The key, each wrong option's reason and name, the hints, the explanation, the figure."""
    page = phone_html(pack, 15, lang)
    for asked in pack.questions:
        assert prose_html(asked.explanation.of(lang)) in page
        assert all(prose_html(hint.of(lang)) in page for hint in asked.hints)
        for option in asked.options:
            assert option.why is None or inline_html(option.why.of(lang)) in page
            assert option.correct or f"<code>{option.id}</code>" in page
    assert page.count("<svg") == sum(asked.figure is not None for asked in pack.questions) > 0
    keys = [[one.correct for one in asked.options].index(True) for asked in pack.questions]
    assert f'"keys":[{",".join(map(str, keys))}]' in page


def test_without_a_script_the_answers_can_still_be_read(pack: PhonePack) -> None:
    """A viewer that runs no script shows the questions, and each answer in an element that opens by itself."""
    page = phone_html(pack, 15, "en")
    tags = [tag for tag, _ in Tags(page).found]
    assert tags.count("details") == tags.count("summary") == len(pack.questions)
    assert "No script runs in this viewer" in page
    hidden_without_script = re.findall(r"^\.question[^{]*\{[^}]*display: none", page, re.MULTILINE)
    assert not hidden_without_script


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_text_is_never_markup(pack: PhonePack, lang: Lang) -> None:
    """Not in reasons, hints, explanations or mistakes' names either."""
    bad = Tags(phone_html(msgspec.structs.replace(pack, questions=tuple(map(hostile, pack.questions))), 15, lang))
    tags = [tag for tag, _ in bad.found]
    assert "img" not in tags
    assert tags.count("script") == 2
    assert not [attrs for _, attrs in bad.found if any(name.startswith("on") for name in attrs)]
    assert "\u202e" not in bad.said
