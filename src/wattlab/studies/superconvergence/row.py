"""What the trainings of one candidate gave, as a row of the answer."""

from __future__ import annotations

from wattlab.studies.row import Frozen
from wattlab.studies.superconvergence.arms import Arm  # noqa: TC001 (pydantic reads it)
from wattlab.studies.trainings.to_target import ToTarget  # noqa: TC001 (pydantic reads it)

__all__ = ["ArmRow"]


class ArmRow(Frozen):
    """What the trainings of one candidate gave."""

    label: str
    arm: Arm
    rate: float
    """Constant rate, or the highest of the cycle."""
    epochs: int
    """Longest training, or the length of the cycle."""
    fresh: bool
    """Whether these seeds are others than those that chose."""
    chosen: bool
    """Whether it is the best of its arm; of fresh seeds, the best is trained once more."""
    to_target: ToTarget | None
    """None where nothing was trained."""
    best: float | None
    """Best score on the judged part, median over the seeds; None where there is none."""
    test: float | None
    """Score on the test part at the end, median over the seeds; None where it stayed closed."""
    n_diverged: int
    failures: tuple[str, ...]
    """Why trainings gave nothing, in sentences."""
    learning_rates: tuple[tuple[float, float], ...]
    """Epochs that are over, and the learning rate then, for the whole length."""
