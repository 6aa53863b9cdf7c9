"""From which number of epochs on fewer inputs pay for what it costs to get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wattlab.meter.quantity import Quantity
from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from wattlab.meter.statistics import Estimate

__all__ = ["EnergyPayoff", "Even", "Payoff", "energy_payoff", "is_measured", "payoff"]

State = Literal["pays", "unknown", "never"]


class Even(Frozen):
    """From which number of epochs on something is saved."""

    state: State
    """pays: an epoch takes less beyond its noise, or nothing is to be paid back; never: it takes more beyond its noise;
    unknown: neither was shown."""
    epochs: float | None
    """From which number on, by the medians; None: from none on."""
    low: float | None
    """At the lower end of the interval of an epoch's ratio; None as above."""
    high: float | None
    """At its upper end; None: from none on."""


class EnergyPayoff(Even):
    """The same question by measured energy: what is modelled follows the time, and tells nothing of its own."""

    extra_J: float
    """What preparing the data takes more than with all features; negative: less. Unit: J."""
    saved_J: float
    """What an epoch takes less; negative: more. Unit: J."""


class Payoff(Even):
    """What a reduction costs before the first epoch, and what each epoch gives back, in time."""

    extra_s: float
    """What preparing the data takes longer than with all features; negative: shorter. Unit: s."""
    epoch_s: float
    """Training time of an epoch with fewer inputs, evaluation excluded. Unit: s."""
    saved_s: float
    """What that is less than with all features; negative: more. Unit: s."""
    energy: EnergyPayoff | None = None
    """None where an energy is missing or not measured."""


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
    return Payoff(
        **_even(extra_s, whole_epoch_s, ratio).model_dump(),
        extra_s=extra_s,
        epoch_s=whole_epoch_s * ratio.median,
        saved_s=whole_epoch_s * (1 - ratio.median),
        energy=energy,
    )


def energy_payoff(
    preparations: tuple[Quantity | None, Quantity | None], whole_epoch: Quantity, ratio: Estimate | None
) -> EnergyPayoff | None:
    """Return the answer by energy; None where one is missing or not measured.

    Parameters
    ----------
    preparations : (Quantity or None, Quantity or None)
        Of preparing the data: with fewer inputs, and with all features. Unit: J.
    whole_epoch : Quantity
        Of training an epoch with all features. Unit: J.
    ratio : Estimate or None
        Measured energy of a sample's training with fewer inputs over that with all features.
    """
    reduced, whole = preparations
    if ratio is None or not all(is_measured(one) for one in (reduced, whole, whole_epoch)):
        return None
    match reduced, whole, whole_epoch.value:
        case Quantity(value=float(reduced_J)), Quantity(value=float(whole_J)), float(epoch_J):
            extra_J = reduced_J - whole_J
            found = _even(extra_J, epoch_J, ratio).model_dump()
            return EnergyPayoff(**found, extra_J=extra_J, saved_J=epoch_J * (1 - ratio.median))
    return None


def is_measured(quantity: Quantity | None) -> bool:
    """Tell whether a quantity is known from a sensor."""
    return quantity is not None and quantity.value is not None and quantity.provenance == "measured"


def _even(extra: float, whole_epoch: float, ratio: Estimate) -> Even:
    """Return after how many epochs what was paid first is saved, if an epoch costs `ratio` times `whole_epoch`."""
    saved, most, least = (whole_epoch * (1 - one) for one in (ratio.median, ratio.low, ratio.high))
    known = ratio.level > 0
    state: State = "unknown"
    if (known and least > 0) or (extra <= 0 and saved >= 0):
        state = "pays"
    elif known and most < 0 and extra >= 0:
        state = "never"
    epochs, low, high = (_epochs(extra, one) for one in (saved, most, least))
    return Even(state=state, epochs=epochs, low=low, high=high)


def _epochs(extra: float, saved: float) -> float | None:
    if extra <= 0:
        return 0.0 if saved >= 0 else None
    return extra / saved if saved > 0 else None
