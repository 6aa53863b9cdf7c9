"""One clustering in the terminal: a row for each cluster."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.columns import Cell, Column
from wattlab.units import significant
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from wattlab.insight.clustering import Clustering, Composition, Silhouette

__all__ = ["print_clustering"]

_MORE: Final = "Figures: -o FILE with --what centroids, silhouette, members or classes. Numbers: --json"
_ABSENT: Final = Cell("–")
_SHARING: Final = 3
_LEAST_SHARE: Final = 0.05


def print_clustering(
    found: Clustering, silhouettes: Silhouette, shares: Composition | None, console: Console | None = None
) -> None:
    """Print how large, how tight and how pure each cluster is, and which classes share it.

    Parameters
    ----------
    found : Clustering
        Any.
    silhouettes : Silhouette
        Of its samples.
    shares : Composition or None
        None where the data has no classes.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    print_answer(
        (f"{found.n_clusters} cluster{'s' * (found.n_clusters != 1)} of {found.title}", found.circumstances),
        _columns(found, silhouettes, shares),
        [("answer", Remark("", one)) for one in _told(found, silhouettes, shares)],
        _foot(silhouettes),
        console,
        more=_MORE,
    )


def _columns(found: Clustering, silhouettes: Silhouette, shares: Composition | None) -> tuple[Column, ...]:
    counts = found.counts
    sums = np.bincount(found.clusters, found.distances, minlength=found.n_clusters)
    means = [_number(total / count) if count else _ABSENT for total, count in zip(sums, counts, strict=True)]
    columns = [
        _column("cluster", (Cell(str(place)) for place in range(found.n_clusters))),
        _column("samples", (Cell(f"{count:,}") for count in counts), right=True),
        _column("share", (Cell(f"{count / found.n_samples:.1%}") for count in counts), right=True),
        _column("mean distance", means, right=True),
        _column("silhouette", (_score(value) for value in silhouettes.means), right=True),
    ]
    if shares is not None:
        columns.append(_column("purity", (_score(value) for value in shares.purities), right=True))
        columns.append(_column("classes", (Cell(_classes(shares, row)) for row in range(found.n_clusters))))
    return tuple(columns)


def _column(heading: str, cells: Iterable[Cell], *, right: bool = False) -> Column:
    return Column(heading, tuple(cells), "right" if right else "left")


def _number(value: float) -> Cell:
    return Cell(significant(value))


def _score(value: float) -> Cell:
    return _ABSENT if isnan(value) else Cell(f"{value:.3f}")


def _classes(shares: Composition, cluster: int) -> str:
    """Return the classes that share a cluster, the main one first."""
    counts = shares.counts[cluster]
    total = int(counts.sum())
    if not total:
        return "no sample"
    first = np.argsort(-counts, kind="stable")[:_SHARING]
    kept = [one for place, one in enumerate(first) if not place or counts[one] / total >= _LEAST_SHARE]
    return ", ".join(f"{shares.classes[one]} {counts[one] / total:.0%}" for one in kept)


def _told(found: Clustering, silhouettes: Silhouette, shares: Composition | None) -> list[str]:
    told = [f"inertia {significant(found.inertia)} (sum of squared distances to the nearest centre)."]
    if silhouettes.reason:
        told.append(f"no silhouette: {silhouettes.reason}.")
    else:
        told.append(f"mean silhouette {silhouettes.mean:.3f}.")
    if shares is None:
        told.append("the data has no classes to hold the clusters against.")
        return told
    told.append(
        f"purity {shares.purity:.3f}, homogeneity {shares.homogeneity:.3f}, completeness "
        f"{shares.completeness:.3f}, V-measure {shares.v_measure:.3f}, adjusted Rand index {shares.adjusted_rand:.3f}."
    )
    return told


def _foot(silhouettes: Silhouette) -> tuple[str, ...]:
    if silhouettes.reason or silhouettes.is_exact:
        return ()
    return (f"Silhouettes are found from {len(silhouettes.rows):,} samples, chosen at random.",)
