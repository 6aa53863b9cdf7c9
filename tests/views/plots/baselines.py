"""How pictures of plots are compared with those in ``baseline/``.

New ones are made by ``pytest FILE -k NAME --mpl-generate-path=$PWD/tests/views/plots/baseline``; look at them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BASELINE", "compared"]

BASELINE: Final[dict[str, Any]] = {
    "baseline_dir": "baseline",
    "tolerance": 8,
    "savefig_kwargs": {"dpi": 50},
    "style": "default",
    "backend": "agg",
}
"""A tolerance of 8 (root mean square of pixels from 0 to 255) lets text move by a hair, and nothing else."""

Test = TypeVar("Test", bound="Callable[..., Any]")


def compared(test: Test) -> Test:
    """Compare the figure that a test returns with the picture of its name."""
    marked: Test = pytest.mark.mpl_image_compare(**BASELINE)(test)
    return marked
