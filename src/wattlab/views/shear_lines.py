"""What is said of a sheared circle or ellipse, line by line; and of the decomposition of any shear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.records.cost_lines import CardLine
from wattlab.views.shear_numbers import (
    amount_text,
    angle_text,
    equation_text,
    matrix_text,
    numbers_text,
    point_text,
    step_text,
)

if TYPE_CHECKING:
    from wattlab.insight.geometry.decomposition import Decomposition
    from wattlab.insight.geometry.ellipse import Ellipse
    from wattlab.insight.geometry.sheared_circle import ShearedCircle
    from wattlab.insight.geometry.sheared_ellipse import ShearedEllipse
    from wattlab.views.shear_numbers import Floats

__all__ = ["decomposition_lines", "eigen_line", "ellipse_lines"]


def ellipse_lines(found: ShearedEllipse) -> list[CardLine]:
    """Return axes, angle, extremal points, equation and decompositions of a sheared ellipse."""
    before, after = found.before, found.after
    size, extremal = after.semi_axes[0], found.extremal_points
    equations = [equation_text(one) for one in found.equations]
    return [
        CardLine("shear", f"along {found.axis}, {amount_text([found.amount])}", _figure(before)),
        CardLine("matrix", matrix_text(found.decomposition.matrix), "determinant 1: areas stay"),
        CardLine("semi-axes", numbers_text(after.semi_axes), f"were {numbers_text(before.semi_axes)}"),
        CardLine("angle", angle_text(after.angle_rad), _angle_detail(found)),
        CardLine(
            "highest", point_text(extremal.highest, size), f"lowest {point_text(extremal.lowest, size)}"
        ),
        CardLine(
            "rightmost",
            point_text(extremal.rightmost, size),
            f"leftmost {point_text(extremal.leftmost, size)}",
        ),
        _ends_line("long axis", found.end_points[:2], size),
        _ends_line("short axis", found.end_points[2:], size),
        CardLine("equation", equations[1], f"was {equations[0]}"),
        *([] if found.formulas is None else [_formula_line(found.formulas)]),
        *decomposition_lines(found.decomposition),
        _rotations_line(found),
        eigen_line(found.eigenvectors),
    ]


def decomposition_lines(found: Decomposition) -> list[CardLine]:
    """Return the steps of the singular value and of the polar decomposition."""
    svd, polar = (
        ", ".join(step_text(step, found) for step in steps[1:])
        for steps in (found.svd_steps(), found.polar_steps())
    )
    return [CardLine("SVD", svd), CardLine("polar", polar)]


def eigen_line(vectors: Floats) -> CardLine:
    """Return which directions a shear keeps.

    Parameters
    ----------
    vectors : ndarray of shape (n, n_vectors)
        As columns.
    """
    n, n_vectors = vectors.shape
    if n_vectors == n:
        return CardLine("kept", "every direction", "the matrix is 1: nothing moves")
    texts = [point_text(_upright(column)) for column in vectors.T]
    count = "one eigenvector" if n_vectors == 1 else f"{n_vectors} eigenvectors"
    detail = f"eigenvalue 1, {n} times, but {count}: it cannot be made diagonal"
    return CardLine("kept", " and ".join(texts), detail)


def _upright(vector: Floats) -> Floats:
    """Return an eigenvector with its largest entry above 0."""
    return vector if vector[abs(vector).argmax()] > 0 else -vector


def _figure(figure: Ellipse) -> str:
    long, _ = figure.semi_axes
    if figure.is_circle:
        return f"of a circle of radius {numbers_text([long])}"
    return (
        f"of an ellipse with the semi-axes {numbers_text(figure.semi_axes)} at {angle_text(figure.angle_rad)}"
    )


def _angle_detail(found: ShearedEllipse) -> str:
    if found.after.is_circle:
        return "by definition: a circle has no long axis"
    if found.amount < 0 and found.formulas is not None:
        swapped = angle_text(found.formulas.angle_rad)
        return f"of the long axis; for λ < 0 the formulas' first axis, at {swapped}, is the short one"
    return "of the long axis, from the x axis"


def _ends_line(label: str, ends: Floats, size: float) -> CardLine:
    first, second = ends
    if abs(first + second).max() <= 1e-12 * size:
        return CardLine(label, f"ends at ±{point_text(first)}")
    return CardLine(label, f"ends at {point_text(first)} and {point_text(second)}")


def _formula_line(found: ShearedCircle) -> CardLine:
    return CardLine(
        "ξ", numbers_text(found.xi), f"squares of the singular values; η {numbers_text(found.eta)}"
    )


def _rotations_line(found: ShearedEllipse) -> CardLine:
    if not found.amount:
        return CardLine("rotations", "none", "nothing moves")
    if found.before.is_circle:
        return CardLine(
            "rotations", "one", "a circle is the same after the first rotation, so that it can be left out"
        )
    return CardLine(
        "rotations", "both of the SVD", "an ellipse, unlike a circle, is another after the first one"
    )
