"""Phone packs in the record: each menu as it was drawn, so that the answers to it can be graded when they come back."""

from __future__ import annotations

import msgspec

from quizdl.model import PhonePack
from quizdl.record.exams import Exams
from quizdl.record.trouble import explained, undecodable_pack


class Packs(Exams):
    """The phone packs of one record file. Every method raises RecordError, with what to type next, and nothing else."""

    def add_pack(self, pack: PhonePack) -> None:
        """Keep a pack before its page leaves for the phone."""
        with explained(self._path):
            self._insert("phone_packs", pack_row(pack))

    def pack(self, pack_id: str) -> PhonePack | None:
        """One pack; None where there is none of this id."""
        rows = self._select("SELECT pack, quizdl FROM phone_packs WHERE id = ?", (pack_id,))
        if not rows:
            return None
        try:
            return msgspec.json.decode(rows[0]["pack"], type=PhonePack)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise undecodable_pack(self._path, pack_id, rows[0]["quizdl"], str(error)) from error


def pack_row(pack: PhonePack) -> dict[str, object]:
    """The row of table `phone_packs`, but for its number."""
    return {"id": pack.id, "at": pack.at, "quizdl": pack.quizdl, "pack": msgspec.json.encode(pack)}
