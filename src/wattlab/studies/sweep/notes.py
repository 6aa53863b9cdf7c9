"""What the reader of a sweep must know, in sentences: data, sizes, baseline, energy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.recipe.layers import Conv2D, Conv2DTranspose, Dense

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.cluster.step_report import DataUsed
    from wattlab.recipe import Recipe
    from wattlab.studies.sweep.answer import SweepRow
    from wattlab.studies.sweep.plan import SweepPlan

__all__ = ["odd_sizes", "sweep_notes", "synthetic_notes"]

_MULTIPLE: Final = 8
_HALVES: Final = {"bfloat16", "float16"}
_MANY: Final = 4


def odd_sizes(recipe: Recipe) -> list[str]:
    """Return the hidden layers whose width is no multiple of 8, each with the next that is.

    Matrix units of half precision compute in tiles of 8 numbers: other widths are filled up, or not computed there at
    all. The width of the output is the data's.

    Parameters
    ----------
    recipe : Recipe
        With its layers.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> odd_sizes(Recipe.named("digits").with_changes({"network.layers[0].units": 30}))
    ['layers.0 30 → 32']
    """
    found = []
    for node in recipe.network.weighted[:-1]:
        spec = node.spec
        width = spec.units if isinstance(spec, Dense) else None
        width = spec.filters if isinstance(spec, (Conv2D, Conv2DTranspose)) else width
        if width and width % _MULTIPLE:
            found.append(f"{node.name} {width} → {width + -width % _MULTIPLE}")
    return found


def sweep_notes(plan: SweepPlan, rows: Sequence[SweepRow], data: Sequence[DataUsed]) -> tuple[str, ...]:
    """Return what must be known of the whole sweep.

    Parameters
    ----------
    plan : SweepPlan
        What was to be done.
    rows : sequence of SweepRow
        What came out.
    data : sequence of DataUsed
        What the steps learned from, each once.
    """
    notes = [*plan.notes, *synthetic_notes(data), *_baseline(plan, rows), *_sizes(plan)]
    if any(row.energy is not None and row.energy.provenance == "modelled" for row in rows):
        notes.append("Energy is modelled, not measured, so nothing is ranked by it; verdicts are about time.")
    return tuple(notes)


def synthetic_notes(data: Sequence[DataUsed]) -> list[str]:
    """Return that synthetic samples stood in for a recipe's data, where they did.

    Parameters
    ----------
    data : sequence of DataUsed
        What the steps learned from, each once.
    """
    made_up = dict.fromkeys(one.name for one in data if one.synthetic)
    notes = [
        f"The data {name!r} is not on this machine: synthetic samples of its shapes stood in for it, which does for "
        "times, memory and energy of steps."
        for name in made_up
    ]
    mixed = [one.name for one in data if not one.synthetic and one.name in made_up]
    if mixed:
        notes.append(
            f"Some trials had {mixed[0]!r} itself, which came while the study was interrupted: begin anew."
        )
    return notes


def _baseline(plan: SweepPlan, rows: Sequence[SweepRow]) -> list[str]:
    if not plan.baseline:
        return []
    firsts = {name: texts[0] for name, texts in plan.fields.items() if name in plan.baseline}
    lost = [row.label for row in rows if row.step and row.ratio is None and row.verdict == "none"]
    found = [f"No ratio where the baseline could not be timed: {', '.join(lost)}."] if lost else []
    refused = all(one.refusal for one in plan.cells if firsts.items() <= one.values.items())
    if firsts != plan.baseline and refused:
        names = ", ".join(plan.baseline.values())
        found.append(
            f"The baseline is {names}, because {', '.join(firsts.values())}, named first, cannot run here."
        )
    return found


def _sizes(plan: SweepPlan) -> list[str]:
    """Return which sizes are no multiples of 8, where half precision was timed."""
    halves = [cell for cell in plan.cells if not cell.refusal and cell.read().engine.precision in _HALVES]
    if not halves:
        return []
    odd = list(dict.fromkeys(text for cell in halves for text in odd_sizes(cell.read())))
    batches = dict.fromkeys(
        cell.batch_size for cell in halves if cell.batch_size != "all" and cell.batch_size % _MULTIPLE
    )
    parts = [f"layers ({', '.join(odd[:_MANY])}{', …' if len(odd) > _MANY else ''})"] if odd else []
    parts += [f"batch sizes ({', '.join(map(str, batches))})"] if batches else []
    if not parts:
        return []
    return [f"No multiples of 8, which half precision is quickest with: {' and '.join(parts)}."]
