"""What a class has handed in: a folder or an archive → submissions, and a word on every file that is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from quizdl.batch.layouts import Place, Questions, is_junk, wrappers
from quizdl.batch.nested import Nested
from quizdl.batch.places import Found, Store, open_store
from quizdl.batch.records import Form, Submission, Unrecognised
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
    """What was found. picked: in the order it is read in; unrecognised grows while submissions are read."""

    def __init__(self, store: Store, picked: Sequence[Picked], unrecognised: list[Unrecognised]) -> None:
        self._store = store
        self.picked = picked
        self.unrecognised = unrecognised

    @property
    def learners(self) -> set[str]:
        """Everybody who handed something in that will be graded."""
        return {one.learner for one in self.picked}

    @property
    def questions(self) -> set[str]:
        """Every question that somebody answered."""
        return {one.question_id for one in self.picked}

    def of(self, question_id: str) -> Collection:
        """The part that answers one question."""
        return Collection(self._store, [one for one in self.picked if one.question_id == question_id], [])

    def submissions(self) -> Iterator[Submission]:
        """Reads one after the other; what cannot be read is reported and left out."""
        following = iter(self.picked)
        for number, data in self._store.contents({one.number: one.place for one in self.picked}, MOST_NOTEBOOK):
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
    path: Path, questions: Questions, ignored: Path, same: SameLearner = lambda learner, account: learner
) -> Collection:
    """The submissions below a folder or in an archive. ignored: a folder that is no part of it.

    Raises InputError where it can be read as neither.
    """
    store = Nested(open_store(path, ignored))
    top = wrappers(one.parts for one in _readable(store) if questions.answers(one.parts[-1]))
    several = _of_one_name(_placed(store, questions, top))

    def learner_of(place: Place) -> str:
        known = same(place.learner, place.account)
        return f"{known} ({place.account})" if known == place.learner and known in several else known

    left_out = [_unrecognised(one, one.problem) for one in _present(store) if one.problem is not None]
    newest, reported = _newest(_placed(store, questions, top), learner_of)
    return Collection(store, newest, left_out + reported)


def _present(store: Store) -> Iterator[Found]:
    return (one for one in store.names() if not is_junk(one.parts))


def _readable(store: Store) -> Iterator[Found]:
    return (one for one in _present(store) if one.problem is None)


def _placed(store: Store, questions: Questions, top: int) -> Iterator[tuple[Found, Place | Text]]:
    """Every file that can be read, without the folders that only wrap. Made anew each time: a class is large."""
    for one in _readable(store):
        yield one, questions.placed(one.parts[min(top, len(one.parts) - 1) :])


def _of_one_name(placed: Iterable[tuple[Found, Place | Text]]) -> set[str]:
    """The names that several accounts have: those are several people."""
    accounts: dict[str, set[str]] = defaultdict(set)
    for _, place in placed:
        if isinstance(place, Place) and place.account:
            accounts[place.learner].add(place.account)
    return {learner for learner, numbers in accounts.items() if len(numbers) > 1}


def _newest(
    placed: Iterable[tuple[Found, Place | Text]], learner_of: Callable[[Place], str]
) -> tuple[list[Picked], list[Unrecognised]]:
    """Of several files of one learner for one question the newest by the layout's own numbers; a word on the others."""
    best: dict[tuple[str, str], tuple[tuple[int, int], Picked]] = {}
    reported: list[Unrecognised] = []
    for found, place in placed:
        if isinstance(place, Text):
            reported.append(_unrecognised(found, place))
            continue
        learner = learner_of(place)
        new = place.age, Picked(found.number, learner, place.question_id, place.form, _shown(found))
        before = best.get((learner, place.question_id), new)
        newer, older = (new, before) if new[0] >= before[0] else (before, new)
        best[learner, place.question_id] = newer
        if older is not newer:
            reported.append(Unrecognised(place=older[1].place, reason=_replaced(newer[1].place)))
    return sorted(picked for _, picked in best.values()), reported


def _unrecognised(found: Found, reason: Text) -> Unrecognised:
    return Unrecognised(place=_shown(found), reason=reason)


def _shown(found: Found) -> str:
    return "/".join(found.parts)


def _replaced(by: str) -> Text:
    return Text(f"新しいほうの {by} を採点します。", f"The newer one is graded: {by}.")


def _too_large(most: int) -> Text:
    limit = most // 1024
    return Text(f"{limit} KiB を超えています。", f"It is larger than {limit} KiB.")
