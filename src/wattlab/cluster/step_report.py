"""What some steps of a training gave, and what is asked of them; JSON in and out."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, ValidationError

from wattlab.errors import RunError
from wattlab.machine.threads import ThreadPool
from wattlab.meter.cost import Cost
from wattlab.meter.quantity import Quantity, missing
from wattlab.meter.statistics import Estimate, estimate
from wattlab.recipe.problems import first_finding
from wattlab.records.files import write_atomically
from wattlab.records.phases import StepPhases

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FEWEST_BLOCKS", "CardReadings", "DataUsed", "StepFailure", "StepReport", "StepsAsked", "rate_of"]

FEWEST_BLOCKS: Final = 3
"""Blocks that are timed in any case, however long they take."""
_SCHEMA: Final = 1
Model = TypeVar("Model", bound=BaseModel)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


class StepsAsked(_Frozen):
    """How many steps are to be timed, and what besides."""

    warm_up: Annotated[int, Field(ge=0)] = 10
    """Steps before the first that is timed."""
    steps: Annotated[int, Field(ge=1)] = 40
    """Steps to time at least."""
    at_least_s: NonNegativeFloat = 2.0
    """Go on with more steps until they have taken this long together: sensors of energy and utilisation are slow."""
    limit_s: PositiveFloat = 60.0
    """Time no further step once they have taken this long together; three blocks are timed in any case."""
    evaluate: bool = False
    """Evaluate the largest part that a training evaluates, too, after the steps."""
    phases: bool = False
    """Find out how a step divides into data, forward, backward and optimizer, too."""
    card_limit_B: Annotated[int, Field(ge=1)] | None = None
    """Most memory of the graphics card that torch may take; None: as much as its driver gives. Unit: B."""

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        write_atomically(path, self.model_dump_json(indent=1).encode())

    @classmethod
    def load(cls, path: Path) -> StepsAsked:
        """Read it back; `wattlab.errors.RunError` if the file is not there or damaged."""
        return _loaded(cls, path)


class DataUsed(_Frozen):
    """What the steps learned from."""

    name: str
    """The recipe's data set."""
    source: str = ""
    """Where the samples come from, in words."""
    synthetic: bool
    """Whether made-up samples of the same shapes stood in for it, as it is not on this machine."""
    n_train: int
    """Samples of the training part."""
    n_features: int
    """Numbers in a sample that feed the network."""


class CardReadings(_Frozen):
    """How the graphics card was while the steps were timed."""

    name: str
    samples: int
    """How often it was asked."""
    clock_MHz: tuple[float, float] | None
    """Lowest and highest core clock seen; None if the driver does not tell."""
    temperature_C: float | None
    """The highest seen."""
    power_limit_W: float | None
    """What it may draw."""
    throttle: tuple[str, ...]
    """Why its clocks were lower than they could be, in words."""


