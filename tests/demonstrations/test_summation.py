"""Sums, step by step against NumPy's and torch's scalars, and against the bounds of the theory."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
import torch

from wattlab.demonstrations.formats import FORMATS, rounded
from wattlab.demonstrations.summation import demonstrate_summation, relative_errors
from wattlab.demonstrations.sums import METHODS, kahan_sums, naive_sums, pairwise_depth, pairwise_sums


def draw(name: str, n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return rounded(np.random.default_rng(5).random(n), FORMATS[name])


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
def test_one_by_one_rounds_every_step(name: str) -> None:
    values, kind = draw(name, 5000), np.dtype(name).type
    expected = [float(reduce(lambda total, value: kind(total + kind(value)), values[:n], kind(0)))
                for n in (1, 7, 5000)]  # fmt: skip
    assert naive_sums(values, [1, 7, 5000], name).tolist() == expected


def test_one_by_one_in_bfloat16_is_torchs_until_it_stalls() -> None:
    values = draw("bfloat16", 3000)
    total, expected = torch.zeros((), dtype=torch.bfloat16), []
    for value in torch.from_numpy(values).to(torch.bfloat16):
        total = total + value
        expected.append(float(total))
    sizes = [1, 2, 100, 500, 900, 2999, 3000]
    assert naive_sums(values, sizes, "bfloat16").tolist() == [expected[size - 1] for size in sizes]
    assert expected[-1] == 256.0


def test_kahan_keeps_what_one_by_one_loses() -> None:
    values = np.array([1.0, *[2.0**-25] * 2**10])
    assert naive_sums(values, [len(values)], "float32").tolist() == [1.0]
    assert kahan_sums(values, [1, len(values)], "float32").tolist() == [1.0, 1.0 + 2.0**-15]


def test_pairwise_is_numpys_sum() -> None:
    values = draw("float32", 1000)
    expected = [float(values[:n].astype(np.float32).sum()) for n in (3, 1000)]
    assert pairwise_sums(values, [3, 1000], "float32").tolist() == expected


def tree(values: list[np.float32]) -> tuple[np.float32, int]:
    """Add as NumPy's pairwise sum does; return the sum, and how many additions the longest way has."""
    n = len(values)
    if n > 128:
        half = n // 2 - n // 2 % 8
        (left, one), (right, other) = tree(values[:half]), tree(values[half:])
        return left + right, max(one, other) + 1
    nodes = [(value, 0) for value in values]
    if n >= 8:
        nodes = [reduce(join, nodes[start : n - n % 8 : 8]) for start in range(8)]
        while len(nodes) > 1:
            nodes = [join(one, other) for one, other in zip(nodes[::2], nodes[1::2], strict=True)]
        nodes += [(value, 0) for value in values[n - n % 8 :]]
    return reduce(join, nodes)


def join(one: tuple[np.float32, int], other: tuple[np.float32, int]) -> tuple[np.float32, int]:
    return one[0] + other[0], max(one[1], other[1]) + 1


@pytest.mark.parametrize("n", [1, 7, 8, 100, 127, 128, 129, 1000, 4099])
def test_the_depth_is_that_of_the_tree_by_which_numpy_adds(n: int) -> None:
    values = draw("float32", n).astype(np.float32)
    total, depth = tree(list(values))
    assert total == values.sum()
    assert pairwise_depth(n) == depth


def test_errors_are_exact() -> None:
    values, sums = np.array([1.0, 2.0**-60, 0.1, 3.0]), np.array([1.0, 1.0, 4.1])
    exact = [sum(map(Fraction, values[:n].tolist())) for n in (1, 2, 4)]
    expected = [
        float(abs(Fraction(one) - true) / true) for one, true in zip(sums.tolist(), exact, strict=True)
    ]
    np.testing.assert_allclose(relative_errors(values, [1, 2, 4], sums), expected, rtol=1e-15)
    assert expected[1] > 0


def test_no_error_exceeds_its_bound() -> None:
    found = demonstrate_summation((10, 128, 1000, 20_000), trials=3)
    for one in found.methods:
        assert one.errors.shape == (3, 4)
        assert (one.errors <= one.bound).all(), one.label
    assert [one.label for one in found.methods] == [one.label for one in METHODS]


def test_the_sums_stall_where_half_a_place_is_more_than_a_number() -> None:
    found = demonstrate_summation((20_000,), trials=1)
    assert [one.last_sum for one in found.methods[:2]] == [256.0, 2048.0]
    assert "come to 2,048 in float16 and to 256 in bfloat16" in found.sentence


def test_a_bound_is_infinite_where_the_theory_promises_nothing() -> None:
    by_label = {one.label: one for one in METHODS}
    assert by_label["float16, one by one"].bound(10_000) == np.inf
    u = FORMATS["float32"].unit_roundoff
    assert by_label["float32, one by one"].bound(1001) == pytest.approx(1000 * u, rel=1e-3)
    assert by_label["float32, Kahan"].bound(1001) == pytest.approx(2 * u, rel=1e-3)
