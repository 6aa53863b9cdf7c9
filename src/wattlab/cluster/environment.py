"""What a trial's process inherits of the environment: the same for all of a study."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LEFT_OUT", "child_environment"]

LEFT_OUT: Final = frozenset(
    {
        "KERAS_BACKEND",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "OPENBLAS_DEFAULT_NUM_THREADS",
        "TF_NUM_INTEROP_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    }
)
"""What would decide instead of the recipe, for one engine and not for another: backend and threads."""


def child_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of every trial of a study.

    Parameters
    ----------
    environ : mapping, optional
        What this process has.

    Examples
    --------
    >>> child_environment({"PATH": "/bin", "KERAS_BACKEND": "jax"})
    {'PATH': '/bin', 'PYTHONUNBUFFERED': '1'}
    """
    kept = {name: value for name, value in environ.items() if name not in LEFT_OUT}
    # What a process said before it was killed is in its log, not in a buffer.
    return {**kept, "PYTHONUNBUFFERED": "1"}