class StepReport(_Frozen):
    """What timing some steps of a training gave."""

    schema_version: Literal[1] = _SCHEMA
    wattlab_version: str
    machine: dict[str, str | int | bool | None]
    """As `wattlab.machine.fingerprint.Machine.to_dict` says."""
    data: DataUsed
    batch_size: int
    asked: StepsAsked
    block_steps: tuple[int, ...]
    """Steps in each block; the device is waited for at both edges of a block."""
    block_s: tuple[float, ...]
    """How long each block took. Unit: s."""
    warm_up_steps: int
    """Steps before those, fewer than asked only where they were too slow."""
    cost: Cost
    """Time, energy and memory of the timed steps together."""
    start_up: Quantity
    """From the start of the process to the first step, without what follows. Unit: s."""
    loading: Quantity
    """Reading and preparing the data. Unit: s."""
    compiling: Quantity
    """Compiling, and whatever else an engine does once. Unit: s."""
    warming_up: Quantity
    """The steps before those that are timed. Unit: s."""
    evaluation: Cost | None = None
    """Evaluating the largest part once; None if not asked for."""
    evaluated_samples: int = 0
    processor_use: Quantity
    """Processor time of the process and its children, as a share of the cores that it may use. Unit: 1."""
    card_use: Quantity
    """Share of the time in which the graphics card was busy, as its driver says. Unit: 1."""
    card: CardReadings | None = None
    """None without a card that computes."""
    memory_before: Quantity
    """Resident memory before data and network were there: interpreter and libraries. Unit: B."""
    memory_above: Quantity
    """How much more the peak was: data, network and steps. Unit: B."""
    skipped_steps: int
    """Timed steps left out because the scaled gradient overflowed; float16 only."""
    allocation_retries: int | None
    """How often torch had to free its cache to find device memory; None where nobody counts."""
    major_faults: int | None
    """Pages read back from disk or swap while the steps were timed; None where nobody counts."""
    phases: StepPhases | None = None
    facts: dict[str, str | int | float | bool | None]
    """What the engine really used: versions, threads, device, formats."""
    libraries: tuple[ThreadPool, ...] = ()
    """BLAS and OpenMP libraries of the process, with the threads that each could use while steps were timed."""
    notes: tuple[str, ...] = ()
    """What a reader must know, a sentence each."""

    @property
    def n_steps(self) -> int:
        """Timed steps."""
        return sum(self.block_steps)

    @property
    def n_samples(self) -> int:
        """Samples in the timed steps."""
        return self.n_steps * self.batch_size

    @property
    def step_times_s(self) -> tuple[float, ...]:
        """Seconds of a step in each block. Unit: s."""
        return tuple(one_s / steps for one_s, steps in zip(self.block_s, self.block_steps, strict=True))

    @property
    def step_s(self) -> float:
        """Median time of a step. Unit: s."""
        return median(self.step_times_s)

    @property
    def step(self) -> Estimate:
        """Median time of a step with its distribution-free interval. Unit: s."""
        found = estimate(self.step_times_s, "s")
        assert found is not None
        return found

    @property
    def rate(self) -> Estimate:
        """Samples a second at that time. Unit: 1/s."""
        return rate_of(self.step, self.batch_size)

    @property
    def samples_per_s(self) -> float:
        """Samples a second at the median step. Unit: 1/s."""
        return self.batch_size / self.step_s

    @property
    def energy_per_sample(self) -> Quantity:
        """Gross energy of the timed steps by their samples. Unit: J."""
        return self.cost.energy.times(1 / self.n_samples, "J")

    @property
    def cpu_per_sample(self) -> Quantity:
        """Processor time of the timed steps by their samples, all cores together. Unit: s."""
        return self.cost.cpu.times(1 / self.n_samples, "s")

    @property
    def cores_busy(self) -> Quantity:
        """Processor time of the timed steps by their wall time: how many cores they kept busy. Unit: 1."""
        return self._by_wall(self.cost.cpu, "1")

    @property
    def power(self) -> Quantity:
        """Gross energy of the timed steps by their wall time. Unit: W."""
        return self._by_wall(self.cost.energy, "W")

    def _by_wall(self, quantity: Quantity, unit: str) -> Quantity:
        wall_s = self.cost.wall.value
        return quantity.times(1 / wall_s, unit) if wall_s else missing(unit, "no time passed")

    @property
    def peak_memory(self) -> Quantity:
        """Largest resident memory of the process and its children, evaluation included. Unit: B."""
        return (self.evaluation or self.cost).peak_memory

    @property
    def device_memory(self) -> Quantity:
        """Most memory of a card that was allocated, evaluation included. Unit: B."""
        return (self.evaluation or self.cost).device_memory

    @property
    def device_reserved(self) -> Quantity:
        """Most memory of a card that the library kept for itself, evaluation included. Unit: B."""
        return (self.evaluation or self.cost).device_reserved

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        write_atomically(path, self.model_dump_json(indent=1).encode())

    @classmethod
    def load(cls, path: Path) -> StepReport:
        """Read it back; `wattlab.errors.RunError` if the file is not there or damaged."""
        return _loaded(cls, path)


class StepFailure(_Frozen):
    """Why no step was timed."""

    cause: Literal["refused", "out of memory", "timed out", "crashed"]
    """refused: what the user can mend, such as a precision that the engine does not have."""
    reason: str
    """A sentence without its full stop."""
    wall_s: float
    """How long the attempt took. Unit: s."""

    @property
    def out_of_memory(self) -> bool:
        """Whether memory ran out, on the processor or a card."""
        return self.cause == "out of memory"

    @property
    def refused(self) -> bool:
        """Whether the engine, the data or the recipe say that it cannot be."""
        return self.cause == "refused"


def rate_of(step: Estimate, batch_size: int) -> Estimate:
    """Return samples a second where a step takes so long; the shortest step is the highest rate. Unit: 1/s.

    Parameters
    ----------
    step : Estimate
        Time of a step. Unit: s.
    batch_size : int
        Samples in a step.
    """
    ends = {"low": batch_size / step.high, "high": batch_size / step.low}
    return step.model_copy(update={"median": batch_size / step.median, "unit": "1/s", **ends})


def _loaded(model: type[Model], path: Path) -> Model:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        msg = f"{str(path)!r} cannot be read: {error.strerror or error}"
        raise RunError(msg) from error
    except ValidationError as error:
        msg = f"{str(path)!r} is damaged: {first_finding(error)}"
        raise RunError(msg) from error
