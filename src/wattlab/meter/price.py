"""What energy costs in money and in carbon dioxide, by the user's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.units import JOULES_PER_KWH

if TYPE_CHECKING:
    from wattlab.meter.quantity import Quantity
    from wattlab.settings import Settings


def money(energy: Quantity, settings: Settings) -> Quantity:
    """Return the price of an energy.

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
    return _per_kWh(energy, price, currency, note)


def co2e(energy: Quantity, settings: Settings) -> Quantity:
    """Return the carbon dioxide equivalent of an energy.

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
    return _per_kWh(energy, grams, "g", f"{grams:g} g CO2e/kWh: {settings.origin('g_CO2e_per_kWh')}")


def _per_kWh(energy: Quantity, factor: float, unit: str, note: str) -> Quantity:
    if energy.unit != "J":
        msg = f"the energy is in {energy.unit!r}; expected 'J'"
        raise ValueError(msg)
    return energy.times(factor / JOULES_PER_KWH, unit, note)
