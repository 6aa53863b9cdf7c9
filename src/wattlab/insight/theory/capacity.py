"""Bias, variance and expected error against capacity: polynomials of rising degree on small data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from wattlab.errors import ParameterError
from wattlab.insight.theory.polynomials import Draws, best_risks, fitted, nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

__all__ = ["CapacityCurve", "Inputs", "capacity_curve", "sine"]

Inputs = Literal["even", "random"]
_MOST_NOISE: Final = 1e6
_MOST_SETS: Final = 10_000
_MOST_SAMPLES: Final = 10_000
_KEPT: Final = 20
_GRID: Final = 201


class CapacityCurve(NamedTuple):
    """How the expected error divides, degree by degree.

    Errors are mean squared ones over inputs spread evenly from −1 to 1, and over the data sets.

    Attributes
    ----------
    degrees : ndarray of shape (n_degrees,), int
    bias : ndarray of shape (n_degrees,)
        Squared bias: of the mean fit from the true function.
    variance : ndarray of shape (n_degrees,)
        Of the fits around their mean.
    noise : float
        Variance of the noise in what is to be predicted: no fit gets below.
    expected_error : ndarray of shape (n_degrees,)
        Measured apart, on new noisy samples: about bias + variance + noise.
    standard_error : ndarray of shape (n_degrees,)
        Of `expected_error`, from data set to data set.
    training_error : ndarray of shape (n_degrees,)
        On the samples of the data set itself: the empirical risk.
    approximation_error : ndarray of shape (n_degrees,)
        Risk of the best polynomial of the degree, noise included.
    estimation_error : ndarray of shape (n_degrees,)
        What the fit to a data set adds to it: bias + variance + noise − approximation error.
    samples, repeats : int
        Samples of a data set, and how many data sets there were.
    inputs : {"even", "random"}
    x : ndarray of shape (n_points,)
        Where `truth` and `fits` are.
    truth : ndarray of shape (n_points,)
        The true function.
    fits : ndarray of shape (n_degrees, n_kept, n_points)
        Fits to the first data sets.
    sample_x, sample_y : ndarray of shape (samples,)
        The first data set.
    """

    degrees: NDArray[np.int64]
    bias: NDArray[np.float64]
    variance: NDArray[np.float64]
    noise: float
    expected_error: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    training_error: NDArray[np.float64]
    approximation_error: NDArray[np.float64]
    estimation_error: NDArray[np.float64]
    samples: int
    repeats: int
    inputs: Inputs
    x: NDArray[np.float64]
    truth: NDArray[np.float64]
    fits: NDArray[np.float64]
    sample_x: NDArray[np.float64]
    sample_y: NDArray[np.float64]

    @property
    def best(self) -> int:
        """The degree of least expected error."""
        return int(self.degrees[self.expected_error.argmin()])


def sine(x: Vector) -> Vector:
    """Return sin πx: one whole wave from −1 to 1."""
    found: Vector = np.sin(np.pi * x)
    return found


def capacity_curve(
    max_degree: int = 15,
    samples: int = 30,
    noise: float = 0.3,
    repeats: int = 100,
    *,
    inputs: Inputs = "even",
    seed: int = 0,
    function: Callable[[Vector], Vector] = sine,
) -> CapacityCurve:
    """Fit polynomials of every degree to many small data sets of the same kind.

    Parameters
    ----------
    max_degree : int
        The largest; the degrees begin with 0.
    samples : int
        Of each data set; more than `max_degree`, so that every fit is determined, at most 10000.
    noise : float
        Standard deviation of what is added to the function, > 0, at most 1000000.
    repeats : int
        Data sets, 2 to 10000.
    inputs : {"even", "random"}
        Evenly from −1 to 1, the same for every data set, or drawn anew for each. Drawn, they leave gaps at the
        ends, where polynomials of high degree go astray by orders of magnitude.
    seed : int
        Decides all draws.
    function : callable (ndarray) -> ndarray
        The truth, from −1 to 1.

    Raises
    ------
    wattlab.errors.ParameterError
        If a number is out of its range.

    References
    ----------
    S. Geman, E. Bienenstock, R. Doursat, "Neural networks and the bias/variance dilemma", Neural Computation 4, 1992.
    S. Shalev-Shwartz, S. Ben-David, "Understanding Machine Learning", 2014, section 5.2: approximation and estimation.

    Examples
    --------
    >>> found = capacity_curve(max_degree=6, repeats=20)
    >>> bool(found.bias[1] > 100 * found.bias[5]), bool(found.variance[6] > 2 * found.variance[1])
    (True, True)
    """
    _check(max_degree, samples, noise, repeats, seed)
    if inputs not in {"even", "random"}:
        raise ParameterError(f"inputs is {inputs!r}; expected 'even' or 'random'")
    draws = Draws.make(function, samples, noise, repeats, even=inputs == "even", seed=seed)
    where, weights = nodes()
    truth = function(where)
    x = np.linspace(-1.0, 1.0, _GRID)
    degrees = np.arange(max_degree + 1)
    rows, kept = [], []
    for degree in degrees:
        found = fitted(draws, int(degree), np.concatenate([where, x]))
        mean = found.noise_free[:, : len(where)].mean(axis=0)
        values = found.noisy[:, : len(where)]
        errors = np.square(draws.new_targets(truth) - values) @ weights
        rows.append(
            (
                np.square(mean - truth) @ weights,
                np.square(values - mean).mean(axis=0) @ weights,
                errors.mean(),
                errors.std(ddof=1) / np.sqrt(repeats),
                found.training_error,
            )
        )
        kept.append(found.noisy[:_KEPT, len(where) :])
    bias, variance, expected, standard, training = np.array(rows).T
    approximation = best_risks(function, max_degree) + noise**2
    return CapacityCurve(
        degrees,
        bias,
        variance,
        noise**2,
        expected,
        standard,
        training,
        approximation,
        bias + variance + noise**2 - approximation,
        samples,
        repeats,
        inputs,
        x,
        function(x),
        np.array(kept),
        draws.x[0],
        draws.y[0],
    )


def _check(max_degree: int, samples: int, noise: float, repeats: int, seed: int) -> None:
    problems = {
        f"the largest degree is {max_degree}; expected 0 to 30": not 0 <= max_degree <= 30,
        f"the noise is {noise:g}; expected a number above 0, at most {_MOST_NOISE:g}": not 0
        < noise
        <= _MOST_NOISE,
        f"there are {repeats} data sets; expected 2 to {_MOST_SETS}": not 2 <= repeats <= _MOST_SETS,
        f"a data set has {samples} samples; expected at most {_MOST_SAMPLES}": samples > _MOST_SAMPLES,
        f"the seed is {seed}; expected at least 0": seed < 0,
        f"a data set has {samples} samples; a polynomial of degree {max_degree} needs at least {max_degree + 1}": (
            samples <= max_degree
        ),
    }
    for problem, found in problems.items():
        if found:
            raise ParameterError(problem)
