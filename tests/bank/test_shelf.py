"""Banks side by side keep their ids apart, and a question is the same wherever its bank lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.bank import Library, as_choice, ask
from quizdl.bank.shelf import Shelf
from quizdl.errors import UnknownIdError
from quizdl.model import Selection

from .conftest import EVERY_KIND


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A bank of one file."""
    path = tmp_path / "my-course/questions/day3/sample.yaml"
    path.parent.mkdir(parents=True)
    (tmp_path / "my-course/solutions/day3").mkdir(parents=True)
    path.write_text(EVERY_KIND.partition("- id: a-shape")[0], encoding="utf-8")
    return tmp_path / "my-course"


def test_own_ids_are_led_by_the_banks_name_everywhere(own: Path) -> None:
    """Selections, outlines, plans and lists say the same ids; the shipped ones stay as they are."""
    shelf, shipped = Shelf({"my-course": own}), Library()
    mine = ["my-course.a-choice", "my-course.a-number"]
    assert [one.id for one in shelf.select(Selection(section="sample"))] == mine
    assert [one.id for one in shelf.outline(Selection(section="sample"))] == mine
    assert [one.id for one in shelf.profiles()] == [*mine, *(one.id for one in shipped.profiles())]
    assert shelf.all_ids() == [*mine, *shipped.all_ids()]
    assert [shelf.find(one).id for one in mine] == mine
    assert shelf.find("lstm-step") == shipped.find("lstm-step")
    assert [one.id for one in shelf.named(mine)] == mine


def test_the_name_changes_neither_version_nor_variant(own: Path) -> None:
    """What `bank check` proved is what is asked, whatever the folder is called."""
    here = Library(own).find("a-number")
    for name in ("my-course", "other"):
        there = Shelf({name: own}).find(f"{name}.a-number")
        assert (there.bank, there.version) == (name, here.version)
        for seed in range(20):
            one, other = ask(here, seed), ask(there, seed)
            assert (one.values, one.key, one.mistakes) == (other.values, other.key, other.mistakes)
            mine, yours = as_choice(one), as_choice(other)
            assert mine is not None
            assert yours is not None
            assert mine.options == yours.options


def test_equal_ids_of_two_banks_are_two_questions(own: Path, tmp_path: Path) -> None:
    """Namespaces keep them apart, and the shipped bank has no name."""
    shelf = Shelf({"a": own, "b": own})
    assert shelf.find("a.a-choice").id != shelf.find("b.a-choice").id
    assert Library().find("lstm-step").bank == ""


@pytest.mark.parametrize("name", ["my-course.nothing", "nobody.a-choice", "a-choice", ".a-choice", "my-course."])
def test_an_unknown_id_is_told_as_it_was_typed(own: Path, name: str) -> None:
    """Its bank's name included."""
    with pytest.raises(UnknownIdError) as raised:
        Shelf({"my-course": own}).find(name)
    assert raised.value.where == name
