"""The user's settings: what a kilowatt-hour costs and emits, what the machine draws, and the plug that feeds it.

They live in ``config.toml`` in the user's configuration folder (``~/.config/wattlab`` on Linux), or in the
file that the environment variable ``WATTLAB_CONFIG`` names::

    [energy]
    country = "DE"           # fills the next three from a dated table that ships; those set here win
    price_per_kWh = 0.30
    currency = "EUR"
    g_CO2e_per_kWh = 300
    pue = 1.0                # power usage effectiveness of the building: 1.0 at home
    supply_loss = 0.0        # share that the power supply loses, such as 0.1

    [machine]      # only for the model that is used where no energy sensor can be read
    tdp_W = 65
    idle_W = 9

    [plug]         # a wall plug on your own network that feeds this machine; nothing is contacted without it
    kind = "shelly2"         # or "shelly1", "tasmota"
    url = "http://192.168.1.20"
    user = "admin"           # user and password only where the plug asks for them
    password = "..."
    channel = 0
    max_power_W = 3680
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from wattlab.errors import SettingsError
from wattlab.tariffs import tariff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

DEFAULTS_DATED: Final = "default of 2026-11 (a rough assumption: set your own)"
VARIABLE: Final = "WATTLAB_CONFIG"
_FOREIGN: Final = " (in the file)"

_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class EnergySettings(_Section):
    """What energy costs and emits where you are; the defaults are assumptions of 2026-11.

    Attributes
    ----------
    country : str or None
        ISO 3166 alpha-2, such as "DE": gives each of the next three that is not set, from a dated table.
    price_per_kWh : float
        Price of one kilowatt-hour, >= 0, in `currency`.
    currency : str
        Three capital letters (ISO 4217).
    g_CO2e_per_kWh : float
        Grams of carbon dioxide equivalent emitted for one kilowatt-hour, >= 0.
    pue : float
        Power usage effectiveness: what the building draws for each watt of its machines, >= 1; 1 leaves it out.
    supply_loss : float
        Share of what the machine draws that its power supply turns to heat, >= 0 and < 1; 0 leaves it out.
    """

    country: str | None = None
    price_per_kWh: _NotNegative = 0.30
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    g_CO2e_per_kWh: _NotNegative = 300.0
    pue: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.0
    supply_loss: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @field_validator("country")
    @classmethod
    def _in_the_table(cls, country: str | None) -> str | None:
        if country is not None:
            tariff(country)
        return country

    @model_validator(mode="after")
    def _filled_by_country(self) -> Self:
        if self.country is not None:
            found = tariff(self.country)
            for field in {"price_per_kWh", "currency", "g_CO2e_per_kWh"} - self.model_fields_set:
                # Past pydantic, which would count the field among those that were set: `origin` tells them apart.
                vars(self)[field] = getattr(found, field)
        return self

    @model_validator(mode="after")
    def _currency_has_its_price(self) -> Self:
        # The price that is not set is in a certain currency: another one would silently relabel it.
        priced_in = tariff(self.country).currency if self.country is not None else "EUR"
        if self.currency != priced_in and "price_per_kWh" not in self.model_fields_set:
            msg = "currency is set without price_per_kWh; set both"
            raise ValueError(msg)
        return self


class MachineSettings(_Section):
    """What the processor draws, for the model; None leaves it to the model's table.

    Attributes
    ----------
    tdp_W : float or None
        Power with every core busy, > 0. Unit: W.
    idle_W : float or None
        Power with nothing to do, >= 0 and at most `tdp_W`. Unit: W.
    """

    tdp_W: _Positive | None = None
    idle_W: _NotNegative | None = None

    @model_validator(mode="after")
    def _idle_below_tdp(self) -> Self:
        if self.tdp_W is not None and self.idle_W is not None and self.idle_W > self.tdp_W:
            msg = f"idle_W is {self.idle_W:g}, above tdp_W = {self.tdp_W:g}"
            raise ValueError(msg)
        return self


class PlugSettings(_Section):
    """The wall plug that feeds this machine; None where there is none.

    Attributes
    ----------
    kind : {"shelly1", "shelly2", "tasmota"} or None
        What it speaks: Shelly's first generation, a later one, or Tasmota.
    url : str or None
        Its address on your network: "http://", the host, and a port if it is not 80.
    user, password : str
        Where it asks for them; without a password none is sent.
    channel : int
        Which of its sockets, from 0.
    max_power_W : float
        The most that it can feed, > 0: what it says above that is not believed. Unit: W.
    """

    kind: Literal["shelly1", "shelly2", "tasmota"] | None = None
    url: str | None = None
    user: str = "admin"
    password: Annotated[str, Field(repr=False)] = ""
    channel: Annotated[int, Field(ge=0)] = 0
    max_power_W: _Positive = 3680.0

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        if url is not None and not re.fullmatch(r"http://[^\s/?#@]+/?", url):
            msg = f"{url!r} is no address of a plug; expected http://HOST or http://HOST:PORT"
            raise ValueError(msg)
        return url.removesuffix("/") if url else url

    @model_validator(mode="after")
    def _kind_and_address(self) -> Self:
        if (self.kind is None) != (self.url is None):
            msg = "kind and url belong together; set both"
            raise ValueError(msg)
        return self


class Settings(_Section):
    """All settings of the user, and where they come from.

    Attributes
    ----------
    energy, machine, plug
        The sections of the file.
    source : str
        The file that was read, or the dated defaults by name.

    Examples
    --------
    >>> Settings().energy.price_per_kWh, Settings().origin("price_per_kWh")
    (0.3, 'default of 2026-11 (a rough assumption: set your own)')
    """

    energy: EnergySettings = EnergySettings()
    machine: MachineSettings = MachineSettings()
    plug: PlugSettings = PlugSettings()
    source: str = DEFAULTS_DATED

    def origin(self, field: str) -> str:
        """Say where one field of the energy section comes from: the user's file, the country table, or the default."""
        if field in self.energy.model_fields_set:
            return self.source
        if self.energy.country is None:
            return DEFAULTS_DATED
        found = tariff(self.energy.country)
        return found.intensity_origin if field == "g_CO2e_per_kWh" else found.price_origin


