from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import wattlab.tariffs
from wattlab.tariffs import countries, tariff

EU = [
    "AT",
    "BE",
    "BG",
    "HR",
    "CY",
    "CZ",
    "DK",
    "EE",
    "FI",
    "FR",
    "DE",
    "GR",
    "HU",
    "IE",
    "IT",
    "LV",
    "LT",
    "LU",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SK",
    "SI",
    "ES",
    "SE",
]
MORE = ["GB", "CH", "NO", "US", "CA", "BR", "MX", "AU", "NZ", "JP", "KR", "CN", "IN", "ZA", "IL", "TR"]
# Units of the national currency for one euro, to an order of magnitude: a price in the wrong unit stands out.
PER_EUR = {
    **dict.fromkeys(("AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "SGD", "USD"), 1),
    **dict.fromkeys(("BRL", "CNY", "DKK", "ILS", "PLN", "RON"), 6),
    **dict.fromkeys(("MXN", "NOK", "SEK", "ZAR", "CZK"), 20),
    **dict.fromkeys(("INR", "RSD", "TRY", "TWD", "THB", "UAH"), 60),
    **dict.fromkeys(("HUF", "ISK", "JPY"), 200),
    **dict.fromkeys(("CLP", "KRW"), 1300),
    "IDR": 18_000,
}


def test_all_of_the_european_union_and_its_partners_are_there() -> None:
    assert set(EU + MORE) <= set(countries())


@pytest.mark.parametrize("country", countries())
def test_figures_are_plausible_and_say_source_and_year(country: str) -> None:
    found = tariff(country)
    assert re.fullmatch("[A-Z]{2}", country)
    assert re.fullmatch("[A-Z]{3}", found.currency)
    assert 0.03 < found.price_per_kWh / PER_EUR[found.currency] < 0.8
    assert 10 < found.g_CO2e_per_kWh < 1000
    for origin in (found.price_origin, found.intensity_origin):
        assert re.fullmatch(rf"country table of 2026-11, {country}: .+, 20\d\d(-(S[12]|\d\d))?", origin)


def test_figures_are_those_of_the_sources() -> None:
    germany, sweden = tariff("DE"), tariff("SE")
    assert (germany.price_per_kWh, germany.currency, germany.g_CO2e_per_kWh) == (0.3869, "EUR", 330)
    assert (sweden.price_per_kWh, sweden.currency, sweden.g_CO2e_per_kWh) == (2.992, "SEK", 35)
    assert tariff("GB").price_per_kWh == pytest.approx(1069.34 / 3400, abs=1e-4)


def test_every_source_is_explained_in_the_tables_head() -> None:
    text = Path(wattlab.tariffs.__file__).with_suffix(".toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    used = {row[of][0] for row in table["countries"].values() for of in ("price", "intensity")}
    assert used == set(table["sources"])
    assert all(re.search(rf"^# {source} ", text, re.MULTILINE) for source in used)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("UK", "GB"), ("EL", "GR"), ("germany", "DE"), ("Deutschland", ""), ("de", "DE"), ("XX", ""), ("", "")],
)
def test_an_unknown_country_gets_the_near_ones_or_all(written: str, meant: str) -> None:
    with pytest.raises(ValueError, match="not in the country table") as caught:
        tariff(written)
    message = str(caught.value)
    if meant:
        assert re.search(rf"is it .*{meant} \(", message)
    else:
        assert "AT, AU, BE" in message
        assert "set price_per_kWh" in message
