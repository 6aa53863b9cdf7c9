"""The contract of every engine: what it gets, what it gives back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wattlab.engines.devices import limit_torch_threads
from wattlab.engines.phases import IDLE
from wattlab.errors import WeightsError
from wattlab.machine.threads import default_threads, limit_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared, PreparedPart
    from wattlab.engines.phases import PhaseClock, PhaseTimes, Untimed
    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.recipe import Recipe
    from wattlab.recipe.schedule import StepValues

__all__ = [
    "BatchLog",
    "Engine",
    "Facts",
    "Score",
    "State",
    "Trainer",
    "Weights",
    "check_state",
    "named_weights",
]

Weights = dict[str, "NDArray[np.floating]"]
"""Arrays by name: ``layers.0.weights`` of shape (n_in, n_out), ``layers.0.biases`` of shape (n_out,), …"""
Facts = dict[str, str | int | float | bool | None]
"""What an engine really uses, such as ``threads`` (int), ``device``, ``torch`` (version) and ``compiled``."""
State = dict[str, "NDArray[np.generic]"]
"""All that a trainer needs to go on bit-exactly: weights, the optimizer's memory, its step count."""
_OTHER = "it belongs to another network, optimizer, backend or precision; resume with the run's own recipe"


@dataclass(frozen=True)
class BatchLog:
    """What happened in a range of batches.

    Parameters
    ----------
    cost : ndarray of shape (n_batches,)
        Loss of each batch as the recipe reduces it (sum or mean), regularisation included.
    regularisation : ndarray of shape (n_batches,)
        The part of `cost` that is regularisation.
    mean_abs_error : ndarray of shape (n_batches,)
        Mean of |y − a| over the batch and its outputs.
    n_correct : int or None
        Samples classified correctly on their way through; None for regression or if not counted.
    forward_s, backward_s : ndarray of shape (n_layers,)
        Seconds by layer; empty unless the recipe asks for layer times.
    n_skipped : int
        Steps whose update was left out because the scaled gradient overflowed; float16 only.
    """

    cost: NDArray[np.float64]
    regularisation: NDArray[np.float64]
    mean_abs_error: NDArray[np.float64]
    n_correct: int | None
    forward_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    backward_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    n_skipped: int = 0


@dataclass(frozen=True)
class Score:
    """How well the network does on a part of the data.

    Parameters
    ----------
    score : float
        Accuracy for classification, R² for regression.
    loss : float
        Loss as the recipe reduces it (sum or mean over the samples), without regularisation.
    regularisation : float
        Regularisation term of the present weights.
    """

    score: float
    loss: float
    regularisation: float


