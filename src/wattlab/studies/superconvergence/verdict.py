"""What a study of super-convergence found, in a word and in sentences with the measured reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from wattlab.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wattlab.studies.superconvergence.comparing import Comparison
    from wattlab.studies.superconvergence.row import ArmRow
    from wattlab.studies.trainings.censored import CensoredRatio

__all__ = ["Finding", "Verdict", "find_verdict"]

Verdict = Literal["super-convergence", "quicker", "no difference", "not here", "undecided"]
"""super-convergence: at most half the epochs; quicker: fewer, but not that few."""
_HALF: Final = 0.5


class Finding(NamedTuple):
    """A verdict and its reasons.

    Attributes
    ----------
    verdict : Verdict
    sentences : tuple of str
        The first one is the answer.
    """

    verdict: Verdict
    sentences: tuple[str, ...]


def find_verdict(
    rows: Sequence[ArmRow],
    comparison: Comparison | None,
    target: float,
    *,
    complete: bool,
    budget_ended: bool,
) -> Finding:
    """Return what the trainings say.

    Parameters
    ----------
    rows : sequence of ArmRow
        All candidates.
    comparison : Comparison or None
        Where both arms have something to compare.
    target : float
        Score to reach.
    complete : bool
        Whether the search came to its end.
    budget_ended : bool
        Whether it was the budget that ended it.
    """
    if comparison is not None:
        return _compared(comparison, rows)
    cycles = [row for row in rows if row.arm == "one-cycle"]
    steady = next((row for row in rows if row.chosen and row.arm == "constant"), None)
    if not complete:
        return Finding("undecided", ("Not all was trained; what is known so far is shown.",))
    if steady is None:
        return Finding("undecided", ("No constant rate could be trained at all.",))
    if budget_ended:
        text = f"The budget ended the search before a cycle reached {target:g}; a larger --budget tries longer ones."
        return Finding("undecided", (text, _constant(steady, target), _nearest(cycles)))
    longest = max((row.epochs for row in cycles), default=0)
    text = f"Not here: no cycle of up to {_epochs(longest)} reached {target:g} with most seeds."
    return Finding("not here", (text, _constant(steady, target), _nearest(cycles)))


def _compared(found: Comparison, rows: Sequence[ArmRow]) -> Finding:
    ratio = found.epochs
    texts = [_ratio_text("epochs", ratio), _ratio_text("time", found.time)]
    texts += [] if found.energy is None else [_ratio_text("energy", found.energy)]
    detail = f"One cycle over the constant rate, medians over the seeds: {'; '.join(texts)}."
    more = (detail, *_missed(found, rows))
    if ratio.ratio is None:
        text = "Not here: the cycle that was chosen misses the target with most of the seeds that compare."
        return Finding("not here", (text, *more))
    if not ratio.level:
        text = f"Undecided: one seed shows {_times(ratio.ratio, found)}, and no interval; --seeds 3 or more compares."
        return Finding("undecided", (text, *more))
    if ratio.verdict == "worse":
        return Finding("not here", ("Not here: the constant rate reaches the target in fewer epochs.", *more))
    if ratio.verdict == "no difference":
        text = f"No difference that {ratio.n} seeds can show: the interval of the ratio of epochs holds 1."
        return Finding("no difference", (text, *more))
    times = _times(ratio.ratio, found)
    if ratio.ratio > _HALF:
        text = f"Quicker, but no super-convergence (half the epochs or fewer): {times}."
        return Finding("quicker", (text, *more))
    return Finding("super-convergence", (f"Super-convergence: {times}.", *more))


def _times(ratio: float, found: Comparison) -> str:
    if not ratio:
        return "a target that the constant rate never reached"
    least = "at least " if found.at_most else ""
    if ratio > 1:
        return f"{significant(ratio)} times more epochs to the same score"
    return f"{least}{significant(1 / ratio)} times fewer epochs to the same score"


def _missed(found: Comparison, rows: Sequence[ArmRow]) -> Iterator[str]:
    if found.at_most and found.epochs.ratio is not None:
        longest = max(row.epochs for row in rows if row.arm == "constant")
        yield (
            f"A training with the constant rate missed the target in {_epochs(longest)}; what it spent until then "
            "stands for what it would have taken, so the true ratios are lower."
        )
    if found.n_lost:
        yield (
            f"{found.n_lost} of the trainings with the constant rate diverged or failed; that counts as infinite."
        )


def _epochs(count: float) -> str:
    return f"{count:g} epoch{'' if count == 1 else 's'}"


def _constant(steady: ArmRow, target: float) -> str:
    found = steady.to_target
    if found is not None and found.epochs.median is not None:
        after = _epochs(found.epochs.median)
        easy = "; take a higher --target" if found.epochs.median == 1 else ""
        reached = f"The constant rate {steady.rate:g} reaches it after {after} (median)"
        return f"{reached}: longer cycles are no quicker{easy}."
    return f"No constant rate reached {target:g} with most seeds, either; the best came to {_score(steady)}."


def _nearest(cycles: Sequence[ArmRow]) -> str:
    scored = [row for row in cycles if row.best is not None]
    lost = sum(row.n_diverged for row in cycles)
    diverged = f"; {lost} training{'' if lost == 1 else 's'} diverged" if lost else ""
    if not scored:
        return f"No cycle gave a score{diverged}."
    best = max(scored, key=lambda row: row.best or 0.0)
    return f"The nearest cycle, {best.label}, came to {_score(best)}{diverged}."


def _score(row: ArmRow) -> str:
    return "no score" if row.best is None else f"{row.best:.4f}"


def _ratio_text(name: str, ratio: CensoredRatio) -> str:
    middle = "infinite" if ratio.ratio is None else significant(ratio.ratio)
    if not ratio.level:
        return f"{name} {middle} (one seed, no interval)"
    high = "∞" if ratio.high is None else significant(ratio.high)
    low = "∞" if ratio.low is None else significant(ratio.low)
    return f"{name} {middle} ({low} to {high})"
