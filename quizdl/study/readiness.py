"""Readiness: the share of an exam one would get right today, chapter by chapter, and the chance to reach a pass line.

Every number is an estimate from one's own answers, with an interval. Where there are too few answers there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from quizdl.areas import AREAS, CHAPTERS, EXAM_QUESTIONS, area_of, chapter_of
from quizdl.model import Census, Past, Profile
from quizdl.study.ability import Ability, Question, ability_of

NEEDED, NEEDED_IN_PART = 24, 8
"""Answers without which nothing is said of the whole exam, and of a chapter or an area."""

INTERVAL = 0.8
"""The intervals are meant to hold the truth this often."""

_Z = 1.2816
"""The normal quantile that leaves (1 − INTERVAL) / 2 on each side."""

MODEL_ERROR = 0.04
"""Standard deviation of a share for what the model leaves out: questions in a chapter are no two alike."""


class Share(msgspec.Struct, frozen=True):
    """A share from 0 to 1, with the interval that holds it in INTERVAL of cases."""

    estimate: float
    low: float
    high: float


class Part(msgspec.Struct, frozen=True):
    """A chapter or an area. share: None where there are fewer than `needed` answers."""

    name: str
    answers: int
    needed: int
    share: Share | None


class Readiness(msgspec.Struct, frozen=True):
    """How ready somebody is today, for exams weighed as `weights` say. pass_line: 0 to 1.

    chance: of reaching the pass line in one exam. missing: how many answers are needed before anything is said.
    """

    chapters: tuple[Part, ...]
    areas: tuple[Part, ...]
    total: Share | None
    pass_line: float
    chance: float | None
    answers: int
    missing: int


class Forecast(msgspec.Struct, frozen=True):
    """What would have been said of an exam just before it, of its very questions, beside what came of it."""

    exam: str
    at: float
    share: Share
    actual: float
    questions: int

    @property
    def held(self) -> bool:
        """Whether the interval held what came."""
        return self.share.low <= self.actual <= self.share.high


_Many = tuple[Profile, int]
"""Questions alike, and how many of them there are."""


class _Estimate(NamedTuple):
    mean: float
    variance: float


def readiness(
    history: Sequence[Past], census: Census, now: float, *, weights: Mapping[str, float], line: float
) -> Readiness:
    """Readiness in the answers before `now` (Unix time). weights: area → weight. line: the pass line, 0 to 1.

    A chapter is what the bank has of it, asked as an exam asks: new questions with four options.
    """
    met, bank = _met(history, census), _bank(census)
    counted = [past for past in history if _counts(past, met) and past.at <= now]
    ability = ability_of(counted, met, {one.chapter for one, _ in bank}, now)
    topics = [area_of(met[past.question_id].chapter) for past in counted]
    chapters = [chapter_of(met[past.question_id].chapter) for past in counted]
    asked = [(one, count) for one, count in bank if one.kind != "essay"]
    total, chance = None, None
    if len(counted) >= NEEDED:
        whole = _whole(ability, asked, weights)
        total, chance = _share(whole), _chance(whole, line)
    return Readiness(
        chapters=_parts(ability, asked, CHAPTERS, chapter_of, chapters),
        areas=_parts(ability, asked, AREAS, area_of, topics),
        total=total,
        pass_line=line,
        chance=chance,
        answers=len(counted),
        missing=max(NEEDED - len(counted), 0),
    )


def forecasts(history: Sequence[Past], census: Census) -> tuple[Forecast, ...]:
    """For each exam taken, what the answers before it gave reason to expect; none where they were too few."""
    met, topics = _met(history, census), {one.chapter for one, _ in _bank(census)}
    exams: dict[str, list[Past]] = {}
    for past in history:
        if past.mode in ("exam", "paper") and _counts(past, met):
            exams.setdefault(past.session, []).append(past)
    found = [_forecast(name, answers, history, met, topics) for name, answers in exams.items()]
    return tuple(one for one in found if one is not None)


def _forecast(
    name: str, answers: Sequence[Past], history: Sequence[Past], met: Mapping[str, Profile], topics: Collection[str]
) -> Forecast | None:
    at = min(past.at for past in answers)
    before = [past for past in history if past.at < at and past.session != name and _counts(past, met)]
    if len(before) < NEEDED:
        return None
    ability, count = ability_of(before, met, topics, at), len(answers)
    questions = [(ability.asked_again(met[past.question_id]), 1 / count) for past in answers]
    expected = _estimate(ability, questions)
    luck = sum(p * (1 - p) for p in (ability.chance(question) for question, _ in questions)) / count**2
    return Forecast(
        exam=name,
        at=at,
        share=_share(_Estimate(expected.mean, expected.variance + luck)),
        actual=sum(past.verdict == "correct" for past in answers) / count,
        questions=count,
    )


def _met(history: Iterable[Past], census: Census) -> dict[str, Profile]:
    return census.known({past.question_id for past in history})


def _bank(census: Census) -> list[_Many]:
    return [(one, same.units) for same in census.alike() for one in same.nature]


def _counts(past: Past, met: Mapping[str, Profile]) -> bool:
    profile = met.get(past.question_id)
    return profile is not None and profile.kind != "essay" and not past.undone


def _parts(
    ability: Ability,
    asked: Iterable[_Many],
    names: Iterable[str],
    part_of: Callable[[str], str | None],
    met: Sequence[str | None],
) -> tuple[Part, ...]:
    groups: dict[str | None, list[_Many]] = {}
    for profile, count in asked:
        groups.setdefault(part_of(profile.chapter), []).append((profile, count))
    found = []
    for name in names:
        answers, group = met.count(name), groups.get(name, [])
        share = None
        if group and answers >= NEEDED_IN_PART:
            share = _share(_estimate(ability, _questions(ability, group, 1.0)))
        found.append(Part(name=name, answers=answers, needed=NEEDED_IN_PART, share=share))
    return tuple(found)


def _whole(ability: Ability, asked: Iterable[_Many], weights: Mapping[str, float]) -> _Estimate:
    """The share of an exam that has its questions from the areas as the weights say."""
    groups = {area: [(one, count) for one, count in asked if area_of(one.chapter) == area] for area in weights}
    weighed = {area: weight for area, weight in weights.items() if groups[area] and weight > 0}
    whole = sum(weighed.values())
    return _estimate(
        ability,
        [one for area, weight in weighed.items() for one in _questions(ability, groups[area], weight / whole)],
    )


def _questions(ability: Ability, group: Iterable[_Many], weight: float) -> list[tuple[Question, float]]:
    """The group asked today, sharing the weight; questions that are alike to the model are put together."""
    counts: dict[Question, int] = {}
    for profile, count in group:
        question = ability.today(profile)
        counts[question] = counts.get(question, 0) + count
    total = sum(counts.values())
    return [(question, weight * count / total) for question, count in counts.items()]


def _estimate(ability: Ability, questions: Sequence[tuple[Question, float]]) -> _Estimate:
    gradient = ability.gradient(questions)
    mean = sum(weight * ability.chance(question) for question, weight in questions)
    return _Estimate(mean, ability.covariance(gradient, gradient) + MODEL_ERROR**2)


def _share(found: _Estimate) -> Share:
    """The interval is symmetric in logits, so that it stays between 0 and 1."""
    mean = min(max(found.mean, 1e-6), 1 - 1e-6)
    middle, spread = math.log(mean / (1 - mean)), math.sqrt(found.variance) / (mean * (1 - mean))
    low, high = (1 / (1 + math.exp(-(middle + sign * _Z * spread))) for sign in (-1, 1))
    return Share(mean, low, high)


def _chance(found: _Estimate, line: float) -> float:
    """The chance that an exam of EXAM_QUESTIONS questions comes out at the line or above."""
    luck = found.mean * (1 - found.mean) / EXAM_QUESTIONS
    return 0.5 * math.erfc((line - found.mean) / math.sqrt(2 * (found.variance + luck)))
