"""What a learning-rate ramp and the short trainings after it are asked, and what they gave; JSON in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError

from wattlab.cluster.step_report import DataUsed
from wattlab.errors import RunError
from wattlab.meter.quantity import Quantity, missing
from wattlab.recipe.problems import first_finding
from wattlab.records.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Ending", "RampAsked", "RampFailure", "RampReport", "ShortRun", "ShortRuns", "ShortRunsAsked"]

SMOOTHING: Final = 0.9
STOP_AT: Final = 4.0
Ending = Literal["end of the range", "loss rose", "loss is no finite number"]
AtLeastOne = Annotated[int, Field(ge=1)]


class _Filed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        write_atomically(path, self.model_dump_json(indent=1).encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read it back; `wattlab.errors.RunError` if the file is not there or damaged."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            msg = f"{str(path)!r} cannot be read: {error.strerror or error}"
            raise RunError(msg) from error
        except ValidationError as error:
            msg = f"{str(path)!r} is damaged: {first_finding(error)}"
            raise RunError(msg) from error


class RampAsked(_Filed):
    """Which learning rates are tried, a training step each."""

    low: PositiveFloat
    """Rate of the first step. Unit: loss⁻¹ · parameter²."""
    high: PositiveFloat
    """Rate of the last step, if nothing ends the ramp earlier."""
    steps: Annotated[int, Field(ge=2)]
    """Rates, evenly spaced by their logarithms."""
    smoothing: Annotated[float, Field(ge=0, lt=1)] = SMOOTHING
    """β of the exponential smoothing: about 1/(1 − β) steps count."""
    stop_at: Annotated[float, Field(gt=1)] = STOP_AT
    """The ramp ends where the smoothed loss exceeds this many times its best."""


class RampReport(_Filed):
    """The loss against the learning rate."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    asked: RampAsked
    seed: int
    """Of initial weights and order."""
    data: DataUsed
    has_validation: bool
    """Whether the data has a validation part."""
    batch_size: int
    rates: tuple[float, ...]
    """Of the steps that gave a finite loss."""
    losses: tuple[float, ...]
    """Mean over the samples of each step's batch, before its update, regularisation included."""
    smoothed: tuple[float, ...]
    """The same, smoothed and bias-corrected."""
    ending: Ending
    skipped: int
    """Steps taken again, because the scaled gradient overflowed; float16 only."""
    wall: Quantity
    """Of the whole process up to the end of the ramp. Unit: s."""
    energy: Quantity
    """Gross, of the same. Unit: J."""
    facts: dict[str, str | int | float | bool | None]
    """What the engine really used: versions, threads, device, formats."""


class RampFailure(_Filed):
    """Why a process gave nothing."""

    refused: bool
    """Whether the user can mend it, such as an option that the engine does not have."""
    reason: str
    """A sentence without its full stop."""
    wall: Quantity = missing("s", "nobody looked at the clock")
    """Of the process until it ended. Unit: s."""


class ShortRunsAsked(_Filed):
    """Which constant learning rates are trained with, each from the same initial weights."""

    rates: Annotated[tuple[PositiveFloat, ...], Field(min_length=1)]
    steps: AtLeastOne
    """Updates with each."""
    held_out: Annotated[float, Field(ge=0, lt=1)]
    """Share of the training part that judges; 0: the data has a validation part, which does."""


class ShortRun(_Filed):
    """One short training."""

    rate: float
    score: float | None
    """On the held-out part after the last step: accuracy, or R²; None where the training diverged."""
    loss: float | None
    """Mean over the samples of that part, without regularisation; None as above."""
    steps: int
    """Updates before the first loss that was no finite number; all of them where there was none."""


class ShortRuns(_Filed):
    """Short trainings of one seed."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    asked: ShortRunsAsked
    seed: int
    runs: tuple[ShortRun, ...]
    """In the order of the rates."""
    held_out: str
    """Which samples judged, in words; never those of the test part."""
    n_held_out: int
    score_name: Literal["accuracy", "R²"]
    wall: Quantity
    """Of the whole process. Unit: s."""
    energy: Quantity
    """Gross, of the same. Unit: J."""
