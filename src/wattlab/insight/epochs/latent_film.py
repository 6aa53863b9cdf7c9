"""Codes of the same samples after each epoch, in one plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.insight.cutting import up_to
from wattlab.insight.epochs.course import course_of
from wattlab.insight.epochs.film import LatentFilm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.insight.epochs.weights import EpochWeights
    from wattlab.insight.subject import Subject

__all__ = ["latent_film"]

_MOST_SAMPLES: Final = 1000


def latent_film(subject: Subject, part: str, layer: str, found: EpochWeights) -> LatentFilm:
    """Return what comes out of a layer after each epoch.

    Parameters
    ----------
    subject : Subject
        Any run.
    part : {"test", "validation", "training"}
        Whose samples; a thousand of them at most, by lot.
    layer : str
        Of two nodes or more; of more than two, the plane is that of the main axes after the last epoch.
    found : EpochWeights
        Of that run.
    """
    name, samples = subject.opened(part)
    rows = np.sort(np.random.default_rng(0).permutation(samples.n_samples)[:_MOST_SAMPLES])
    features = samples.features[rows]
    codes = [np.asarray(up_to(found.model_at(epoch), layer)(features), np.float64) for epoch in found.epochs]
    flat, axes, note = _in_a_plane(codes)
    classes = subject.dataset.classes
    chosen = f", {len(rows):,} of {samples.n_samples:,} samples" if len(rows) < samples.n_samples else ""
    return LatentFilm(
        run=subject.run.id,
        epochs=np.array(found.epochs),
        course=course_of(subject.run),
        notes=(f"{name} part{chosen}", f"layer {layer!r}{note}", found.note),
        codes=flat,
        axes=axes,
        groups=None if classes is None else samples.labels[rows],
        classes=classes or (),
    )


def _in_a_plane(
    codes: Sequence[NDArray[np.float64]],
) -> tuple[NDArray[np.float64], tuple[str, str], str]:
    """Return codes of two numbers, what those are, and how the plane was chosen."""
    stacked, width = np.stack(codes), codes[0].shape[1]
    if width == 2:
        return stacked, ("code 0", "code 1"), ""
    from sklearn.decomposition import PCA

    fitted = PCA(n_components=2, random_state=0).fit(stacked[-1])
    flat = (stacked - fitted.mean_) @ fitted.components_.T
    shares = fitted.explained_variance_ratio_
    note = f", {width} numbers in the plane of the main axes after the last epoch ({shares.sum():.0%} of the variance)"
    return flat, (f"main axis 1 ({shares[0]:.0%})", f"main axis 2 ({shares[1]:.0%})"), note
