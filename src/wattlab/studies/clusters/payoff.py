"""From which number of epochs on fewer inputs pay for what it costs to get them."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal

from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from wattlab.meter.quantity import Provenance, Quantity
    from wattlab.meter.statistics import Estimate

__all__ = ["EnergyPayoff", "Payoff", "energy_payoff", "payoff"]

State = Literal["pays", "unknown", "never"]


class EnergyPayoff(Frozen):
    """The same question by energy."""

    extra_J: float
    """What preparing the data takes more than with all features; negative: less. Unit: J."""
    saved_J: float
    """What an epoch takes less; negative: more. Unit: J."""
    epochs: float | None
    """From which number of epochs on less energy is used; None: from none on."""
    provenance: Literal["measured", "modelled"]


class Payoff(Frozen):
    """What a reduction costs before the first epoch, and what each epoch gives back."""

    state: State
    """pays: an epoch is quicker beyond its noise, or nothing is to be paid back; never: it is slower beyond its noise;
    unknown: neither was shown."""
    extra_s: float
    """What preparing the data takes longer than with all features; negative: shorter. Unit: s."""
    epoch_s: float
    """Training time of an epoch with fewer inputs, evaluation excluded. Unit: s."""
    saved_s: float
    """What that is less than with all features; negative: more. Unit: s."""
    epochs: float | None
    """From which number of epochs on time is saved, by the medians; None: from none on."""
    low: float | None
    """At the quick end of the interval of an epoch's ratio; None as above."""
    high: float | None
    """At its slow end; None: from none on."""
    energy: EnergyPayoff | None = None
    """None where an energy is missing."""


def payoff(
    extra_s: float, whole_epoch_s: float, ratio: Estimate, energy: EnergyPayoff | None = None
) -> Payoff:
    """Return from which number of epochs on a reduction pays.

    Parameters
    ----------
    extra_s : float
        What preparing the data takes longer than with all features. Unit: s.
    whole_epoch_s : float
        Training time of an epoch with all features. Unit: s.
    ratio : Estimate
        Time of a step with fewer inputs over that with all features.
    energy : EnergyPayoff, optional
        The answer by energy.

    Examples
    --------
    >>> from wattlab.meter.statistics import Estimate
    >>> ratio = Estimate(median=0.5, low=0.4, high=0.6, unit="", n=5, level=0.9)
    >>> found = payoff(3.0, 0.2, ratio)
    >>> found.state, round(found.epochs), round(found.low), round(found.high)
    ('pays', 30, 25, 37)
    """
    saved_s, most_s, least_s = (whole_epoch_s * (1 - one) for one in (ratio.median, ratio.low, ratio.high))
    known = ratio.level > 0
    state: State = "unknown"
    if (known and least_s > 0) or (extra_s <= 0 and saved_s >= 0):
        state = "pays"
    elif known and most_s < 0 and extra_s >= 0:
        state = "never"
    return Payoff(
        state=state,
        extra_s=extra_s,
        epoch_s=whole_epoch_s * ratio.median,
        saved_s=saved_s,
        epochs=_finite(_even(extra_s, saved_s)),
        low=_finite(_even(extra_s, most_s)),
        high=_finite(_even(extra_s, least_s)),
        energy=energy,
    )


def energy_payoff(
    preparations: tuple[Quantity, Quantity], samples: tuple[Quantity, Quantity], epoch_samples: int
) -> EnergyPayoff | None:
    """Return the answer by energy; None where an energy is missing.

    Parameters
    ----------
    preparations : (Quantity, Quantity)
        Of preparing the data: with fewer inputs, and with all features. Unit: J.
    samples : (Quantity, Quantity)
        Of a sample's training, likewise. Unit: J.
    epoch_samples : int
        Samples that an epoch trains on.
    """
    values = [one.value for one in (*preparations, *samples)]
    extra_J, saved_J = 0.0, 0.0
    match values:
        case [float(reduced_J), float(whole_J), float(sample_J), float(whole_sample_J)]:
            extra_J, saved_J = reduced_J - whole_J, epoch_samples * (whole_sample_J - sample_J)
        case _:
            return None
    kinds: set[Provenance] = {one.provenance for one in (*preparations, *samples)}
    return EnergyPayoff(
        extra_J=extra_J,
        saved_J=saved_J,
        epochs=_finite(_even(extra_J, saved_J)),
        provenance="measured" if kinds == {"measured"} else "modelled",
    )


def _even(extra: float, saved: float) -> float:
    """Return after how many epochs what was paid first is saved; infinite: never."""
    if extra <= 0:
        return 0.0 if saved >= 0 else inf
    return extra / saved if saved > 0 else inf


def _finite(epochs: float) -> float | None:
    return None if epochs == inf else epochs
