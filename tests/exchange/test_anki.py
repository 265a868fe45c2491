"""An Anki package is opened as Anki opens it: with SQLite; importing a later one updates the cards."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from quizdl.errors import InputError
from quizdl.exchange.anki import FIELDS, stable_id, write_anki

from .samples import HOSTILE, IDS, hostile, samples

pytest.importorskip("genanki")

NOW = 1_800_000_000.0


def _opened(data: bytes, folder: Path) -> tuple[dict[str, list[str]], dict[str, str], dict[str, object]]:
    """guid → fields, guid → deck, and the collection's decks."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        path = folder / "collection.anki2"
        path.write_bytes(package.read("collection.anki2"))
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        decks = json.loads(connection.execute("select decks from col").fetchone()[0])
        rows = connection.execute("select n.guid, n.flds, c.did from notes n join cards c on c.nid = n.id").fetchall()
    finally:
        connection.close()
    notes = {guid: fields.split("\x1f") for guid, fields, _ in rows}
    return notes, {guid: decks[str(deck)]["name"] for guid, _, deck in rows}, decks


def test_every_kind_is_a_card_with_its_key(tmp_path):
    """One note and one card a question; the answer's field holds the key, in the deck of the section."""
    parcel = write_anki(samples(), ("en",), NOW)
    notes, decks, _ = _opened(parcel.data, tmp_path)
    fields = {values[0]: dict(zip(FIELDS, values, strict=True)) for values in notes.values()}
    assert set(fields) == set(IDS)
    assert "forget gate" in fields["lstm-forget-gate"]["Answer"]
    assert "gradient * rate" in fields["gradient-clipping"]["Answer"]
    assert "def lstm_step" in fields["lstm-step"]["Answer"]
    assert "(3, 3)" in fields["conv-output-size"]["Answer"]
    assert "<svg" in fields["conv-output-size"]["Question"]
    assert r"\(" in fields["rnn-relu-gradient"]["Question"]
    assert fields["attention-steps"]["Options"].count("<li>") == 5
    assert all(name.startswith("quizdl::day 3::") for name in decks.values())


def test_anki_itself_imports_it_and_draws_every_card(tmp_path):
    """Where Anki's own library is installed: every note is new, then known, and each card has two sides."""
    pytest.importorskip("anki", reason="Anki's library is not installed (quizdl[readers])")
    from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

    package = tmp_path / "bank.apkg"
    package.write_bytes(write_anki(samples(), ("ja", "en"), NOW).data)
    request = ImportAnkiPackageRequest(package_path=str(package), options=ImportAnkiPackageOptions())
    collection = Collection(str(tmp_path / "collection.anki2"))
    try:
        first, second = (collection.import_anki_package(request).log for _ in range(2))
        assert (len(first.new), len(second.new), len(second.duplicate)) == (len(IDS), 0, len(IDS))
        assert collection.note_count() == collection.card_count() == len(IDS)
        assert not collection.get_empty_cards().notes
        for card in map(collection.get_card, collection.find_cards("")):
            sides = card.render_output()
            assert sides.question_text.strip()
            assert len(sides.answer_text) > len(sides.question_text)
            assert "{{" not in sides.question_text.replace("{{{", "")
        assert not collection.media.check().missing
    finally:
        collection.close()


def test_a_later_export_updates_the_same_notes(tmp_path):
    """guids, decks and the note type stay, whatever the seed, the language and the company; the contents change."""
    first, first_decks, ids = _opened(write_anki(samples(), ("en",), NOW).data, tmp_path)
    again, _, later_ids = _opened(write_anki(samples(7)[:4], ("ja",), NOW + 60).data, tmp_path)
    assert set(again) < set(first)
    assert set(later_ids) <= set(ids)
    assert all(again[guid] != first[guid] for guid in again)
    assert len(first_decks) == len(IDS)


def test_ids_are_in_the_range_that_anki_takes():
    """Ids of decks and note types lie between 2^30 and 2^31."""
    assert all(1 << 30 <= stable_id(name) < 1 << 31 for name in ("", "deck .lstm", "モデル"))


def test_texts_are_escaped(tmp_path):
    """What looks like markup in a question is text on the card."""
    notes, _, _ = _opened(write_anki([hostile()], ("ja", "en"), NOW).data, tmp_path)
    (fields,) = notes.values()
    assert not any("<script" in field or "\u202e" in field for field in fields)
    assert "&lt;script&gt;" in fields[1]
    assert HOSTILE not in "".join(fields)


def test_what_is_simplified_is_named():
    """Code is on the card but not run, and the parcel says so."""
    parcel = write_anki(samples(), ("en",), NOW)
    assert parcel.held == len(IDS)
    assert {loss.id for loss in parcel.losses} == {"gradient-clipping", "lstm-step"}


def test_without_genanki_the_install_command_is_named(monkeypatch):
    """An optional part that is missing says how to get it."""
    monkeypatch.setitem(__import__("sys").modules, "genanki", None)
    with pytest.raises(InputError) as caught:
        write_anki(samples(), ("en",), NOW)
    assert "quizdl[anki]" in caught.value.hint.en