class Trainer(ABC):
    """A network in training: made by `Engine.start`, driven by ``wattlab.training``."""

    def warm_up(self) -> None:  # noqa: B027 (an engine that compiles nothing has nothing to do)
        """Compile all that an epoch of the recipe needs; neither weights nor state change."""

    @abstractmethod
    def facts(self) -> Facts:
        """Return what is really in use, by name: versions, threads, device, number formats, what was compiled."""

    @abstractmethod
    def train(
        self,
        order: NDArray[np.int64],
        values: StepValues,
        tick: Callable[[int], None] | None = None,
        clock: PhaseClock = IDLE,
        epoch: int = 0,
    ) -> BatchLog:
        """Apply one update for every batch of an epoch.

        Parameters
        ----------
        order : ndarray of shape (n_samples,), int64
            Rows of the training part in the order in which they are to be used.
        values : StepValues
            Learning rate (and momentum) of every step; their number is the number of batches.
        tick : callable, optional
            Called now and then with the number of batches done.
        clock : PhaseClock, optional
            Times the phases of the steps that it has chosen; what is computed is the same to the bit. An engine that
            takes all its steps in compiled calls has nothing to show it; see `phase_times`.
        epoch : int, optional
            0-based; with the recipe's seed it decides what augmentation, dropout and sampling draw.
        """

    @abstractmethod
    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:
        """Return how long each phase of a step takes.

        Where the steps themselves cannot be timed inside, their parts are timed apart, on copies or with all put back:
        neither weights nor state change.

        Parameters
        ----------
        clock : PhaseClock
            What `train` has shown.
        budget_s : float
            About how long it may take. Unit: s.
        """

    @abstractmethod
    def evaluate(self, part: PreparedPart) -> Score:
        """Return score and loss on a part of the data."""

    @abstractmethod
    def predict(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs, shape (n_samples, n_outputs), for prepared features."""

    @abstractmethod
    def weights(self) -> Weights:
        """Return copies of all weights and biases, by name."""

    @abstractmethod
    def load(self, weights: Weights) -> None:
        """Replace all weights and biases; `wattlab.errors.WeightsError` if a name or shape does not fit."""

    @abstractmethod
    def state(self) -> State:
        """Return a copy of all that is needed to go on bit-exactly."""

    @abstractmethod
    def restore(self, state: State) -> None:
        """Go back to what `state` returned.

        Raises
        ------
        wattlab.errors.WeightsError
            If it comes from another network, another optimizer, or a training that keeps its numbers in another
            format: nothing is converted, as the training would no longer be the one that was interrupted.
        """

    def synchronize(self) -> None:  # noqa: B027 (a device without a queue has nothing to wait for)
        """Wait until the device has finished all work given to it."""


def check_state(state: State, wanted: Mapping[str, NDArray[np.generic]]) -> None:
    """Raise unless a saved state has the names, shapes and number formats of `wanted`.

    Raises
    ------
    wattlab.errors.WeightsError
        Says what differs.
    """
    for name in sorted(state.keys() ^ wanted.keys()):
        which = "holds" if name in state else "has no"
        raise WeightsError(f"the saved state {which} {name!r}: {_OTHER}")
    for name, array in wanted.items():
        found = state[name]
        if (found.shape, found.dtype) != (array.shape, array.dtype):
            kinds = (f"{one.dtype} of shape {one.shape}" for one in (found, array))
            raise WeightsError(f"{name} of the saved state is {', not '.join(kinds)}: {_OTHER}")


def named_weights(state: State, architecture: Architecture) -> Weights:
    """Return the weights of a saved state in which they have the names that every engine uses.

    Raises
    ------
    wattlab.errors.WeightsError
        If one is missing.
    """
    weights: Weights = {}
    for name in architecture.arrays:
        if name not in state:
            raise WeightsError(f"the saved state has no {name!r}: it belongs to another network")
        weights[name] = np.array(state[name], dtype=float)
    return weights


class Engine(ABC):
    """A way to compute a training."""

    name: str

    @abstractmethod
    def check(self, recipe: Recipe) -> None:
        """Raise for what this engine cannot do; it ignores nothing.

        Raises
        ------
        wattlab.errors.UnsupportedError
            Names the recipe's field, and what can be had instead.
        wattlab.errors.MissingExtraError
            If a package that the engine needs is not installed; nothing is imported to find out.
        """

    def check_recipe(self, recipe: Recipe) -> None:
        """As `check`, for a training in another process: what this process has loaded or is bound to does not count.

        An engine of which `check` loads a library, or asks what this process has already, leaves that out here.
        """
        self.check(recipe)

    def preferred_threads(self, recipe: Recipe) -> int | None:  # noqa: ARG002 (for engines that have an opinion)
        """Return how many threads serve a recipe best where it names none; None: as many as there are."""
        return None

    def library_threads(self, recipe: Recipe, count: int | None) -> int | None:  # noqa: ARG002 (as above)
        """Return how many threads the libraries may start where the engine may use `count`."""
        return count

    def threads(self, recipe: Recipe) -> AbstractContextManager[None]:
        """Return a context in which a training has its threads; `check` it first, so that all libraries are loaded.

        Their number is the recipe's, else what serves it best, else what the machine allows this process.
        """
        count = recipe.engine.threads or self.preferred_threads(recipe) or default_threads()
        return self.limit_threads(self.library_threads(recipe, count))

    @contextmanager
    def limit_threads(self, count: int | None) -> Iterator[None]:
        """Let the libraries loaded now use at most `count` threads inside the block; None: their own choice."""
        # torch first: it says how many it had, which a limit on its libraries hides.
        with limit_torch_threads(count), limit_threads(count):
            yield

    @abstractmethod
    def start(self, recipe: Recipe, data: Prepared, weights: Weights) -> Trainer:
        """Return a trainer that begins from `weights`.

        Raises
        ------
        wattlab.errors.UnsupportedError
            As `check`; and for sample weights in the data, if the engine cannot carry them.
        wattlab.errors.RecipeError
            If loss and data do not go together.
        """

    @abstractmethod
    def stored_weights(self, state: State, architecture: Architecture) -> Weights:
        """Return the weights and biases in what `Trainer.state` returned, by name; nothing is started for it.

        Parameters
        ----------
        state : dict of arrays
            Of a trainer of this engine, on whatever device it ran.
        architecture : Architecture
            Of its network.

        Raises
        ------
        wattlab.errors.WeightsError
            If the state belongs to another network.
        """
