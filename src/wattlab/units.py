"""Numbers with units to text and back: s, J, Wh, B, W, FLOP, money, CO2e.

Only text is made here. A number that must carry its provenance is a `wattlab.meter.Quantity`.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from wattlab.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

JOULES_PER_WH: Final = 3600.0
JOULES_PER_KWH: Final = 3.6e6

_LARGE: Final = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SMALL: Final = ((1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
_BINARY: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_SECONDS: Final = {"ms": 1e-3, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_JOULES: Final = {"J": 1.0, "kJ": 1e3, "MJ": 1e6, "mWh": 3.6, "Wh": JOULES_PER_WH, "kWh": JOULES_PER_KWH}
_BYTES: Final = {
    "b": 1,
    **{f"{prefix}b": 1000**power for power, prefix in enumerate("kmgt", 1)},
    **{f"{prefix}ib": 1024**power for power, prefix in enumerate("kmgt", 1)},
}
_NUMBER: Final = r"(\d+(?:\.\d*)?|\.\d+)"


def significant(value: float, digits: int = 3) -> str:
    """Write a number with a fixed count of significant digits and no exponent.

    Examples
    --------
    >>> significant(1.0), significant(57.44), significant(0.000012345, digits=2)
    ('1.00', '57.4', '0.000012')
    """
    if value == 0.0 or not math.isfinite(value):
        return f"{value:.{digits - 1}f}" if value == 0.0 else str(value)
    exponent = int(f"{value:.{digits - 1}e}".rpartition("e")[2])
    return f"{value:.{max(0, digits - 1 - exponent)}f}"


def _scaled(value: float, unit: str, *, small: bool = True) -> str:
    """Write `value` with the SI prefix that leaves one to three digits before the point."""
    magnitude = abs(value)
    if magnitude == 0.0 or not math.isfinite(value):
        return f"{value:g} {unit}".rstrip()
    for factor, prefix in (*_LARGE, (1.0, ""), *(_SMALL if small else ())):
        # 999.95 would be written "1000", so it takes the next prefix.
        if magnitude >= factor * 0.9995:
            return f"{significant(value / factor)} {prefix}{unit}".rstrip()
    return f"{value:.2e} {unit}" if small else f"{significant(value)} {unit}".rstrip()


def format_seconds(seconds: float) -> str:
    """Write a duration as a person would say it.

    Examples
    --------
    >>> format_seconds(1.234), format_seconds(0.0000042), format_seconds(1092)
    ('1.23 s', '4.20 µs', '18 min 12 s')
    >>> format_seconds(7500), format_seconds(200_000)
    ('2 h 05 min', '2 d 8 h')
    """
    if not math.isfinite(seconds) or abs(seconds) < 59.95:
        return _scaled(seconds, "s")
    sign = "-" if seconds < 0 else ""
    minutes, rest_s = divmod(round(abs(seconds)), 60)
    if minutes < 60:
        return f"{sign}{minutes} min {rest_s:02d} s"
    hours, minutes = divmod(round(abs(seconds) / 60), 60)
    if hours < 24:
        return f"{sign}{hours} h {minutes:02d} min"
    days, hours = divmod(round(abs(seconds) / 3600), 24)
    return f"{sign}{days} d {hours} h"


def format_energy(joules: float) -> str:
    """Write an energy in joules and in watt-hours.

    Examples
    --------
    >>> format_energy(3610), format_energy(7.2e6), format_energy(12.3)
    ('3.61 kJ (1.00 Wh)', '7.20 MJ (2.00 kWh)', '12.3 J (3.42 mWh)')
    """
    return f"{_scaled(joules, 'J')} ({_scaled(joules / JOULES_PER_WH, 'Wh')})"


def format_power(watts: float) -> str:
    """Write a power.

    Examples
    --------
    >>> format_power(45.23), format_power(1500)
    ('45.2 W', '1.50 kW')
    """
    return _scaled(watts, "W")


def format_bytes(count: float) -> str:
    """Write a size in binary multiples.

    Examples
    --------
    >>> format_bytes(512), format_bytes(2048), format_bytes(3.42 * 2**30)
    ('512 B', '2.00 KiB', '3.42 GiB')
    """
    size, step = count, 0
    while math.isfinite(size) and abs(size) >= 1023.5 and step < len(_BINARY) - 1:
        size, step = size / 1024, step + 1
    return f"{significant(size)} {_BINARY[step]}" if step else f"{count:.0f} B"


def format_count(count: float) -> str:
    """Write a number without unit; from 1000 on with an SI prefix.

    Examples
    --------
    >>> format_count(57_412), format_count(512), format_count(0.25)
    ('57.4 k', '512', '0.250')
    """
    if float(count).is_integer() and abs(count) < 1000:
        return f"{count:.0f}"
    return _scaled(count, "", small=False)


def format_rate(per_second: float, what: str = "samples") -> str:
    """Write how many of something happen in a second.

    Examples
    --------
    >>> format_rate(57_412)
    '57.4 k samples/s'
    """
    return f"{format_count(per_second)} {what}/s"


def format_money(value: float, currency: str) -> str:
    """Write an amount of money; what is small keeps two significant digits and never becomes 0.00.

    Examples
    --------
    >>> format_money(12.345, "EUR"), format_money(0.3, "EUR"), format_money(0.0000123, "EUR")
    ('12.35 EUR', '0.30 EUR', '0.000012 EUR')
    """
    if value == 0.0 or abs(value) >= 0.995 or not math.isfinite(value):
        return f"{value:.2f} {currency}"
    return f"{value:.1e} {currency}" if abs(value) < 1e-9 else f"{significant(value, digits=2)} {currency}"


def format_co2e(grams: float) -> str:
    """Write a mass of carbon dioxide equivalent.

    Examples
    --------
    >>> format_co2e(0.3), format_co2e(1500), format_co2e(2.5e6)
    ('300 mg CO2e', '1.50 kg CO2e', '2.50 t CO2e')
    """
    if abs(grams) >= 0.9995e6:
        return f"{_scaled(grams / 1e6, 't', small=False)} CO2e"
    return f"{_scaled(grams, 'g')} CO2e"


_FORMATS: Final[dict[str, Callable[[float], str]]] = {
    "s": format_seconds,
    "W": format_power,
    "B": format_bytes,
    "g": format_co2e,
    "1": format_count,
}


def format_quantity(value: float, unit: str) -> str:
    """Write a value by its unit code.

    Parameters
    ----------
    value : float
        The value, in `unit`.
    unit : str
        "s", "J", "W", "B", "g" (of CO2e), "1" (a count), an ISO 4217 currency code such as "EUR", or any
        other unit that takes SI prefixes, such as "FLOP" or "samples/s".

    Examples
    --------
    >>> format_quantity(3610, "J"), format_quantity(2e9, "FLOP"), format_quantity(0.00002, "EUR")
    ('3.61 kJ', '2.00 GFLOP', '0.000020 EUR')
    """
    if unit in _FORMATS:
        return _FORMATS[unit](value)
    if re.fullmatch(r"[A-Z]{3}", unit):
        return format_money(value, unit)
    return f"{format_count(value)} {unit}" if "/" in unit else _scaled(value, unit)


def format_interval(low: float, high: float, unit: str) -> str:
    """Write an interval, its unit once where both ends share it.

    Examples
    --------
    >>> format_interval(1900, 5200, "J"), format_interval(900, 5200, "J"), format_interval(-2, 3, "J")
    ('1.90-5.20 kJ', '900 J to 5.20 kJ', '-2.00 J to 3.00 J')
    """
    first, last = format_quantity(low, unit), format_quantity(high, unit)
    number, _, shared = first.partition(" ")
    if low >= 0 and last.partition(" ")[2] == shared and not any(map(str.isdigit, shared)):
        return f"{number}-{last}"
    return f"{first} to {last}"


def parse_seconds(text: str, option: str = "") -> float:
    """Read a duration such as ``90s``, ``10m``, ``1h30m`` or ``45`` (seconds).

    Parameters
    ----------
    text : str
        The duration.
    option : str, optional
        Who asks for it, such as ``--baseline``; the error names it.

    Raises
    ------
    UserError
        The text is no duration, or is zero.

    Examples
    --------
    >>> parse_seconds("1h30m"), parse_seconds("45"), parse_seconds("1.5 min")
    (5400.0, 45.0, 90.0)
    """
    part = rf"{_NUMBER}\s*(ms|min|[smhd])"
    stripped, seconds = text.strip().lower(), 0.0
    if re.fullmatch(_NUMBER, stripped):
        seconds = float(stripped)
    elif re.fullmatch(rf"({part}\s*)+", stripped):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(part, stripped))
    if not 0 < seconds < math.inf:
        name = f"{option}: " if option else ""
        msg = f"{name}duration {text!r} is not understood; expected more than zero, such as 90s, 10m, 1h30m or 45"
        raise UserError(msg)
    return seconds


def parse_energy(text: str) -> float:
    """Read an energy such as ``500J``, ``0.2Wh`` or ``1kWh``, in joules.

    Raises
    ------
    UserError
        The text is no energy, has no unit, or is zero.

    Examples
    --------
    >>> parse_energy("500J"), parse_energy("0.2 Wh"), parse_energy("1kwh")
    (500.0, 720.0, 3600000.0)
    """
    found = re.fullmatch(rf"{_NUMBER}\s*([A-Za-z]+)", text.strip())
    number, unit = found.groups() if found else ("0", "J")
    # Only the first letter of mWh and MJ tells milli from mega; the other units may be written in any case.
    loose = {name.lower(): factor for name, factor in _JOULES.items() if name[0] not in "mM"}
    joules = float(number) * _JOULES.get(unit, loose.get(unit.lower(), 0.0))
    if not 0 < joules < math.inf:
        units = ", ".join(_JOULES)
        msg = (
            f"energy {text!r} is not understood; expected more than zero and a unit ({units}), such as 0.2Wh"
        )
        raise UserError(msg)
    return joules


def parse_bytes(text: str) -> int:
    """Read a size such as ``40MB``, ``1.5 GiB`` or ``4096`` (bytes), in bytes.

    Raises
    ------
    UserError
        The text is no size, or is less than one byte.

    Examples
    --------
    >>> parse_bytes("40MB"), parse_bytes("1.5 GiB"), parse_bytes("4096")
    (40000000, 1610612736, 4096)
    """
    found = re.fullmatch(rf"{_NUMBER}\s*([A-Za-z]*)", text.strip())
    number, unit = found.groups() if found else ("0", "B")
    size = float(number) * _BYTES.get(unit.lower() or "b", 0)
    if not 1 <= size < math.inf:
        msg = f"size {text!r} is not understood; expected more than zero and B, kB, MB, GB, TB, KiB, MiB, GiB or TiB"
        raise UserError(f"{msg}, such as 40MB")
    return int(size)
