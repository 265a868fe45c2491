"""Finds the ids of a bank file's questions in its raw bytes: 100 times faster than parsing, for lists and guesses."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(
    rb"""^(?P<indent>[ ]*)(?:
        (?P<block>[a-z_]+)[ ]*:[ ]*(?:[|>][-+]?[ ]*)?$             # `mistakes:` and `template: |` hold no question's id
      | (?P<entry>-[ ]+)?(?:\{[ ]*)?["']?id["']?[ ]*:[ ]*["']?(?P<id>[a-z0-9-]+)
    )""",
    re.MULTILINE | re.VERBOSE,
)


def ids_of(data: bytes) -> Iterator[str]:
    """The ids of the questions in a file, in its order.

    An id belongs to a question unless it stands in a block other than `questions:`. A block reaches as far as lines are
    indented further than its name, or as far as its name and with a dash.
    """
    block: int | None = None
    for line in _LINE.finditer(data.replace(b"\r\n", b"\n")):
        indent = len(line["indent"])
        if block is not None and (indent < block or (indent == block and not line["entry"])):
            block = None
        if block is None and line["block"] is not None:
            block = None if line["block"] == b"questions" else indent
        elif block is None and line["id"] is not None:
            yield line["id"].decode()
