"""The cost card: a run's facts as labelled lines, the same in terminal, notebook and report."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.units import format_quantity, format_rate, format_seconds

if TYPE_CHECKING:
    from wattlab.meter.cost import Cost
    from wattlab.meter.quantity import Quantity
    from wattlab.records.record import RunCost, RunRecord

__all__ = ["CardLine", "card_html", "card_lines", "card_text", "format_score"]

_MUCH = 1000


@dataclass(frozen=True)
class CardLine:
    """One line of the card.

    Parameters
    ----------
    label : str
    value : str
        What matters.
    detail : str
        Where it comes from, or how it is made up.
    """

    label: str
    value: str
    detail: str = ""


def card_lines(record: RunRecord) -> list[CardLine]:
    """Return all lines of a run's cost card, in order."""
    return [
        CardLine("run", record.id, f"recipe {record.recipe_name}, seed {record.recipe['seed']}"),
        _score(record),
        *_target(record),
        _wall(record),
        _quantity("CPU time", record.cost.total.cpu, _cores_busy(record)),
        _quantity("peak memory", record.cost.total.peak_memory),
        _energy("energy", record.cost.total.energy),
        *_domains(record.cost.total),
        _energy("  net of idle", record.cost.total.net),
        *(_surcharge(name, lost) for name, lost in record.cost.surcharges.items()),
        _by_rate("price", record.cost.price, record.cost),
        _by_rate("CO2e", record.cost.co2e, record.cost),
        *_shared(record.cost.total),
        CardLine("machine", str(record.machine.get("line", record.machine.get("id", "unknown")))),
    ]


def format_score(score: float) -> str:
    """Return an accuracy or R² with four digits after the point, or in short where R² is far below zero.

    Examples
    --------
    >>> format_score(0.97843), format_score(-3.15018e36)
    ('0.9784', '-3.15e+36')
    """
    return f"{score:.4f}" if abs(score) < _MUCH else f"{score:.3g}"


def _score(record: RunRecord) -> CardLine:
    parts = [f"test {format_score(record.test_score)}"]
    if record.validation_score is not None:
        parts.append(f"validation {format_score(record.validation_score)}")
    if record.train_score is not None:
        parts.append(f"training {format_score(record.train_score)}")
    epochs = f"{record.epochs} epoch{'' if record.epochs == 1 else 's'}, {format_rate(record.samples_per_s)}"
    why = "" if record.stop_reason == "epochs" else f", stopped: {record.stop_reason}"
    return CardLine(record.score_name, ", ".join(parts), f"{epochs}{why}")


def _target(record: RunRecord) -> list[CardLine]:
    if record.target is None:
        return []
    where = f"{record.target:g} on the {record.target_part} part"
    if record.time_to_target_s is None:
        return [CardLine("target", "not reached", where)]
    reached = f"reached in epoch {record.target_epoch} after {format_seconds(record.time_to_target_s)}"
    return [CardLine("target", reached, where)]


def _wall(record: RunRecord) -> CardLine:
    shares = [f"{name} {_text(cost.wall)}" for name, cost in record.cost.phases().items()]
    return CardLine("wall time", _text(record.cost.total.wall), ", ".join(shares))


def _cores_busy(record: RunRecord) -> str:
    wall, cpu = record.cost.total.wall.value, record.cost.total.cpu.value
    return f"{cpu / wall:.1f} cores busy on average" if wall and cpu else ""


def _quantity(label: str, quantity: Quantity, detail: str = "") -> CardLine:
    return CardLine(label, _text(quantity), detail)


def _energy(label: str, energy: Quantity) -> CardLine:
    if energy.is_missing:
        return CardLine(label, "missing", energy.note)
    return CardLine(label, _text(energy), f"{energy.provenance} by {energy.sensor}, {_bounds(energy)}")


def _domains(cost: Cost) -> list[CardLine]:
    """Return a line for each sensor where there are several: those that add up, and those inside them."""
    if len(cost.domains) < 2:
        return []
    added = cost.energy.sensor.split(" + ")
    parts = {name: "" if name in added else "inside another, not added; " for name in cost.domains}
    return [
        CardLine(f"  {name}", _text(energy), f"{parts[name]}{_origin(energy)}")
        for name, energy in cost.domains.items()
    ]


def _origin(energy: Quantity) -> str:
    return energy.note if energy.is_missing else f"{energy.provenance}, {_bounds(energy)}"


def _shared(cost: Cost) -> list[CardLine]:
    return [CardLine("shared machine", "yes", cost.shared)] if cost.shared else []


def _surcharge(name: str, energy: Quantity) -> CardLine:
    if energy.is_missing:
        return CardLine(f"  {name}", "missing", energy.note)
    detail = f"{energy.provenance}: {energy.note}, {_bounds(energy)}; not in the energy"
    return CardLine(f"  {name}", _text(energy), detail)


def _by_rate(label: str, quantity: Quantity, cost: RunCost) -> CardLine:
    if quantity.is_missing:
        return CardLine(label, "missing", quantity.note)
    parts = (quantity.provenance, _bounds(quantity), cost.rate(quantity))
    return CardLine(label, _text(quantity), ", ".join(part for part in parts if part))


def _bounds(quantity: Quantity) -> str:
    """Return between what the true value lies; that of a quantity without bounds is the value itself."""
    low, high = quantity.interval or (quantity.value or 0.0, quantity.value or 0.0)
    return f"{format_quantity(low, quantity.unit)} to {format_quantity(high, quantity.unit)}"


def _text(quantity: Quantity) -> str:
    return "missing" if quantity.value is None else format_quantity(quantity.value, quantity.unit)


def card_text(record: RunRecord) -> str:
    """Return the card as plain text."""
    lines = card_lines(record)
    width = max(len(line.label) for line in lines)
    return "\n".join(f"{line.label:<{width}}  {line.value}{_in_brackets(line.detail)}" for line in lines)


def _in_brackets(detail: str) -> str:
    return f"  ({detail})" if detail else ""


def card_html(record: RunRecord) -> str:
    """Return the card as an HTML table."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(line.label)}</th>"
        f"<td style='text-align:left'><b>{html.escape(line.value)}</b></td>"
        f"<td style='text-align:left;opacity:.7'>{html.escape(line.detail)}</td></tr>"
        for line in card_lines(record)
    )
    return f"<table class='wattlab-card'>{rows}</table>"
