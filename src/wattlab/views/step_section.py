"""The report's section about the inside of a training step: what each phase takes of time and energy."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wattlab.records.card import format_share
from wattlab.records.cost_lines import value_text
from wattlab.units import format_interval, format_seconds
from wattlab.views.colours import STEP_PHASES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.records.phases import StepPhases
    from wattlab.records.record import RunRecord

__all__ = ["step_phases"]

_HEAD = ("", "of a step", "time", "energy")


def step_phases(records: Sequence[RunRecord], labels: Sequence[str]) -> str:
    """Return how each run's training divides into the phases of its steps; empty where no run looked."""
    known = [
        (record, record.phases, label)
        for record, label in zip(records, labels, strict=True)
        if record.phases is not None
    ]
    if not known:
        return ""
    parts = "".join(
        (f"<h3>{escape(label)}</h3>" if len(records) > 1 else "") + _one(record, phases)
        for record, phases, label in known
    )
    return f"<section>\n<h2>Inside a training step</h2>\n{parts}</section>"


def _one(record: RunRecord, phases: StepPhases) -> str:
    if phases.how == "missing":
        return f"<p>The phases are missing: {escape(phases.note)}.</p>"
    head = "".join(f'<th scope="col">{title}</th>' for title in _HEAD)
    rows = [
        _row(name, _share(phases.shares[name]), phases.wall[name], phases.energy[name])
        for name in phases.shares
    ]
    training, evaluation = record.cost.training, record.cost.evaluation
    rows.append(_row("training", "", training.wall, training.energy))
    rows.append(_row("evaluation", "", evaluation.wall, evaluation.energy))
    return (
        f'{_bar(phases)}<div class="scroll" style="margin-top:10px"><table class="side"><thead><tr>{head}</tr></thead>'
        f'<tbody>{"".join(rows)}</tbody></table></div>\n<p class="soft">{escape(_caption(phases))}</p>'
    )


def _bar(phases: StepPhases) -> str:
    pieces = "".join(
        f'<span style="flex:{share.value or 0.0:.5f};background:{STEP_PHASES[name]}" '
        f'title="{name} {format_share(share.value or 0.0)}"></span>'
        for name, share in phases.shares.items()
    )
    key = "".join(
        f'<span><i class="swatch square" style="background:{STEP_PHASES[name]}"></i>{name} '
        f"{escape(format_share(share.value or 0.0))}</span>"
        for name, share in phases.shares.items()
    )
    return f'<div class="phases">{pieces}</div>\n<div class="key"><span>a step:</span>{key}</div>\n'


def _row(name: str, share: str, wall: Quantity, energy: Quantity) -> str:
    cells = (share, value_text(wall), _with_provenance(energy))
    return (
        f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    )


def _share(share: Quantity) -> str:
    if share.interval is None:
        return f"{share.value:.1%}"
    low, high = share.interval
    return f"{share.value:.1%} ({low:.1%} to {high:.1%})"


def _with_provenance(energy: Quantity) -> str:
    if energy.value is None:
        return f"missing: {energy.note}"
    between = f", {format_interval(*energy.interval, energy.unit)}" if energy.interval else ""
    return f"{value_text(energy)} {energy.provenance}{between}"


def _caption(phases: StepPhases) -> str:
    """Say how the shares were found, how sure they are, and what the ratio of the passes tells."""
    steps = f"{phases.n_steps} step{'' if phases.n_steps == 1 else 's'}"
    found = {
        "measured": f"Shares are measured inside {steps} of this training, with about 95 % intervals of their medians.",
        "modelled": f"Shares are modelled: the parts of a step were timed apart from the training, {steps} in all.",
    }[phases.how]
    note = f" {phases.note[0].upper()}{phases.note[1:]}." if phases.note else ""
    spent = f" Finding them took {format_seconds(phases.sampling.value or 0.0)}."
    energy = " A phase's energy is the training's by share of time, always a model. Evaluation has a window of its own."
    ratio = phases.backward_over_forward
    passes = (
        f" The backward pass takes {ratio:.2g} times as long as the forward pass; 1 to 2 is usual."
        if ratio
        else ""
    )
    return f"{found}{note}{spent}{energy}{passes}"
