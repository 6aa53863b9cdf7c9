"""How pictures of plots are compared with those in ``baseline/``."""

from __future__ import annotations

from typing import Any, Final

BASELINE: Final[dict[str, Any]] = {
    "baseline_dir": "baseline",
    "tolerance": 8,
    "savefig_kwargs": {"dpi": 50},
    "style": "default",
    "backend": "agg",
}
"""A tolerance of 8 (root mean square of pixels from 0 to 255) lets text move by a hair, and nothing else."""
