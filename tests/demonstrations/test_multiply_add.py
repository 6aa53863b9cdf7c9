"""One rounding against two, held against exact fractions."""

from __future__ import annotations

import ctypes
import json
from fractions import Fraction
from typing import NoReturn

import numpy as np
import pytest

from wattlab.demonstrations.formats import FORMATS, nearest
from wattlab.demonstrations.fused import by_product, exactly, fused_multiplier, has_instruction
from wattlab.demonstrations.multiply_add import demonstrate_multiply_add
from wattlab.demonstrations.outcome import plain

PRECISIONS = ("float64", "float32")


def operands(name: str, n: int = 300) -> list[tuple[float, float, float]]:
    a, b, c = np.random.default_rng(3).standard_normal((3, n)).astype(name)
    return list(zip(a.tolist(), b.tolist(), c.tolist(), strict=True))


@pytest.mark.parametrize("name", PRECISIONS)
def test_the_library_rounds_the_exact_result_once(name: str) -> None:
    fused = fused_multiplier(name)
    expected = [nearest(exactly(*one), FORMATS[name]) for one in operands(name)]
    assert [fused.compute(*one) for one in operands(name)] == expected
    assert fused.how.startswith("fma")


@pytest.mark.parametrize("name", PRECISIONS)
def test_without_a_library_fractions_give_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library = [fused_multiplier(name).compute(*one) for one in operands(name)]

    def refuse(*_: object) -> NoReturn:
        raise OSError

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    fused = fused_multiplier(name)
    assert fused.how == "exact fractions"
    assert [fused.compute(*one) for one in operands(name)] == library


def test_a_product_holds_the_three_operands() -> None:
    a, b, c = np.array([2.0, -3.0, 0.5]), np.array([5.0, 7.0, 4.0]), np.array([1.0, 0.25, -2.0])
    np.testing.assert_array_equal(by_product(a, b, c), a * b + c)


@pytest.mark.parametrize(("place", "digits"), [(0, 27), (1, 13)])
def test_the_example_loses_all_digits_by_the_second_rounding(place: int, digits: int) -> None:
    example = demonstrate_multiply_add(n=10).formats[place].example
    assert Fraction(example.a) * Fraction(example.b) + Fraction(example.c) == example.exact
    assert example.exact == -Fraction(1, 2 ** (2 * digits))
    assert (example.once, example.twice) == (float(example.exact), 0.0)


def test_errors_are_counted_against_exact_results() -> None:
    found = demonstrate_multiply_add(seed=3, n=300)
    for one in found.formats:
        twice = [float(np.dtype(one.name).type(a) * np.dtype(one.name).type(b) + np.dtype(one.name).type(c))
                 for a, b, c in operands(one.name)]  # fmt: skip
        exact = [nearest(exactly(*each), FORMATS[one.name]) for each in operands(one.name)]
        assert one.twice.n_not_nearest == sum(np.not_equal(twice, exact)) > 0
        assert one.once.n_not_nearest == 0
        assert one.once.largest_ulp <= 0.5 < one.twice.largest_ulp
        assert one.twice.share_above[0] >= one.twice.share_above[-1]


def test_the_instruction_is_known_by_its_flags() -> None:
    assert has_instruction({"fma4"}, "x86_64")
    assert not has_instruction({"avx"}, "x86_64")
    assert has_instruction((), "aarch64")


def test_all_of_it_becomes_json() -> None:
    told = json.loads(json.dumps(plain(demonstrate_multiply_add(n=10))))
    assert told["formats"][0]["example"]["exact"] == f"-1/{2**54}"
