"""A loss of one or two parameters, given as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.errors import ExpressionError
from wattlab.insight.expression import parse
from wattlab.insight.surface.polynomial import polynomial
from wattlab.insight.theory.objective import Objective

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattlab.insight.expression import Expression

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]

__all__ = ["Formula"]


@dataclass(frozen=True)
class Formula(Objective):
    """A loss given as text. Made by `Formula.of`.

    Parameters
    ----------
    expression : Expression
        Of one or of two variables, all of which it depends on.

    Examples
    --------
    >>> import numpy as np
    >>> bowl = Formula.of("x**2 + 4*y**2")
    >>> bowl.gradient(np.array([1.0, 1.0])).tolist(), bowl.is_quadratic
    ([2.0, 8.0], True)
    """

    expression: Expression

    @classmethod
    def of(cls, text: str) -> Formula:
        """Return the loss that a text describes, of x, of y, or of both.

        Raises
        ------
        wattlab.errors.ExpressionError
            If the text cannot be read (the place is shown), or depends on no variable.
        """
        found = parse(text)
        if not found.variables:
            msg = f"the loss {text!r} is constant; expected a function of x, or of x and y, such as 'x**2 + 4*y**2'"
            raise ExpressionError(msg)
        return cls(found if found.variables == found.arguments else parse(text, found.variables))

    @property
    def title(self) -> str:
        """The text."""
        return self.expression.text

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return self.expression.arguments

    @property
    def is_quadratic(self) -> bool:
        """Whether it is a polynomial of degree 2 or less, multiplied out."""
        terms = polynomial(self.expression)
        return terms is not None and max(map(sum, terms), default=0) <= 2

    def values(self, points: Matrix) -> Vector:
        """Return the values at points; see `Objective.values`."""
        return self.expression(*points.T)

    def gradient(self, point: Vector) -> Vector:
        """Return ∇L; see `Objective.gradient`."""
        return self.expression.gradient(*point)

    def hessian(self, point: Vector) -> Matrix:
        """Return the second derivatives of L; see `Objective.hessian`."""
        return self.expression.hessian(*point)
