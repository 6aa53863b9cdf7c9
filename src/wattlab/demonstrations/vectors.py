"""Multiply-adds over arrays by NumPy, each number type by its own loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.demonstrations.timing import Timed, interleaved

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ARRAY_B", "BITS", "compiled_for", "multiply_adds"]

ARRAY_B: Final = 64 * 1024
"""Size of each array: four of them stay in a core's second cache, and one call takes longer than its start."""
BITS: Final = {
    "float64": 64, "float32": 32, "tf32": 32, "bfloat16": 16, "float16": 16, "int32": 32, "int16": 16, "int8": 8,
}  # fmt: skip
"""Of one number as it lies in a register; tf32 rounds inside products of float32 numbers."""
_TYPES: Final = ("float64", "float32", "float16", "int32", "int16", "int8")
# The levels of x86-64 that NumPy builds its loops for, by what they bring.
_LEVELS: Final = {
    "X86_V2": "SSE4.2 (128 bits)",
    "X86_V3": "AVX2 (256 bits)",
    "X86_V4": "AVX-512 (512 bits)",
}
_NOTES: Final = {"float16": "emulated in float32"}


def multiply_adds(rounds: int) -> tuple[Timed, ...]:
    """Time a·b + c over arrays of equal size in bytes.

    Parameters
    ----------
    rounds : int
        Samples of each type.
    """
    seconds = interleaved({name: _call(name) for name in _TYPES}, rounds)
    return tuple(
        Timed("multiply-add", name, "NumPy", _count(name), seconds[name], _NOTES.get(name, ""))
        for name in _TYPES
    )


def _count(name: str) -> int:
    return ARRAY_B * 8 // BITS[name]


def _call(name: str) -> Callable[[], object]:
    a, b, c = (np.full(_count(name), value, name) for value in (2, 3, 4))
    out = np.empty_like(a)

    def call() -> None:
        np.multiply(a, b, out=out)
        np.add(out, c, out=out)

    return call


def compiled_for() -> str:
    """Return for which instructions the loops that NumPy takes here were compiled; empty if it does not tell.

    Examples
    --------
    >>> isinstance(compiled_for(), str)
    True
    """
    found = np.lib.introspect.opt_func_info(func_name="^multiply$", signature="^float32$")
    loops = [one["current"] for kinds in found.values() for one in kinds.values()]
    return _LEVELS.get(loops[0], loops[0]) if loops else ""
