"""What the parts of a step take, each alone: asked, and found."""

from __future__ import annotations

from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Frozen

__all__ = ["AS_IT_IS", "LayerWork", "PartTimes", "PartsAsked", "PartsReport", "Rounding", "StepWork"]

AS_IT_IS = "as it is"
"""The variant that is the recipe itself."""


class PartsAsked(Frozen):
    """Recipes of which the parts of a step are to be timed: the one in question, and variants of it."""

    recipes: dict[str, str]
    """TOML by name; `AS_IT_IS` is the recipe in question."""
    budget_s: float = 40.0
    """About how long the timing may take. Unit: s."""


class Rounding(Frozen):
    """How a matrix product really rounds, found by products whose exact results are known."""

    bits: int
    """The most j for which 1 + 2⁻ʲ comes out of a product with 1: 52 for float64, 23 for float32, 10 for tf32 and
    float16, 7 for bfloat16."""
    result: str
    """Number format of what comes out."""


class LayerWork(Frozen):
    """A layer in a step, in numbers."""

    name: str
    """Of the node, such as "layers.0"."""
    kind: str
    shape: tuple[int, ...]
    """Of what comes out for a sample."""
    flop: int
    """Operations, forward and backward. Unit: FLOP."""
    moved_B: int
    """Least traffic, if nothing stays in a cache between two layers. Unit: B."""
    affine: bool
    """Whether it is a matrix product or a convolution."""


class StepWork(Frozen):
    """A step in numbers, and the data that it gathers."""

    batch_size: int
    n_train: int
    n_parameters: int
    flop: int
    """Unit: FLOP."""
    affine_flop: int
    """Those of matrix products and convolutions. Unit: FLOP."""
    moved_B: int
    """Least traffic of layers and update. Unit: B."""
    layers: tuple[LayerWork, ...]
    sample_B: int
    """A sample as it is kept. Unit: B."""
    bytes_kept: bool
    """Whether features are kept as bytes until a batch is gathered."""
    bytes_given: bool
    """Whether the data come as bytes, whatever is made of them."""
    synthetic: bool
    """Whether made-up samples of the same shape stood in for the data."""


class PartTimes(Frozen):
    """Seconds of the parts of a step, each alone."""

    batch_size: int
    threads: int | None
    layers: dict[str, Estimate]
    """By node, forward and backward."""
    all_layers: Estimate
    """Their sum. Unit: s."""
    data: Estimate
    """Gathering the rows of a batch. Unit: s."""
    update: Estimate
    """Changing the weights. Unit: s."""
    whole: Estimate
    """All of that together. Unit: s."""
    ratio: Estimate | None
    """`whole` over that of the recipe as it is, in the same round; None for that itself."""


class PartsReport(Frozen):
    """What was found, by variant."""

    work: StepWork
    times: dict[str, PartTimes]
    refused: dict[str, str]
    """Why a variant cannot be computed here, by name."""
    rounding: Rounding | None
    """None where the recipe itself cannot be timed in parts."""
    foreign_load: float
    """Share of all cores that other processes kept busy in the rounds that count, from 0 to 1."""
    n_rounds: int
    """Rounds that were timed; those in which others kept the machine busy do not count where enough did not."""
    measured_utc: str

    @property
    def baseline(self) -> PartTimes | None:
        """The recipe as it is; None where it cannot be timed in parts."""
        return self.times.get(AS_IT_IS)
