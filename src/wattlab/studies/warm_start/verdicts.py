"""Whether a warm start pays, in sentences: with the cost of all earlier stages first, the last stage alone after it."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Final, Literal

from wattlab.studies.trainings.censored import ENOUGH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.trainings.censored import CensoredRatio
    from wattlab.studies.warm_start.answer import StageRow, Way
    from wattlab.studies.warm_start.plan import Base, WarmStartPlan

__all__ = ["Pays", "pays", "ratio_text", "verdicts", "warm_start_notes"]

_AFRESH: Final = (
    "Each stage is a training of its own, in a process of its own: its optimizer starts afresh, and its schedule spans "
    "its own epochs."
)
Pays = Literal["yes", "no", "unknown"]
_MUCH: Final = 0.25
"""Share of a stage that its start-up takes from which on that is told."""


def pays(whole: Way) -> Pays:
    """Return whether the warm start takes less time to the target, everything before it included."""
    if whole.time_ratio is None or whole.time_ratio.verdict == "no difference":
        return "unknown"
    return "yes" if whole.time_ratio.verdict == "better" else "no"


def ratio_text(ratio: CensoredRatio) -> str:
    """Return a ratio with its interval.

    Examples
    --------
    >>> from wattlab.studies.trainings.censored import censored_ratio
    >>> ratio_text(censored_ratio([1.0, 1.2, 1.1, 1.0, 1.1], [2.0, 2.2, 2.1, 2.0, 2.2]))
    '0.52 (0.50 to 0.55)'
    >>> ratio_text(censored_ratio([1.0, None], [None, None]))
    'an unknown number of (0.00 to ∞)'
    """
    low, high = ("∞" if end is None else f"{end:.2f}" for end in (ratio.low, ratio.high))
    median = "an unknown number of" if ratio.ratio is None else f"{ratio.ratio:.2f}"
    return f"{median} ({low} to {high})" if ratio.level else median


def verdicts(ways: Sequence[Way]) -> tuple[str, ...]:
    """Return what came out.

    Parameters
    ----------
    ways : sequence of Way
        Cold; the last stage alone; all stages.
    """
    cold, last, whole = ways
    if whole.time_ratio is None or cold.to_target is None or whole.to_target is None:
        return ("There is nothing to compare yet: no seed has been trained in both ways.",)
    sentences = [_paying(cold, whole), *_alone(last), *_misses((cold, whole)), *_advice((cold, whole))]
    return tuple(sentences)


def _paying(cold: Way, whole: Way) -> str:
    assert whole.time_ratio is not None
    ratio = whole.time_ratio
    told = (
        f"No difference can be told over {ratio.n} seeds"
        if ratio.n > 1
        else "Of one seed no verdict is given"
    )
    heads = {"yes": "The warm start pays", "no": "The warm start does not pay", "unknown": told}
    return f"{heads[pays(whole)]}: {_reason(cold, whole, ratio)}."


def _reason(cold: Way, whole: Way, ratio: CensoredRatio) -> str:
    assert cold.to_target is not None
    assert whole.to_target is not None
    if cold.to_target.time.median is None or whole.to_target.time.median is None:
        own, other = (
            f"{one.n_reached} of {one.n} seeds" for one in (whole.to_target.rate, cold.to_target.rate)
        )
        return f"it reached the target with {own}, the cold start with {other}, and a miss counts as infinite"
    times = (
        f"{ratio_text(ratio)} times the cold start's time to the target, all that comes before it included"
    )
    return f"it takes {times}{_energy(whole)}"


def _energy(whole: Way) -> str:
    if whole.energy_ratio is None or whole.to_target is None:
        return "; its energy is missing"
    return f", and {ratio_text(whole.energy_ratio)} times its energy ({whole.to_target.energy_provenance})"


def _alone(last: Way) -> list[str]:
    if last.time_ratio is None or last.time_ratio.ratio is None:
        return []
    said = f"The last stage alone takes {ratio_text(last.time_ratio)} times the cold start's time"
    return [f"{said}: what is left to pay where what comes before it is there anyway."]


def _misses(ways: Sequence[Way]) -> list[str]:
    missed = []
    for way in ways:
        rate = way.to_target and way.to_target.rate
        if rate and rate.n_reached < rate.n:
            best = "" if way.score is None else f" (best {way.score.median:.4f} in the median)"
            missed.append(f"{way.label} {rate.n - rate.n_reached} of {rate.n}{best}")
    return [f"Missed, and counted as infinite: {'; '.join(missed)}."] if missed else []


def _advice(ways: Sequence[Way]) -> list[str]:
    """Return what to ask for where nobody reached the target."""
    best = max((way.score.median for way in ways if way.score is not None), default=0.0)
    if any(way.to_target is not None and way.to_target.rate.n_reached for way in ways):
        return []
    # Cut, not rounded: what was reached can be reached.
    less = floor(best * 1000) / 1000
    if less <= 0:
        return []
    steps = f"ask for less, as in --target {less:g}, or train for longer, with --set training.epochs=N"
    return [f"Neither way reached it: {steps}."]


def warm_start_notes(plan: WarmStartPlan, stages: Sequence[StageRow]) -> tuple[str, ...]:
    """Return what a reader must know.

    Parameters
    ----------
    plan : WarmStartPlan
        What was to be done.
    stages : sequence of StageRow
        Those before the last.
    """
    notes = [
        *plan.notes,
        _AFRESH,
        *_base(plan.base),
        *([f"For the warm stages alone: {', '.join(plan.warm_changes)}."] if plan.warm_changes else []),
        *_start_ups(stages),
        *_enough(stages),
    ]
    if plan.seeds < ENOUGH:
        notes.append(
            f"With fewer than {ENOUGH} seeds intervals are wide and mean little: --seeds {ENOUGH} or more."
        )
    return tuple(notes)


def _base(base: Base | None) -> list[str]:
    if base is None:
        return []
    chain = f" (with {', '.join(base.runs[:-1])} before it)" if len(base.runs) > 1 else ""
    state = "" if base.finished else ", where it was interrupted"
    begins = f"Every seed begins with the weights of run {base.run!r}{chain} after epoch {base.epochs}{state}"
    other = f" Of that cost: {base.note}." if base.note else ""
    return [f"{begins}, whose whole cost counts for each: what one training would have to pay.{other}"]


def _start_ups(stages: Sequence[StageRow]) -> list[str]:
    slow = [one for one in stages if one.start_up is not None and (one.start_up.value or 0.0) >= _MUCH]
    if not slow:
        return []
    told = ", ".join(f"{one.label} {one.start_up.value:.0%}" for one in slow if one.start_up is not None)
    return [f"Of an earlier stage, the start of its process, data and compiling take much: {told}."]


def _enough(stages: Sequence[StageRow]) -> list[str]:
    return [
        f"{one.label}: {one.n_at_target} of {one.n} had the target's score at its end already, so that fewer features "
        "may be all that is needed."
        for one in stages
        if one.n and one.n_at_target * 2 > one.n
    ]
