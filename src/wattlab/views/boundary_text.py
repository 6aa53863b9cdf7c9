"""Boundaries in the terminal: how good each model is, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.units import format_quantity
from wattlab.views.terminal import write_plain
from wattlab.views.text import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from wattlab.insight.boundary.compare import Boundaries, Contender
    from wattlab.meter.quantity import Quantity

__all__ = ["print_boundaries"]


def print_boundaries(found: Boundaries, console: Console | None = None) -> None:
    """Print accuracies, support vectors, time and energy of each model.

    Parameters
    ----------
    found : Boundaries
        From `wattlab.insight.boundary.boundaries` or `run_boundary`.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    headings = ("model", "test", "training", "support vectors", "time", "energy")
    print_table(headings, [_row(one) for one in found.contenders], console)
    write_plain("\n".join(["", *_sentences(found)]), console)


def _row(one: Contender) -> tuple[str, ...]:
    support = one.boundary.support
    count = "–" if support is None else str(len(support))
    scores = ("–" if score is None else f"{score:.4f}" for score in (one.test_accuracy, one.train_accuracy))
    return (one.name, *scores, count, _quantity(one.wall), _quantity(one.energy))


def _quantity(quantity: Quantity) -> str:
    if quantity.value is None:
        return "missing"
    return format_quantity(quantity.value, quantity.unit) + " modelled" * (quantity.provenance == "modelled")


def _sentences(found: Boundaries) -> Iterator[str]:
    first = found.contenders[0].boundary
    names = first.class_names
    listed = ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:11])}, …"
    counts = f"{found.n_train} training and {found.n_test} test samples"
    yield f"data '{found.data}': {counts}, {len(names)} classes ({listed})"
    yield f"accuracy by part; time and energy of {found.cost_of}"
    yield from dict.fromkeys(
        f"energy is missing: {one.energy.note}" for one in found.contenders if one.energy.is_missing
    )
    yield from found.notes
    yield "draw it: -o boundary.png (or .svg, .pdf, .html), with --3d as a surface"
