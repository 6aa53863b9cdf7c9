"""A number that says what it is: value, unit, where it comes from, and how far it may be off."""

from __future__ import annotations

import html
import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, cast, get_args

from wattlab.units import format_interval, format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Provenance = Literal["measured", "modelled", "missing"]
_ORDER: Final[tuple[Provenance, ...]] = get_args(Provenance)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit, its provenance, its sensor and its interval; never a bare float.

    Attributes
    ----------
    value : float or None
        The value in `unit`; None if and only if it is missing.
    unit : str
        "s", "J", "W", "B", "g", a currency code, or any other unit.
    provenance : {"measured", "modelled", "missing"}
        A sensor counted it; a model computed it; nobody knows it.
    sensor : str
        Who says so, such as "rapl:package-0" or "model:tdp".
    interval : tuple of float, or None
        Where the true value lies, `value` included; None if no bound is stated.
    note : str
        What a reader must know; for a missing quantity, the reason.

    Examples
    --------
    >>> package = measured(3000.0, "J", "rapl:package-0", interval=(2990.0, 3010.0))
    >>> print(package + modelled(610.0, "J", "model:dram", interval=(300.0, 1000.0)))
    3.61 kJ [3.29-4.01 kJ] modelled
    >>> print(package + missing("J", "the sensor went away"))
    missing (the sensor went away)
    """

    value: float | None
    unit: str
    provenance: Provenance
    sensor: str
    interval: tuple[float, float] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.provenance not in _ORDER:
            _refuse(f"provenance is {self.provenance!r}; expected one of {', '.join(_ORDER)}")
        if not self.unit:
            _refuse("the unit is empty")
        if (self.value is None) != (self.provenance == "missing"):
            _refuse(f"value is {self.value}, provenance {self.provenance}; None goes with missing alone")
        if self.value is None:
            self._check_missing()
        else:
            self._check_known(self.value)

    def _check_missing(self) -> None:
        if self.interval is not None:
            _refuse("a missing quantity has no interval")
        if not self.note:
            _refuse("a missing quantity needs a note that says why")

    def _check_known(self, value: float) -> None:
        if not math.isfinite(value):
            _refuse(f"value is {value}; expected a finite number")
        if not self.sensor:
            _refuse("the sensor is empty")
        if self.interval is None:
            return
        low, high = self.interval
        if not (math.isfinite(low) and math.isfinite(high) and low <= value <= high):
            _refuse(f"interval is [{low}, {high}]; expected finite ends around the value {value}")

    @property
    def is_missing(self) -> bool:
        """Whether nobody knows the value."""
        return self.value is None

    def __add__(self, other: Quantity) -> Quantity:
        """Add a quantity of the same unit: the worse provenance of both, the intervals added."""
        return self._combined(other, sign=1)

    def __sub__(self, other: Quantity) -> Quantity:
        """Subtract a quantity of the same unit: the worse provenance of both, the widest interval."""
        return self._combined(other, sign=-1)

    def _combined(self, other: Quantity, sign: int) -> Quantity:
        if not isinstance(other, Quantity):
            return NotImplemented
        if self.unit != other.unit:
            _refuse(f"cannot combine {self.unit!r} with {other.unit!r}: the units differ")
        if self.value is None or other.value is None:
            return missing(self.unit, _joined(part.note for part in (self, other) if part.is_missing))
        interval = None
        if self.interval or other.interval:
            (low, high), (other_low, other_high) = self._bounds(), other._bounds()
            interval = (
                (low + other_low, high + other_high) if sign > 0 else (low - other_high, high - other_low)
            )
        return Quantity(
            value=self.value + sign * other.value,
            unit=self.unit,
            provenance=max(self.provenance, other.provenance, key=_ORDER.index),
            sensor=_joined((self.sensor, other.sensor), " + "),
            interval=interval,
            note=_joined((self.note, other.note)),
        )

    def _bounds(self) -> tuple[float, float]:
        # A quantity without a stated bound adds none of its own.
        return self.interval or (cast("float", self.value), cast("float", self.value))

    def times(self, factor: float, unit: str, note: str = "") -> Quantity:
        """Scale by a factor that carries another unit.

        Parameters
        ----------
        factor : float
            Units of `unit` per unit of this quantity.
        unit : str
            The unit of the product.
        note : str, optional
            Added to this quantity's own note.

        Examples
        --------
        >>> print(measured(7.2e6, "J", "rapl:package-0").times(0.30 / 3.6e6, "EUR"))
        0.60 EUR measured
        """
        if self.value is None:
            return missing(unit, self.note)
        interval = None
        if self.interval:
            low, high = sorted(bound * factor for bound in self.interval)
            interval = (low, high)
        return replace(
            self, value=self.value * factor, unit=unit, interval=interval, note=_joined((self.note, note))
        )

    def with_note(self, note: str) -> Quantity:
        """Return the same quantity with one more note."""
        return replace(self, note=_joined((self.note, note)))

    def to_dict(self) -> dict[str, object]:
        """Return the fields as JSON knows them."""
        return {**asdict(self), "interval": list(self.interval) if self.interval else None}

    @classmethod
    def from_dict(cls, fields: Mapping[str, object]) -> Quantity:
        """Restore a quantity from the result of `to_dict`; raises ValueError or TypeError if it is none."""
        interval = cast("list[float] | None", fields.get("interval"))
        checked = {**fields, "interval": None if interval is None else (interval[0], interval[1])}
        return cls(**checked)  # type: ignore[arg-type]  # __post_init__ looks at the values

    def __str__(self) -> str:
        """Return value, interval and provenance."""
        if self.value is None:
            return f"missing ({self.note})"
        bounds = f" [{format_interval(*self.interval, self.unit)}]" if self.interval else ""
        return f"{format_quantity(self.value, self.unit)}{bounds} {self.provenance}"

    def _repr_html_(self) -> str:
        origin = html.escape("; ".join(part for part in (self.sensor, self.note) if part), quote=True)
        if self.value is None:
            return f'<span title="{origin}"><em>missing</em></span>'
        value, text = html.escape(format_quantity(self.value, self.unit)), html.escape(str(self))
        return (
            f'<span title="{origin}"><b>{value}</b> <small>{text.removeprefix(value).strip()}</small></span>'
        )


def measured(
    value: float, unit: str, sensor: str, interval: tuple[float, float] | None = None, note: str = ""
) -> Quantity:
    """Return a quantity that a sensor or a clock counted."""
    return Quantity(value, unit, "measured", sensor, interval, note)


def modelled(
    value: float, unit: str, sensor: str, interval: tuple[float, float] | None = None, note: str = ""
) -> Quantity:
    """Return a quantity that a model computed from something else."""
    return Quantity(value, unit, "modelled", sensor, interval, note)


def missing(unit: str, reason: str) -> Quantity:
    """Return a quantity that nobody knows, with the reason."""
    return Quantity(None, unit, "missing", "none", None, reason)


def value_of(quantity: Quantity | None) -> float | None:
    """Return the value of a quantity; None where there is no quantity, or it is missing."""
    return None if quantity is None else quantity.value


def total(parts: Iterable[Quantity], unit: str) -> Quantity:
    """Add quantities of one unit; the sum of none is missing, not zero.

    Examples
    --------
    >>> print(total([], "J"))
    missing (nothing to add)
    """
    result: Quantity | None = None
    for part in parts:
        result = part if result is None else result + part
    if result is None:
        return missing(unit, "nothing to add")
    if result.unit != unit:
        _refuse(f"the parts are in {result.unit!r}; expected {unit!r}")
    return result


def _joined(texts: Iterable[str], separator: str = "; ") -> str:
    """Join what is not empty, each text once, in order."""
    seen = dict.fromkeys(part for text in texts for part in text.split(separator) if part)
    return separator.join(seen)


def _refuse(problem: str) -> None:
    msg = f"quantity: {problem}"
    raise ValueError(msg)
