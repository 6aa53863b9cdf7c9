"""What is said of a sheared square or cube, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.records.cost_lines import CardLine
from wattlab.views.shear_lines import decomposition_lines, eigen_line
from wattlab.views.shear_numbers import amount_text, matrix_text, numbers_text, point_text

if TYPE_CHECKING:
    from wattlab.insight.geometry.sheared_solids import ShearedCube, ShearedSquare
    from wattlab.insight.geometry.symmetries import PureScaling
    from wattlab.views.shear_numbers import Floats

__all__ = ["cube_lines", "square_lines"]


def square_lines(found: ShearedSquare) -> list[CardLine]:
    """Return corners, decompositions, and what one rotation and one scaling miss."""
    half = float(found.before.max())
    rectangle, stretched = found.missed_by
    return [
        CardLine(
            "shear",
            f"along {found.axis}, {amount_text([found.amount])}",
            f"of a square of half side {numbers_text([half])}",
        ),
        CardLine("matrix", matrix_text(found.decomposition.matrix), "determinant 1: areas stay"),
        *_corner_lines(found.before, found.after),
        *decomposition_lines(found.decomposition),
        _missed_line("rotate once", rectangle, half, "Σ and U alone: a rectangle"),
        _missed_line("rotate never", stretched, half, "the same factors along the ellipse's main axes"),
        _pure_line(found.pure_scalings),
    ]


def cube_lines(found: ShearedCube) -> list[CardLine]:
    """Return corners, the sphere's axes, decompositions, and what one rotation and one scaling miss."""
    half = float(found.before.max())
    names = "xy, xz, yz" if found.axis == "x" else "yx, zx, zy"
    kept = "z" if found.axis == "x" else "x"
    return [
        CardLine(
            "shear", amount_text(found.amounts), f"{names}; of a cube of half side {numbers_text([half])}"
        ),
        CardLine(
            "matrix",
            matrix_text(found.decomposition.matrix),
            f"determinant 1: volumes stay; so does every {kept}",
        ),
        *_corner_lines(found.before, found.after),
        CardLine(
            "sphere inside", numbers_text(found.sphere.semi_axes), "semi-axes of the ellipsoid it becomes"
        ),
        *decomposition_lines(found.decomposition),
        _missed_line("rotate once", found.missed_by, half, "Σ and U alone: a box"),
        _pure_line(found.pure_scalings),
        eigen_line(found.eigenvectors),
    ]


def _corner_lines(before: Floats, after: Floats) -> list[CardLine]:
    return [
        CardLine(f"corner {place}", point_text(new), f"was {point_text(old)}")
        for place, (old, new) in enumerate(zip(before, after, strict=True), start=1)
    ]


def _missed_line(label: str, missed: float, size: float, how: str) -> CardLine:
    if missed <= 1e-12 * size:
        return CardLine(label, "is enough", how)
    return CardLine(label, f"misses a corner by {numbers_text([missed])}", how)


def _pure_line(found: tuple[PureScaling, ...]) -> CardLine:
    if not found:
        return CardLine("scale only", "impossible", "along whatever axes at right angles")
    factors = numbers_text(found[0].factors)
    if found[0].mirrors:
        return CardLine(
            "scale only", f"by {factors}", "only with a mirror: the figure is symmetric to a diagonal"
        )
    return CardLine("scale only", f"by {factors}")
