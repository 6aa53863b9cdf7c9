"""Several runs side by side: what came out, in what their recipes differ, and what does not compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wattlab.records.card import card_lines
from wattlab.units import format_interval, format_quantity
from wattlab.views.differences import recipe_differences, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wattlab.records.record import RunRecord

__all__ = ["Comparison", "compare", "energy_origin", "machine_line", "machines", "warnings"]

_OWN_ROW = {"run", "machine"}


class Comparison(NamedTuple):
    """Two tables, each with a text for every run.

    Attributes
    ----------
    facts : dict of tuples
        Lines of the cost card by their label.
    differences : dict of tuples
        Fields of the recipes, by path, that are not the same in all of them.
    """

    facts: Mapping[str, tuple[str, ...]]
    differences: Mapping[str, tuple[str, ...]]


def compare(records: Sequence[RunRecord]) -> Comparison:
    """Return the cost cards and the differing fields of the recipes, side by side."""
    cards = [{line.label.strip(): line.value for line in card_lines(record)} for record in records]
    facts = {name: texts for name, texts in side_by_side(cards).items() if name not in _OWN_ROW}
    return Comparison(facts, recipe_differences([record.recipe for record in records]))


def machines(records: Sequence[RunRecord]) -> dict[str, str]:
    """Return one line for each machine, by its id."""
    return {str(record.machine.get("id", "unknown")): machine_line(record) for record in records}


def machine_line(record: RunRecord) -> str:
    """Return a run's machine in one line."""
    return str(record.machine.get("line", record.machine.get("id", "unknown")))


def warnings(records: Sequence[RunRecord]) -> tuple[str, ...]:
    """Return what a reader must know before comparing runs, and why a training went wrong."""
    notes = [f"{record.id}: {record.message}" for record in records if record.message]
    if len(machines(records)) > 1:
        lines = "; ".join(machines(records).values())
        notes.insert(0, f"Measured on different machines, so times and energies do not compare: {lines}.")
    mixed = [key for key, value in _KEYS.items() if len({value(record) for record in records}) > 1]
    if "data" in mixed:
        mixed.remove("division")
    notes += [_MIXTURES[key] for key in mixed]
    return tuple(notes)


_KEYS: dict[str, Callable[[RunRecord], object]] = {
    "data": lambda record: record.dataset.name,
    "division": lambda record: (record.dataset.name, record.dataset.fingerprint),
    "loss": lambda record: str(record.recipe.get("loss")),
    "energy": lambda record: record.cost.total.energy.provenance,
    "target": lambda record: record.target,
}

_MIXTURES = {
    "data": "Learned from different data, so scores do not compare.",
    "division": "The arrays are not the same (another division, or other files), so scores may not compare.",
    "loss": "Trained with different losses, so training costs do not compare.",
    "energy": "Energy was found in different ways, so energies do not compare.",
    "target": "Aimed at different targets; a run that stops early spends less.",
}


def energy_origin(record: RunRecord) -> str:
    """Return in words how a run's energy was found, and how far it may be off.

    Returns
    -------
    str
        Whole sentences.
    """
    energy = record.cost.total.energy
    if energy.is_missing:
        return f"Missing, which is not zero: {energy.note}."
    how = {
        "measured": f"Measured: counted by the sensor {energy.sensor}.",
        "modelled": f"Modelled, not measured: computed by {energy.sensor}.",
    }[energy.provenance]
    return " ".join(part for part in (how, _bounds(record), _sentence(energy.note), _idle(record)) if part)


def _bounds(record: RunRecord) -> str:
    energy = record.cost.total.energy
    if energy.interval is None:
        return "No bound is known for its error."
    return f"The true value lies within {format_interval(*energy.interval, energy.unit)}."


def _idle(record: RunRecord) -> str:
    net = record.cost.total.net
    if net.value is None:
        return f"The part above idle is missing: {net.note}."
    return f"Of this, {format_quantity(net.value, net.unit)} are above what the machine draws when idle."


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""
