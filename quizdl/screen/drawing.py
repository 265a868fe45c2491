"""A figure as a block of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text as RichText

from quizdl.model import Figure
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.page import Paragraph, View
from quizdl.text import Lang, Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """Text art, or its description in words where it does not fit, as a torn figure would mislead, or is read aloud."""

    figure: Figure
    lang: Lang
    indent: int = 2

    def lines(self, view: View) -> Iterator[RichText]:
        """The figure's lines, none of them broken."""
        from quizdl.screen.figures import as_text, scene_of  # most questions have no figure, and start without this

        scene = scene_of(self.figure)
        rows = [] if view.look.plain else as_text(scene, self.lang, view).split("\n")
        margin = view.indent(self.indent)
        if rows and margin + max(cell_width(row) for row in rows) <= view.width:
            yield from (RichText(" " * margin + row if row else "") for row in rows)
            return
        said = Text(f"{scene.title.ja}。{scene.description.ja}", f"{scene.title.en}. {scene.description.en}")
        label = Text("図: ", "Figure: ").of(self.lang)
        yield from Paragraph(((said.of(self.lang), ""),), ((label, "quiet"),)).lines(view)