_SECTIONS: Final[Mapping[str, type[_Section]]] = {
    "energy": EnergySettings,
    "machine": MachineSettings,
    "plug": PlugSettings,
}


def settings_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the settings file, whether it exists or not."""
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE]).expanduser()
    # platformdirs costs tens of milliseconds to import, and is not needed with the variable set.
    from platformdirs import user_config_dir

    return Path(user_config_dir("wattlab")) / "config.toml"


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the user's settings, or the dated defaults where there is no file.

    Parameters
    ----------
    path : Path, optional
        The file to read; by default what `settings_path` says.
    environ : mapping, optional
        The environment to look ``WATTLAB_CONFIG`` up in.

    Raises
    ------
    SettingsError
        The named file is missing, cannot be read, is no TOML, or holds an unknown key or a value that is not
        allowed. The message names file, line and key.
    """
    asked_for = path is not None or bool(environ.get(VARIABLE))
    path = path or settings_path(environ)
    text = _read(path, required=asked_for)
    if text is None:
        return Settings()
    try:
        sections = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"settings {_short(path)!r}: not valid TOML: {error}"
        raise SettingsError(msg) from None
    return _validated(sections, path, text)


def _read(path: Path, *, required: bool) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not required:
            return None
        problem = "no such file; create it, or unset WATTLAB_CONFIG"
    except UnicodeDecodeError:
        problem = "not a text file in UTF-8"
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    msg = f"settings {_short(path)!r}: {problem}"
    raise SettingsError(msg)


def _validated(sections: dict[str, object], path: Path, text: str) -> Settings:
    try:
        # The source is ours to say: a key of that name in the file is as unknown as any other.
        given = {f"source{_FOREIGN}" if name == "source" else name: part for name, part in sections.items()}
        return Settings.model_validate({**given, "source": _short(path)})
    except ValidationError as error:
        problems = "; ".join(_describe(details, text) for details in error.errors())
        msg = f"settings {_short(path)!r}: {problems}"
        raise SettingsError(msg) from None


def _describe(details: ErrorDetails, text: str) -> str:
    location = [str(part).removesuffix(_FOREIGN) for part in details["loc"]]
    where, dotted = _line(text, location[-1]), ".".join(location)
    match details["type"]:
        case "extra_forbidden":
            return f"{where}{dotted} is unknown; expected one of {_known(location)}"
        case "value_error":
            return f"{where}{dotted}: {details['ctx']['error']}"
        case "string_pattern_mismatch":
            expected = "three capital letters, such as EUR"
        case "model_type":
            expected = f"a table: write it under [{dotted}]"
        case _:
            expected = details["msg"].removeprefix("Input should be ")
    # Messages are passed on when help is asked for: a password stays out of them.
    given = "hidden here" if location[-1] == "password" else repr(details["input"])
    return f"{where}{dotted} is {given}; expected {expected}"


def _known(location: list[str]) -> str:
    if len(location) == 1:
        return ", ".join(f"[{name}]" for name in _SECTIONS)
    return ", ".join(_SECTIONS[location[0]].model_fields)


def _line(text: str, key: str) -> str:
    pattern = rf"\s*(?:\[\s*{re.escape(key)}\s*\]|{re.escape(key)}\s*=)"
    numbers = (n for n, line in enumerate(text.splitlines(), start=1) if re.match(pattern, line))
    number = next(numbers, None)
    return f"line {number}: " if number else ""


def _short(path: Path) -> str:
    # Records and reports are passed on: they need not tell the user's name.
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        return str(path)
