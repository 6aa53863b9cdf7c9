"""The tables of an explanation, and what stands around them: once for terminal, page and figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column
from wattlab.studies.explain.wording import assignments, gain_text, share_text, time_text
from wattlab.studies.tables import ABSENT
from wattlab.units import format_rate, significant

if TYPE_CHECKING:
    from wattlab.meter.statistics import Estimate
    from wattlab.studies.explain.answer import Bound, Cause, Explanation, Gain

__all__ = [
    "bound_columns",
    "cause_columns",
    "circumstances",
    "evidence",
    "gain_words",
    "layer_columns",
    "outcome_sentence",
    "reading",
    "suggestion_lines",
]

_ABSENT: Final = Cell(ABSENT)
_TONES: Final = {"yes": "worse", "no": "better", "unknown": "unknown"}
_TITLES: Final = {
    "input": "input",
    "overhead": "overhead",
    "memory": "memory traffic",
    "arithmetic": "arithmetic",
}


def circumstances(answer: Explanation) -> str:
    """Return in one line when, with what and with how many threads it was measured."""
    facts = answer.step.facts
    count = facts.get("threads")
    threads = f"{count} thread{'s' * (count != 1)}" if count else ""
    where = answer.ceilings.library if answer.ceilings is not None else ""
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    data = f"{'synthetic' if answer.synthetic else 'real'} data"
    return " · ".join(filter(None, (where, threads, data, when, f"wattlab {answer.wattlab_version}")))


def bound_columns(answer: Explanation) -> tuple[Column, ...]:
    """Return the table of a step's time against its bounds, the longest first, under the measured step."""
    bounds = sorted(answer.bounds, key=lambda one: (bool(one.doubt), -one.seconds))
    step = answer.step.step
    return (
        Column("time of a step", (Cell("measured"), *(_title(one, answer) for one in bounds))),
        Column("ms", (_number(step), *map(_seconds, bounds)), "point"),
        Column("share", (_ABSENT, *map(_share, bounds)), "right"),
        Column("how it is found", (Cell(_measured(answer)), *(Cell(one.how) for one in bounds))),
    )


def _seconds(bound: Bound) -> Cell:
    return _ABSENT if bound.doubt else Cell(significant(1e3 * bound.seconds))


def _share(bound: Bound) -> Cell:
    return Cell("unknown", detail=bound.doubt) if bound.doubt else Cell(share_text(bound.share))


def _title(bound: Bound, answer: Explanation) -> Cell:
    return Cell(_TITLES[bound.name], tone="unknown" if bound.name == answer.bound else "")


def _number(estimate: Estimate) -> Cell:
    return Cell(significant(1e3 * estimate.median), detail=f"median of {estimate.n} blocks of steps")


def _measured(answer: Explanation) -> str:
    step = answer.step
    return f"{step.n_steps} steps, {format_rate(step.samples_per_s)}"


def cause_columns(answer: Explanation) -> tuple[Column, ...]:
    """Return the table of the causes: whether each costs time here, by what it would gain, and the evidence."""
    causes = answer.causes
    return (
        Column("cause", tuple(Cell(one.title, detail=one.tested) for one in causes)),
        Column("here", tuple(Cell(one.verdict, tone=_TONES[one.verdict]) for one in causes)),
        Column("gain", tuple(_gain(one.gain) for one in causes)),
        Column("evidence", tuple(Cell(evidence(one, answer)) for one in causes)),
    )


def _gain(gain: Gain | None) -> Cell:
    return _ABSENT if gain is None else Cell(gain_words(gain))


def evidence(cause: Cause, answer: Explanation) -> str:
    """Return what was found of a cause; where it costs time and is not what is suggested, what to do about it, too."""
    told = cause.verdict == "yes" and cause.name != answer.suggestion
    return f"{cause.evidence}; {cause.advice}" if told and cause.advice else cause.evidence


def gain_words(gain: Gain) -> str:
    """Return a gain with its interval."""
    return f"{gain_text(gain.value)} [{significant(gain.low)}-{significant(gain.high)}]"


def layer_columns(answer: Explanation) -> tuple[Column, ...]:
    """Return the table of the layers, each timed alone; nothing where they were not timed."""
    parts = None if answer.parts is None else answer.parts.baseline
    if answer.parts is None or parts is None:
        return ()
    layers = [one for one in answer.parts.work.layers if one.name in parts.layers]
    seconds = {one.name: parts.layers[one.name].median for one in layers}
    whole_s = sum(seconds.values())
    return (
        Column("layer", tuple(Cell(one.name) for one in layers)),
        Column("kind", tuple(Cell(one.kind) for one in layers)),
        Column("output", tuple(Cell(" × ".join(map(str, one.shape))) for one in layers)),
        Column("ms", tuple(Cell(significant(1e3 * seconds[one.name])) for one in layers), "point"),
        Column("share", tuple(Cell(share_text(seconds[one.name] / whole_s)) for one in layers), "right"),
        Column(
            "GFLOP/s",
            tuple(Cell(significant(one.flop / seconds[one.name] / 1e9)) for one in layers),
            "point",
        ),
        Column("FLOP/B", tuple(Cell(significant(one.flop / one.moved_B)) for one in layers), "point"),
    )


def suggestion_lines(answer: Explanation) -> tuple[str, ...]:
    """Return what to change, as a command to copy, and what that is predicted to bring."""
    top = answer.top
    if top is None or top.gain is None:
        return ("No change of the recipe that was tested would make its steps surely faster.",)
    lines = [f"{top.title}: {gain_words(top.gain)} as fast, predicted."]
    lines.append(f"wattlab train {answer.trained_by} {assignments({**answer.changes, **top.change})}")
    if top.advice:
        lines.append(f"{top.advice[0].upper()}{top.advice[1:]}.")
    if answer.tried is None:
        lines.append("To see whether that holds: the same command again, with --try")
    return tuple(lines)


def outcome_sentence(answer: Explanation) -> str:
    """Return how the prediction fared; an empty text where nothing was tried."""
    tried = answer.tried
    if tried is None:
        return ""
    said = f"{assignments(tried.change)}: predicted {gain_words(tried.predicted)}"
    if tried.outcome is None or tried.deviation is None:
        return f"{said}; the trial failed: {'; '.join(tried.failures)}"
    outcome = tried.outcome
    interval = f" [{significant(outcome.low)}-{significant(outcome.high)}]" if outcome.n > 1 else ""
    came = f"{gain_text(outcome.median)}{interval}"
    rounds = f"{outcome.n} round{'s' * (outcome.n != 1)}"
    assert tried.before_s is not None
    assert tried.after_s is not None
    times = f"{time_text(tried.before_s)} a step before, {time_text(tried.after_s)} after"
    off = f"the prediction was {share_text(abs(tried.deviation))} too {'high' if tried.deviation > 0 else 'low'}"
    return f"{said}, came out {came} in {rounds} ({times}); {off}"


def reading(answer: Explanation) -> tuple[str, ...]:
    """Return how to read the tables, in whole sentences."""
    how = (
        "A bound is the time a step would take if nothing else took any. Gain: time for a sample before over after, "
        "predicted from parts that were timed alone."
    )
    return (
        how,
        str(answer.machine.get("line", answer.machine.get("id", "unknown"))),
    )
