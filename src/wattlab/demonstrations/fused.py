"""Multiply and add with one rounding, by the C library: it takes the processor's instruction where there is one."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.demonstrations.formats import FORMATS, nearest
from wattlab.machine.number_formats import processor_flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["Multiplier", "by_product", "exactly", "fused_multiplier", "has_instruction"]

_FUNCTIONS: Final = {"float64": ("fma", ctypes.c_double), "float32": ("fmaf", ctypes.c_float)}
_X86: Final = frozenset({"fma", "fma4"})
_ARM: Final = frozenset({"aarch64", "arm64"})
# None is what the interpreter itself is linked with, ucrtbase the C library of Windows.
_LIBRARIES: Final = (None, "ucrtbase")
# Rows of one product: enough that NumPy hands it to the library.
_BLOCK: Final = 64


class Multiplier(NamedTuple):
    """A way to compute a·b + c with one rounding.

    Attributes
    ----------
    how : str
        What computes it.
    compute : callable
        Takes three floats of a format, returns one.
    """

    how: str
    compute: Callable[[float, float, float], float]


def fused_multiplier(name: str) -> Multiplier:
    """Return the C library's ``fma`` or ``fmaf``; exact fractions where no such library can be loaded.

    Parameters
    ----------
    name : {"float64", "float32"}
        The number format.

    References
    ----------
    ISO/IEC 9899:2018, 7.12.13.1: "as if to infinite precision and round once to the result format".

    Examples
    --------
    >>> fused_multiplier("float64").compute(1 + 2.0**-27, 1 - 2.0**-27, -1.0) == -(2.0**-54)
    True
    """
    symbol, kind = _FUNCTIONS[name]
    for library in (ctypes.util.find_library("m"), *_LIBRARIES):
        try:
            function = getattr(ctypes.CDLL(library), symbol)
        except (OSError, AttributeError, TypeError):
            continue
        function.restype, function.argtypes = kind, [kind] * 3
        return Multiplier(f"{symbol} of {library or 'the C library'}", function)
    form = FORMATS[name]
    return Multiplier("exact fractions", lambda a, b, c: nearest(exactly(a, b, c), form))


def exactly(a: float, b: float, c: float) -> Fraction:
    """Return a·b + c without any rounding."""
    return Fraction(a) * Fraction(b) + Fraction(c)


def has_instruction(flags: Iterable[str] | None = None, architecture: str = "") -> bool:
    """Return whether the processor multiplies and adds in one instruction.

    Parameters
    ----------
    flags : iterable of str, optional
        The processor's flags; left out: this one's.
    architecture : str, optional
        As ``platform.machine()`` has it; every 64-bit ARM processor has the instruction.

    Examples
    --------
    >>> has_instruction({"avx2", "fma"}, "x86_64"), has_instruction({"sse2"}, "x86_64"), has_instruction((), "arm64")
    (True, False, True)
    """
    known = processor_flags() if flags is None else flags
    return (architecture or platform.machine()).lower() in _ARM or bool(_X86 & set(known))


def by_product(
    a: NDArray[np.floating], b: NDArray[np.floating], c: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Compute a·b + c as the linear algebra library does inside a matrix product.

    Parameters
    ----------
    a, b, c : ndarray of shape (n,)
        All of one format.

    Returns
    -------
    ndarray of shape (n,)
        The diagonals of (c a) · (1 b)ᵀ, block after block: c · 1 is exact, and a·b is added to it.
    """
    blocks = range(0, len(a), _BLOCK)
    return np.concatenate([_diagonal(*(one[at : at + _BLOCK] for one in (a, b, c))) for at in blocks])


def _diagonal(
    a: NDArray[np.floating], b: NDArray[np.floating], c: NDArray[np.floating]
) -> NDArray[np.floating]:
    product = np.stack([c, a], axis=1) @ np.stack([np.ones_like(b), b])
    return np.diagonal(product)
