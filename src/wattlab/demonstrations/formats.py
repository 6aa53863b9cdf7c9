"""Binary number formats: their range, their precision, and exact rounding to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import ArrayLike, NDArray

__all__ = ["FORMATS", "NumberFormat", "nearest", "rounded"]


class NumberFormat(NamedTuple):
    """A binary floating-point format.

    Attributes
    ----------
    name : str
        As NumPy and torch call it.
    bits : int
        Of one number.
    precision : int
        Binary digits of the significand, the hidden one included.
    min_exponent, max_exponent : int
        Of the normal numbers, which are 1.… × 2^exponent.

    References
    ----------
    IEEE Std 754-2019, table 3.5. bfloat16: N. P. Jouppi et al., "Ten lessons from three generations shaped Google's
    TPUv4i", ISCA 2021.
    """

    name: str
    bits: int
    precision: int
    min_exponent: int
    max_exponent: int

    @property
    def unit_roundoff(self) -> float:
        """Largest relative error of one rounding to nearest, u."""
        return 2.0**-self.precision

    @property
    def smallest(self) -> float:
        """Smallest positive number, which is subnormal; up to half of it rounds to zero."""
        return 2.0 ** (self.min_exponent - self.precision + 1)

    @property
    def smallest_normal(self) -> float:
        """Smallest positive number with all digits."""
        return 2.0**self.min_exponent

    @property
    def largest(self) -> float:
        """Largest finite number."""
        return (2.0 - 2.0 ** (1 - self.precision)) * 2.0**self.max_exponent


FORMATS: Final = {
    one.name: one
    for one in (
        NumberFormat("float64", 64, 53, -1022, 1023),
        NumberFormat("float32", 32, 24, -126, 127),
        NumberFormat("bfloat16", 16, 8, -126, 127),
        NumberFormat("float16", 16, 11, -14, 15),
    )
}


def rounded(values: ArrayLike, form: NumberFormat) -> NDArray[np.float64]:
    """Round to the nearest number of a format, ties to even, once.

    Parameters
    ----------
    values : array_like
        Numbers that float64 holds.
    form : NumberFormat
        Where to; what is too large becomes infinite, what is too small becomes subnormal or zero.

    Returns
    -------
    ndarray of float64
        The format's numbers, of the shape of `values`.

    Examples
    --------
    >>> rounded([1 / 3, 1e-8, 70000.0, 2049.0], FORMATS["float16"]).tolist()
    [0.333251953125, 0.0, inf, 2048.0]
    >>> rounded([1 / 3, 1e-8], FORMATS["bfloat16"]).tolist()
    [0.333984375, 1.0011717677116394e-08]
    """
    exact = np.asarray(values, np.float64)
    _, exponents = np.frexp(exact)  # of a significand in [½, 1)
    last = np.maximum(exponents - form.precision, form.min_exponent - form.precision + 1)
    # By the exponent alone nothing is lost; rint rounds halves to even.
    near = np.ldexp(np.rint(np.ldexp(exact, -last)), last)
    finite: NDArray[np.bool_] = np.abs(near) <= form.largest
    return np.asarray(np.where(finite, near, np.copysign(np.inf, near)), np.float64)


def nearest(value: Fraction, form: NumberFormat) -> float:
    """Round a rational number to the nearest number of a format, ties to even, once.

    Parameters
    ----------
    value : Fraction
        Any; its magnitude must be less than the format's range ends at.
    form : NumberFormat
        Where to.

    Examples
    --------
    >>> from fractions import Fraction
    >>> nearest(Fraction(1, 3), FORMATS["float64"]) == 1 / 3
    True
    >>> nearest(1 + Fraction(1, 2**24), FORMATS["float32"])
    1.0
    """
    last = _last_place(value, form)
    # round() of a Fraction is exact, and takes halves to even.
    return float(round(value / last) * last)


def _last_place(value: Fraction, form: NumberFormat) -> Fraction:
    """Return what one unit in the last place is worth at a number's size."""
    size = abs(value)
    exponent = size.numerator.bit_length() - size.denominator.bit_length() if size else form.min_exponent
    two = type(value)(2)
    if size < two**exponent:
        exponent -= 1
    return two ** (max(exponent, form.min_exponent) - form.precision + 1)
