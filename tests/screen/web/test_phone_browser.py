"""The phone pack in a real browser of 390 pixels: what is answered is kept, explained, and given back whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from quizdl.exchange.phone import PhoneAnswer, PhoneFlag, PhoneResults, read_codes
from quizdl.model import PhonePack
from quizdl.screen.web.phone import phone_html
from quizdl.text import Lang

from .conftest import NO_STORAGE, OpenBrowser, Page
from .test_paper_page import hostile

Write = Callable[..., Path]
PHONE = {"width": 390, "height": 844, "phone": True}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a pack's page to a file."""

    def page(pack: PhonePack, lang: Lang = "en") -> Path:
        path = tmp_path / f"menu.{lang}.html"
        path.write_text(phone_html(pack, 15, lang), encoding="utf-8")
        return path

    return page


def answer(page: Page, position: int) -> None:
    """Choose an option of the question on the screen, and have it checked."""
    page.tap(f".question.now .option:nth-child({position + 1})")
    page.tap(".question.now .check")


def results(page: Page) -> PhoneResults:
    """What the page's code says now."""
    (found,) = read_codes(page.run("code()"), "page")
    return found


def _key(pack: PhonePack, number: int) -> int:
    return [option.correct for option in pack.questions[number].options].index(True)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_wrong_answer_is_explained_and_a_right_one_praised(
    open_browser: OpenBrowser, write: Write, pack: PhonePack, lang: Lang
) -> None:
    """Nothing is given away before the check; then the chosen option's reason and name stand first."""
    browser = open_browser()
    page = browser.page(write(pack, lang), **PHONE)
    page.tap("#start")
    wrong = (_key(pack, 0) + 1) % 4
    assert not page.shown(".question.now .answer")
    page.tap(f".question.now .option:nth-child({wrong + 1})")
    assert not page.shown(".question.now .answer")
    page.tap(".question.now .check")
    mistake = pack.questions[0].options[wrong].id
    assert mistake in page.text(".question.now .reason.chosen")
    assert "✗" in page.text(".question.now .verdict")
    assert page.run("document.querySelector('.question.now .option.right input').value") == str(_key(pack, 0))
    page.tap("#next")
    answer(page, _key(pack, 1))
    assert "✓" in page.text(".question.now .verdict")
    assert not page.shown(".question.now .check")
    assert not browser.complaints
    assert not browser.requests


def test_answers_survive_reload_and_a_closed_browser(open_browser: OpenBrowser, write: Write, pack: PhonePack) -> None:
    """The page goes on at the first open question, with the same code as before."""
    path = write(pack)
    browser = open_browser()
    page = browser.page(path, **PHONE)
    page.tap("#start")
    answer(page, 0)
    page.tap("#next")
    page.tap(".question.now .flag")
    answer(page, 1)
    page.reload()
    before = results(page)
    assert page.text("#place") == "3 / 10"
    browser.close()
    page = open_browser().page(path, **PHONE)
    assert page.text("#place") == "3 / 10"
    assert results(page) == before
    assert [act.question for act in before.acts] == [0, 1, 1]
    assert isinstance(before.acts[1], PhoneFlag)


def test_the_code_says_what_happened(open_browser: OpenBrowser, write: Write, pack: PhonePack) -> None:
    """Position, hint, thinking time, second attempts and flags, as Python reads them; the file holds the same code."""
    browser = open_browser()
    page = browser.page(write(pack), **PHONE)
    page.tap("#start")
    page.run("window.__ahead += 42000")
    hinted = page.run("!!document.querySelector('.question.now .ask-hint')")
    if hinted:
        page.tap(".question.now .ask-hint")
    answer(page, 3)
    for number in range(1, 10):
        page.tap("#next")
        answer(page, number % 4)
    page.tap("#next")
    assert page.shown(".end")
    right = {number for number in range(10) if (3 if number == 0 else number % 4) == _key(pack, number)}
    assert f"{len(right)} right" in page.text("#total")
    page.tap("#again")
    missed = min(set(range(10)) - right)
    answer(page, _key(pack, missed))
    page.tap(".question.now .flag")
    page.tap("#hand")
    found = results(page)
    assert found.pack == pack.id
    first, last, flag = found.acts[0], found.acts[-2], found.acts[-1]
    assert isinstance(first, PhoneAnswer)
    assert isinstance(last, PhoneAnswer)
    assert (first.question, first.position, first.hinted) == (0, 3, hinted)
    assert 42 <= first.seconds < 60
    assert (last.question, last.position) == (missed, _key(pack, missed))
    assert flag == PhoneFlag(missed, flag.after)
    assert len(found.acts) == 12
    page.tap("#save")
    assert read_codes(browser.saved(f"quizdl-{pack.id}.txt").decode(), "file") == [found]
    assert not browser.complaints


def test_two_copies_of_a_page_are_told_apart(open_browser: OpenBrowser, write: Write, pack: PhonePack) -> None:
    """The same pack on two phones: different answers, different ids."""
    path = write(pack)
    names = []
    for phone in ("one", "two"):
        page = open_browser(phone).page(path, **PHONE)
        page.tap("#start")
        answer(page, 0)
        names += [name for name, _ in results(page).named()]
    assert len(set(names)) == 2


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_nothing_sticks_out_of_a_phone(open_browser: OpenBrowser, write: Write, pack: PhonePack, lang: Lang) -> None:
    """390 pixels wide: start, each question before and after its answer, the end."""
    page = open_browser().page(write(pack, lang), **PHONE)
    assert page.overflow() == []
    page.tap("#start")
    for number in range(10):
        assert page.overflow() == [], number
        answer(page, 2)
        assert page.overflow() == [], number
        page.tap("#next")
    assert page.overflow() == []


def test_where_nothing_can_be_kept_the_page_says_so_first(
    open_browser: OpenBrowser, write: Write, pack: PhonePack
) -> None:
    """Before the first answer; the code can be handed over all the same, and leaving without it is warned of."""
    page = open_browser().page(write(pack), **PHONE, before=NO_STORAGE)
    assert "cannot keep" in page.text("#trouble")
    page.tap("#start")
    answer(page, 1)
    assert page.run("!dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    page.tap("#hand")
    (found,) = read_codes(page.run("document.getElementById('code').value"), "page")
    assert len(found.acts) == 1
    page.tap("#copy")
    page.wait("handedOver")
    assert page.run("dispatchEvent(new Event('beforeunload', { cancelable: true }))")


def test_keys_alone_suffice(open_browser: OpenBrowser, write: Write, pack: PhonePack) -> None:
    """A digit, full-width too, or a letter chooses; Enter checks, then goes on."""
    page = open_browser().page(write(pack))
    page.press("1")
    assert page.run("log.acts.length") == 0
    page.tap("#start")
    for key in ("2", "Enter", "Enter", "３", "Enter", "Enter", "d", "f", "Enter"):
        page.press(key)
    acts = [(act.question, act.position if isinstance(act, PhoneAnswer) else act.kind) for act in results(page).acts]
    assert acts == [(0, 1), (1, 2), (2, "flag"), (2, 3)]


def test_hostile_texts_stay_texts(open_browser: OpenBrowser, write: Write, pack: PhonePack) -> None:
    """Neither before nor after the answer does anything of theirs run."""
    browser = open_browser()
    page = browser.page(write(msgspec.structs.replace(pack, questions=tuple(map(hostile, pack.questions)))), **PHONE)
    page.tap("#start")
    answer(page, 0)
    assert "<script>hacked=1</script>" in page.text(".question.now .answer")
    assert page.run("typeof hacked") == "undefined"
    assert not browser.requests
