"""What came out of a study of clusters, in sentences that are plain even where clustering does not pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.clusters.paying import payoff_sentence, soonest_sentences
from wattlab.units import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.clusters.answer import ClustersRow
    from wattlab.studies.clusters.elbow import Elbow

__all__ = ["chosen", "elbow_sentence", "silhouette_sentence", "verdicts"]

_MOST: Final = 4


def verdicts(
    rows: Sequence[ClustersRow],
    elbow: Elbow,
    peaks: Sequence[int],
    epochs: int,
    *,
    own: int | None,
) -> tuple[str, ...]:
    """Return what came out.

    Parameters
    ----------
    rows : sequence of ClustersRow
        With clusters, fewest first.
    elbow : Elbow
        Of the inertia.
    peaks : sequence of int
        Of the silhouette, highest first.
    epochs : int
        That the recipe trains at most.
    own : int or None
        Number of clusters of the recipe itself.
    """
    said = [elbow_sentence(elbow)]
    silhouette = silhouette_sentence(rows, peaks)
    said += [silhouette] if silhouette else []
    row = chosen(rows, elbow, peaks, own)
    if row is not None and row.payoff is not None:
        said.append(payoff_sentence(row.label, row.payoff, epochs))
    said += soonest_sentences(rows, epochs)
    return tuple(said)


def elbow_sentence(elbow: Elbow) -> str:
    """Return where the elbow is, and whether it is one.

    Examples
    --------
    >>> from wattlab.studies.clusters.elbow import Elbow
    >>> elbow_sentence(Elbow(n_clusters=60, clear=False, reason="with one seed alone, it moves to 90"))
    'Inertia has no clear elbow: it bends most at K = 60, but with one seed alone, it moves to 90.'
    """
    if elbow.n_clusters is None:
        return f"Inertia has no elbow: {elbow.reason}."
    if elbow.clear:
        return f"Inertia has its elbow at K = {elbow.n_clusters}."
    return f"Inertia has no clear elbow: it bends most at K = {elbow.n_clusters}, but {elbow.reason}."


def silhouette_sentence(rows: Sequence[ClustersRow], peaks: Sequence[int]) -> str:
    """Return where the silhouette is highest; empty where there is none."""
    scores = {row.n_clusters: row.silhouette.median for row in rows if row.silhouette is not None}
    if not scores:
        return ""
    best = max(scores, key=lambda count: scores[count])
    text = f"The silhouette is highest at K = {best} ({significant(scores[best])})"
    edge = (
        "smallest"
        if best == min(scores, key=_count)
        else "largest"
        if best == max(scores, key=_count)
        else ""
    )
    if edge and len(scores) > 1:
        text += f", the {edge} number tried, so one beyond it may be higher still"
    others = [str(one) for one in peaks if one != best][:_MOST]
    return f"{text}; it has further peaks at {', '.join(others)}." if others else f"{text}."


def _count(n_clusters: int | None) -> int:
    return n_clusters or 0


def chosen(
    rows: Sequence[ClustersRow], elbow: Elbow, peaks: Sequence[int], own: int | None
) -> ClustersRow | None:
    """Return the row to speak of: the recipe's own, else where inertia bends most, else the highest silhouette."""
    by_count = {row.n_clusters: row for row in rows}
    wanted = (own, elbow.n_clusters, *peaks[:1])
    return next((by_count[one] for one in wanted if one is not None and one in by_count), None)
