"""How a training's time and energy divide into the phases of its steps."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from wattlab.meter.quantity import Quantity

__all__ = ["StepPhases"]


class StepPhases(BaseModel):
    """Shares of the phases of a step, found on a few steps, and what they come to in the whole training.

    The phases are "data" (gathering the batch), "forward" (with the loss), "backward", "optimizer" (with regularisation
    and clipping), and "other", the loop of a library, where it can be told apart. Evaluation is no part of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)

    shares: dict[str, Quantity]
    """Share of a step by phase, from 0 to 1. Unit: 1."""
    wall: dict[str, Quantity]
    """The training's wall time, divided by `shares`. Unit: s."""
    energy: dict[str, Quantity]
    """The training's energy, divided by `shares`: always a model, as no sensor counts a phase. Unit: J."""
    n_steps: int
    """Steps that were timed; 0 where the phases are missing."""
    sampling: Quantity
    """Wall time that finding the shares took. Unit: s."""
    note: str = ""
    """How they were found, or why they are missing."""

    @property
    def how(self) -> str:
        """Whether the shares are measured, modelled or missing."""
        return next(iter(self.shares.values())).provenance

    @property
    def backward_over_forward(self) -> float | None:
        """How many times as long as the forward pass the backward pass takes; about 2 is usual. None if missing."""
        forward, backward = self.shares["forward"].value, self.shares["backward"].value
        return backward / forward if forward and backward else None
