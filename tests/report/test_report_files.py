"""The written reports: complete in one file, in both languages, and deaf to whatever bank and answers hold."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.report.charts import area_bars, history_line, time_strip
from quizdl.report.csv import COLUMNS, report_csv
from quizdl.report.exam import ExamReport
from quizdl.report.html import report_html
from quizdl.report.markdown import report_markdown
from quizdl.report.markdown_parts import bank_text, literal
from quizdl.report.objects import report_object
from quizdl.report.words import WORDS
from quizdl.sanitise import printable
from quizdl.text import Lang

from .conftest import Row, report_of

LANGS: tuple[Lang, ...] = ("ja", "en")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VOID = {"meta", "br", "link", "img", "hr", "input"}
HOSTILE = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title></head><body onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "[click](javascript:alert(1))",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\text{</math><script>alert(1)</script>}$",
    r"$\style{background:url(//evil.example)}{x}$",
    "`</code><script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "{{ 7 * 7 }} {% raw %}",
    "left\u202eright\u2066x\u200f",
    "\x1b[31mred\x00",
    "-->]]><!--",
]


class Page(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"{tag} closes nothing"
        assert self.open.pop() == tag, f"{tag} closes out of turn"

    def handle_data(self, data: str) -> None:
        self.text += data

    def tags(self) -> set[str]:
        """The names of all elements."""
        return {tag for tag, _ in self.elements}


def _assert_inert(source: str) -> Page:
    page = Page(source)
    assert not page.tags() & {"script", "iframe", "object", "embed", "link", "base", "form", "img"}
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("style", "src", "srcset", "xlink:href") for name in attributes)
        assert tag == "a" or "href" not in attributes
        assert re.fullmatch(r"#q\d+", attributes.get("href") or "#q1")
    return page


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_is_one_file_without_script_or_network(varied: ExamReport, lang: Lang) -> None:
    """Its policy comes before anything it rules, forbids everything but its own style sheet, and nothing links out."""
    source = report_html(varied, lang)
    page = _assert_inert(source)
    policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert source.index("Content-Security-Policy") < source.index("<style>")
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/)", source)
    assert ("html", {"lang": lang}) in page.elements


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_tells_everything(varied: ExamReport, lang: Lang) -> None:
    """Areas with the averages by name, every question with answer, key and reason, the steps, the mistakes."""
    text = Page(report_html(varied, lang)).text
    for name in ("report", "areas", "chapters", "next", "mistakes", "time", "second_thoughts", "history", "questions"):
        assert WORDS[name].of(lang) in text
    for item in varied.items:
        assert item.asked.question.id in text
    for part in (*varied.areas, *varied.chapters, *varied.sections, *varied.levels, *varied.kinds):
        assert part.name.of(lang) in text
    for step in varied.steps:
        assert step.command in text
    assert {"ja": "公表平均 2025 年第 1 回", "en": "published average, 2025 #1"}[lang] in text
    assert text.count(WORDS["your_answer"].of(lang)) == varied.answered


def test_what_was_lost_is_open_and_what_was_right_is_folded(varied: ExamReport) -> None:
    """A reader meets their faults first; everything is one click away without a script."""
    page = Page(report_html(varied, "en"))
    opened = {a["id"] for tag, a in page.elements if tag == "details" and "open" in a}
    assert opened == {f"q{item.number}" for item in varied.items if not item.right}


@pytest.mark.parametrize("lang", LANGS)
def test_every_chart_has_a_text_alternative(varied: ExamReport, lang: Lang) -> None:
    """Each is well-formed XML whose title and description are there, unique and referred to."""
    charts = (
        area_bars(varied.areas, lang),
        time_strip(varied.items, varied.pace, lang),
        history_line(varied.history, varied.id, varied.pass_line, lang),
    )
    ids = []
    for source in charts:
        chart = ElementTree.fromstring(source)  # noqa: S314 - our own
        title, description = chart.find("title"), chart.find("desc")
        assert title is not None
        assert description is not None
        assert title.text
        assert description.text
        assert chart.get("role") == "img"
        assert chart.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        ids += [title.get("id"), description.get("id")]
    assert len(set(ids)) == 6


def test_bars_and_averages_stand_where_the_numbers_say(varied: ExamReport) -> None:
    """Half the width is 50 %; the newest average of machine learning stands at 62.2 %."""
    source = area_bars(varied.areas, "en")
    widths = [float(found) for found in re.findall(r'class="bar"[^>]*width="([\d.]+)"', source)]
    assert widths == [360.0, 180.0]  # 100 % and 50 %; no bar for 0 % and for what was not asked
    assert f"M{360 * 0.622:g} " in source


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("lang", LANGS)
def test_no_text_of_bank_or_answer_becomes_markup(hostile: str, lang: Lang) -> None:
    """In prompts, options, reasons, stems, code, section titles and ids of mistakes: shown as text, or not at all."""
    rows = [Row(text=hostile, section=hostile, mistakes=(hostile, "b", "c"), answer="B"), Row(text=hostile)]
    report = report_of(rows, quizdl=hostile)
    page = _assert_inert(report_html(report, lang))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00\x1b]", page.text)
    if "$" not in hostile and "`" not in hostile and hostile.isprintable():
        assert f"{hostile} {'問題' if lang == 'ja' else 'question'}" in page.text
    markdown = report_markdown(report, lang)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b]", markdown)
    outside = re.sub(r"(`+)[^`].*?\1", "", markdown, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<(?!lt )|(?<!\\)\[", outside)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>&\"'`$\\{}#% \n-1aあ/="), max_size=40))
def test_any_text_leaves_a_well_formed_inert_page(text: str) -> None:
    """Unbalanced dollars, backticks, braces and brackets included."""
    _assert_inert(report_html(report_of([Row(text=text or "x", answer="B")]), "en"))


def test_a_spreadsheet_runs_no_cell() -> None:
    """`=`, `+`, `-`, `@`, tab, and their full-width forms, after spaces too, stand behind an apostrophe."""
    for beginning in ("=", "+", "-", "@", "\t=", " =", "＝", "　+", "−"):
        rows = [Row(text=f"{beginning}cmd|' /C calc'!A0", section=f"{beginning}x", answer="B")]
        source = report_csv(report_of(rows), "en")
        for row in list(csv.reader(io.StringIO(source.removeprefix("\ufeff"))))[1:]:
            assert not any(cell.lstrip(" \u3000\t")[:1] in {"=", "+", "-", "@", "＝", "−"} for cell in row)
            assert row[COLUMNS.index("prompt")].startswith("'")


@pytest.mark.parametrize("lang", LANGS)
def test_the_table_has_a_row_a_question(varied: ExamReport, lang: Lang) -> None:
    """Excel knows its encoding; numbers stay numbers; unanswered is empty."""
    source = report_csv(varied, lang)
    assert source.startswith("\ufeff")
    assert source.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(source.removeprefix("\ufeff"), newline="")))
    assert [row["id"] for row in rows] == [item.asked.question.id for item in varied.items]
    assert [row["right"] for row in rows] == ["1", "0", "1", "0", "0", "0"]
    assert rows[1]["seconds"] == "200.0"
    assert rows[-1]["answer"] == ""
    assert rows[1]["mistake"] == "sign"


@pytest.mark.parametrize("lang", LANGS)
def test_the_object_holds_the_whole_report(varied: ExamReport, lang: Lang) -> None:
    """It is JSON, in one language, with whole percentages, the averages by exam, and every question."""
    found = json.loads(json.dumps(report_object(varied, lang), allow_nan=False))
    assert (found["percent"], found["right"], found["count"], found["passed"]) == (33, 2, 6, False)
    assert found["pass_line_is_estimate"] is True
    assert [area["percent"] for area in found["areas"]] == [100, 50, 0, None]
    assert found["areas"][0]["averages"] == {"2025-1": 61.1, "2022-1": 63.4}
    assert [step["command"] for step in found["next"]][-1] == "quizdl exam"
    question = found["questions"][1]
    assert (question["answer"], question["key"], question["mistake"]) == ("B", "A", "sign")
    assert question["why"] == {"ja": "x 問題", "en": "x question"}[lang]
    assert found["questions"][-1]["answer"] is None
    assert found["time"]["slow"] == [2]
    assert found["changes"][0]["effect"] == "helped"


@pytest.mark.parametrize("lang", LANGS)
def test_markdown_tells_everything(varied: ExamReport, lang: Lang) -> None:
    """Headings, tables of one width, and every question."""
    source = report_markdown(varied, lang)
    for name in ("report", "areas", "next", "mistakes", "time", "history", "questions"):
        assert re.search(rf"^#+ {re.escape(WORDS[name].of(lang))}$", source, re.MULTILINE)
    assert len(re.findall(r"^### \d+\. [✓✗–]", source, re.MULTILINE)) == 6
    for table in re.findall(r"(?:^\|.*\n)+", source, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


@given(st.text(max_size=60))
def test_literal_markdown_shows_the_text_itself(text: str) -> None:
    """Taking the backslashes away gives the text back, without what steers a reader's eye."""
    assert re.sub(r"\\([\\`*_\[\]<>#|~&$])", r"\1", literal(text)) == printable(text, None)


def test_code_and_maths_of_the_bank_stay_as_they_are_in_markdown() -> None:
    """All else is literal; a formula cannot open an element."""
    assert bank_text("a `x|y` $z_1$ *b*") == r"a `x|y` $z_1$ \*b\*"
    assert bank_text("$a<b$") == r"$a\lt b$"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_reads_the_page_as_we_do(varied: ExamReport, tmp_path: Path) -> None:
    """Chromium applies the style sheet under the policy, keeps MathML and charts, and runs nothing."""
    assert CHROMIUM is not None
    page = tmp_path / "report.html"
    hostile = r"$\frac{1}{2}$ <script>document.title = 'owned'</script>"
    page.write_text(report_html(report_of([Row(text=hostile, answer="B"), Row()]), "en"), encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--dump-dom"]
    made = subprocess.run([*command, page.as_uri()], capture_output=True, check=True, timeout=120)
    dom = made.stdout.decode("utf-8")
    assert "<title>quizdl: Mock exam report" in dom
    assert "<mfrac>" in dom
    assert dom.count("<svg") == 3
    assert "<script" not in dom
    assert b"Content Security Policy" not in made.stderr
