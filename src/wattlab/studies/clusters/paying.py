"""Whether fewer inputs pay, and with how many clusters soonest, in sentences that never rank what is not told apart."""

from __future__ import annotations

from math import ceil, inf
from typing import TYPE_CHECKING

from wattlab.studies.clusters.payoff import Payoff
from wattlab.units import format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.clusters.answer import ClustersRow
    from wattlab.studies.clusters.payoff import EnergyPayoff, Even

__all__ = ["epochs_text", "payoff_sentence", "soonest", "soonest_sentences", "span_text", "whole_epochs"]


def soonest(rows: Sequence[ClustersRow]) -> tuple[ClustersRow, ...]:
    """Return the row that was shown to pay after fewest epochs, by the medians, and those not told apart from it."""
    paying = [(row, row.payoff) for row in rows if row.payoff is not None and row.payoff.state == "pays"]
    if not paying:
        return ()
    _, first = min(paying, key=lambda one: one[1].epochs or 0.0)
    return tuple(row for row, found in paying if found is first or (found.low or 0.0) <= _upper(first))


def soonest_sentences(rows: Sequence[ClustersRow], epochs: int) -> tuple[str, ...]:
    """Return with how many clusters it pays soonest, and whether it pays with any within the recipe's epochs.

    Parameters
    ----------
    rows : sequence of ClustersRow
        With clusters, fewest first.
    epochs : int
        That the recipe trains at most.
    """
    known = [row.payoff for row in rows if row.payoff is not None]
    if not known:
        return ()
    first = soonest(rows)
    within = any(one.state == "pays" and (one.low or 0.0) <= epochs for one in known)
    here = () if within else (f"No number of them was shown to pay here: {_trains(epochs)}.",)
    if not first:
        return ("No number of clusters was shown to pay, however many epochs are trained.", *here)
    return (_soonest_sentence(first), *here)


def _soonest_sentence(rows: Sequence[ClustersRow]) -> str:
    if len(rows) == 1 and isinstance(rows[0].payoff, Payoff):
        found = rows[0].payoff
        return f"Soonest pays {rows[0].label}: from {epochs_text(found.epochs)} on{_in_brackets(found)}."
    counts = ", ".join(str(row.n_clusters) for row in rows)
    return f"Soonest to pay: no difference shown among K = {counts}."


def payoff_sentence(label: str, found: Payoff, epochs: int) -> str:
    """Return from which number of epochs on it pays, and whether the recipe trains as many.

    Examples
    --------
    >>> pays = Payoff(state="pays", extra_s=3.0, epoch_s=0.1, saved_s=0.15, epochs=20.0, low=18.0, high=25.0)
    >>> print(payoff_sentence("K = 70", pays, epochs=6))
    K = 70: preparing the data takes 3.00 s longer, and an epoch 100 ms instead of 250 ms, so it pays from 20
    epochs on (18–25). It does not pay here: the recipe trains 6 epochs at most.
    """
    whole_s = found.epoch_s + found.saved_s
    longer = f"{format_seconds(abs(found.extra_s))} {'longer' if found.extra_s > 0 else 'less'}"
    epoch = f"an epoch {format_seconds(found.epoch_s)} instead of {format_seconds(whole_s)}"
    begun = f"{label}: preparing the data takes {longer}, and {epoch}"
    return f"{begun}{_from_when(found)}{_here(found, epochs)}{_energy_sentence(found.energy)}"


def _from_when(found: Payoff) -> str:
    if found.state == "never":
        return ": it never pays."
    if found.epochs is None:
        return ": by the medians it never pays, but the difference is within the noise."
    if found.state == "unknown":
        return f": by the medians it would pay from {epochs_text(found.epochs)} on, but that is within the noise."
    if found.epochs == 0:
        return ", so it pays at once."
    return f", so it pays from {epochs_text(found.epochs)} on{_in_brackets(found)}."


def _here(found: Payoff, epochs: int) -> str:
    """Return whether it pays in as many epochs as the recipe trains; nothing where that was said already."""
    if found.state == "never" or found.epochs == 0:
        return ""
    if found.state == "unknown":
        verdict = "It was not shown to pay here"
    elif (found.low or 0.0) <= epochs < _upper(found):
        verdict = "Whether it pays here is within the noise"
    else:
        verdict = "It pays here" if _upper(found) <= epochs else "It does not pay here"
    return f" {verdict}: {_trains(epochs)}."


def _trains(epochs: int) -> str:
    return f"the recipe trains {epochs_text(epochs)} at most"


def epochs_text(epochs: float | None) -> str:
    """Return a number of epochs in words, rounded up."""
    if epochs is None:
        return "no number of epochs"
    count = whole_epochs(epochs)
    return "1 epoch" if count == 1 else f"{count:,} epochs"


def whole_epochs(epochs: float) -> int:
    """Return a number of epochs rounded up, but for what is rounding itself; 1 at least.

    Examples
    --------
    >>> whole_epochs(0.0), whole_epochs(2.0000000001), whole_epochs(12.3)
    (1, 2, 13)
    """
    return max(1, ceil(round(epochs, 6)))


def span_text(found: Even) -> str:
    """Return the interval of the number of epochs, such as 11–15; nothing where both ends are the same.

    Examples
    --------
    >>> from wattlab.studies.clusters.payoff import Even
    >>> span_text(Even(state="pays", epochs=12.5, low=10.2, high=15.0)), span_text(
    ...     Even(state="unknown", epochs=9.0, low=4.0, high=None)
    ... )
    ('11–15', '4–∞')
    """
    low, high = (None if one is None else whole_epochs(one) for one in (found.low, found.high))
    if low == high:
        return ""
    return "–".join("∞" if one is None else f"{one:,}" for one in (low, high))


def _in_brackets(found: Even) -> str:
    text = span_text(found)
    return f" ({text})" if text else ""


def _upper(found: Even) -> float:
    return inf if found.high is None else found.high


def _energy_sentence(found: EnergyPayoff | None) -> str:
    """Return what a sensor says, held to its own noise."""
    if found is None:
        return ""
    if found.state == "unknown":
        return " By measured energy that is within the noise."
    if found.state == "never" or found.epochs is None:
        return " By measured energy it never pays."
    when = "at once" if found.epochs == 0 else f"from {epochs_text(found.epochs)} on{_in_brackets(found)}"
    return f" By measured energy it pays {when}."
