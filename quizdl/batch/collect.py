"""What a class has handed in: a folder or an archive → submissions, and a word on every file that is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from quizdl.batch.files import Found, Store
from quizdl.batch.layouts import Place, Questions, is_junk, wrappers
from quizdl.batch.nested import Nested
from quizdl.batch.places import open_store
from quizdl.batch.records import Form, Submission, Unrecognised
from quizdl.batch.scratch import Kept, Listed, Scratch
from quizdl.sandbox import Limits
from quizdl.text import Text

MOST_BYTES = Limits().source
MOST_NOTEBOOK = 8 << 20
"""A notebook carries its pictures with it."""

SameLearner = Callable[[str, str], str]
"""(name, account) → the one spelling of a learner who goes by several, as the roster knows them."""


class Picked(NamedTuple):
    """A file that will be graded, not read yet."""

    number: int
    learner: str
    question_id: str
    form: Form
    place: str


class Collection:
    """What was found. counts: files that will be graded, by question; unrecognised grows while submissions are read."""

    def __init__(
        self, store: Store, newest: Kept[_Newest], learners: Kept[bool], unrecognised: list[Unrecognised]
    ) -> None:
        self._store, self._newest = store, newest
        self.learners = learners
        """Everybody who handed something in that will be graded."""
        self.counts = Counter(picked.question_id for picked in self.picked())
        self.unrecognised = unrecognised

    def picked(self) -> Iterator[Picked]:
        """The files that will be graded, in the order they are read in."""
        return (newest.picked for _, newest in self._newest.rows())

    def submissions(self) -> Iterator[Submission]:
        """Reads one after the other; what cannot be read is reported and left out."""
        following = self.picked()
        for number, data in self._store.contents(((one.number, one.place) for one in self.picked()), MOST_NOTEBOOK):
            picked = next(one for one in following if one.number == number)
            if isinstance(data, Text):
                self.unrecognised.append(Unrecognised(place=picked.place, reason=data))
                continue
            most = MOST_NOTEBOOK if picked.form == "notebook" else MOST_BYTES
            if len(data) > most:
                self.unrecognised.append(Unrecognised(place=picked.place, reason=_too_large(most), graded=True))
                data = data[: most + 1]
            yield Submission(
                learner=picked.learner,
                question_id=picked.question_id,
                source=data,
                place=picked.place,
                form=picked.form,
            )


def collect(
    path: Path,
    questions: Questions,
    ignored: Path,
    same: SameLearner = lambda learner, account: learner,
    scratch: Scratch | None = None,
) -> Collection:
    """The submissions below a folder or in an archive. ignored: a folder that is no part of it.

    Raises InputError where it can be read as neither.
    """
    scratch = scratch or Scratch()
    store = Nested(open_store(path, ignored), scratch)
    readable = scratch.listed(Found)
    unrecognised = list(_left_out(store, readable))
    top = wrappers(one.parts for one in readable if questions.answers(one.parts[-1]))
    placed = scratch.listed(_Placed)
    several = _of_one_name(_places(readable, questions, top, placed), scratch.kept(str))

    def learner_of(place: Place) -> str:
        known = same(place.learner, place.account)
        return f"{known} ({place.account})" if known == place.learner and known in several else known

    newest, learners = scratch.kept(_Newest), scratch.kept(bool)
    unrecognised += _keep_newest(placed, learner_of, newest, learners)
    return Collection(store, newest, learners, unrecognised)


class _Placed(NamedTuple):
    """A file, as it is shown to people; its place, or else why it has none."""

    number: int
    shown: str
    place: Place | None
    reason: Text | None = None


class _Newest(NamedTuple):
    """What counts of a learner at a question, so far."""

    age: tuple[int, int]
    picked: Picked


def _left_out(store: Store, readable: Listed[Found]) -> Iterator[Unrecognised]:
    """Of every file that somebody may have handed in: keeps what can be read, and says why the others cannot."""
    for one in store.names():
        if is_junk(one.parts):
            continue
        if one.problem is None:
            readable.append(one)
        else:
            yield Unrecognised(place=_shown(one), reason=one.problem)


def _places(found: Iterable[Found], questions: Questions, top: int, placed: Listed[_Placed]) -> Iterator[Place]:
    """The places of files without the folders that only wrap, all of them kept as they go by."""
    for one in found:
        place = questions.placed(one.parts[min(top, len(one.parts) - 1) :])
        if isinstance(place, Text):
            placed.append(_Placed(one.number, _shown(one), None, place))
        else:
            placed.append(_Placed(one.number, _shown(one), place))
            yield place


def _of_one_name(places: Iterable[Place], account_of: Kept[str]) -> set[str]:
    """The names that several accounts have: those are several people."""
    several = set()
    for place in places:
        if place.account and account_of.setdefault(place.learner, place.account) != place.account:
            several.add(place.learner)
    return several


def _keep_newest(
    placed: Iterable[_Placed], learner_of: Callable[[Place], str], newest: Kept[_Newest], learners: Kept[bool]
) -> Iterator[Unrecognised]:
    """Of several files of one learner for one question the newest by the layout's own numbers; a word on the others."""
    for number, shown, place, reason in placed:
        if reason is not None:
            yield Unrecognised(place=shown, reason=reason)
        if place is None:
            continue
        learner = learner_of(place)
        new = _Newest(place.age, Picked(number, learner, place.question_id, place.form, shown))
        key = f"{place.question_id}\0{learner}"
        before: _Newest | None = newest.get(key)
        if before is None:
            learners[learner] = True
        if before is None or new.age >= before.age:
            newest[key] = new
        if before is not None:
            newer, older = (new, before) if new.age >= before.age else (before, new)
            yield Unrecognised(place=older.picked.place, reason=_replaced(newer.picked.place))


def _shown(found: Found) -> str:
    return "/".join(found.parts)


def _replaced(by: str) -> Text:
    return Text(f"新しいほうの {by} を採点します。", f"The newer one is graded: {by}.")


def _too_large(most: int) -> Text:
    limit = most // 1024
    return Text(f"{limit} KiB を超えています。", f"It is larger than {limit} KiB.")
