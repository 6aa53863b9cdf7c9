from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from wattlab.meter import measured, missing, modelled
from wattlab.meter.price import PUE_OVERHEAD, SUPPLY_LOSS, co2e, money, surcharges
from wattlab.settings import EnergySettings, Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path

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


LOSSY = Settings(energy=EnergySettings(price_per_kWh=0.3, pue=1.5, supply_loss=0.1))
PACKAGE = measured(90.0, "J", "rapl:package-0", (81.0, 99.0), "counted")


def test_surcharges_are_off_by_default() -> None:
    assert surcharges(PACKAGE, MINE) == {}
    assert "included" not in money(PACKAGE, MINE).note


def test_supply_loss_and_pue_are_modelled_figures_with_their_formula() -> None:
    found = surcharges(PACKAGE, LOSSY)
    assert list(found) == [SUPPLY_LOSS, PUE_OVERHEAD]
    loss, overhead = found.values()
    assert (loss.value, overhead.value) == pytest.approx((10.0, 50.0))
    assert loss.interval == pytest.approx((9.0, 11.0))
    assert overhead.interval == pytest.approx((45.0, 55.0))
    assert (loss.provenance, overhead.provenance) == ("modelled", "modelled")
    assert (loss.note, overhead.note) == ("energy * 0.1 / (1 - 0.1)", "(energy + supply loss) * (1.5 - 1)")


def test_pue_alone_is_of_the_energy() -> None:
    found = surcharges(PACKAGE, Settings(energy=EnergySettings(pue=1.2)))
    assert found.keys() == {PUE_OVERHEAD}
    assert found[PUE_OVERHEAD].value == pytest.approx(18.0)
    assert found[PUE_OVERHEAD].note == "energy * (1.2 - 1)"


@pytest.mark.parametrize(
    ("sensor", "why"), [("plug:desk", "wall plug counts it"), ("battery", "battery has no power supply")]
)
def test_what_is_counted_outside_the_supply_has_no_loss_of_it(sensor: str, why: str) -> None:
    found = surcharges(measured(90.0, "J", sensor), LOSSY)
    assert found[SUPPLY_LOSS].value == 0.0
    assert why in found[SUPPLY_LOSS].note
    assert found[PUE_OVERHEAD].value == pytest.approx(45.0)


def test_money_and_co2e_include_the_surcharges_and_say_so() -> None:
    price = money(PACKAGE, LOSSY)
    assert price.value == pytest.approx(150.0 * 0.3 / 3.6e6)
    assert price.interval == pytest.approx((135.0 * 0.3 / 3.6e6, 165.0 * 0.3 / 3.6e6))
    assert price.provenance == "modelled"
    assert price.note.startswith("counted; supply loss and PUE overhead included; 0.3 EUR/kWh")
    assert co2e(PACKAGE, LOSSY).value == pytest.approx(150.0 * 300 / 3.6e6)


def test_missing_energy_has_missing_surcharges() -> None:
    gone = missing("J", "no sensor")
    assert set(surcharges(gone, LOSSY).values()) == {gone}
    assert money(gone, LOSSY) == missing("EUR", "no sensor")


def test_prices_of_all_kinds_come_without_the_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, forbidden)
    config = tmp_path / "config.toml"
    config.write_text("[energy]\ncountry = 'FR'\npue = 1.2\n")
    settings = load_settings(config)
    assert money(PACKAGE, settings).unit == "EUR"
    assert "Ember, 2025" in co2e(PACKAGE, settings).note
