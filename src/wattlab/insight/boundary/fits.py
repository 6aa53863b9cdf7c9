"""Models fitted in turn under the meter."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from wattlab.errors import ParameterError, UserError
from wattlab.insight.boundary.models import check_models, make_model
from wattlab.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from wattlab.insight.boundary.models import ModelSettings
    from wattlab.meter.cost import Cost

    Tell = Callable[[int, int], None]

__all__ = ["Fit", "fit_models"]


class Fit(NamedTuple):
    """A fitted model, and what a fit costs.

    Attributes
    ----------
    name : str
        As `make_model` knows it.
    model : Pipeline
        Of scikit-learn.
    cost : Cost
        The median of all fits.
    notes : tuple of str
        What the library said of the fit.
    """

    name: str
    model: Any
    cost: Cost
    notes: tuple[str, ...]


def fit_models(
    names: Sequence[str],
    X: NDArray[Any],
    y: NDArray[Any],
    *,
    settings: ModelSettings | None = None,
    rounds: int = 3,
    meter: Meter | None = None,
    tell: Tell | None = None,
) -> tuple[Fit, ...]:
    """Fit each model to the same samples, round after round, so that all meet the same machine.

    Parameters
    ----------
    names : sequence of str
        See `make_model`; each once.
    X : ndarray of shape (n_samples, n_features)
        Samples.
    y : ndarray of shape (n_samples,)
        Their labels.
    settings : ModelSettings, optional
        What can be chosen about the models.
    rounds : int, default=3
        Fits of each model; the cost is their median.
    meter : Meter, optional
        A running meter; left out: one of its own.
    tell : callable (done, total), optional
        Called after each fit.

    Raises
    ------
    wattlab.errors.ParameterError
        If a name is unknown or there twice, there is no round, or a model cannot learn these samples.
    """
    check_models(list(names))
    if rounds < 1:
        msg = f"rounds is {rounds}; expected at least 1 fit of each model"
        raise ParameterError(msg)
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        msg = f"model {twice[0]!r} is named twice; leave one of them out"
        raise ParameterError(msg)
    if meter is None:
        with Meter() as own:
            return fit_models(names, X, y, settings=settings, rounds=rounds, meter=own, tell=tell)
    fitted: dict[str, tuple[Any, tuple[str, ...]]] = {}
    for done, name in enumerate(list(names) * rounds, start=1):
        model = make_model(name, settings)
        fitted[name] = model, _fit(name, model, (X, y), meter)
        if tell is not None:
            tell(done, rounds * len(names))
    return tuple(Fit(name, model, meter.median(name), notes) for name, (model, notes) in fitted.items())


def _fit(name: str, model: Any, samples: tuple[NDArray[Any], NDArray[Any]], meter: Meter) -> tuple[str, ...]:
    """Fit a model, and return the sentences in which the library complained."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        with meter.window(name), _complaining(name):
            model.fit(*samples)
    return tuple({f"{name}: {one.message}": None for one in caught if one.category is ConvergenceWarning})


@contextmanager
def _complaining(name: str) -> Iterator[None]:
    """Say whose complaint it is, when scikit-learn refuses samples, such as those whose squares are infinite."""
    try:
        yield
    except UserError:
        raise
    except ValueError as error:
        why = str(error).partition("\n")[0].rstrip(".")
        msg = f"{name} cannot learn these samples: {why}; are there numbers too large to be squared? Scale them down"
        raise ParameterError(msg) from error
