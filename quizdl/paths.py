"""Where things are: the shipped bank, and the user's folder (`QUIZDL_HOME` wins)."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent


def bank_root() -> Path:
    """The folder that holds `questions/` and `solutions/`.

    A wheel carries them inside the package; a checkout or an editable install has them beside it and reads them live.
    """
    shipped = _PACKAGE / "shipped"
    return shipped if (shipped / "questions").is_dir() else _PACKAGE.parent


def home() -> Path:
    """The user's folder, not created here: `$QUIZDL_HOME`, else the platform's data folder."""
    chosen = os.environ.get("QUIZDL_HOME")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs  # 10 ms, needed only where QUIZDL_HOME is not set

    return Path(platformdirs.user_data_dir("quizdl", appauthor=False))


def cache_folder() -> Path:
    """Where things lie that can be made again, not created here: in `$QUIZDL_HOME`, else the platform's folder."""
    if os.environ.get("QUIZDL_HOME"):
        return home() / "cache"
    import platformdirs

    return Path(platformdirs.user_cache_dir("quizdl", appauthor=False))


def record_file() -> Path:
    """The SQLite file that holds every answer."""
    return home() / "record.sqlite3"
