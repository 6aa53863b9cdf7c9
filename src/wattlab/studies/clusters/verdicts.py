"""What came out of a study of clusters, in sentences that are plain even where clustering does not pay."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from wattlab.units import format_seconds, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.clusters.answer import ClustersRow
    from wattlab.studies.clusters.elbow import Elbow
    from wattlab.studies.clusters.payoff import EnergyPayoff, Payoff

__all__ = [
    "chosen",
    "elbow_sentence",
    "epochs_text",
    "payoff_sentence",
    "silhouette_sentence",
    "soonest",
    "verdicts",
    "whole_epochs",
]

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
    first = soonest(rows)
    if first is not None and first.payoff is not None and first is not row:
        said.append(f"Soonest pays {first.label}: from {epochs_text(first.payoff.epochs)} on.")
    elif first is None and any(one.payoff is not None for one in rows):
        said.append("No number of clusters was shown to pay, however many epochs are trained.")
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


def soonest(rows: Sequence[ClustersRow]) -> ClustersRow | None:
    """Return the row that pays after fewest epochs, of those that were shown to pay."""
    paying = [row for row in rows if row.payoff is not None and row.payoff.state == "pays"]
    return min(paying, key=lambda row: (row.payoff and row.payoff.epochs) or 0.0, default=None)


def payoff_sentence(label: str, found: Payoff, epochs: int) -> str:
    """Return from which number of epochs on it pays, and whether the recipe trains as many.

    Examples
    --------
    >>> from wattlab.studies.clusters.payoff import Payoff
    >>> pays = Payoff(state="pays", extra_s=3.0, epoch_s=0.1, saved_s=0.15, epochs=20.0, low=18.0, high=25.0)
    >>> print(payoff_sentence("K = 70", pays, epochs=6))
    K = 70: preparing the data takes 3.00 s longer, and an epoch 100 ms instead of 250 ms, so it pays from 20
    epochs on (18 to 25). The recipe trains at most 6 epochs: it does not pay there.
    """
    whole_s = found.epoch_s + found.saved_s
    longer = f"{format_seconds(abs(found.extra_s))} {'longer' if found.extra_s > 0 else 'less'}"
    epoch = f"an epoch {format_seconds(found.epoch_s)} instead of {format_seconds(whole_s)}"
    begun = f"{label}: preparing the data takes {longer}, and {epoch}"
    by_energy = _energy_sentence(found.energy)
    if found.state == "never":
        return f"{begun}: it never pays.{by_energy}"
    if found.epochs is None:
        return f"{begun}: by the medians it never pays, but the difference is within the noise.{by_energy}"
    if found.state == "unknown":
        from_when = (
            f"by the medians it would pay from {epochs_text(found.epochs)} on, but that is within the noise"
        )
        return f"{begun}: {from_when}.{by_energy}"
    if found.epochs == 0:
        return f"{begun}, so it pays at once.{by_energy}"
    span = f" ({_whole(found.low)} to {_whole(found.high)})"
    pays = found.epochs <= epochs
    then = f"The recipe trains at most {epochs_text(epochs)}: it {'pays' if pays else 'does not pay'} there."
    return f"{begun}, so it pays from {epochs_text(found.epochs)} on{span}. {then}{by_energy}"


def epochs_text(epochs: float | None) -> str:
    """Return a number of epochs in words, rounded up."""
    if epochs is None:
        return "no number of epochs"
    count = whole_epochs(epochs)
    return "1 epoch" if count == 1 else f"{count:,} epochs"


def whole_epochs(epochs: float) -> int:
    """Return a number of epochs rounded up, but for what is rounding itself."""
    return ceil(round(epochs, 6))


def _whole(epochs: float | None) -> str:
    return "any number" if epochs is None else f"{whole_epochs(epochs):,}"


def _energy_sentence(found: EnergyPayoff | None) -> str:
    """Return what a sensor says; modelled energy follows processor time, and would only say the same again."""
    if found is None or found.provenance != "measured":
        return ""
    if found.epochs is None:
        return " By measured energy it never pays."
    when = "at once" if found.epochs == 0 else f"from {epochs_text(found.epochs)} on"
    return f" By measured energy it pays {when}."
