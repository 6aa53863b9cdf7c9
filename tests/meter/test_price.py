from __future__ import annotations

import pytest

from wattlab.meter import measured, missing, modelled
from wattlab.meter.price import co2e, money
from wattlab.settings import EnergySettings, Settings

MINE = Settings(
    energy=EnergySettings(price_per_kWh=0.25, currency="USD", g_CO2e_per_kWh=40.0), source="~/config.toml"
)


def test_money_follows_the_energy_and_names_its_price() -> None:
    price = money(modelled(7.2e6, "J", "model:tdp", (3.6e6, 14.4e6)), MINE)
    assert price.value == pytest.approx(0.5)
    assert (price.unit, price.provenance) == ("USD", "modelled")
    assert price.interval == pytest.approx((0.25, 1.0))
    assert price.note == "0.25 USD/kWh: ~/config.toml"


def test_co2e_follows_the_energy_and_names_its_intensity() -> None:
    mass = co2e(measured(3.6e6, "J", "rapl:package-0"), MINE)
    assert mass.value == pytest.approx(40.0)
    assert (mass.unit, mass.provenance) == ("g", "measured")
    assert mass.note == "40 g CO2e/kWh: ~/config.toml"


def test_a_default_is_named_as_an_assumption_with_its_date() -> None:
    for result in (money(measured(1.0, "J", "a"), Settings()), co2e(measured(1.0, "J", "a"), Settings())):
        assert "2026-11" in result.note
        assert "assumption" in result.note


def test_missing_energy_has_no_price() -> None:
    assert money(missing("J", "no sensor"), MINE) == missing("USD", "no sensor")
    assert co2e(missing("J", "no sensor"), MINE) == missing("g", "no sensor")


def test_only_energy_has_a_price() -> None:
    with pytest.raises(ValueError, match="expected 'J'"):
        money(measured(1.0, "s", "clock"), MINE)
