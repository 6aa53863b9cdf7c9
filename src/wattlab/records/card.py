"""The cost card: a run's facts as labelled lines, the same in terminal, notebook and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.data.origin import short_origin
from wattlab.records.cost_lines import (
    CardLine,
    cores_busy,
    device_lines,
    domain_lines,
    energy_line,
    lines_html,
    lines_text,
    quantity_line,
    rate_line,
    shared_lines,
    surcharge_line,
    value_text,
)
from wattlab.records.start_lines import start_lines
from wattlab.units import format_rate, format_seconds

if TYPE_CHECKING:
    from wattlab.records.record import RunRecord

__all__ = ["card_html", "card_lines", "card_text", "format_score", "format_share"]

_MUCH = 1000
_SMALL = 0.005


def card_lines(record: RunRecord) -> list[CardLine]:
    """Return all lines of a run's cost card, in order."""
    total = record.cost.total
    return [
        CardLine("run", record.id, f"recipe {record.recipe_name}, seed {record.recipe['seed']}"),
        CardLine("data", record.dataset.name, short_origin(record.dataset.source)),
        _score(record),
        *_target(record),
        _wall(record),
        *_steps(record),
        *start_lines(record),
        quantity_line("CPU time", total.cpu, cores_busy(total)),
        quantity_line("peak memory", total.peak_memory),
        *device_lines(total),
        energy_line("energy", total.energy),
        *domain_lines(total),
        energy_line("  net of idle", total.net),
        *(surcharge_line(name, lost) for name, lost in record.cost.surcharges.items()),
        rate_line("price", record.cost.price, total.energy),
        rate_line("CO2e", record.cost.co2e, total.energy),
        *shared_lines(total),
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
    parts = ["test part closed" if record.test_closed else f"test {format_score(record.test_score)}"]
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
    shares = [f"{name} {value_text(cost.wall)}" for name, cost in record.cost.phases().items()]
    return CardLine("wall time", value_text(record.cost.total.wall), ", ".join(shares))


def _steps(record: RunRecord) -> list[CardLine]:
    """Return how the training divides into the phases of its steps."""
    if record.phases is None:
        return []
    phases, training = record.phases, value_text(record.cost.training.wall)
    if phases.how == "missing":
        return [CardLine("  training", "missing", phases.note)]
    shares = ", ".join(f"{name} {format_share(share.value or 0.0)}" for name, share in phases.shares.items())
    steps = f"{phases.n_steps} step{'' if phases.n_steps == 1 else 's'}"
    return [CardLine("  training", shares, f"of {training}, {phases.how} on {steps}")]


def format_share(share: float) -> str:
    """Return a share in percent; a small one is not written as none.

    Examples
    --------
    >>> format_share(0.354), format_share(0.004), format_share(0.0)
    ('35%', '<1%', '0%')
    """
    return f"{share:.0%}" if share >= _SMALL or not share else "<1%"


def card_text(record: RunRecord) -> str:
    """Return the card as plain text."""
    return lines_text(card_lines(record))


def card_html(record: RunRecord) -> str:
    """Return the card as an HTML table."""
    return lines_html(card_lines(record))
