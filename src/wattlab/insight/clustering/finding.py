"""Clusters of a run, which has found them to learn from, or found anew in its data or in a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.data.dataset import Dataset
from wattlab.data.reduction.clusters import Distances
from wattlab.data.reduction.fitting import fit_reducer
from wattlab.data.scaling import fit_scaler
from wattlab.errors import ParameterError, RunError
from wattlab.insight.clustering.clustering import Clustering, nearest_centres
from wattlab.insight.subject import open_part, open_subject, part_of
from wattlab.recipe.preparation import Clusters, NoReduction

if TYPE_CHECKING:
    from wattlab.data.scaling import Scaler
    from wattlab.insight.subject import Subject
    from wattlab.recipe.preparation import Scaling
    from wattlab.records.run import Run

__all__ = ["find_clusters"]

_DTYPE: Final = np.dtype(np.float32)
_LARGEST_SEED: Final = 2**32 - 1


def find_clusters(
    source: Run | Dataset,
    n_clusters: int | None = None,
    *,
    part: str = "train",
    scaling: Scaling | None = None,
    seed: int | None = None,
) -> Clustering:
    """Return the samples of one part of the data in clusters.

    Parameters
    ----------
    source : Run or Dataset
        A run that learned from the distances to centres has them already. In other data they are found by mini-batch
        k-means, in the training part.
    n_clusters : int, optional
        Find so many, in a run's data too. Left out: a run's own; 10 in a data set.
    part : str, optional
        "training" ("train" for short), "validation" or "test": whose samples are looked at.
    scaling : str, optional
        Before clusters are found. Left out: as the run's recipe has it before a reduction; else "normalise" (each
        sample divided by its norm) for images and "standard" for others.
    seed : int, optional
        Of the search. Left out: that of a run's own clusters; else 0.

    Returns
    -------
    Clustering

    Raises
    ------
    wattlab.errors.RunError
        If a run has no clusters of its own and no number is given, or it left the test part closed.
    wattlab.errors.ParameterError
        If there are fewer samples than clusters, the seed is out of range, or how to search is told where a run's own
        clusters are meant.
    wattlab.errors.DataError
        If there is no such part, or a run's data are no longer what they were.

    Examples
    --------
    >>> from wattlab.data import load
    >>> find_clusters(load("digits"), 10)
    Clustering(data 'digits': 10 clusters, 1,438 samples (training part), centres found among 1,438)
    """
    if seed is not None and not 0 <= seed <= _LARGEST_SEED:
        raise ParameterError(f"seed is {seed}; expected a whole number from 0 to {_LARGEST_SEED}")
    if isinstance(source, Dataset):
        count = 10 if n_clusters is None else n_clusters
        how = Clusters(n_clusters=max(1, count), seed=seed or 0)
        return _searched(source, count, how, scaling, part, f"data {source.name!r}")
    subject, part = open_subject(source), open_part(source, part)
    own = subject.recipe.preparation.reduction
    if n_clusters is None:
        found = _of_run(subject, part)
        _check_no_search(source, scaling, seed)
        return found
    how = own if isinstance(own, Clusters) else Clusters(n_clusters=1)
    if seed is not None:
        how = how.model_copy(update={"seed": seed})
    before = None if isinstance(own, NoReduction) else subject.recipe.preparation.before
    title = f"data of run {source.id!r}"
    return _searched(subject.dataset, n_clusters, how, scaling or before, part, title)


def _of_run(subject: Subject, part: str) -> Clustering:
    transform = subject.model.transform
    if not isinstance(transform.reducer, Distances):
        kind = subject.recipe.preparation.reduction.kind
        msg = (
            f"run {subject.run.id!r} learned from no clusters (its preparation.reduction.kind is {kind!r}); give a "
            "number of them, such as --k 10, to find clusters in its data"
        )
        raise RunError(msg)
    n_fitted = subject.dataset.train.n_samples
    if subject.recipe.preparation.learns_from_test:
        n_fitted += subject.dataset.test.n_samples
    title = f"run {subject.run.id!r}"
    return _clustered(subject.dataset, part, transform.before, transform.reducer, title, n_fitted)


def _check_no_search(run: Run, scaling: Scaling | None, seed: int | None) -> None:
    """Refuse what only a search could heed."""
    told = {"scaling": scaling, "seed": seed}
    given = " and ".join(f"{name} {value!r}" for name, value in told.items() if value is not None)
    if given:
        msg = (
            f"the clusters of run {run.id!r} were found when it was trained, so {given} cannot be chosen now; give a "
            "number of clusters, such as --k 10, to find others"
        )
        raise ParameterError(msg)


def _searched(
    dataset: Dataset, n_clusters: int, how: Clusters, scaling: Scaling | None, part: str, title: str
) -> Clustering:
    """Find clusters in the training part as a recipe's reduction does."""
    n_samples = dataset.train.n_samples
    part_of(dataset, part)  # before the search
    if not 1 <= n_clusters <= n_samples:
        msg = (
            f"the number of clusters is {n_clusters}; expected 1 to {n_samples}, the training samples of data "
            f"{dataset.name!r}"
        )
        raise ParameterError(msg)
    chosen = scaling or ("standard" if dataset.image_shape is None else "normalise")
    scaler = fit_scaler(chosen, dataset.train.features)
    seen = scaler.apply(dataset.train.features, _DTYPE)
    reduction = how.model_copy(update={"n_clusters": n_clusters, "fit_on": "train"})
    reducer = fit_reducer(reduction, seen, dataset.image_shape, _DTYPE)
    assert isinstance(reducer, Distances)
    return _clustered(dataset, part, scaler, reducer, title, n_samples)


def _clustered(
    dataset: Dataset, part: str, scaler: Scaler, reducer: Distances, title: str, n_fitted: int
) -> Clustering:
    part, samples = part_of(dataset, part)
    clusters, distances = nearest_centres(samples.features, scaler, reducer)
    return Clustering(
        title=title,
        part=part,
        scaler=scaler,
        centres=reducer.centres,
        features=samples.features,
        clusters=clusters,
        distances=distances,
        labels=None if dataset.classes is None else samples.labels,
        classes=dataset.classes or (),
        feature_names=dataset.feature_names,
        image_shape=dataset.image_shape,
        n_fitted=n_fitted,
    )
