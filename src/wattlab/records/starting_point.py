"""What a training began with where that were another run's weights, and what those had cost."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from wattlab.meter.quantity import Quantity

__all__ = ["StartingPoint"]


class StartingPoint(BaseModel):
    """An earlier run whose weights are the initial ones, and what it and those before it had cost."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)

    run: str
    """Its name."""
    epochs: int
    """Epochs that it had finished."""
    finished: bool
    """False: it was interrupted, and the weights are those of its last checkpoint."""
    how: str
    """How the weights were carried over, such as "folded from 16 of 64 features"."""
    runs: tuple[str, ...]
    """All runs whose work is in the weights, the oldest first; the last is `run`."""
    wall: Quantity
    """Of all of them. Unit: s."""
    cpu: Quantity
    """As `wall`: processor time."""
    energy: Quantity
    """As `wall`: gross energy. Unit: J."""
