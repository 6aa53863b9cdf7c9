"""All that the causes are tested on, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.cluster.step_report import StepReport
    from wattlab.meter.quantity import Quantity
    from wattlab.recipe import Recipe
    from wattlab.studies.explain.ceilings import Ceilings, Product
    from wattlab.studies.explain.part_times import PartsReport, PartTimes
    from wattlab.studies.explain.variants import Variants

__all__ = ["Findings", "Overhead"]


@dataclass(frozen=True)
class Overhead:
    """What a step costs whatever it computes: the same layers, narrow, with one sample.

    Parameters
    ----------
    plain_s : float or None
        As the recipe's engine does it. Unit: s.
    compiled_s : float or None
        Compiled. Unit: s.
    change : dict
        What compiles the recipe; empty where it is compiled, or its engine compiles nothing.
    reason : str
        Why a time is not known.
    foreign_load : float
        Share of all cores that others kept busy meanwhile, from 0 to 1.
    """

    plain_s: float | None
    compiled_s: float | None = None
    change: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""
    foreign_load: float = 0.0


@dataclass(frozen=True)
class Findings:
    """What was measured of a training on this machine.

    Parameters
    ----------
    recipe : Recipe
    step : StepReport
        Its steps as they are.
    ceilings : Ceilings or None
    parts : PartsReport or None
        Its parts, and those of the variants.
    variants : Variants
        What each variant changes.
    overhead : Overhead
    formats : tuple of str
        Number formats that the device has instructions for.
    evaluation_share : float or None
        Share of an epoch that its evaluations take, from 0 to 1.
    unknown : dict
        What could not be measured, with the reason.
    """

    recipe: Recipe
    step: StepReport
    ceilings: Ceilings | None
    parts: PartsReport | None
    variants: Variants
    overhead: Overhead
    formats: tuple[str, ...]
    evaluation_share: float | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def step_s(self) -> float:
        """The measured step. Unit: s."""
        return self.step.step_s

    @property
    def best_product(self) -> Product | None:
        """The quickest product in the recipe's precision; None where it is not known."""
        return None if self.ceilings is None else self.ceilings.arithmetic(self.recipe.engine.precision)

    def phase(self, name: str) -> Quantity | None:
        """Return the share of a phase in a step; None where it is not known."""
        if self.step.phases is None:
            return None
        share = self.step.phases.shares.get(name)
        return None if share is None or share.is_missing else share

    def times(self, variant: str) -> PartTimes | None:
        """Return the parts of a variant; None where they were not timed."""
        return None if self.parts is None else self.parts.times.get(variant)

    def why_not(self, variant: str) -> str:
        """Return why the parts of a variant are not known."""
        if self.parts is None:
            return self.unknown.get("parts", "the parts of the step were not timed")
        return self.parts.refused.get(variant, "it was not timed")
