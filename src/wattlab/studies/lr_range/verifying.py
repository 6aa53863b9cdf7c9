"""Short trainings at the suggested rate and its neighbours: which rates, and what they say."""

from __future__ import annotations

from math import inf, log, sqrt
from typing import TYPE_CHECKING, Final

from wattlab.studies.lr_range.answer import Tried, Verified
from wattlab.studies.lr_range.suggesting import rounded
from wattlab.studies.sweep.statistics import mean_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.cluster.ramp_report import RampAsked, RampReport, ShortRun, ShortRuns
    from wattlab.studies.lr_range.answer import SeedRuns, TriedVerdict
    from wattlab.studies.lr_range.curve import Interval
    from wattlab.studies.sweep.statistics import Mean

__all__ = ["ENOUGH", "ROUNDS", "further_rates", "joined", "judge", "rates_to_try", "steps_of"]

ENOUGH: Final = 3
"""Seeds from which on a neighbour can be clearly better."""
ROUNDS: Final = 4
"""Rounds of short trainings at most: the first, and those that go on beyond the outermost rate."""
_NEIGHBOUR: Final = 3.0
_SAME: Final = 1.3
"""Rates that are nearer to one another than by this factor are tried once."""
_MOST: Final = 5


def rates_to_try(suggested: float, interval: Interval) -> tuple[float, ...]:
    """Return the suggested rate, a third and three times of it, and the interval's ends; smallest first.

    Parameters
    ----------
    suggested : float
        Always among them.
    interval : Interval
        Of good rates.

    Examples
    --------
    >>> from wattlab.studies.lr_range.curve import Interval
    >>> rates_to_try(0.05, Interval(low=0.002, high=0.15))
    (0.002, 0.017, 0.05, 0.15)
    """
    kept = [suggested]
    for one in (suggested / _NEIGHBOUR, suggested * _NEIGHBOUR, interval.low, interval.high):
        if all(abs(log(one / other)) > log(_SAME) for other in kept):
            kept.append(rounded(one))
    return tuple(sorted(kept))


def steps_of(report: RampReport) -> int:
    """Return how many updates a short training has where nobody says.

    An epoch's, but no fewer than the range has steps, and at most five times as many.

    Parameters
    ----------
    report : RampReport
        Of any seed.
    """
    steps, per_epoch = report.asked.steps, report.data.n_train // report.batch_size
    return min(max(steps, per_epoch), _MOST * steps)


def further_rates(found: Verified, ramp: RampAsked) -> tuple[float, ...]:
    """Return the rate to go on with where a neighbour took the suggestion's place and is the outermost; else none.

    Parameters
    ----------
    found : Verified
        What all rates so far gave.
    ramp : RampAsked
        Its range is the limit.
    """
    first, last = found.tried[0].rate, found.tried[-1].rate
    beyond = {first: rounded(first / _NEIGHBOUR), last: rounded(last * _NEIGHBOUR)}
    if found.holds or found.chosen not in beyond:
        return ()
    rate = beyond[found.chosen]
    return (rate,) if ramp.low <= rate <= ramp.high else ()


def joined(rounds: Sequence[SeedRuns], n_rounds: int) -> list[ShortRuns]:
    """Return for each seed its short trainings of all rounds as one; a seed of which a round failed is left out.

    Parameters
    ----------
    rounds : sequence of SeedRuns
        By round and seed.
    n_rounds : int
        The first so many rounds.
    """
    by_seed: dict[int, list[ShortRuns]] = {}
    for one in rounds:
        if one.round < n_rounds and one.runs is not None:
            by_seed.setdefault(one.seed, []).append(one.runs)
    return [_as_one(own) for own in by_seed.values() if len(own) == n_rounds]


def _as_one(own: Sequence[ShortRuns]) -> ShortRuns:
    rates = tuple(rate for one in own for rate in one.asked.rates)
    runs = tuple(run for one in own for run in one.runs)
    return own[0].model_copy(update={"asked": own[0].asked.model_copy(update={"rates": rates}), "runs": runs})


def judge(seeds: Sequence[ShortRuns], suggested: float) -> Verified:
    """Hold the suggested rate against its neighbours.

    Parameters
    ----------
    seeds : sequence of ShortRuns
        At least one, all of the same rates.
    suggested : float
        One of them.

    Returns
    -------
    Verified
        A neighbour is clearly better if at least three seeds were tried, it never diverged, and its score is higher
        than that of the suggested rate with the same seed: the whole of Student's interval of the mean difference
        lies above 0, and for accuracies the mean also by more than one of so many samples can err (one standard
        error). A suggestion that diverged with any seed does not hold: the best rate of those that diverged least often
        takes its place.
    """
    asked = seeds[0].asked
    by_rate = {rate: [one.runs[place] for one in seeds] for place, rate in enumerate(asked.rates)}
    own = by_rate[suggested]
    tried = tuple(
        _tried(rate, runs, own, suggested, _margin(seeds[0], own)) for rate, runs in by_rate.items()
    )
    chosen = _chosen(tried, suggested)
    return Verified(
        steps=asked.steps,
        held_out=seeds[0].held_out,
        n_held_out=seeds[0].n_held_out,
        score_name=seeds[0].score_name,
        tried=tuple(sorted(tried, key=lambda one: one.rate)),
        holds=chosen == suggested and not any(one.score is None for one in own),
        chosen=chosen,
    )


def _margin(one: ShortRuns, own: Sequence[ShortRun]) -> float:
    """Return the standard error of an accuracy on the held-out part; 0 for R²."""
    known = [run.score for run in own if run.score is not None]
    if one.score_name != "accuracy" or not known:
        return 0.0
    share = min(1.0, max(0.0, sum(known) / len(known)))
    return sqrt(share * (1 - share) / one.n_held_out)


def _tried(
    rate: float, runs: Sequence[ShortRun], own: Sequence[ShortRun], suggested: float, margin: float
) -> Tried:
    scores = [run.score for run in runs if run.score is not None]
    pairs = [
        (run.score, other.score)
        for run, other in zip(runs, own, strict=True)
        if run.score is not None and other.score is not None
    ]
    change = mean_of([mine - theirs for mine, theirs in pairs]) if rate != suggested else None
    n_diverged = len(runs) - len(scores)
    return Tried(
        rate=rate,
        scores=tuple(run.score for run in runs),
        score=mean_of(scores),
        loss=mean_of([run.loss for run in runs if run.loss is not None]),
        n_diverged=n_diverged,
        change=change,
        verdict=_verdict(change, n_diverged, margin, is_own=rate == suggested),
    )


def _verdict(change: Mean | None, n_diverged: int, margin: float, *, is_own: bool) -> TriedVerdict:
    if n_diverged:
        return "diverged"
    if is_own:
        return "suggestion"
    if change is None or change.n < ENOUGH or abs(change.mean) <= margin:
        return "no clear difference"
    if change.low > 0:
        return "clearly better"
    return "clearly worse" if change.high < 0 else "no clear difference"


def _chosen(tried: Sequence[Tried], suggested: float) -> float:
    """Return the suggested rate where it holds, else the best of those that are better."""
    own = next(one for one in tried if one.rate == suggested)
    if own.n_diverged:
        steady = min(one.n_diverged for one in tried)
        candidates = [one for one in tried if one.n_diverged == steady]
    else:
        candidates = [one for one in tried if one.verdict == "clearly better"] or [own]
    return max(candidates, key=lambda one: one.score.mean if one.score else -inf).rate
