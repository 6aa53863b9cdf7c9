"""What the tables of a learning-rate range test say, and what stands around them: once for terminal and page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.units import format_quantity, format_seconds, significant
from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.columns import Align
    from wattlab.studies.lr_range.answer import LrRange, SeedRamp, Tried, Verified
    from wattlab.studies.sweep.statistics import Mean

__all__ = [
    "circumstances",
    "pick_columns",
    "rate_text",
    "reading",
    "remarks",
    "score_text",
    "tried_columns",
    "tried_title",
    "troubles",
]

_ABSENT: Final = Cell(ABSENT)
_TONES: Final = {
    "clearly better": "better",
    "clearly worse": "worse",
    "diverged": "failed",
    "suggestion": "passed",
    "no clear difference": "",
}
_ENDS: Final = ("good from", "good to")


def rate_text(rate: float) -> str:
    """Return a learning rate with two digits.

    Examples
    --------
    >>> rate_text(0.0533), rate_text(1.23e-5), rate_text(100.0)
    ('0.053', '1.2e-05', '100')
    """
    return f"{float(f'{rate:.2g}'):g}"


def score_text(score: float, name: str) -> str:
    """Return a score in words: an accuracy as a percentage, R² as it is."""
    return f"{score:.2%}" if name == "accuracy" else significant(score)


def pick_columns(answer: LrRange) -> tuple[Column, ...]:
    """Return the table of status, pickers and interval: a row each, a column for the median and for each seed.

    Parameters
    ----------
    answer : LrRange
        Without a curve that fell, the table has the status alone.
    """
    estimates: list[tuple[str, Estimate]] = list(answer.picks.items())
    if answer.interval_low is not None and answer.interval_high is not None:
        estimates += list(zip(_ENDS, (answer.interval_low, answer.interval_high), strict=True))
    names = Column("learning rate", (Cell("status"), *(Cell(name) for name, _ in estimates)))
    middle = (Cell(answer.status, tone=_status_tone(answer)), *(_estimate(one) for _, one in estimates))
    seeds = (
        Column(f"seed {ramp.seed}", _seed_cells(ramp, [name for name, _ in estimates]), "right")
        for ramp in answer.ramps
    )
    return (names, Column("median", middle, "right"), *seeds)


def _status_tone(answer: LrRange) -> str:
    return {"found": "passed", "too short": "unknown"}.get(answer.status, "failed")


def _estimate(one: Estimate) -> Cell:
    bounds = f"{rate_text(one.low)} to {rate_text(one.high)} over {one.n} seeds"
    return Cell(rate_text(one.median), detail=bounds)


def _seed_cells(ramp: SeedRamp, names: Sequence[str]) -> tuple[Cell, ...]:
    one = ramp.reading
    if one is None:
        return (Cell("failed", tone="failed", detail=ramp.failure or ""), *(_ABSENT for _ in names))
    known: dict[str, float] = {str(name): rate for name, rate in one.picks.items()}
    if one.interval is not None:
        known |= dict(zip(_ENDS, (one.interval.low, one.interval.high), strict=True))
    rates = (Cell(rate_text(known[name])) if name in known else _ABSENT for name in names)
    return (Cell(one.status), *rates)


def tried_title(one: Verified) -> str:
    """Return what the table of the short trainings shows, in a line."""
    return f"Short trainings at constant rates: {one.steps} steps each, judged on the {one.held_out}"


def tried_columns(one: Verified) -> tuple[Column, ...]:
    """Return the table of the short trainings, a row for each rate.

    Parameters
    ----------
    one : Verified
        What they gave.
    """
    name = one.score_name
    return (
        _column(one, "learning rate", lambda row: Cell(rate_text(row.rate)), "right"),
        _column(one, name, lambda row: _mean(row.score, lambda score: score_text(score, name)), "point"),
        _column(one, "loss", lambda row: _mean(row.loss, significant), "point"),
        _column(one, "change", lambda row: _mean(row.change, lambda change: _change(change, name)), "point"),
        _column(one, "verdict", lambda row: Cell(_verdict(row), tone=_TONES[row.verdict])),
    )


def _column(one: Verified, heading: str, cell: Callable[[Tried], Cell], align: Align = "left") -> Column:
    return Column(heading, tuple(cell(row) for row in one.tried), align)


def _mean(one: Mean | None, text: Callable[[float], str]) -> Cell:
    if one is None:
        return _ABSENT
    return Cell(text(one.mean), detail=f"{text(one.low)} to {text(one.high)} over {one.n} seeds")


def _change(change: float, name: str) -> str:
    return f"{100 * change:+.2f} points" if name == "accuracy" else f"{change:+.3g}"


def _verdict(row: Tried) -> str:
    return f"diverged ({row.n_diverged} of {len(row.scores)})" if row.n_diverged else row.verdict


def circumstances(answer: LrRange) -> str:
    """Return in one line how and when the range test was made, and what it cost."""
    plan, ramp = answer.plan, answer.plan.ramp
    tested = f"{rate_text(ramp.low)} to {rate_text(ramp.high)} in {ramp.steps} steps"
    seeds = f"{len(plan.seeds)} seed{'' if len(plan.seeds) == 1 else 's'}"
    unfinished = "" if answer.complete else "not finished"
    wall = "" if answer.wall.value is None else format_seconds(answer.wall.value)
    energy = answer.energy
    spent = "" if energy.value is None else f"{format_quantity(energy.value, 'J')} ({energy.provenance})"
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    facts = (unfinished, tested, seeds, wall, spent, when, f"wattlab {answer.wattlab_version}")
    return " · ".join(filter(None, facts))


def reading(answer: LrRange) -> tuple[str, ...]:
    """Return how to read the tables, in whole sentences, and where it was measured."""
    ramp = answer.plan.ramp
    how = (
        f"Loss smoothed exponentially (β = {ramp.smoothing:g}, bias-corrected); a ramp ends above {ramp.stop_at:g} "
        "times its best. Pickers as in fastai. Good from, to: where the loss has fallen by a tenth "
        "and by nine tenths of its whole fall."
    )
    return how, str(answer.machine.get("line", answer.machine.get("id", "unknown")))


def troubles(answer: LrRange) -> tuple[Remark, ...]:
    """Return which processes failed, and why."""
    ramps = [Remark(f"seed {one.seed}", one.failure) for one in answer.ramps if one.failure]
    short = [
        Remark(f"short trainings of seed {one.seed}", one.failure) for one in answer.short_runs if one.failure
    ]
    return (*ramps, *short)


def remarks(answer: LrRange) -> tuple[Remark, ...]:
    """Return what a reader must know."""
    unfinished = (
        [] if answer.complete else ["The range test was not finished; what is known so far is shown."]
    )
    return tuple(Remark("", note) for note in (*unfinished, *answer.notes))
