r"""How able a learner is: a Rasch model of all answers, with forgetting, fitted by Fisher scoring in plain Python.

    P(right) = g + (1 − g) · σ(θ + λ·practice + ρ·met + δ_chapter + ε_topic − difficulty)

g is the chance to guess, the difficulty a prior by kind and level, `practice` and `met` fade with the days. Everything
after θ has a normal prior around what is usual, so that a topic with few answers leans on its chapter, and a chapter on
the whole (Rasch 1960; De Boeck and Wilson 2004, explanatory item response models). Each topic is coupled to few others
in the information matrix, which is solved topic by topic.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from quizdl.areas import chapter_of
from quizdl.model import Kind, Level, Past, Profile

GUESS = 0.25
"""The chance to guess one of four options."""

LEVEL_DIFFICULTY: Mapping[Level, float] = {"recall": -0.4, "apply": 0.0, "analyse": 0.4}
KIND_DIFFICULTY: Mapping[Kind, float] = {
    "choice": 0.0,
    "numeric": 0.4,
    "shape": 0.2,
    "expression": 0.6,
    "term": 0.6,
    "order": 0.4,
    "code": 0.5,
    "essay": 0.0,
}
"""In logits above a choice of the same level: a typed answer is harder to come by than one that is recognised."""

SPREAD_OF_CHAPTERS, SPREAD_OF_TOPICS = 0.6, 0.7
"""Standard deviations in logits: of chapters around the whole, of topics around their chapter."""

PRACTICE_DAYS, MET_DAYS, ANSWER_DAYS = 40.0, 30.0, 60.0
"""In so many days a topic's practice, a question that was met, and an answer's weight as evidence fade to 1/e."""

_DAY = 86400.0
_STEPS, _CLOSE = 12, 1e-4

_OVERALL, _PRACTICE, _MET = range(3)
_SHARED = 3
_PRIOR_MEAN = (-0.3, 0.4, 1.2)
_PRIOR_SPREAD = (1.2, 0.3, 0.6)


class Question(NamedTuple):
    """A question as it is asked at some moment. practice, met: what is left of earlier practice, not negative."""

    topic: str
    difficulty: float
    guess: float
    practice: float = 0.0
    met: float = 0.0


class _Answer(NamedTuple):
    question: Question
    score: float
    weight: float


class Gradient(NamedTuple):
    """How a quantity changes with the shared parameters and with those of the topics."""

    shared: list[float]
    topics: dict[str, float]


class Ability:
    """A learner's parameters as of one moment, with their uncertainty."""

    def __init__(self, answers: Sequence[_Answer], memory: Memory, chapters: Iterable[str], now: float) -> None:
        self._memory, self._now = memory, now
        self._chapters = {name: _SHARED + number for number, name in enumerate(sorted(chapters))}
        spreads = [*_PRIOR_SPREAD, *[SPREAD_OF_CHAPTERS] * len(self._chapters)]
        self._mean = [*_PRIOR_MEAN, *[0.0] * len(self._chapters)]
        self._precision = [1 / spread**2 for spread in spreads]
        self._shared = list(self._mean)
        self._topics = dict.fromkeys(sorted({one.question.topic for one in answers}), 0.0)
        for _ in range(_STEPS):
            if self._step(answers) < _CLOSE:
                break

    def chance(self, question: Question) -> float:
        """The chance that this question is answered right."""
        return question.guess + (1 - question.guess) * _logistic(self._logit(question))

    def today(self, profile: Profile) -> Question:
        """A question like this one, new and with four options, asked now."""
        return Question(
            topic=profile.chapter,
            difficulty=exam_difficulty(profile),
            guess=GUESS,
            practice=self._memory.practice(profile.chapter, self._now),
        )

    def asked_again(self, profile: Profile) -> Question:
        """This very question with four options, asked now."""
        return self.today(profile)._replace(met=self._memory.met(profile.id, self._now))

    def gradient(self, questions: Iterable[tuple[Question, float]]) -> Gradient:
        """Of the weighted sum of these questions' chances."""
        shared, topics = [0.0] * len(self._shared), dict.fromkeys(self._topics, 0.0)
        for question, weight in questions:
            slope = weight * (1 - question.guess) * _slope(_logistic(self._logit(question)))
            for place, value in self._features(question):
                shared[place] += slope * value
            topics[question.topic] = topics.get(question.topic, 0.0) + slope
        return Gradient(shared, topics)

    def covariance(self, one: Gradient, other: Gradient) -> float:
        """Of two quantities, by their gradients; topics and chapters never met have their prior's spread."""
        shared, topics = self._solve(one)
        return _dot(shared, other.shared) + sum(topics[name] * value for name, value in other.topics.items())

    def _logit(self, question: Question) -> float:
        known = sum(self._shared[place] * value for place, value in self._features(question))
        return known + self._topics.get(question.topic, 0.0) - question.difficulty

    def _features(self, question: Question) -> list[tuple[int, float]]:
        """The shared parameters that bear on a question, with their factors."""
        found = [(_OVERALL, 1.0), (_PRACTICE, question.practice), (_MET, question.met)]
        return [*found, (self._chapters[chapter_of(question.topic)], 1.0)]

    def _step(self, answers: Sequence[_Answer]) -> float:
        """One step of Fisher scoring; returns how far it went."""
        size = len(self._shared)
        self._matrix = [[self._precision[i] if i == j else 0.0 for j in range(size)] for i in range(size)]
        self._coupling = {name: [0.0] * size for name in self._topics}
        self._own = dict.fromkeys(self._topics, 1 / SPREAD_OF_TOPICS**2)
        pull = Gradient(
            [p * (m - x) for p, m, x in zip(self._precision, self._mean, self._shared, strict=True)],
            {name: -value / SPREAD_OF_TOPICS**2 for name, value in self._topics.items()},
        )
        for one in answers:
            self._add(one, pull)
        shared, topics = self._solve(pull)
        self._shared = [x + step for x, step in zip(self._shared, shared, strict=True)]
        self._topics = {name: value + topics[name] for name, value in self._topics.items()}
        return max(map(abs, [*shared, *topics.values()]))

    def _add(self, one: _Answer, pull: Gradient) -> None:
        question = one.question
        share = _logistic(self._logit(question))
        chance = question.guess + (1 - question.guess) * share
        slope = (1 - question.guess) * _slope(share)
        information = one.weight * slope**2 / (chance * (1 - chance))
        error = one.weight * (one.score - chance) * slope / (chance * (1 - chance))
        features, coupling = self._features(question), self._coupling[question.topic]
        for i, value in features:
            pull.shared[i] += error * value
            coupling[i] += information * value
            for j, other in features:
                self._matrix[i][j] += information * value * other
        pull.topics[question.topic] += error
        self._own[question.topic] += information

    def _solve(self, target: Gradient) -> tuple[list[float], dict[str, float]]:
        """The information matrix's inverse times the target: the topics are eliminated, then put back."""
        matrix, right = [list(row) for row in self._matrix], list(target.shared)
        for name, coupling in self._coupling.items():
            own = self._own[name]
            for i, value in enumerate(coupling):
                if value == 0.0:
                    continue
                right[i] -= value * target.topics[name] / own
                for j, other in enumerate(coupling):
                    matrix[i][j] -= value * other / own
        shared = _solved(matrix, right)
        known = {
            name: (target.topics[name] - _dot(coupling, shared)) / self._own[name]
            for name, coupling in self._coupling.items()
        }
        unmet = {name: v * SPREAD_OF_TOPICS**2 for name, v in target.topics.items() if name not in known}
        return shared, known | unmet


