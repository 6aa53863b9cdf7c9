"""Rounding to number formats, against NumPy's float16 and float32, torch's bfloat16 and exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from wattlab.demonstrations.formats import FORMATS, nearest, rounded

NUMPY = ("float16", "float32", "float64")


def numbers() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Random signs, exponents and digits, from below the smallest to above the largest of the half formats."""
    generator = np.random.default_rng(1)
    return np.ldexp(generator.standard_normal(20_000), generator.integers(-160, 160, 20_000))


@pytest.mark.parametrize("name", NUMPY)
def test_range_and_precision_are_those_of_numpy(name: str) -> None:
    form, info = FORMATS[name], np.finfo(name)
    assert (form.bits, form.unit_roundoff) == (info.bits, float(info.eps) / 2)
    found = (form.smallest, form.smallest_normal, form.largest)
    assert found == (float(info.smallest_subnormal), float(info.smallest_normal), float(info.max))


def test_range_and_precision_of_bfloat16_are_those_of_torch() -> None:
    form, info = FORMATS["bfloat16"], torch.finfo(torch.bfloat16)
    assert (form.bits, form.unit_roundoff * 2) == (info.bits, info.eps)
    assert (form.smallest_normal, form.largest) == (info.smallest_normal, info.max)


@pytest.mark.parametrize("name", NUMPY)
def test_arrays_round_as_numpy_casts(name: str) -> None:
    with np.errstate(over="ignore"):
        expected = numbers().astype(name).astype(np.float64)
    np.testing.assert_array_equal(rounded(numbers(), FORMATS[name]), expected)


def test_arrays_round_to_bfloat16_as_torch_casts() -> None:
    # From float32: torch takes that way for float64, too, and would round twice.
    with np.errstate(over="ignore"):
        single = numbers().astype(np.float32)
    expected = torch.from_numpy(single).to(torch.bfloat16).to(torch.float64).numpy()
    np.testing.assert_array_equal(rounded(single, FORMATS["bfloat16"]), expected)


@pytest.mark.parametrize("name", FORMATS)
def test_halves_go_to_the_even_neighbour(name: str) -> None:
    form = FORMATS[name]
    place = 2.0 ** (1 - form.precision)
    halves = [Fraction(1) + Fraction(place) * Fraction(2 * k + 1, 2) for k in (0, 1)]
    assert [nearest(one, form) for one in halves] == [1.0, 1.0 + 2 * place]


@pytest.mark.parametrize("name", FORMATS)
def test_fractions_and_arrays_round_alike(name: str) -> None:
    form = FORMATS[name]
    inside = numbers()[np.abs(numbers()) < form.largest / 2][:500]
    assert [nearest(Fraction(one), form) for one in inside.tolist()] == rounded(inside, form).tolist()


def test_a_fraction_rounds_once_not_by_way_of_float64() -> None:
    just_above = Fraction(1) + Fraction(1, 2**24) + Fraction(1, 2**60)
    assert nearest(just_above, FORMATS["float32"]) == float(np.nextafter(np.float32(1), np.float32(2)))
    assert np.float32(float(just_above)) == 1.0
