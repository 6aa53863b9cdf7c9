"""From the trainings of a study to what each stage cost and what each way took to the target."""

from __future__ import annotations

from contextlib import suppress
from statistics import median
from typing import TYPE_CHECKING

from wattlab.errors import RunError
from wattlab.meter.quantity import measured
from wattlab.meter.statistics import estimate, median_quantity
from wattlab.records.run import Run
from wattlab.studies.trainings.censored import censored_ratio
from wattlab.studies.trainings.to_target import to_target
from wattlab.studies.warm_start.answer import StageRow, Way
from wattlab.studies.warm_start.totals import ended_chain, with_earlier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.meter.statistics import Estimate
    from wattlab.records.record import RunRecord
    from wattlab.studies.trainings.censored import CensoredRatio
    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.warm_start.rounds import ChainRounds

    BySeed = Mapping[int, Trained]

__all__ = ["make_stages", "make_ways"]


def make_stages(rounds: ChainRounds) -> tuple[StageRow, ...]:
    """Return what each stage before the last cost."""
    return tuple(_stage(rounds, place) for place in range(1, rounds.plan.last))


def _stage(rounds: ChainRounds, place: int) -> StageRow:
    planned = rounds.plan.trainings[place]
    over = [one for one in rounds.of(place).values() if one.has_result]
    scores = [one.score for one in over if one.score is not None]
    records = _records(rounds, over)
    return StageRow(
        label=planned.label,
        epochs=planned.epochs,
        n=len(over),
        wall=_median([one.wall for one in over], "s"),
        energy=_median([one.energy for one in over], "J"),
        start_up=_start_up(records),
        score=median(scores) if scores else None,
        n_at_target=sum(score >= rounds.plan.target for score in scores),
        how=_how(records),
    )


def make_ways(rounds: ChainRounds) -> tuple[Way, ...]:
    """Return what the target takes cold, by the last stage alone, and by all stages."""
    plan = rounds.plan
    cold, last = rounds.of(0), rounds.of(plan.last)
    whole = _chains(rounds)
    how = _how(_records(rounds, [one for one in last.values() if one.has_result]))
    return (
        Way(label="cold", kind="cold", to_target=to_target(tuple(cold.values())), score=_best(cold)),
        Way(
            label="warm, last stage",
            kind="last stage",
            to_target=to_target(tuple(last.values())),
            time_ratio=_ratio(last, cold, "time"),
            energy_ratio=_ratio(last, cold, "energy"),
            score=_best(last),
            how=how,
        ),
        Way(
            label="warm, all stages" if plan.base is None else "warm, everything",
            kind="all stages",
            to_target=to_target(tuple(whole.values())),
            time_ratio=_ratio(whole, cold, "time"),
            energy_ratio=_ratio(whole, cold, "energy"),
            score=_best(whole),
            how=how,
        ),
    )


def _chains(rounds: ChainRounds) -> BySeed:
    """Return by seed what the whole chain took; one that a failure ended missed the target."""
    plan = rounds.plan
    chains = {}
    for seed in (plan.seed(number) for number in range(plan.seeds)):
        chain = [rounds.trained.get((place, seed)) for place in range(1, plan.last + 1)]
        over = [one for one in chain if one is not None]
        failed = next((one for one in over[: plan.last - 1] if not one.has_result), None)
        if failed is not None:
            chains[seed] = ended_chain(failed, plan.last, plan.target)
        elif len(over) == plan.last:
            chains[seed] = with_earlier(over[-1], over[:-1], plan.base)
    return chains


def _ratio(own: BySeed, other: BySeed, what: str) -> CensoredRatio | None:
    """Return the ratio over the seeds that both were trained with; None where a figure is missing."""
    seeds = [seed for seed in own if seed in other]
    pairs = [[getattr(one[seed], f"{what}_to_target") for seed in seeds] for one in (own, other)]
    if not seeds or any(one is not None and one.is_missing for row in pairs for one in row):
        return None
    first, second = ([None if one is None else one.value for one in row] for row in pairs)
    return censored_ratio(first, second)


def _best(trained: BySeed) -> Estimate | None:
    return estimate([one.best for one in trained.values()], "")


def _median(quantities: Sequence[Quantity | None], unit: str) -> Quantity | None:
    known = [one for one in quantities if one is not None]
    return median_quantity(known, unit) if known else None


def _records(rounds: ChainRounds, trained: Iterable[Trained]) -> list[RunRecord]:
    """Return the records of some trainings, as far as they can be read."""
    records = []
    for one in trained:
        with suppress(RunError):
            records.append(Run(rounds.folder.runs / one.run).record)
    return records


def _how(records: Sequence[RunRecord]) -> str:
    """Return how weights were carried over, in the first training's words."""
    return next((one.start.how for one in records if one.start is not None), "")


def _start_up(records: Sequence[RunRecord]) -> Quantity | None:
    """Return the share of the process's time that passes before the first step."""
    shares = []
    for record in records:
        cost = record.cost
        before = [cost.start_up.wall.value, cost.data.wall.value]
        before += [] if cost.compile is None else [cost.compile.wall.value]
        if cost.total.wall.value:
            shares.append(sum(one or 0.0 for one in before) / cost.total.wall.value)
    return measured(median(shares), "1", "clock:wall") if shares else None
