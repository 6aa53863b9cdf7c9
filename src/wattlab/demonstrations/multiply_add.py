"""Demonstration: multiply and add with one rounding against two."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.demonstrations.formats import FORMATS, nearest
from wattlab.demonstrations.fused import by_product, exactly, fused_multiplier, has_instruction
from wattlab.demonstrations.outcome import Demonstrated
from wattlab.machine.threads import blas_pools

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.demonstrations.formats import NumberFormat

__all__ = ["Errors", "Example", "MultiplyAdd", "Roundings", "demonstrate_multiply_add"]

_SAMPLES: Final = 10_000
_FORMATS: Final = ("float64", "float32")
_BOUNDS_ULP: Final = 2.0 ** np.arange(-6, 14.01, 0.25)


@dataclass(frozen=True)
class Example:
    """Operands for which one rounding and two differ in every digit.

    Attributes
    ----------
    a, b, c : float
        1 + 2⁻ᵉ, 1 − 2⁻ᵉ and −1, where 2e is more digits than the format has.
    exact : Fraction
        a·b + c, which is −2⁻²ᵉ.
    once, twice : float
        With one rounding, and with two.
    """

    a: float
    b: float
    c: float
    exact: Fraction
    once: float
    twice: float


@dataclass(frozen=True)
class Errors:
    """How far one way of computing is from exact results.

    Attributes
    ----------
    how : str
        What computed it.
    n, n_not_nearest : int
        Results, and those of them that are not the number nearest to the exact one.
    largest_ulp : float
        Largest |computed − exact|, in units in the last place of the nearest number.
    bounds_ulp, share_above : ndarray of shape (n_bounds,)
        Which share of the errors is larger than each bound.
    """

    how: str
    n: int
    n_not_nearest: int
    largest_ulp: float
    bounds_ulp: NDArray[np.float64]
    share_above: NDArray[np.float64]

    @property
    def share_not_nearest(self) -> float:
        """Share of the results that are not the nearest number."""
        return self.n_not_nearest / self.n


@dataclass(frozen=True)
class Roundings:
    """One number format.

    Attributes
    ----------
    name : str
        The format.
    example : Example
    twice, once, product : Errors
        Multiplied, rounded, added, rounded; fused; and inside a matrix product.
    """

    name: str
    example: Example
    twice: Errors
    once: Errors
    product: Errors


@dataclass(frozen=True)
class MultiplyAdd(Demonstrated):
    """What one rounding instead of two changes.

    Attributes
    ----------
    formats : tuple of Roundings
    instruction : bool
        Whether the processor has an instruction for it.
    """

    formats: tuple[Roundings, ...]
    instruction: bool

    @property
    def sentence(self) -> str:
        """Say how often, and by how much, the second rounding hurts."""
        shares = " and ".join(f"{one.twice.share_not_nearest:.0%} in {one.name}" for one in self.formats)
        twice = max(one.twice.largest_ulp for one in self.formats)
        once = max(one.once.largest_ulp for one in self.formats)
        return (
            f"Rounded twice, a·b + c is not the nearest number for {shares} of random operands, and off by up to "
            f"{twice:,.0f} units in the last place; rounded once it is off by {once:.2g} at most."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what computed once, and how matrix products round here."""
        have = "has an" if self.instruction else "has no"
        return (
            f"Once: {self.formats[0].once.how}. This processor {have} instruction for it"
            + ("." if self.instruction else ": the library computes the same in software, slowly."),
            *(f"{one.name}: {_example_text(one.example)}" for one in self.formats),
            *(_product_text(one) for one in self.formats),
        )


def demonstrate_multiply_add(seed: int = 0, n: int = _SAMPLES) -> MultiplyAdd:
    """Compute a·b + c in three ways and hold each against exact fractions.

    Parameters
    ----------
    seed : int, optional
        Of the operands, which are drawn from the standard normal distribution.
    n : int, optional
        How many of them.

    Examples
    --------
    >>> found = demonstrate_multiply_add(n=200)
    >>> [one.once.n_not_nearest for one in found.formats]
    [0, 0]
    >>> found.formats[0].example.once == -(2.0**-54), found.formats[0].example.twice
    (True, 0.0)
    """
    return MultiplyAdd(tuple(_roundings(name, seed, n) for name in _FORMATS), has_instruction())


def _roundings(name: str, seed: int, n: int) -> Roundings:
    form, fused = FORMATS[name], fused_multiplier(name)
    a, b, c = np.random.default_rng(seed).standard_normal((3, n)).astype(name)
    operands = list(zip(a.tolist(), b.tolist(), c.tolist(), strict=True))
    exact = [exactly(*one) for one in operands]
    library = next((name for name, _ in blas_pools()), "NumPy")
    return Roundings(
        name,
        _example(form),
        _errors("multiplied, then added (NumPy)", (a * b + c).tolist(), exact, form),
        _errors(fused.how, [fused.compute(*one) for one in operands], exact, form),
        _errors(f"matrix product ({library})", by_product(a, b, c).tolist(), exact, form),
    )


def _example(form: NumberFormat) -> Example:
    """Return 1 − 2⁻²ᵉ less 1: the product rounds to 1, unless it is kept until the 1 is taken away."""
    digits = form.precision // 2 + 1
    dtype = np.dtype(form.name).type
    a, b, c = (dtype(one) for one in (1 + 2.0**-digits, 1 - 2.0**-digits, -1.0))
    once = fused_multiplier(form.name).compute(float(a), float(b), float(c))
    return Example(
        float(a), float(b), float(c), exactly(float(a), float(b), float(c)), once, float(a * b + c)
    )


def _errors(how: str, computed: list[float], exact: list[Fraction], form: NumberFormat) -> Errors:
    best = [nearest(one, form) for one in exact]
    spacing = np.spacing(np.abs(best).astype(form.name)).astype(np.float64)
    far = [float(abs(Fraction(got) - true)) for got, true in zip(computed, exact, strict=True)]
    missed = sum(got != one for got, one in zip(computed, best, strict=True))
    ulp = np.array(far) / spacing
    above = (ulp[:, np.newaxis] > _BOUNDS_ULP).mean(axis=0)
    return Errors(how, len(ulp), missed, float(ulp.max()), _BOUNDS_ULP, above)


def _example_text(one: Example) -> str:
    digits = (one.exact.denominator.bit_length() - 1) // 2
    return (
        f"(1 + 2^-{digits}) (1 − 2^-{digits}) − 1 is exactly −2^-{2 * digits} = {float(one.exact):.4g}; "
        f"rounded once {one.once:.4g}, rounded twice {one.twice:g}."
    )


def _product_text(one: Roundings) -> str:
    if one.product.n_not_nearest == 0:
        return f"{one.name}: the {one.product.how} rounds once: it uses the fused instruction."
    return (
        f"{one.name}: the {one.product.how} is not the nearest number for {one.product.share_not_nearest:.0%}: "
        "it does not multiply and add in one step."
    )
