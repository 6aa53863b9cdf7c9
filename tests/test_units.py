from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattlab import units
from wattlab.errors import UserError

FINITE = st.floats(-1e15, 1e15, allow_nan=False)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (1.234, "1.23 s"),
        (0.0005, "500 µs"),
        (59.94, "59.9 s"),
        (59.97, "1 min 00 s"),
        (1092.4, "18 min 12 s"),
        (3599.9, "1 h 00 min"),
        (86_399.0, "1 d 0 h"),
        (-90.0, "-1 min 30 s"),
        (math.inf, "inf s"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert units.format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("joules", "text"),
    [
        (0.0, "0 J (0 Wh)"),
        (3610.0, "3.61 kJ (1.00 Wh)"),
        (999.96, "1.00 kJ (278 mWh)"),
        (3.6e6, "3.60 MJ (1.00 kWh)"),
    ],
)
def test_energies(joules: float, text: str) -> None:
    assert units.format_energy(joules) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (1024**2 - 1, "1.00 MiB"), (3 * 1024**5, "3.00 PiB")],
)
def test_sizes(count: int, text: str) -> None:
    assert units.format_bytes(count) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00 EUR"),
        (0.9999, "1.00 EUR"),
        (0.0000123, "0.000012 EUR"),
        (1e-12, "1.0e-12 EUR"),
        (-2.5, "-2.50 EUR"),
    ],
)
def test_money(value: float, text: str) -> None:
    assert units.format_money(value, "EUR") == text


@given(st.floats(1e-300, 1e9))
def test_money_that_is_not_nothing_never_reads_as_nothing(value: float) -> None:
    assert re.search("[1-9]", units.format_money(value, "EUR"))


@given(st.floats(1e-6, 0.9e15), st.sampled_from(["J", "W", "FLOP", "g"]))
def test_scaled_text_means_the_value_to_three_digits(value: float, unit: str) -> None:
    prefixes = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "m": 1e-3, "µ": 1e-6, "n": 1e-9, "t": 1e6}
    number, _, rest = units.format_quantity(value, unit).removesuffix(" CO2e").partition(" ")
    factor = {"t": 1e6, "kt": 1e9, "Mt": 1e12, "Gt": 1e15}.get(rest) or prefixes[rest.removesuffix(unit)]
    assert float(number) * factor == pytest.approx(value, rel=0.0051)
    assert len(number.replace(".", "").lstrip("0")) == 3


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (90.0, "s", "1 min 30 s"),
        (45.2, "W", "45.2 W"),
        (2048.0, "B", "2.00 KiB"),
        (0.3, "g", "300 mg CO2e"),
        (57412.0, "samples/s", "57.4 k samples/s"),
        (2.0, "USD", "2.00 USD"),
        (1200.0, "1", "1.20 k"),
    ],
)
def test_dispatch_on_the_unit(value: float, unit: str, text: str) -> None:
    assert units.format_quantity(value, unit) == text


@given(FINITE, FINITE, st.sampled_from(["s", "J", "B", "EUR", "g"]))
def test_an_interval_shows_both_ends(one: float, other: float, unit: str) -> None:
    low, high = sorted((one, other))
    text = units.format_interval(low, high, unit)
    assert text.startswith(units.format_quantity(low, unit).split()[0])
    assert text.endswith(units.format_quantity(high, unit))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45", 45),
        ("90s", 90),
        ("10m", 600),
        ("10 min", 600),
        ("1h30m", 5400),
        ("250ms", 0.25),
        (" 1D 2H ", 93_600),
    ],
)
def test_reads_durations(text: str, seconds: float) -> None:
    assert units.parse_seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "fast", "-5s", "0", "10 parsecs", "1e400h", "5m banana", "nan", "1,5h"])
def test_refuses_what_is_no_duration(text: str) -> None:
    with pytest.raises(UserError, match=r"duration .* expected more than zero, such as 90s"):
        units.parse_seconds(text)


@pytest.mark.parametrize(
    ("text", "joules"),
    [
        ("500J", 500),
        ("0.2Wh", 720),
        ("1kWh", 3.6e6),
        ("2 MJ", 2e6),
        ("1 mWh", 3.6),
        ("1KWH", 3.6e6),
        (".5kj", 500),
    ],
)
def test_reads_energies(text: str, joules: float) -> None:
    assert units.parse_energy(text) == pytest.approx(joules)


@pytest.mark.parametrize("text", ["", "500", "5 mj", "-1J", "0J", "3 W", "much"])
def test_refuses_what_is_no_energy(text: str) -> None:
    with pytest.raises(UserError, match=r"energy .* is not understood; .*kWh"):
        units.parse_energy(text)
