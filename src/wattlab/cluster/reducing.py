"""A recipe's data, prepared in this process, and what that cost; how good the clusters are, if it finds any."""

from __future__ import annotations

from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab import __version__
from wattlab.cluster.reduction_report import ClusterFigures, ReductionReport, Silhouette
from wattlab.data.catalog import load
from wattlab.data.preparation import Transform, prepare
from wattlab.data.reduction.fitting import fit_reducer
from wattlab.data.scaling import fit_scaler
from wattlab.engines.registry import get_engine
from wattlab.meter.meter import Meter
from wattlab.recipe.preparation import Clusters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.cluster.reduction_report import ReductionAsked
    from wattlab.data.dataset import Dataset
    from wattlab.recipe import Recipe

__all__ = ["measure_reduction"]

_SEED: Final = 0
"""The same samples for every number of clusters, so that their silhouettes differ for the clusters' sake alone."""


def measure_reduction(recipe: Recipe, asked: ReductionAsked) -> ReductionReport:
    """Prepare a recipe's data with the threads that a training of it has, and measure that.

    Parameters
    ----------
    recipe : Recipe
        As for a training. Its data must be here: nothing can stand in for what clusters are found among.
    asked : ReductionAsked
        Where the silhouette is found, and from how many samples.

    Returns
    -------
    ReductionReport

    Raises
    ------
    wattlab.errors.UserError
        As `wattlab.train`.

    Examples
    --------
    >>> from wattlab.cluster.reduction_report import ReductionAsked
    >>> from wattlab.recipe import Recipe
    >>> clusters = {"preparation.reduction": {"kind": "clusters", "n_clusters": 10}}
    >>> report = measure_reduction(Recipe.named("digits").with_changes(clusters), ReductionAsked())
    >>> report.n_inputs, report.clusters.silhouette.exact
    (10, True)
    """
    engine = get_engine(recipe.engine.name)
    engine.check(recipe)
    with ExitStack() as stack:
        meter = stack.enter_context(Meter())
        stack.enter_context(engine.threads(recipe))
        with meter.window("data"):
            dataset = load(recipe.data)
        found = _Preparing(recipe, dataset, meter)
        if not isinstance(recipe.preparation.reduction, Clusters):
            return found.plain()
        return found.clustered(asked)


class _Preparing:
    """One recipe's data, prepared piece by piece or as a whole."""

    def __init__(self, recipe: Recipe, dataset: Dataset, meter: Meter) -> None:
        self.recipe, self.dataset, self.meter = recipe, dataset, meter
        self.dtype = np.dtype(recipe.engine.array_dtype)

    def plain(self) -> ReductionReport:
        """Return what preparing costs where no clusters are found."""
        with self.meter.window("preparation"):
            data = prepare(self.dataset, self.recipe.preparation, self.dtype)
        return self._report(data.transform, n_samples=self.dataset.train.n_samples)

    def clustered(self, asked: ReductionAsked) -> ReductionReport:
        """Take the steps of `prepare` one by one, the search for clusters in a window of its own."""
        preparation, dataset = self.recipe.preparation, self.dataset
        with self.meter.window("preparation"):
            import_module("sklearn.cluster")
            before = fit_scaler(preparation.before, dataset.train.features)
            seen = before.apply(dataset.train.features, self.dtype)
            if preparation.learns_from_test:
                seen = np.concatenate([seen, before.apply(dataset.test.features, self.dtype)])
        with self.meter.window("fit"):
            reducer = fit_reducer(preparation.reduction, seen, dataset.image_shape, self.dtype)
        assert reducer is not None
        with self.meter.window("preparation"):
            distances = reducer.apply(seen, self.dtype)
            after = fit_scaler(preparation.after, distances[: dataset.train.n_samples])
            transform = Transform(before, reducer, after, dataset.n_features)
            after.apply(distances, self.dtype)
            others = {name: part for name, part in dataset.parts().items() if name != "training"}
            if preparation.learns_from_test:
                del others["test"]
            for part in others.values():
                transform.apply(part.features, self.dtype)
        return self._report(transform, len(seen)).model_copy(
            update={
                "preparation": self.meter["preparation"] + self.meter["fit"],
                "fit": self.meter["fit"],
                "clusters": _figures(seen, distances, asked),
            }
        )

    def _report(self, transform: Transform, n_samples: int) -> ReductionReport:
        return ReductionReport(
            wattlab_version=__version__,
            data=self.dataset.source,
            n_samples=n_samples,
            n_inputs=transform.n_features_out,
            preparation=self.meter["preparation"],
        )


def _figures(features: NDArray[Any], distances: NDArray[Any], asked: ReductionAsked) -> ClusterFigures:
    nearest = distances.argmin(axis=1)
    closest = distances[np.arange(len(distances)), nearest].astype(np.float64)
    n_clusters = distances.shape[1]
    return ClusterFigures(
        inertia=float(closest @ closest),
        n_empty=n_clusters - len(np.unique(nearest)),
        silhouette=_silhouette(features if asked.space == "features" else distances, nearest, asked),
    )


def _silhouette(features: NDArray[Any], nearest: NDArray[np.int64], asked: ReductionAsked) -> Silhouette:
    """Return the mean silhouette of some samples, or why it is not defined."""
    if asked.silhouette_samples == 0:
        return Silhouette(score=None, reason="not asked for")
    from sklearn.metrics import silhouette_score  # loaded by the search for clusters

    n_samples = min(len(features), asked.silhouette_samples)
    chosen = np.random.default_rng(_SEED).permutation(len(features))[:n_samples]
    n_found = len(np.unique(nearest[chosen]))
    if not 2 <= n_found < n_samples:
        reason = f"it needs 2 to {n_samples - 1} clusters that hold any of {n_samples} samples, and there are {n_found}"
        return Silhouette(score=None, n_samples=n_samples, reason=reason)
    score = float(silhouette_score(features[chosen], nearest[chosen]))
    return Silhouette(score=score, n_samples=n_samples, exact=n_samples == len(features))
