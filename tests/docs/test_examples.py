"""The Python on the pages is true: every `>>>` gives what stands below it."""

from __future__ import annotations

import doctest

import pytest

from .conftest import ROOT, Block, blocks

PAGES = [path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))]
BLOCKS = [(page, number, block) for page in PAGES for number, block in enumerate(blocks(page))]
EXAMPLES = [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in BLOCKS if ">>> " in one[2].text]


@pytest.mark.parametrize(("page", "number", "block"), EXAMPLES)
def test_the_examples_of_a_page_run(page: str, number: int, block: Block) -> None:
    """Each block by itself, as a reader pastes it."""
    found = doctest.DocTestParser().get_doctest(block.text, {}, f"{page}, block {number}", page, 0)
    assert doctest.DocTestRunner(verbose=False).run(found).failed == 0


def test_there_are_examples() -> None:
    """In both languages, the same."""
    for page in ("README", "docs/engine"):
        pages = ([block for name, _, block in BLOCKS if name == f"{page}{end}"] for end in (".md", ".ja.md"))
        one, other = ([block for block in found if block.kind == "python"] for found in pages)
        assert any(">>> " in block.text for block in one)
        assert one == other
