"""Matrices, decompositions, eigenvectors, symmetries and products of shears."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import polar
from scipy.spatial.transform import Rotation

from wattlab.errors import GeometryError
from wattlab.insight.geometry import (
    box_symmetries,
    cube_symmetries,
    decompose,
    eigenspaces,
    follow_shears,
    follow_steps,
    is_diagonalisable,
    multiply_shears,
    pure_scalings,
    rotation,
    rotation_3d,
    rotation_as_shears,
    scaling,
    shear,
    shear_3d,
    shear_along,
    shear_cube,
    shear_square,
    triangle_of,
    turn_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

quick = settings(max_examples=25, deadline=None)
numbers = st.floats(-4.0, 4.0).map(lambda one: round(one, 3))


@quick
@given(st.integers(2, 4), st.integers(0, 10_000))
def test_both_decompositions_give_the_matrix_back_with_rotations_only(n: int, seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(n, n))
    found = decompose(matrix)
    for turn in (found.left, found.right, found.rotation):
        assert turn.T @ turn == pytest.approx(np.eye(n), abs=1e-12)
        assert np.linalg.det(turn) == pytest.approx(1.0)
    assert found.svd_steps()[-1].total == pytest.approx(matrix, abs=1e-12)
    assert found.polar_steps()[-1].total == pytest.approx(matrix, abs=1e-12)
    assert found.stretch_after @ found.rotation == pytest.approx(matrix, abs=1e-12)
    assert np.abs(found.factors) == pytest.approx(np.linalg.svd(matrix)[1], rel=1e-9)
    assert found.determinant == pytest.approx(np.linalg.det(matrix), rel=1e-9)


@quick
@given(numbers)
def test_the_polar_decomposition_of_a_shear_is_that_of_scipy(lam: float) -> None:
    turn, stretch = polar(shear(lam))
    found = decompose(shear(lam))
    assert found.rotation == pytest.approx(turn, abs=1e-12)
    assert found.stretch == pytest.approx(stretch, abs=1e-12)
    assert turn_of(found.rotation).angle_rad == pytest.approx(-math.atan(lam / 2), abs=1e-12)


def test_a_rotation_needs_no_second_one_and_a_mirror_has_a_negative_factor() -> None:
    found = decompose(3.0 * rotation(0.5))
    assert np.array_equal(found.right, np.eye(2))
    assert turn_of(found.left).angle_rad == pytest.approx(0.5)
    assert decompose(np.diag([2.0, -1.0])).factors.tolist() == [2.0, -1.0]
    assert decompose(np.diag([1.0, -1.0])).determinant == -1.0
    assert decompose(np.zeros((2, 2))).factors.tolist() == [0.0, 0.0]


def test_matrices_against_scipy_and_their_definition() -> None:
    axis, angle = np.array([1.0, -2.0, 0.5]), 1.1
    expected = Rotation.from_rotvec(angle * axis / np.linalg.norm(axis)).as_matrix()
    assert rotation_3d(axis, angle) == pytest.approx(expected, abs=1e-12)
    assert turn_of(expected).axis == pytest.approx(axis / np.linalg.norm(axis))
    assert shear(2.0, "y").tolist() == [[1.0, 0.0], [2.0, 1.0]]
    assert shear_3d(1.0, 2.0, 3.0, "y").T.tolist() == [[1.0, 1.0, 2.0], [0.0, 1.0, 3.0], [0.0, 0.0, 1.0]]
    assert shear_along([0, 1, 0], [0, 0, 3], 2.0)[1].tolist() == [0.0, 1.0, 2.0]
    assert scaling(1, 2, 3).diagonal().tolist() == [1.0, 2.0, 3.0]


def test_a_shear_lacks_an_eigenvector_and_three_dimensions_can_have_two() -> None:
    (plain,) = eigenspaces(shear(2.0))
    assert (plain.value, plain.multiplicity, plain.dimension) == (1.0, 2, 1)
    assert abs(plain.vectors[0, 0]) == pytest.approx(1.0)
    (turned,) = eigenspaces(rotation(0.3) @ shear(2.0) @ rotation(-0.3))
    assert turned.is_defective
    assert abs(turned.vectors[:, 0] @ [math.cos(0.3), math.sin(0.3)]) == pytest.approx(1.0)
    dimensions = [
        eigenspaces(shear_3d(*amounts))[0].dimension for amounts in ((0, 1, 0), (1, 0, 1), (1, 1, 1))
    ]
    assert dimensions == [2, 1, 1], "the sources say 1 of all shears; of their own example, xz alone, it is 2"
    assert eigenspaces(shear_along([1, 1, 1, 0], [1, -1, 0, 0], 2.0))[0].dimension == 3
    assert is_diagonalisable(np.diag([1.0, 1.0, 2.0]))
    assert [one.value.imag for one in eigenspaces(rotation(0.5))] == pytest.approx(
        [math.sin(0.5), -math.sin(0.5)]
    )


@quick
@given(numbers.filter(lambda lam: abs(lam) > 0.01))
def test_a_square_cannot_do_with_fewer_rotations_unless_mirrored(lam: float) -> None:
    found = shear_square(lam)
    sides = np.diff(found.scaled_then_rotated, axis=0)
    assert sides[0] @ sides[1] == pytest.approx(0.0, abs=1e-9), "a rectangle"
    assert min(found.missed_by) > 1e-3
    assert found.pure_scalings
    assert all(one.mirrors for one in found.pure_scalings)
    pure = found.pure_scalings[0]
    mapped = found.before @ (pure.directions * pure.factors @ pure.directions.T)
    assert {tuple(corner) for corner in mapped.round(9)} == {tuple(corner) for corner in found.after.round(9)}
    assert not pure_scalings(shear(lam), box_symmetries(2)), "a rectangle has no such mirror"


def test_symmetries_of_square_and_cube_are_counted_and_a_circle_has_what_it_needs() -> None:
    assert [len(cube_symmetries(n)) for n in (2, 3)] == [8, 48]
    assert len({one.tobytes() for one in cube_symmetries(3)}) == 48
    found = decompose(shear(2.0))
    of_circle = found.right.T @ found.left.T
    (scaled,) = pure_scalings(shear(2.0), [of_circle])
    assert scaled.factors == pytest.approx(found.factors)


def test_a_cube_becomes_a_box_only() -> None:
    found = shear_cube(1.5, 0.5, 0.3, half_side=2.0)
    assert found.missed_by > 1.0
    assert not found.pure_scalings
    assert found.after[0].tolist() == pytest.approx([-6.0, -2.6, -2.0])
    assert abs(np.linalg.det(found.decomposition.matrix)) == pytest.approx(1.0)
    assert shear_cube().missed_by == 0.0


@quick
@given(numbers, numbers)
def test_products_of_shears_by_their_trace(lam: float, mu: float) -> None:
    same = multiply_shears([(lam, "x"), (mu, "x")])
    assert same.commutes
    assert same.triangle == ("both" if lam + mu == 0 else "upper")
    assert same.product[0, 1] == pytest.approx(lam + mu)
    mixed = multiply_shears([(lam, "x"), (mu, "y")])
    assert mixed.product == pytest.approx(shear(mu, "y") @ shear(lam), abs=1e-12)
    assert mixed.trace == pytest.approx(2 + lam * mu)
    assert (mixed.kind in {"shear", "identity"}) == (lam * mu == 0)
    values = np.linalg.eigvals(mixed.product)
    if lam * mu > 1e-6:
        assert (mixed.kind, mixed.triangle, mixed.commutes) == ("squeeze", "neither", False)
        assert np.abs(values.imag).max() == 0.0
    if -3.999 < lam * mu < -1e-6:
        assert mixed.kind == "turn"
        assert np.abs(values) == pytest.approx([1.0, 1.0])


def test_other_products() -> None:
    assert multiply_shears([(2.0, "x"), (-2.0, "x")]).kind == "identity"
    slanted = multiply_shears([(1.0, "x"), (2.0, "y"), (-1.0, "x")])
    assert (slanted.kind, slanted.triangle) == ("shear", "neither")
    assert multiply_shears([(2.0, "x"), (-2.0, "y")]).kind == "reversed shear"
    assert multiply_shears([(2.0, "x"), (-3.0, "y")]).kind == "reversed squeeze"
    quarter = multiply_shears([(-1.0, "x"), (1.0, "y"), (-1.0, "x")] * 2)
    assert quarter.kind == "half turn"
    assert triangle_of(2 * np.eye(2)) == "neither"


@quick
@given(st.floats(-3.1, 3.1))
def test_three_shears_give_any_rotation_but_a_half_turn(angle: float) -> None:
    assert multiply_shears(rotation_as_shears(angle)).product == pytest.approx(rotation(angle), abs=1e-9)


def test_steps_of_circle_and_square_end_at_the_shear() -> None:
    found = follow_steps(shear(2.0), "svd", 2.0)
    assert [one.kind for one in found.steps] == ["start", "rotation", "scaling", "rotation"]
    assert np.linalg.norm(found.stages[1].circle, axis=1) == pytest.approx(np.full(181, 2.0)), (
        "still a circle"
    )
    assert found.stages[-1].corners == pytest.approx(shear_square(2.0, 2.0).after)
    assert [one.kind for one in follow_steps(shear_3d(1.0), "polar").steps] == [
        "start",
        "stretch",
        "rotation",
    ]
    sequence = follow_shears([(2.0, "x"), (-0.5, "y")])
    assert len(sequence.stages) == 3
    assert not np.allclose(sequence.stages[-1].corners, sequence.reversed_end.corners)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shear(1.0, "z"), "axis is 'z'"),  # type: ignore[arg-type]
        (lambda: shear_along([1, 0], [1, 1], 1.0), "are at 45°; a shear needs 90°"),
        (lambda: shear_along([0, 0], [1, 1], 1.0), "direction has the length 0"),
        (lambda: rotation_3d([1, 0], 1.0), "expected 3 numbers"),
        (scaling, "no factor"),
        (lambda: decompose([[1.0, 2.0]]), "as many rows as columns"),
        (lambda: turn_of(shear(1.0)), "not orthogonal"),
        (lambda: turn_of(np.eye(4)), "has 4 dimensions"),
        (lambda: multiply_shears([]), "no shear to multiply"),
        (lambda: rotation_as_shears(math.pi), "strictly between"),
        (lambda: follow_steps(np.eye(4)), "4 dimensions"),
        (lambda: follow_steps(np.eye(2), "lu"), "expected 'svd' or 'polar'"),  # type: ignore[arg-type]
        (lambda: shear_square(1.0, 0.0), "half a side is 0"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        call()
