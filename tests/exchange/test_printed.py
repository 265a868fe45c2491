"""The printed page loads nothing, runs nothing, and keeps its keys apart from its questions."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.exchange.markup import Markup, as_mathml, as_namespaced_mathml, as_tex
from quizdl.exchange.printed import write_printed
from quizdl.text import Text, same

from .samples import IDS, hostile, samples


def test_questions_come_first_and_keys_after():
    """No key stands before the section of keys; every question has one there."""
    page = write_printed(samples(), ("en",)).data.decode()
    questions, _, keys = page.partition('<section class="keys">')
    assert all(f"{one}</span>" in keys for one in IDS)
    assert all(one in questions for one in IDS)
    assert "忘却ゲート" not in questions
    assert "forget gate" in keys
    assert "gradient * rate</code>" not in questions
    assert "def lstm_step" in keys


def test_it_loads_and_runs_nothing():
    """No script, no link, no address; a policy that forbids them; hostile texts are text."""
    page = write_printed([*samples(), hostile()], ("ja", "en")).data.decode()
    assert "default-src &#x27;none&#x27;" in page
    assert not re.search(r"<(?:script|link|iframe|object|img)\b|\son\w+=|\b(?:src|href)=", page)
    assert "&lt;script&gt;" in page


def test_both_languages_stand_side_by_side():
    """Each in an element that names it; a text that is the same is there once."""
    page = write_printed(samples(), ("ja", "en")).data.decode()
    assert page.count('<div lang="ja">') == page.count('<div lang="en">') > len(IDS)


@pytest.mark.parametrize("maths", [as_tex, as_mathml, as_namespaced_mathml])
@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_well_formed_markup(maths, text):
    """XML reads it, and no element is there that we do not write."""
    markup = Markup(("ja", "en"), maths)
    for written in (markup.block(Text(text, text + "x")), markup.inline(same(text)), markup.plain(same(text))):
        tree = ElementTree.fromstring(f"<root>{written}</root>")  # noqa: S314 - our own markup
        assert tree.find(".//script") is None


def test_light_markup_becomes_elements():
    """Paragraphs, lists, code, listings, formulas alone and within."""
    markup = Markup(("en",), as_tex)
    assert markup.prose("Is `x` $x<1$?\n\n- a\n- b\n\n$y$\n") == (
        r"<p>Is <code>x</code> \(x&lt;1\)?</p><ul><li>a</li><li>b</li></ul><p>\[y\]</p>"
    )
    assert markup.prose("```python\nx = 1\n```") == "<pre><code>x = 1</code></pre>"
