"""All causes, tested one by one, and the one that is worth most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.explain.causes_arithmetic import (
    double_precision,
    emulated_format,
    half_precision,
    odd_layer_sizes,
    precision_in_effect,
    tensor_float,
)
from wattlab.studies.explain.causes_course import (
    evaluation,
    float_features,
    input_pipeline,
    not_compiled,
    small_batch,
)
from wattlab.studies.explain.causes_machine import (
    foreign_work,
    low_intensity,
    memory_layout,
    threads,
    throttling,
)
from wattlab.studies.explain.doubts import doubted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.explain.answer import Cause
    from wattlab.studies.explain.findings import Findings

__all__ = ["CAUSES", "find_causes", "suggested"]

CAUSES: Final[tuple[Callable[[Findings], Cause | None], ...]] = (
    input_pipeline,
    float_features,
    not_compiled,
    small_batch,
    threads,
    half_precision,
    tensor_float,
    double_precision,
    emulated_format,
    precision_in_effect,
    odd_layer_sizes,
    memory_layout,
    low_intensity,
    evaluation,
    throttling,
    foreign_work,
)
_NOT_TRIED: Final = {"evaluation", "bytes"}
"""The gain of one is the whole training's, which some steps cannot show; the other makes other inputs."""
_VERDICTS: Final = ("yes", "unknown", "no")


def find_causes(found: Findings) -> tuple[Cause, ...]:
    """Test every cause; those that cost time first, by what their change would bring."""
    tested = [doubted(cause, found) for test in CAUSES if (cause := test(found)) is not None]
    return tuple(
        sorted(tested, key=lambda one: (_VERDICTS.index(one.verdict), -(one.gain.value if one.gain else 0.0)))
    )


def suggested(causes: Sequence[Cause]) -> Cause | None:
    """Return the cause whose change of the recipe would bring most for each step; None where none would."""
    able = [
        one
        for one in causes
        if one.verdict == "yes" and one.change and one.gain and one.name not in _NOT_TRIED
    ]
    return max(able, key=lambda one: one.gain.value if one.gain else 0.0, default=None)
