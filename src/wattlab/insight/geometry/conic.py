"""The equation of a conic by its coefficients, and what a shear does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wattlab.insight.geometry.checks import read_number, read_points, read_symmetric, read_vector
from wattlab.insight.geometry.quadrics import reduce_quadric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.geometry.matrices import Axis
    from wattlab.insight.geometry.quadrics import Quadric

    Floats = NDArray[np.float64]

__all__ = ["Conic"]


class Conic(NamedTuple):
    """αx² + βxy + γy² + εx + ζy = δ.

    Attributes
    ----------
    alpha, beta, gamma : float
        Of x², xy and y². Beta is the whole cross term: twice the entry beside the diagonal of the matrix.
    delta : float
        What the terms add up to.
    linear : (float, float)
        ε and ζ, of x and y; both 0 where the figure has its centre at the origin.

    Examples
    --------
    >>> circle = Conic(1.0, 0.0, 1.0, 4.0)
    >>> circle.sheared(2.0)
    Conic(alpha=1.0, beta=-4.0, gamma=5.0, delta=4.0, linear=(0.0, 0.0))
    >>> Conic(-0.5, 0.0, 4.0, 1.0).name, Conic(0.5, 0.0, 4.0, 1.0).name
    ('a hyperbola', 'an ellipse')
    """

    alpha: float
    beta: float
    gamma: float
    delta: float = 1.0
    linear: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def from_form(cls, form: ArrayLike, delta: float = 1.0) -> Conic:
        """Return xᵀAx = δ as coefficients.

        Parameters
        ----------
        form : array-like of shape (2, 2)
            A, symmetric.
        delta : float, optional
            The right side.
        """
        matrix = read_symmetric(form, "form", 2)
        return cls(
            float(matrix[0, 0]), float(2.0 * matrix[0, 1]), float(matrix[1, 1]), read_number(delta, "delta")
        )

    @property
    def form(self) -> Floats:
        """A of xᵀAx, ndarray of shape (2, 2)."""
        half = self.beta / 2.0
        return read_symmetric([[self.alpha, half], [half, self.gamma]], "the matrix of the conic", 2)

    @property
    def name(self) -> str:
        """What it is, with its article: an ellipse, a hyperbola, a parabola, lines, a point, the empty set."""
        return self.reduced().name

    def reduced(self) -> Quadric:
        """Return it in its main axes."""
        return reduce_quadric(
            self.form, read_number(self.delta, "delta"), read_vector(self.linear, "linear", 2)
        )

    def sheared(self, amount: float, axis: Axis = "x") -> Conic:
        """Return the figure after a shear.

        Along x, its points come from (x − λy, y), which put into the equation gives (α, β − 2αλ, γ − βλ + αλ²; δ), and
        (ε, ζ − ελ) for the linear terms. In matrices that is A ← M⁻ᵀ A M⁻¹.

        Parameters
        ----------
        amount : float
            λ. Unit: 1.
        axis : {"x", "y"}, optional
            "x": x + λy, y. "y": x, y + λx, where α and γ, ε and ζ exchange their parts.
        """
        if axis == "y":
            return _exchanged(_exchanged(self).sheared(amount))
        lam = read_number(amount, "lambda")
        alpha, beta, gamma, delta, (along, across) = self
        return Conic(
            alpha,
            beta - 2.0 * alpha * lam,
            gamma - beta * lam + alpha * lam**2,
            delta,
            (along, across - along * lam),
        )

    def residual(self, points: ArrayLike) -> Floats:
        """Return by how much points miss the equation: left side minus δ.

        Parameters
        ----------
        points : array-like of shape (n_points, 2)
            A point a row.

        Returns
        -------
        ndarray of shape (n_points,)
            0 on the figure; for an ellipse with δ > 0 negative inside.
        """
        x, y = read_points(points, "points", 2).T
        along, across = self.linear
        squares = self.alpha * x**2 + self.beta * x * y + self.gamma * y**2
        missed: Floats = squares + along * x + across * y - self.delta
        return missed


def _exchanged(conic: Conic) -> Conic:
    """Return it with x and y exchanged."""
    along, across = conic.linear
    return Conic(conic.gamma, conic.beta, conic.alpha, conic.delta, (across, along))
