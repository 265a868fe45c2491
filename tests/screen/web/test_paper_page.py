"""The exam's page as it is written: nothing of the key in it, nothing but our script can run, both languages alike."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.model import Asked, AskedOption, ExamSheet, Option
from quizdl.screen.web import paper_words, phone_words
from quizdl.screen.web.bundle import embedded
from quizdl.screen.web.paper import paper_html
from quizdl.text import Lang, Text, same

LANGUAGES: tuple[Lang, ...] = ("ja", "en")


class Tags(HTMLParser):
    """The elements of a page with their attributes, and its visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


def _rewritten(asked: Asked, right: int) -> Asked:
    """The same question as it is shown, but with another key, other ids, reasons and explanation."""
    options = tuple(
        msgspec.structs.replace(option, id=f"id-{place}-{right}", correct=place == right, why=same(f"why {right}"))
        for place, option in enumerate(asked.options)
    )
    written = tuple(
        Option(id=one.id, text=one.text, correct=one.correct, why=None if one.correct else one.why) for one in options
    )
    question = msgspec.structs.replace(asked.question, options=written, explanation=same(f"because {right}"))
    key = (options[right].id,)
    return msgspec.structs.replace(
        asked, options=options, question=question, key=key, explanation=question.explanation, hints=(same("hint"),)
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_the_same_whichever_option_is_right(sheet: ExamSheet, lang: Lang) -> None:
    """Not a byte of it depends on the key, the mistakes' ids, their reasons, the hints or the explanation."""
    pages = {
        paper_html(msgspec.structs.replace(sheet, questions=tuple(_rewritten(q, right) for q in sheet.questions)), lang)
        for right in range(4)
    }
    assert pages == {paper_html(sheet, lang)}


def test_the_page_names_its_exam_and_neither_questions_nor_seed(sheet: ExamSheet) -> None:
    """The id and the mark come back with the answers; a question's id could say what it is about."""
    page = paper_html(sheet, "en")
    assert '"exam":"exam-1"' in page
    assert not [asked.question.id for asked in sheet.questions if asked.question.id in page]
    assert '"seed"' not in page


def test_only_our_script_may_run(sheet: ExamSheet) -> None:
    """The policy forbids everything, then lets through one script and one style sheet by their hashes."""
    page = paper_html(sheet, "en")
    policy = next(attrs["content"] or "" for tag, attrs in Tags(page).found if "http-equiv" in attrs)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (style, script)]
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_nothing_is_loaded(sheet: ExamSheet) -> None:
    """No element names an address: no picture, no font, no link."""
    for tag, attrs in Tags(paper_html(sheet, "ja")).found:
        assert tag not in ("img", "link", "iframe", "object", "embed", "base", "form"), tag
        assert not {"src", "href", "action", "style"} & attrs.keys(), (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")]


HOSTILE = "<script>hacked=1</script><img src=x onerror=hacked=1></p>\"' $<b>x</b>$ `<i>` \u202e </script> <!-- {{7*7}}"


def hostile(asked: Asked) -> Asked:
    """A question whose every text tries to be markup."""
    text = Text(f"悪 {HOSTILE}", f"bad {HOSTILE}")
    options = [
        AskedOption(letter=one.letter, id=HOSTILE, text=text, correct=one.correct, why=text) for one in asked.options
    ]
    return msgspec.structs.replace(
        asked,
        prompt=text,
        stem=text,
        code=HOSTILE,
        explanation=text,
        hints=(text,),
        options=tuple(options),
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_text_is_never_markup(sheet: ExamSheet, lang: Lang) -> None:
    """The page has the elements it has without the hostile texts' tags, and shows them as they are."""
    bad = Tags(paper_html(msgspec.structs.replace(sheet, questions=tuple(map(hostile, sheet.questions))), lang))
    tags = [tag for tag, _ in bad.found]
    assert "img" not in tags
    assert tags.count("script") == 2
    assert "<script>hacked=1</script>" in bad.said
    assert "\u202e" not in bad.said
    assert "{{7*7}}" in bad.said


@given(st.text())
def test_data_cannot_end_its_element(text: str) -> None:
    """Whatever a text holds, the JSON in the page has no `<`, and says the same."""
    written = embedded({"text": text})
    assert "<" not in written
    assert msgspec.json.decode(written) == {"text": text}


@pytest.mark.parametrize("words", [paper_words.SAID, phone_words.SAID], ids=["paper", "phone"])
def test_both_languages_say_the_same_values(words: dict[str, Text]) -> None:
    """The script fills in the same braces in Japanese and in English."""
    for name, text in words.items():
        assert sorted(re.findall(r"\{\w+\}", text.ja)) == sorted(re.findall(r"\{\w+\}", text.en)), name


def test_a_set_is_printed_under_one_stem(sheet: ExamSheet) -> None:
    """On the screen each question has its stem; on paper the second one of a set does not repeat it."""
    page = paper_html(sheet, "en")
    stem = escape("Questions 6 to 7 share this.")
    assert page.count(stem) == 1
    assert page.count('<div class="again">') >= 1
    assert page.count('<div class="set">') == 1
