from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from wattlab.errors import SettingsError
from wattlab.settings import DEFAULTS_DATED, EnergySettings, Settings, load_settings, settings_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_a_file_the_dated_defaults_say_that_they_are_assumptions(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattlab.settings.settings_path", lambda environ: config)
    settings = load_settings(environ={})
    assert settings.source == DEFAULTS_DATED
    assert "2026-11" in settings.source
    assert "assumption" in settings.source
    assert (settings.energy.price_per_kWh, settings.energy.g_CO2e_per_kWh) == (0.30, 300.0)


def test_reads_a_file_and_says_what_it_set_itself(config: Path) -> None:
    config.write_text("[energy]\nprice_per_kWh = 1\ncurrency = 'USD'\n[machine]\ntdp_W = 65\nidle_W = 9.5\n")
    settings = load_settings(config)
    assert (settings.energy.price_per_kWh, settings.energy.currency) == (1.0, "USD")
    assert (settings.machine.tdp_W, settings.machine.idle_W) == (65.0, 9.5)
    assert settings.origin("price_per_kWh") == str(config)
    assert settings.origin("g_CO2e_per_kWh") == DEFAULTS_DATED


def test_the_variable_names_the_file(config: Path) -> None:
    config.write_text("[energy]\ng_CO2e_per_kWh = 35\n")
    assert settings_path({"WATTLAB_CONFIG": str(config)}) == config
    assert load_settings(environ={"WATTLAB_CONFIG": str(config)}).energy.g_CO2e_per_kWh == 35.0


def test_the_usual_place_is_the_users_configuration_folder() -> None:
    path = settings_path({})
    assert path.name == "config.toml"
    assert "wattlab" in path.parent.parts


def test_the_source_does_not_tell_the_users_home(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathlib.Path.home", lambda: config.parent)
    config.write_text("")
    assert load_settings(config).source == "~/config.toml"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[energy\n", "not valid TOML: .*line 1"),
        (
            "[energy]\nprice = 3\n",
            r"line 2: energy.price is unknown; expected one of country, price_per_kWh, currency",
        ),
        ("\n\n[power]\n", r"line 3: power is unknown; expected one of \[energy\], \[machine\]"),
        ("source = 'me'\n", r"line 1: source is unknown"),
        (
            "[energy]\nprice_per_kWh = -1\n",
            r"line 2: energy.price_per_kWh is -1; expected greater than or equal to 0",
        ),
        ("[energy]\nprice_per_kWh = '3'\n", r"energy.price_per_kWh is '3'; expected a valid number"),
        ("[energy]\nprice_per_kWh = true\n", r"energy.price_per_kWh is True; expected a valid number"),
        ("[energy]\ng_CO2e_per_kWh = nan\n", r"energy.g_CO2e_per_kWh is nan; expected"),
        (
            "[energy]\ncurrency = 'euro'\nprice_per_kWh = 1\n",
            r"line 2: .*'euro'; expected three capital letters",
        ),
        ("[energy]\ncurrency = 'USD'\n", r"energy: currency is set without price_per_kWh"),
        ("[energy]\ncountry = 'SE'\ncurrency = 'EUR'\n", r"energy: currency is set without price_per_kWh"),
        (
            "[energy]\ncountry = 'UK'\n",
            r"line 2: energy.country: 'UK' is not in .* is it GB \(United Kingdom\)",
        ),
        ("[energy]\ncountry = 49\n", r"line 2: energy.country is 49; expected a valid string"),
        ("[energy]\npue = 0.9\n", r"line 2: energy.pue is 0.9; expected greater than or equal to 1"),
        ("[energy]\npue = inf\n", r"energy.pue is inf; expected a finite number"),
        ("[energy]\nsupply_loss = 1\n", r"energy.supply_loss is 1; expected less than 1"),
        ("[energy]\nsupply_loss = -0.1\n", r"energy.supply_loss is -0.1; expected greater"),
        ("energy = 3\n", r"line 1: energy is 3; expected a table: write it under \[energy\]"),
        ("[machine]\ntdp_W = 0\n", r"machine.tdp_W is 0; expected greater than 0"),
        ("[machine]\ntdp_W = 5\nidle_W = 9\n", r"machine: idle_W is 9, above tdp_W = 5"),
    ],
)
def test_a_bad_file_is_named_with_line_key_and_what_is_allowed(
    config: Path, text: str, complaint: str
) -> None:
    config.write_text(text)
    with pytest.raises(SettingsError, match=complaint) as caught:
        load_settings(config)
    assert str(config) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_named_file_must_exist(config: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_settings(environ={"WATTLAB_CONFIG": str(config)})


def test_a_folder_or_a_binary_file_is_no_settings_file(config: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(config.parent)
    config.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(config)


def test_a_closed_file_says_so(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_text", closed)
    with pytest.raises(SettingsError, match="cannot be read: Permission denied"):
        load_settings(config)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().source = "me"  # type: ignore[misc]


def test_a_country_fills_what_is_not_set_and_says_where_from(config: Path) -> None:
    config.write_text("[energy]\ncountry = 'SE'\ng_CO2e_per_kWh = 12\n")
    settings = load_settings(config)
    assert (settings.energy.price_per_kWh, settings.energy.currency) == (2.992, "SEK")
    assert settings.origin("price_per_kWh") == "country table of 2026-11, SE: Eurostat nrg_pc_204, 2025-S2"
    assert settings.origin("currency") == settings.origin("price_per_kWh")
    assert settings.energy.g_CO2e_per_kWh == 12.0
    assert settings.origin("g_CO2e_per_kWh") == str(config)


def test_a_countrys_intensity_has_its_own_source() -> None:
    settings = Settings(energy=EnergySettings(country="FR"))
    assert settings.energy.g_CO2e_per_kWh == 41.0
    assert settings.origin("g_CO2e_per_kWh") == "country table of 2026-11, FR: Ember, 2025"


def test_a_price_of_ones_own_is_in_the_countrys_currency() -> None:
    energy = EnergySettings(country="CH", price_per_kWh=0.2)
    assert (energy.price_per_kWh, energy.currency) == (0.2, "CHF")
    assert EnergySettings(country="CH", price_per_kWh=0.2, currency="EUR").currency == "EUR"


def test_settings_of_a_country_are_compared_and_hashed_like_others() -> None:
    assert EnergySettings(country="SE") == EnergySettings(country="SE")
    assert EnergySettings(country="SE") != EnergySettings(country="FI")


def test_a_plug_is_read_and_there_is_none_by_default(config: Path) -> None:
    assert Settings().plug.kind is None
    config.write_text("[plug]\nkind = 'shelly2'\nurl = 'http://192.168.1.20:8080/'\npassword = 'secret'\n")
    plug = load_settings(config).plug
    assert (plug.kind, plug.url, plug.channel) == ("shelly2", "http://192.168.1.20:8080", 0)
    assert "secret" not in repr(plug)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind = 'shelly2'", "kind and url belong together; set both"),
        ("url = 'http://plug'", "kind and url belong together; set both"),
        (
            "kind = 'kasa'\nurl = 'http://plug'",
            "line 2: plug.kind is 'kasa'; expected 'shelly1', 'shelly2' or",
        ),
        (
            "kind = 'tasmota'\nurl = 'plug.local'",
            "'plug.local' is no address of a plug; expected http://HOST",
        ),
        ("kind = 'tasmota'\nurl = 'http://plug/cm?x'", "is no address of a plug"),
        ("kind = 'tasmota'\nurl = 'http://me:pw@plug'", "is no address of a plug"),
        ("kind = 'tasmota'\nurl = 'http://plug'\nchannel = -1", "greater than or equal to 0"),
        ("kind = 'tasmota'\nurl = 'http://plug'\nmax_power_W = 0", "greater than 0"),
        (
            "ip = '1.2.3.4'",
            "plug.ip is unknown; expected one of kind, url, user, password, channel, max_power_W",
        ),
    ],
)
def test_a_wrong_plug_says_what_would_be_right(config: Path, text: str, problem: str) -> None:
    config.write_text(f"[plug]\n{text}\n")
    with pytest.raises(SettingsError, match=re.escape(problem)):
        load_settings(config)


def test_a_password_is_in_no_message(config: Path) -> None:
    config.write_text("[plug]\nkind = 'shelly2'\nurl = 'http://plug'\npassword = 12345\n")
    with pytest.raises(
        SettingsError, match=r"plug\.password is hidden here; expected a valid string"
    ) as caught:
        load_settings(config)
    assert "12345" not in str(caught.value)
