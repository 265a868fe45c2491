"""Settings come back as they were saved; a file that cannot be understood is named and left alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from quizdl.areas import WEIGHTS
from quizdl.errors import InputError
from quizdl.settings import Settings, load_settings, save_settings, settings_file


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder that does not exist yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("QUIZDL_HOME", str(folder))
    return folder


def test_without_a_file_the_defaults_hold_and_nothing_is_created(home: Path) -> None:
    """Reading leaves no trace."""
    assert load_settings() == Settings()
    assert Settings().weights == dict(WEIGHTS)
    assert not home.exists()


WEIGHT = st.floats(0, 1e6, allow_subnormal=False)


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    language=st.sampled_from((None, "ja", "en")),
    exam_date=st.none() | st.dates().map(date.isoformat),
    daily_minutes=st.integers(1, 1440),
    pass_line=st.integers(1, 100),
    framework=st.sampled_from(("pytorch", "tensorflow")),
    weights=st.dictionaries(st.sampled_from(tuple(WEIGHTS)), WEIGHT).filter(lambda found: sum(found.values()) > 0),
    banks=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3).map(tuple),
)
def test_whatever_is_saved_is_read_again(**fields: object) -> None:
    """Every text survives its quotes, backslashes and control characters."""
    settings = Settings(**fields)  # type: ignore[arg-type]
    save_settings(settings)
    assert load_settings() == settings


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("daily_minutes = 30\ndaily_minutes = 40\n", 2, "overwrite"),
        ("\n\npass line = 3\n", 3, "Expected '='"),
        ("daily_minutes = 30\npass_line = 'x'\n", 2, "int"),
        ("language = 'ja'\nlangauge = 'en'\n", 2, "langauge"),
        ("language = 'fr'\n", 1, "fr"),
        ("daily_minutes = 0\n", 1, "1440"),
        ("\npass_line = 101", 2, "100"),
        ("\n\nexam_date = 'soon'", 3, "2027-02-19"),
        ("[weights]\nmaths = 3\n", 1, "math"),
        ("weights = {math = 0}\n", 1, "above 0"),
        ("weights = {math = nan}\n", 1, "above 0"),
        ("x = {", 1, ""),
    ],
)
def test_a_file_that_cannot_be_understood_is_named_with_its_line_and_kept(text: str, line: int, said: str) -> None:
    """Nothing is guessed and nothing lost."""
    path = settings_file()
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_settings()
    assert caught.value.where == f"{path}:{line}"
    assert said in caught.value.message.en
    assert "settings.toml" in caught.value.hint.en if caught.value.hint else False
    assert path.read_text(encoding="utf-8") == text


def test_dates_may_be_written_as_toml_writes_them() -> None:
    """Without quotes, and with a byte order mark from a Windows editor."""
    settings_file().parent.mkdir()
    settings_file().write_text("exam_date = 2027-02-19\n", encoding="utf-8-sig")
    assert load_settings().exam_date == "2027-02-19"


def test_bytes_that_are_no_text_are_refused(home: Path) -> None:
    """And a folder in its place."""
    home.mkdir()
    settings_file().write_bytes(b"language = '\xff'")
    with pytest.raises(InputError):
        load_settings()
    settings_file().unlink()
    settings_file().mkdir()
    with pytest.raises(InputError):
        load_settings()


def test_saving_replaces_the_file_as_a_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save that fails leaves the old file and nothing beside it."""
    save_settings(Settings(daily_minutes=45))

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="space"):
            save_settings(Settings(daily_minutes=60))
    assert load_settings().daily_minutes == 45
    assert [path.name for path in home.iterdir()] == ["settings.toml"]
