"""What every lab is made of: the settings it takes, the steps it reports, the pictures and the reading it ends with.

A lab is a module of this room with one constant, `LAB`, a `Lab`. The data flows one way:

    settings ──start──▶ Experiment ──steps──▶ Step, Step, …      (shown live, or counted by a script)
                              └──────outcome──▶ Outcome          (may be asked at any time: Ctrl-C keeps what there is)

A lab computes and never prints; `quizdl.screen.lab` and `quizdl.screen.lab_page` draw the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from quizdl.text import Text

Array: TypeAlias = NDArray[np.floating]
Setting: TypeAlias = int | float | str
Settings: TypeAlias = Mapping[str, Setting]
"""A value for every option of the lab, by the option's name, already checked; "seed" is always among them."""


@dataclass(frozen=True)
class Option:
    """Something a learner may vary. The default's type is the option's; `choices` for words, `low`/`high` inclusive."""

    name: str
    default: Setting
    help: Text
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


SEED = Option("seed", 0, Text("乱数の種", "Seed of the random numbers"), low=0)
"""The option that every lab has."""


@dataclass(frozen=True)
class Step:
    """What training has to say after some updates: `done` of `total` (units: the lab's own updates), and its numbers.

    `loss` and `accuracy` (a share, 0 to 1) are None where the lab has none; `network` says which of several learns.
    """

    done: int
    total: int
    loss: float | None = None
    accuracy: float | None = None
    network: Text | None = None


@dataclass(frozen=True)
class Series:
    """One line of a plot: xs and ys of one length; a NaN breaks the line."""

    name: Text
    xs: tuple[float, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True)
class Curves:
    """A line plot. `log` draws the y axis in powers of ten."""

    title: Text
    x: Text
    y: Text
    series: tuple[Series, ...]
    log: bool = False


@dataclass(frozen=True)
class Heatmap:
    """A matrix of numbers shaded from its least to its greatest: attention, Grad-CAM, confusion. Labels may be empty.

    `values` (rows, columns). `plain` draws it as a picture (a digit), without numbers or labels.
    """

    title: Text
    values: Array
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    x: Text | None = None
    y: Text | None = None
    plain: bool = False


@dataclass(frozen=True)
class Scatter:
    """Points in the plane: a latent space, word vectors. `groups` colours and marks them, `labels` stand by them."""

    title: Text
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    labels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows of short texts and numbers under their column heads; numbers are shown with three significant digits."""

    title: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[str | float | Text, ...], ...]


Picture: TypeAlias = Curves | Heatmap | Scatter | Table


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `metrics` are what `--json` and `--sweep` compare, by stable snake_case names.

    `reading` says in whole sentences what the numbers mean; `reached` whether the lab's stated goal was met, None where
    the settings put it out of question (another task length, say) or the run was stopped.
    """

    metrics: Mapping[str, float]
    reading: tuple[Text, ...]
    pictures: tuple[Picture, ...]
    reached: bool | None = None


Weights: TypeAlias = dict[str, NDArray[Any]]
"""A run's parameters by dotted name (`lstm.W`), as `--save` keeps them in an .npz and `--load` brings them back."""


class Experiment(Protocol):
    """One run of a lab."""

    def steps(self) -> Iterator[Step]:
        """Train, yielding at least once a second, and at the end once with done == total."""
        ...

    def outcome(self) -> Outcome:
        """What there is to see now: after the last step, after Ctrl-C, or untrained. Changes nothing."""
        ...

    def weights(self) -> Weights:
        """The parameters as they are now."""
        ...

    def load(self, weights: Weights) -> None:
        """Go on from parameters that `weights` gave. Raises InputError where names or shapes are other ones."""
        ...


@dataclass(frozen=True)
class Lab:
    """An experiment of the curriculum. `goal` is what the default settings reach, in one sentence with its number.

    `small` are the settings of the version that tests run in seconds. `start(settings, data)`: `data` is what the
    learner's `--data FILE` held, read as `accepts` says ("csv", "idx", "text"; "" where the lab takes none), or None.
    `sweep` names the metric that `--sweep` plots.
    """

    name: str
    title: Text
    about: Text
    goal: Text
    options: tuple[Option, ...]
    sections: tuple[str, ...]
    start: Callable[[Settings, object | None], Experiment]
    sweep: str
    small: Mapping[str, Setting] = field(default_factory=dict)
    accepts: str = ""

    def defaults(self, **changed: Setting) -> dict[str, Setting]:
        """The settings as nobody varied them, but for these."""
        return {option.name: option.default for option in self.options} | changed

    def smallest(self, **changed: Setting) -> dict[str, Setting]:
        """The settings of the small version, but for these."""
        return self.defaults() | dict(self.small) | changed
