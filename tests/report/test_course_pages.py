"""The files of a class: whole, inert whatever was handed in, and each learner's about nobody but that learner."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import weakref
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from classroom import HIDDEN, Room, choice_asked, class_of, code_asked, hidden_case, line_of, public_case, written
from quizdl.batch.records import Line, Unrecognised
from quizdl.report.course import mark_of
from quizdl.report.course_charts import score_bars, verdict_bars
from quizdl.report.course_html import Person, write_reports
from quizdl.report.course_words import COURSE, FEEDBACK
from quizdl.report.feedback import Mode, feedback_html, feedback_markdown, feedback_of, mode_now
from quizdl.text import Lang, Text, same

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LANGS: tuple[Lang, ...] = ("ja", "en")
SEED = 424242
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202e'\"&"
EVIL = '"><script>alert(3)</script>'


class _Read(HTMLParser):
    """Elements and attributes of a page, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def _assert_inert(source: str) -> None:
    """No script, nothing loaded, no inline style or handler, and a policy that allows its own style sheet alone."""
    read = _Read(source)
    assert not {"script", "img", "iframe", "object", "embed", "form", "input", "link", "base"} & set(read.tags)
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in ("style", "src", "srcset")]
    policy = next(value for _, value in read.attributes if value and value.startswith("default-src"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "\x1b" not in source
    assert "\u202e" not in source


def _wrong(who: str, question: str, text: str = "It says so.") -> Line:
    """Wrong, with all that may go wrong: a hidden case, an exception about it, a public case, a named mistake."""
    return line_of(
        who,
        question,
        "x",
        mistake="halved",
        counterexample=hidden_case(),
        public_counterexample=public_case(),
        public_passed=2,
        public_feedback=(same(f"Right on 2 of 3 public examples. {text}"),),
        feedback=(
            same(f"The result is wrong on 5 of 8 inputs. {text}"),
            Text(f"示した入力では、{HIDDEN}", f"On the input shown, it should be {HIDDEN}."),
            same(f"{HIDDEN} (line 3)"),
            same(f"The largest error is {HIDDEN} absolute."),
            same(f"Your own `f` could not be differentiated: {HIDDEN}"),
        ),
    )


@pytest.fixture
def rich() -> Room:
    """Three learners with names, codes of their own, and one of everything."""
    asked = [code_asked("q0", 2), code_asked("q1"), choice_asked("pick")]
    people = {f"key{number}": Person(f"s26-{name}", f"{name} Family{name}") for number, name in enumerate(NAMES)}
    lines = [
        _wrong("key0", "q0"),
        line_of("key0", "q1", "+"),
        line_of("key0", "pick", "x", mistake="b", form="text"),
        line_of("key1", "q0", "s", public_feedback=(same("Syntax error (line 2)"),)),
        line_of("key1", "q1", "x"),
        line_of("key2", "q1", "g", feedback=(same("internal"),)),
    ]
    texts = {(line.learner, line.question): f"def f(x):\n    return secret_of_{line.learner}\n" for line in lines}
    by_hand = {("key1", "q1"): (0.5, "copied from Carol, talked to both")}
    left_out = (Unrecognised(place="x/y.docx", reason=Text("読めません。", "Not Python.")),)
    return Room(asked, people, lines, by_hand, texts, left_out)


NAMES = ("Alice", "Bob", "Carol")


@pytest.mark.parametrize("lang", LANGS)
def test_the_teachers_page_tells_everything(rich: Room, tmp_path: Path, lang: Lang) -> None:
    """Every heading, every name, every question, what was changed by hand and why, what was left out, the seeds."""
    page = _Read(written(tmp_path, rich, lang)["report.html"]).text
    for word in ("overview", "questions", "mistakes", "options", "similar", "everybody", "left_out", "origins"):
        assert COURSE[word].of(lang) in page
    for person in rich.people.values():
        assert person.id in page
        assert person.name in page
    for word in ("q0", "q1", "pick", "halved", "copied from Carol", "x/y.docx", str(SEED), "0% → 50%"):
        assert word in page


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_page_with_everybodys_names_is_for_its_owner_alone(rich: Room, tmp_path: Path) -> None:
    """As the results and the map are."""
    written(tmp_path, rich)
    assert (tmp_path / "report.html").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("mode", ["all", "public"])
def test_a_learners_files_are_about_nobody_else(rich: Room, tmp_path: Path, lang: Lang, mode: Mode) -> None:
    """No other name, id, keyed id, code, reason or number of the class; not even one's own keyed id."""
    files = written(tmp_path, rich, lang, mode)
    for number, name in enumerate(NAMES):
        for ending in ("html", "md"):
            told = files[f"feedback/s26-{name}.{ending}"]
            assert name in told
            for other in (*NAMES[:number], *NAMES[number + 1 :]):
                assert other not in told
            for word in ("key0", "key1", "key2", "secret_of", "copied", "internal", COURSE["mean"].of(lang)):
                assert word not in told


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("mode", ["all", "public"])
def test_hidden_inputs_and_their_seed_are_in_no_learners_file(
    rich: Room, tmp_path: Path, lang: Lang, mode: Mode
) -> None:
    """Neither as a counterexample, nor in a sentence about one, nor in what the learner's own exception said of it."""
    files = written(tmp_path, rich, lang, mode)
    for name, told in files.items():
        if name.startswith("feedback/"):
            assert HIDDEN not in told
            assert str(SEED) not in told
    assert "[1.0, 2.0]" in files["feedback/s26-Alice.md"]  # the public example


def test_after_the_deadline_everything_that_is_the_learners_is_told(rich: Room, tmp_path: Path) -> None:
    """Verdict, points, cases, the named mistake with its reason, what it was graded with."""
    told = written(tmp_path, rich)["feedback/s26-Alice.md"]
    for word in ("**25%** 1/4 points", "Wrong", "0/2 points", "3/8", "`halved`", "It halves $x$.", "q0-v1", "5 of 8"):
        assert word in told
    bobs = written(tmp_path, rich)["feedback/s26-Bob.md"]
    assert FEEDBACK["by_hand"].en in bobs
    assert "0.5/1 points" in bobs
    carols = written(tmp_path, rich)["feedback/s26-Carol.md"]
    assert FEEDBACK["not_your_fault"].en in carols


def test_before_the_deadline_right_and_wrong_on_hidden_inputs_look_alike(tmp_path: Path) -> None:
    """Who passes the public examples learns nothing of the rest, down to the byte."""
    said = (same("Right on 3 of 3 public examples."),)
    right = line_of("k-a", "q0", "+", public_feedback=said)
    wrong = line_of(
        "k-a", "q0", "x", public_feedback=said, mistake="halved", feedback=(same("no"),), counterexample=hidden_case()
    )
    files = [written(tmp_path, class_of({"a": "+"})._replace(lines=[line]), mode="public") for line in (right, wrong)]
    for name in ("feedback/a.html", "feedback/a.md"):
        assert files[0][name] == files[1][name]


@pytest.mark.parametrize(
    ("mode", "deadline", "now", "told"),
    [
        ("all", None, 5.0, "all"),
        ("all", 9.0, 5.0, "all"),
        ("public", None, 5.0, "public"),
        ("public", 9.0, 5.0, "public"),
        ("public", 5.0, 5.0, "public"),
        ("public", 4.0, 5.0, "all"),
    ],
)
def test_public_lasts_until_the_deadline_has_passed(mode: Mode, deadline: float | None, now: float, told: str) -> None:
    """Without a deadline it lasts."""
    assert mode_now(mode, deadline, now) == told


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.text(max_size=80) | st.sampled_from([HOSTILE, EVIL, "$\\href{javascript:alert(1)}{x}$", "`", "```\n# x"]))
def test_whatever_was_handed_in_a_page_stays_inert(text: str) -> None:
    """In sentences, names, cases, reasons and files."""
    line = replace(_wrong("k", "q0", text), public_counterexample=replace(public_case(), inputs={text: text}, got=text))
    marks = {"q0": mark_of("k", "q0", line)}
    for mode in ("all", "public"):
        told = feedback_of([code_asked("q0")], marks, {"q0": line}, mode, "en")
        _assert_inert(feedback_html(told, text, "en"))
        feedback_markdown(told, text, "en").encode("utf-8")


def _hostile() -> Room:
    asked = [code_asked("q0"), choice_asked("pick")]
    people = {"k0": Person(HOSTILE, HOSTILE), "k1": Person("../../" + EVIL, EVIL)}
    lines = [_wrong("k0", "q0", HOSTILE), line_of("k1", "q0", "x", mistake=EVIL, version=EVIL)]
    texts = {("k0", "q0"): f"def f(x):\n    return '{EVIL}'\n", ("k1", "q0"): EVIL}
    left_out = (Unrecognised(place=HOSTILE, reason=same(HOSTILE)),)
    return Room(asked, people, lines, {("k1", "q0"): (1.0, EVIL)}, texts, left_out)


@pytest.mark.parametrize("lang", LANGS)
def test_hostile_names_and_files_are_shown_as_text(tmp_path: Path, lang: Lang) -> None:
    """Escaped on every page; every link leads to a file that is there; nothing is written elsewhere."""
    inside = tmp_path / "deep" / "out"
    inside.mkdir(parents=True)
    files = written(inside, _hostile(), lang)
    for name, source in files.items():
        if name.endswith(".html"):
            _assert_inert(source)
    assert "<script>alert(1)</script>" in _Read(files["report.html"]).text
    links = [value for name, value in _Read(files["report.html"]).attributes if name == "href"]
    assert len(links) == 2
    for link in links:
        assert link is not None
        assert re.fullmatch(r"feedback/[\w.%@+-]+\.html", link)
    assert {path.name for path in tmp_path.rglob("*") if path.is_dir()} == {"deep", "out", "feedback"}
    assert len(files) == 5


def test_a_link_in_a_files_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Who can write in the folder cannot have another file overwritten."""
    precious = tmp_path / "precious.txt"
    precious.write_text("mine", encoding="utf-8")
    out = tmp_path / "out"
    (out / "feedback").mkdir(parents=True)
    for name in ("report.html", "feedback/a.html"):
        (out / name).symlink_to(precious)
    written(out, class_of({"a": "+"}))
    assert precious.read_text("utf-8") == "mine"
    assert not (out / "report.html").is_symlink()
    assert not list(out.rglob("*.tmp"))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("rows", [{}, {"a": "+"}, {"a": "-"}, {"a": "--", "b": "--"}, {"a": "gg"}])
def test_the_smallest_classes_have_a_report(tmp_path: Path, lang: Lang, rows: dict[str, str]) -> None:
    """Nobody, one learner, nobody who handed in, nothing that could be graded."""
    files = written(tmp_path, class_of(rows), lang)
    _assert_inert(files["report.html"])
    assert len(files) == 1 + 2 * len(rows)


def test_the_same_class_gives_the_same_bytes(rich: Room, tmp_path: Path) -> None:
    """In whatever order the results come."""
    first = written(tmp_path, rich)
    assert written(tmp_path, rich._replace(lines=rich.lines[::-1])) == first


@pytest.mark.parametrize(("count", "warned"), [(29, True), (30, False)])
def test_a_small_class_is_warned_of_its_numbers(tmp_path: Path, count: int, warned: bool) -> None:
    """In words, where α stands."""
    rows = {f"l{number}": ("++", "+x", "xx")[number % 3] for number in range(count)}
    page = written(tmp_path, class_of(rows))["report.html"]
    assert ("mostly chance" in page) is warned


@pytest.mark.parametrize("lang", LANGS)
def test_charts_tell_in_words_what_they_show(lang: Lang) -> None:
    """Every number of the bars stands in the description, and every colour in the legend."""
    of = class_of({"a": "+x", "b": "/s", "c": "g-", "d": "++"})
    found = of.numbers
    scores, verdicts = score_bars(found, lang), verdict_bars(found.items, lang)
    for source, name in ((scores, "scores"), (verdicts, "verdicts")):
        assert f'aria-labelledby="{name}-title {name}-desc"' in source
        assert 'role="img"' in source
    said = re.search(r"<desc[^>]*>(.*?)</desc>", verdicts)
    assert said is not None
    assert all(f"{item.id}: " in said[1] for item in found.items)
    legend = _Read(verdicts).text
    for state in {mark.state for mark in found.marks.values()}:
        assert f'rect class="{state}"' in verdicts
    assert legend.count(FEEDBACK["not_submitted"].of(lang)) == 2  # once in words, once in the legend


def _widths(source: str) -> Iterator[float]:
    for found in re.finditer(r'<rect class="\w+" x="([\d.]+)" y="\d+" width="([\d.]+)" height="16"', source):
        yield float(found[1]) + float(found[2])


@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), st.text("+/xstg-", min_size=2, max_size=2), min_size=1))
def test_bars_fill_their_row_and_no_more(rows: dict[str, str]) -> None:
    """The segments of a question are its whole class."""
    of = class_of(rows)
    ends = list(_widths(verdict_bars(of.numbers.items, "en")))
    assert max(ends) == pytest.approx(360, abs=0.01)


def test_markdown_keeps_every_text_a_text(tmp_path: Path) -> None:
    """No heading, link or element of a learner's making; what an exception printed stands in a fence."""
    line = line_of("k-a", "q0", "s", feedback=(same("The place:\n```\n# x = <b>"), same("<b>*x* [a](b)")))
    told = written(tmp_path, class_of({"a": "s"})._replace(lines=[line]))["feedback/a.md"]
    assert "````\n```\n# x = <b>\n````" in told
    assert r"\<b\>\*x\* \[a\](b)" in told
    assert [line for line in told.split("\n") if line.startswith("#")] == ["# Your results", "## ✗ q0", "# x = <b>"]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_reads_the_teachers_page_as_we_do(tmp_path: Path) -> None:
    """Chromium applies the style sheet under the policy, draws both charts, and runs nothing of what was handed in."""
    assert CHROMIUM is not None
    written(tmp_path, _hostile())
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'p'}"]
    made = subprocess.run(
        [*command, "--dump-dom", (tmp_path / "report.html").as_uri()], capture_output=True, check=True, timeout=120
    )
    dom = made.stdout.decode("utf-8")
    assert dom.count("<svg") == 2
    assert "<script" not in dom
    assert b"Content Security Policy" not in made.stderr


def test_a_question_of_another_bank_keeps_its_id(tmp_path: Path) -> None:
    """With its dot, on every page."""
    files = written(tmp_path, class_of({"a": "x"}, [code_asked("mine.gates")]))
    assert all("mine.gates" in source for source in files.values())


class _Texts(dict[str, str]):
    """A question's texts, which can be watched."""


def test_a_classs_texts_are_held_a_question_at_a_time(tmp_path: Path) -> None:
    """With 20,000 of them, all would not fit: whoever reads the next question's has let go of the last one's."""
    of = class_of({f"l{number}": "+x+x" for number in range(30)}).whole
    read: list[weakref.ref[_Texts]] = []

    def texts(question: str) -> _Texts:
        assert not [one for one in read if one() is not None]
        found = _Texts(dict.fromkeys(of.people, f"def f(x):\n    return x + {question[1:]}\n"))
        read.append(weakref.ref(found))
        return found

    write_reports(tmp_path, replace(of, texts=texts), "en", now=1.7e9)
    assert len(read) == len(of.asked)
