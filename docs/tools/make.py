"""Writes the pages and pictures that are made, not typed: `python docs/tools/make.py`.

A test makes them again and compares, so that none of them can drift from what it is made of.
"""

from __future__ import annotations

import make_architecture
import make_engine
import make_format
import make_manual
import make_measured
import make_picture

MAKERS = (make_architecture, make_engine, make_format, make_manual, make_measured, make_picture)


def main() -> None:
    """Write each page that is not as it should be, and name it."""
    for maker in MAKERS:
        for name, content in maker.pages().items():
            path = make_picture.ROOT / name
            if not path.is_file() or path.read_text(encoding="utf-8") != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8", newline="\n")
                print(name)


if __name__ == "__main__":
    main()
