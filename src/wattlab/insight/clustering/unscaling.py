"""Scaling undone, so that a centre can be looked at as what was scaled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.data.scaling import Bytes, MinMax, Normalise, NoScaling, Standard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.clustering.clustering import Clustering

__all__ = ["NORMALISED", "unscaled_centres"]

NORMALISED: Final = (
    "each sample was divided by its norm before clusters were found; a centroid is shown times the mean norm of its "
    "members"
)


def unscaled_centres(found: Clustering) -> NDArray[np.float64]:
    """Return the centres in the units of the data set, shape (n_clusters, n_features).

    Exact for every scaling but "normalise", of which each sample has a factor of its own: there a centre is multiplied
    by the mean norm of its members, and by that of all samples where it has none.
    """
    centres = np.asarray(found.centres, np.float64)
    match found.scaler:
        case NoScaling():
            return centres
        case Bytes():
            return centres * 255
        case Standard(mean=mean, scale=scale):
            return centres * scale + mean
        case MinMax(minimum=minimum, range=width):
            return centres * width + minimum
        case Normalise():
            return centres * _mean_norms(found.features, found.clusters, len(centres))[:, None]
        case _:
            msg = f"{type(found.scaler).__name__} is not a scaling that is known here"
            raise TypeError(msg)


def _mean_norms(
    features: NDArray[Any], clusters: NDArray[np.int64], n_clusters: int, block: int = 8192
) -> NDArray[np.float64]:
    blocks = (features[start : start + block] for start in range(0, len(features), block))
    norms = np.concatenate([np.linalg.norm(np.asarray(one, np.float64), axis=1) for one in blocks])
    counts = np.bincount(clusters, minlength=n_clusters)
    sums = np.bincount(clusters, norms, minlength=n_clusters)
    return np.where(counts > 0, sums / np.maximum(counts, 1), norms.mean())