class Memory:
    """What is left of practice by topic, and of each question that was met; fading exponentially."""

    def __init__(self) -> None:
        self._topics: dict[str, tuple[float, float]] = {}
        self._questions: dict[str, float] = {}

    def practice(self, topic: str, at: float) -> float:
        """log(1 + answers in the topic, each faded): the first ones teach the most."""
        amount, since = self._topics.get(topic, (0.0, at))
        return math.log1p(amount * _faded(at - since, PRACTICE_DAYS))

    def met(self, question_id: str, at: float) -> float:
        """1 for a question met just now, 0 for one never met."""
        since = self._questions.get(question_id)
        return 0.0 if since is None else _faded(at - since, MET_DAYS)

    def add(self, profile: Profile, at: float) -> None:
        """This question was answered and explained."""
        amount, since = self._topics.get(profile.chapter, (0.0, at))
        self._topics[profile.chapter] = amount * _faded(at - since, PRACTICE_DAYS) + 1.0, at
        self._questions[profile.id] = at


def ability_of(history: Iterable[Past], met: Mapping[str, Profile], topics: Iterable[str], now: float) -> Ability:
    """The ability in the answers to these questions, which are in the order of time; essays are left out.

    topics: the syllabus numbers of the whole bank. now: Unix time, none of the answers is later.
    """
    memory, answers = Memory(), []
    for past in history:
        profile = met.get(past.question_id)
        if profile is None or past.undone or profile.kind == "essay":
            continue
        if past.verdict not in ("unreadable", "grader_error"):
            weight = _faded(now - past.at, ANSWER_DAYS)
            answers.append(_Answer(_as_asked(past, profile, memory), past.score, weight))
        memory.add(profile, past.at)
    return Ability(answers, memory, set(map(chapter_of, topics)), now)


def exam_difficulty(profile: Profile) -> float:
    """In logits, in the exam form: what had to be typed is recognised there, and stays a little harder."""
    return LEVEL_DIFFICULTY[profile.level] + KIND_DIFFICULTY[profile.kind] / 3


def _as_asked(past: Past, profile: Profile, memory: Memory) -> Question:
    in_exam = past.mode in ("exam", "paper")
    return Question(
        topic=profile.chapter,
        difficulty=(
            exam_difficulty(profile)
            if in_exam
            else LEVEL_DIFFICULTY[profile.level] + KIND_DIFFICULTY[profile.kind] + (0.4 if profile.whole else 0.0)
        ),
        guess=GUESS if in_exam or profile.kind == "choice" else 0.02,
        practice=memory.practice(profile.chapter, past.at),
        met=memory.met(profile.id, past.at),
    )


def _faded(seconds: float, days: float) -> float:
    return math.exp(-max(seconds, 0.0) / _DAY / days)


def _logistic(logit: float) -> float:
    """Kept away from 0 and 1, where an answer would carry infinite information."""
    return 1 / (1 + math.exp(-min(max(logit, -8.0), 8.0)))


def _slope(share: float) -> float:
    return share * (1 - share)


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination; the matrix is symmetric and positive definite, so that no row has to be exchanged."""
    size = len(right)
    for i in range(size):
        for k in range(i + 1, size):
            factor = matrix[k][i] / matrix[i][i]
            if factor:
                for j in range(i, size):
                    matrix[k][j] -= factor * matrix[i][j]
                right[k] -= factor * right[i]
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (right[i] - sum(matrix[i][j] * found[j] for j in range(i + 1, size))) / matrix[i][i]
    return found
