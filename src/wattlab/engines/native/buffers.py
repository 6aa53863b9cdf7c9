"""All arrays that a pass writes to, allocated once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.engines.native.arrays import Array, Arrays
    from wattlab.engines.native.choice import Formats

__all__ = ["Buffers"]


class Buffers(NamedTuple):
    """What a pass over `n_rows` samples writes to.

    Parameters
    ----------
    activations : list of arrays
        One a layer, input first, in the compute format.
    transposed : list of arrays
        Views on `activations` with rows and columns exchanged.
    deltas : list of arrays
        As `activations`; the input layer's is empty unless it is asked for.
    scratch : list of arrays
        One a layer, for whoever needs an intermediate result; the last in the master format.
    outputs, output_delta : array of shape (n_rows, n_outputs)
        In the master format; the last of `activations` and `deltas` themselves where both formats are one.
    targets : array of shape (n_rows, n_outputs)
    ones : array of shape (n_rows,)
        For sums over samples.
    weights : array of shape (n_rows, 1), or None
        How much each sample counts.
    """

    activations: list[Array]
    transposed: list[Array]
    deltas: list[Array]
    scratch: list[Array]
    outputs: Array
    output_delta: Array
    targets: Array
    ones: Array
    weights: Array | None

    @classmethod
    def allocate(
        cls,
        xp: Arrays,
        n_rows: int,
        sizes: Sequence[int],
        formats: Formats,
        *,
        input_delta: bool = False,
        weighted: bool = False,
    ) -> Buffers:
        """Return buffers for batches of `n_rows` samples."""

        def rows(first: int, dtype: str) -> list[Array]:
            return [xp.empty((n_rows, units), dtype) for units in sizes[first:]]

        first = 0 if input_delta else 1
        missing = [] if input_delta else [xp.empty((0, 0), formats.compute)]
        activations, deltas = rows(0, formats.compute), [*missing, *rows(first, formats.compute)]
        scratch = [*missing, *rows(first, formats.compute)[:-1], *rows(-1, formats.master)]
        outputs, delta = (
            (*rows(-1, formats.master), *rows(-1, formats.master))
            if formats.mixed
            else (activations[-1], deltas[-1])
        )
        weights = xp.empty((n_rows, 1), formats.master) if weighted else None
        (targets,) = rows(-1, formats.master)
        ones = xp.ones(n_rows, formats.compute)
        return cls(
            activations,
            [one.T for one in activations],
            deltas,
            scratch,
            outputs,
            delta,
            targets,
            ones,
            weights,
        )

    def head(self, n_rows: int) -> Buffers:
        """Return views on the first rows, for a batch that is shorter."""
        activations = [one[:n_rows] for one in self.activations]
        return Buffers(
            activations,
            [one.T for one in activations],
            [one[:n_rows] for one in self.deltas],
            [one[:n_rows] for one in self.scratch],
            self.outputs[:n_rows],
            self.output_delta[:n_rows],
            self.targets[:n_rows],
            self.ones[:n_rows],
            None if self.weights is None else self.weights[:n_rows],
        )
