"""What the table of a study of warm starts says, and what stands around it: once for terminal, page and figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.columns import Cell, Column
from wattlab.units import significant
from wattlab.views.study_cells import ABSENT_CELL
from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.studies.columns import Align
    from wattlab.studies.trainings.censored import CensoredMedian, CensoredRatio
    from wattlab.studies.warm_start.answer import StageRow, WarmStarts, Way

__all__ = ["circumstances", "energy_kind", "machine", "reading", "remarks", "troubles", "warm_start_columns"]

_INFINITE: Final = "∞"
_MANY_J: Final = 1e4
_TONES: Final = {"better": "better", "worse": "worse", "no difference": "unknown"}
_ALIGNS: Final[tuple[Align, ...]] = ("left", "right", "right", "left", "left", "left", "left", "right")


def warm_start_columns(answer: WarmStarts) -> tuple[Column, ...]:
    """Return the table: cold, the stages before the last, the last stage alone, and all together.

    Columns in which every cell is absent are left out.
    """
    cold, *warm = answer.ways
    energies = [one.to_target.energy for one in answer.ways if one.to_target is not None]
    unit, factor = _energy_unit([one for one in energies if one is not None])
    ranks = energy_kind(answer) == "measured"
    rows = [_way(cold, factor, ranks=ranks), *(_stage(one, factor) for one in answer.stages)]
    rows += [_way(one, factor, ranks=ranks) for one in warm]
    costs = ("time (s)", "time × cold", f"energy ({unit})", "energy × cold")
    headings = ("training", "epochs", "reached", *costs, "best")
    columns = (
        Column(heading, cells, align)
        for heading, cells, align in zip(headings, zip(*rows, strict=True), _ALIGNS, strict=True)
    )
    return tuple(column for column in columns if any(cell != ABSENT_CELL for cell in column.cells))


def _energy_unit(energies: Sequence[CensoredMedian]) -> tuple[str, float]:
    """Return the unit that suits the largest energy, and how many of it a joule has."""
    largest_J = max((one.median or 0.0 for one in energies), default=0.0)
    return ("kJ", 1e-3) if largest_J >= _MANY_J else ("J", 1.0)


def _way(way: Way, factor: float, *, ranks: bool) -> tuple[Cell, ...]:
    """Return the line of a way; a model's energy is shown, but says of none that it is better."""
    found = way.to_target
    label, score = Cell(way.label, detail=way.how), ABSENT_CELL
    if way.score is not None:
        score = Cell(format_score(way.score.median), detail="median of the best scores on the judged part")
    if found is None:
        return (label, *[ABSENT_CELL] * 6, score)
    return (
        label,
        _median(found.epochs, lambda epochs: f"{epochs:g}", with_interval=False),
        Cell(f"{found.rate.n_reached} of {found.rate.n}"),
        _median(found.time, significant),
        _ratio(way.time_ratio),
        ABSENT_CELL if found.energy is None else _median(found.energy, lambda J: significant(J * factor)),
        _ratio(way.energy_ratio, ranks=ranks),
        score,
    )


def _stage(row: StageRow, factor: float) -> tuple[Cell, ...]:
    """Return the line of a stage before the last: its whole cost, and the score at its end."""
    score = ABSENT_CELL if row.score is None else Cell(format_score(row.score), detail="at its end, median")
    absent = ABSENT_CELL
    return (
        Cell(f"  {row.label}", detail=row.how),
        Cell(str(row.epochs)),
        absent,
        _quantity(row.wall, 1.0),
        absent,
        _quantity(row.energy, factor),
        absent,
        score,
    )


def _quantity(quantity: Quantity | None, factor: float) -> Cell:
    if quantity is None or quantity.value is None:
        return ABSENT_CELL
    return Cell(significant(quantity.value * factor), detail=str(quantity))


def _median(found: CensoredMedian, text: Callable[[float], str], *, with_interval: bool = True) -> Cell:
    """Return a median with its interval; a miss counts as infinite."""
    ends = "" if not found.level else f"[{_or_infinite(found.low, text)}, {_or_infinite(found.high, text)}]"
    basis = f"median over {found.n} seeds, misses infinite"
    basis += f"; {ends} with probability {found.level:.2g}" if ends else ""
    return Cell(_or_infinite(found.median, text), ends if with_interval else "", detail=basis)


def _or_infinite(value: float | None, text: Callable[[float], str]) -> str:
    return _INFINITE if value is None else text(value)


def _ratio(ratio: CensoredRatio | None, *, ranks: bool = True) -> Cell:
    if ratio is None:
        return ABSENT_CELL
    low, high = (_or_infinite(one, lambda end: significant(end, 2)) for one in (ratio.low, ratio.high))
    text = "–" if ratio.ratio is None else significant(ratio.ratio)
    return Cell(
        text,
        f"[{low}, {high}]" if ratio.level else "",
        _TONES[ratio.verdict] if ranks else "unknown",
        f"{ratio.verdict}, {ratio.n} seeds" if ranks else f"modelled, {ratio.n} seeds",
    )


def energy_kind(answer: WarmStarts) -> str:
    """Return how far energies can be trusted: measured, modelled or missing, the least trusted of those known."""
    found = {one.to_target.energy_provenance for one in answer.ways if one.to_target is not None} - {
        "missing"
    }
    return next((kind for kind in ("modelled", "measured") if kind in found), "missing")


def circumstances(answer: WarmStarts) -> str:
    """Return in one line how and when the study was made."""
    planned = f"{answer.seeds} seed{'' if answer.seeds == 1 else 's'}, interleaved"
    if not answer.complete:
        planned = f"not finished: {len(answer.trainings)} trainings of {answer.seeds} seeds"
    facts = (
        f"target {answer.target:g} on the {answer.part} part",
        planned,
        f"{answer.created_utc[:16].replace('T', ' ')} UTC",
        f"wattlab {answer.wattlab_version}",
    )
    return " · ".join(facts)


def machine(answer: WarmStarts) -> str:
    """Return the machine in one line."""
    return str(answer.machine.get("line", answer.machine.get("id", "unknown")))


def reading(answer: WarmStarts) -> tuple[str, ...]:
    """Return how to read the table, in whole sentences."""
    before = "earlier runs and stages" if answer.base is not None else "stages"
    how = (
        "Time and energy: of whole processes from their start until the target was reached, of a stage before the last "
        "until its end. Medians over the seeds, misses infinite. × cold: over the cold start's; below 1 is cheaper. "
        f"The verdict rests on the line with all {before}."
    )
    return (how,)


def remarks(answer: WarmStarts) -> tuple[Remark, ...]:
    """Return what a reader must know."""
    unfinished = [] if answer.complete else ["Not every training was run; what is known so far is shown."]
    kind = energy_kind(answer)
    energy = [f"Energy is {kind}: the verdict rests on time alone."] if kind != "measured" else []
    return tuple(Remark("", one) for one in (*unfinished, *answer.notes, *energy))


def troubles(answer: WarmStarts) -> tuple[Remark, ...]:
    """Return why trainings failed; the same words once for each stage."""
    found = dict.fromkeys(
        (answer.labels[one.candidate], one.failure) for one in answer.trainings if one.failure is not None
    )
    return tuple(Remark(label, failure) for label, failure in found)
