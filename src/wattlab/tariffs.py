"""Price and carbon intensity of electricity by country, from a dated table that ships: nothing is ever fetched."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Tariff", "countries", "tariff"]

_CLOSE: Final = 0.75
_MOST_NEAR: Final = 4


@dataclass(frozen=True, slots=True)
class Tariff:
    """What electricity costs and emits in a country.

    Attributes
    ----------
    country : str
        ISO 3166 alpha-2.
    name : str
        The country in English.
    currency : str
        ISO 4217.
    price_per_kWh : float
        Mean price of a household, taxes included, in `currency`.
    g_CO2e_per_kWh : float
        Emissions of the country's generation. Unit: g/kWh.
    price_origin, intensity_origin : str
        Table, country, source and year of the two figures.
    """

    country: str
    name: str
    currency: str
    price_per_kWh: float
    g_CO2e_per_kWh: float
    price_origin: str
    intensity_origin: str


def tariff(country: str) -> Tariff:
    """Return a country's figures.

    Parameters
    ----------
    country : str
        ISO 3166 alpha-2, such as "DE".

    Raises
    ------
    ValueError
        The table does not have it; the message names those that are near.

    Examples
    --------
    >>> tariff("DE").currency, tariff("DE").price_origin
    ('EUR', 'country table of 2026-11, DE: Eurostat nrg_pc_204, 2025-S2')
    """
    table = _table()
    if country not in table["countries"]:
        msg = f"{country!r} is not in the country table; {_near(country, table)}"
        raise ValueError(msg)
    row = table["countries"][country]
    return Tariff(
        country=country,
        name=row["name"],
        currency=row["currency"],
        price_per_kWh=float(row["price_per_kWh"]),
        g_CO2e_per_kWh=float(row["g_CO2e_per_kWh"]),
        price_origin=_origin(country, row["price"], table),
        intensity_origin=_origin(country, row["intensity"], table),
    )


def countries() -> dict[str, str]:
    """Return the names of all countries of the table, by code."""
    return {code: row["name"] for code, row in _table()["countries"].items()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("wattlab").joinpath("tariffs.toml").read_text(encoding="utf-8"))


def _origin(country: str, source: list[str], table: Mapping[str, Any]) -> str:
    name, year = source
    return f"country table of {table['date']}, {country}: {table['sources'][name]}, {year}"


def _near(country: str, table: Mapping[str, Any]) -> str:
    """Return a question that names countries written like this one, or else all codes."""
    names = {row["name"].upper(): code for code, row in table["countries"].items()}
    codes = {code: code for code in table["countries"]}
    written = {**names, **codes, **table["written_instead"]}
    found = get_close_matches(country.upper(), written, _MOST_NEAR, _CLOSE)
    near = dict.fromkeys(written[spelling] for spelling in found)
    if near:
        named = [f"{code} ({table['countries'][code]['name']})" for code in near]
        return f"is it {' or '.join(named)}?"
    return f"it has {', '.join(codes)}; elsewhere set price_per_kWh, currency and g_CO2e_per_kWh"
