"""What energy costs in money and in carbon dioxide, by the user's settings, and what is lost around the machine.

Losses of the power supply and of the building are figures of their own and never part of the energy. They are off
unless the settings name them; then price and CO2e include them, and say so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wattlab.meter.quantity import total
from wattlab.units import JOULES_PER_KWH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.meter.quantity import Quantity
    from wattlab.settings import Settings

__all__ = ["PUE_OVERHEAD", "SUPPLY_LOSS", "co2e", "money", "surcharges"]

SUPPLY_LOSS: Final = "supply loss"
PUE_OVERHEAD: Final = "PUE overhead"
# What these count has passed the power supply already, or has none.
_BEFORE_THE_SUPPLY: Final = {
    "plug": "a wall plug counts it already",
    "battery": "a battery has no power supply",
}


def money(energy: Quantity, settings: Settings) -> Quantity:
    """Return the price of an energy and of its surcharges.

    Parameters
    ----------
    energy : Quantity
        In J; its provenance and interval carry over.
    settings : Settings
        Price and currency; the note names their source.

    Returns
    -------
    Quantity
        In the settings' currency.

    Examples
    --------
    >>> from wattlab.meter.quantity import measured
    >>> from wattlab.settings import Settings
    >>> print(money(measured(3.6e6, "J", "rapl:package-0"), Settings()))
    0.30 EUR measured
    """
    price, currency = settings.energy.price_per_kWh, settings.energy.currency
    note = f"{price:g} {currency}/kWh: {settings.origin('price_per_kWh')}"
    return _per_kWh(energy, settings, price, currency, note)


def co2e(energy: Quantity, settings: Settings) -> Quantity:
    """Return the carbon dioxide equivalent of an energy and of its surcharges.

    Parameters
    ----------
    energy : Quantity
        In J; its provenance and interval carry over.
    settings : Settings
        Grams per kilowatt-hour; the note names their source.

    Returns
    -------
    Quantity
        In g.
    """
    grams = settings.energy.g_CO2e_per_kWh
    note = f"{grams:g} g CO2e/kWh: {settings.origin('g_CO2e_per_kWh')}"
    return _per_kWh(energy, settings, grams, "g", note)


def surcharges(energy: Quantity, settings: Settings) -> dict[str, Quantity]:
    """Return what is drawn from the grid around an energy: lost in the power supply, and spent by the building.

    Parameters
    ----------
    energy : Quantity
        In J, gross.
    settings : Settings
        `supply_loss` and `pue`; one that is left at its default has no entry.

    Returns
    -------
    dict of str to Quantity
        `SUPPLY_LOSS` and `PUE_OVERHEAD`, modelled, in J, the formula in the note. With the loss l and the PUE p::

            supply loss  = energy * l / (1 - l)
            PUE overhead = (energy + supply loss) * (p - 1)

        A wall plug counts before the supply, and a battery feeds no supply: their loss is 0 J, with that as the note.

    Examples
    --------
    >>> from wattlab.meter.quantity import measured
    >>> from wattlab.settings import EnergySettings, Settings
    >>> settings = Settings(energy=EnergySettings(supply_loss=0.1, pue=1.5))
    >>> for name, lost in surcharges(measured(90.0, "J", "rapl:package-0"), settings).items():
    ...     print(name, lost)
    supply loss 10.0 J modelled
    PUE overhead 50.0 J modelled
    """
    loss, pue = settings.energy.supply_loss, settings.energy.pue
    found: dict[str, Quantity] = {}
    drawn = energy
    if loss > 0:
        found[SUPPLY_LOSS] = _supply_loss(energy, loss)
        drawn = energy + found[SUPPLY_LOSS]
    if pue > 1:
        base = "energy" if drawn is energy else "(energy + supply loss)"
        found[PUE_OVERHEAD] = _modelled(drawn, pue - 1, "model:pue", f"{base} * ({pue:g} - 1)")
    return found


def _supply_loss(energy: Quantity, loss: float) -> Quantity:
    sources = {sensor.partition(":")[0] for sensor in energy.sensor.split(" + ")}
    for source in sources & _BEFORE_THE_SUPPLY.keys():
        return _modelled(energy, 0.0, "model:supply", _BEFORE_THE_SUPPLY[source])
    return _modelled(energy, loss / (1 - loss), "model:supply", f"energy * {loss:g} / (1 - {loss:g})")


def _modelled(energy: Quantity, factor: float, sensor: str, formula: str) -> Quantity:
    if energy.is_missing:
        return energy
    return replace(energy.times(factor, "J"), provenance="modelled", sensor=sensor, note=formula)


def _per_kWh(energy: Quantity, settings: Settings, factor: float, unit: str, note: str) -> Quantity:
    if energy.unit != "J":
        msg = f"the energy is in {energy.unit!r}; expected 'J'"
        raise ValueError(msg)
    return _drawn(energy, surcharges(energy, settings)).times(factor / JOULES_PER_KWH, unit, note)


def _drawn(energy: Quantity, extra: Mapping[str, Quantity]) -> Quantity:
    """Return all that is drawn from the grid; the formulas stay with the surcharges."""
    if energy.is_missing or not extra:
        return energy
    whole = total([energy, *extra.values()], "J")
    return replace(whole, note=energy.note).with_note(f"{' and '.join(extra)} included")
