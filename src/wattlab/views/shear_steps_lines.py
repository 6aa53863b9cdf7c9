"""What is said of decompositions step by step, and of products of shears, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.cost_lines import CardLine
from wattlab.views.shear_numbers import amount_text, matrix_text, number_text, step_text

if TYPE_CHECKING:
    from wattlab.insight.geometry.products import ShearProduct
    from wattlab.insight.geometry.stages import MapSteps, ShearSequence

__all__ = ["KINDS", "sequence_lines", "shear_names", "steps_lines"]

KINDS: Final = {
    "identity": "nothing: every point is where it was",
    "shear": "a shear",
    "squeeze": "a squeeze: one direction grows, another shrinks",
    "turn": "a turn on ellipses",
    "reversed shear": "a shear and a half turn",
    "reversed squeeze": "a squeeze and a half turn",
    "half turn": "a half turn",
}
_FORMS: Final = {
    "upper": "kept: upper triangle, ones on the diagonal",
    "lower": "kept: lower triangle, ones on the diagonal",
    "both": "kept: the matrix is 1",
    "neither": "lost: no triangle with ones on the diagonal",
}


def steps_lines(found: MapSteps) -> list[CardLine]:
    """Return each step of a decomposition with the matrix so far."""
    way = {"svd": "singular value decomposition", "polar": "polar decomposition"}[found.way]
    return [
        CardLine("matrix", matrix_text(found.decomposition.matrix), way),
        *(
            CardLine(
                f"step {place}", step_text(step, found.decomposition), f"so far {matrix_text(step.total)}"
            )
            for place, step in enumerate(found.steps[1:], start=1)
        ),
    ]


def sequence_lines(found: ShearSequence) -> list[CardLine]:
    """Return the product of shears, what it is, and whether their order matters."""
    product = found.found
    return [
        CardLine("shears", shear_names(product)),
        CardLine("product", matrix_text(product.product), "determinant 1: areas stay"),
        CardLine("trace", number_text(product.trace), "2 + λμ for one along each axis; of a shear it is 2"),
        CardLine("it is", KINDS[product.kind]),
        CardLine("form", _FORMS[product.triangle]),
        CardLine(
            "other order",
            matrix_text(product.reversed_product),
            "the same" if product.commutes else "another map: the order matters",
        ),
    ]


def shear_names(product: ShearProduct) -> str:
    """Return the shears in the order in which they are applied."""
    return ", then ".join(f"along {axis}, {amount_text([amount])}" for amount, axis in product.shears)
