"""The values of the steps of an epoch as a table on the device, for steps that are replayed, or may be left out."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wattlab.recipe.schedule import StepValue

if TYPE_CHECKING:
    import torch

    from wattlab.engines.native.arrays import Arrays
    from wattlab.recipe.schedule import StepValues

__all__ = ["Given", "StepTable", "given_in", "value_of"]

Given = tuple[bool, ...]
"""Which of learning rate, momentum and weight decay come from outside."""


class StepTable:
    """What is to be had for each step.

    Values belong to updates, not to batches: after a step that was left out the next one gets the same values. How
    many were left out is known on the device alone, which is not waited for: the values are looked up there.

    Parameters
    ----------
    arrays : Arrays
        Of torch.
    values : StepValues
    dtype : str
        Number format on the device.
    n_skipped : tensor of shape (), or None
        Counts the steps that were left out since the first of these; None where none ever are.
    """

    def __init__(
        self, arrays: Arrays, values: StepValues, dtype: str, n_skipped: torch.Tensor | None
    ) -> None:
        self.given = given_in(values)
        self._arrays, self._values, self._dtype, self._n_skipped = arrays, values, dtype, n_skipped
        self._numbers = values.each()

    def value(self, index: int) -> StepValue:
        """Return the values for a 0-based batch: plain numbers where no step is ever left out."""
        if self._n_skipped is None:
            return self._numbers[index]
        return value_of(self.row(index), self.given)

    def row(self, index: int) -> torch.Tensor:
        """Return the same on the device, shape (3,)."""
        if self._n_skipped is None:
            return self._rows[index]
        position = (index - self._n_skipped).long().reshape(1)
        return self._table.index_select(0, position)[0]

    @cached_property
    def _table(self) -> torch.Tensor:
        """All rows, brought to the device in one go."""
        nothing = np.zeros_like(self._values.learning_rate)
        columns = [nothing if one is None else one for one in self._values.columns()]
        table: torch.Tensor = self._arrays.of_numpy(np.stack(columns, axis=1), self._dtype)
        return table

    @cached_property
    def _rows(self) -> tuple[torch.Tensor, ...]:
        return self._table.unbind(0)


def given_in(values: StepValues) -> Given:
    """Return what the schedules give."""
    return tuple(one is not None for one in values.columns())


def value_of(row: torch.Tensor, given: Given) -> StepValue:
    """Return views of a row's numbers; None for what is the optimizer's own."""
    return StepValue(*(one if known else None for one, known in zip(row.unbind(0), given, strict=True)))
