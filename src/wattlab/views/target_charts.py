"""What the figure of a study of a target shows, computed once and drawn by matplotlib or plotly."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.target.answer import Target, TargetRow
    from wattlab.studies.trainings.survival import SurvivalStep
    from wattlab.studies.trainings.trained import Trained

__all__ = ["ScoreLine", "ScorePanel", "Survival", "SurvivalPanel", "TargetChart", "target_chart"]

_MANY_TIMES: Final = 8.0
_ROOM: Final = 1.05


class Survival(NamedTuple):
    """One recipe's share of trainings that are not yet at the target.

    Attributes
    ----------
    name : str
    number : int
        Decides colour and dash, the same in all panels.
    at : tuple of float
        Where each share begins; the last lies at the end of the axis.
    shares, low, high : tuple of float
        From there on, with the band.
    """

    name: str
    number: int
    at: tuple[float, ...]
    shares: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


class SurvivalPanel(NamedTuple):
    """One pair of axes: shares over time or energy.

    Attributes
    ----------
    title, x_label : str
    curves : tuple of Survival
    start, end : float
        Of the x axis.
    log : bool
        Logarithmic x axis.
    """

    title: str
    x_label: str
    curves: tuple[Survival, ...]
    start: float
    end: float
    log: bool


class ScoreLine(NamedTuple):
    """One training's score after each epoch.

    Attributes
    ----------
    name : str
        Of recipe and seed.
    number : int
        Of the recipe.
    seconds, errors : tuple of float
        Since the start of the process; 1 less the score, above 0.
    reached : bool
        Whether it ends at the target.
    """

    name: str
    number: int
    seconds: tuple[float, ...]
    errors: tuple[float, ...]
    reached: bool


class ScorePanel(NamedTuple):
    """Errors of all trainings over time, both logarithmic where they span much.

    Attributes
    ----------
    title, y_label : str
    lines : tuple of ScoreLine
    error : float
        That of the target.
    log_x : bool
        Logarithmic x axis.
    """

    title: str
    y_label: str
    lines: tuple[ScoreLine, ...]
    error: float
    log_x: bool


class TargetChart(NamedTuple):
    """The figure of a study of a target.

    Attributes
    ----------
    title : str
    names : tuple of str
        All recipes of which a training is over, with their numbers.
    survivals : tuple of SurvivalPanel
        Over time, and over energy where it is known.
    scores : ScorePanel or None
        None where no score is known.
    """

    title: str
    names: tuple[tuple[int, str], ...]
    survivals: tuple[SurvivalPanel, ...]
    scores: ScorePanel | None


def target_chart(answer: Target) -> TargetChart:
    """Return what the figure of a study of a target shows."""
    seconds = [one.wall.value for one in answer.trainings if one.wall and one.wall.value is not None]
    joules = [one.energy.value for one in answer.trainings if one.energy and one.energy.value is not None]
    times = {number: row.survival_time for number, row in enumerate(answer.rows) if row.survival_time}
    energies = {number: row.survival_energy for number, row in enumerate(answer.rows) if row.survival_energy}
    panels = (
        _panel(answer, times, seconds, "Not yet at the target, by time", "s since the start of the process"),
        _panel(
            answer,
            energies,
            joules,
            "Not yet at the target, by energy",
            f"J since the start of the process{_provenance(answer.rows)}",
        ),
    )
    names = tuple((number, answer.rows[number].label) for number in times)
    survivals = tuple(panel for panel in panels if panel.curves)
    return TargetChart(answer.title, names, survivals, _scores(answer))


def _provenance(rows: Sequence[TargetRow]) -> str:
    kinds = {row.outcome.energy_provenance for row in rows if row.outcome and row.outcome.energy} - {
        "missing"
    }
    return f" ({' and '.join(sorted(kinds))})" if kinds else ""


def _panel(
    answer: Target,
    survivals: dict[int, tuple[SurvivalStep, ...]],
    spent: Sequence[float],
    title: str,
    label: str,
) -> SurvivalPanel:
    """Return the shares of all recipes, up to where the last training ended."""
    steps = [step.value for curve in survivals.values() for step in curve if step.value > 0]
    end = _ROOM * max((*steps, *spent), default=1.0)
    log = bool(steps) and end / min(steps) > _MANY_TIMES
    start = min(steps) / 1.5 if log else 0.0
    curves = tuple(
        _survival(answer.rows[number].label, number, curve, start, end) for number, curve in survivals.items()
    )
    return SurvivalPanel(title, label + (", logarithmic" if log else ""), curves, start, end, log)


def _survival(name: str, number: int, steps: Sequence[SurvivalStep], start: float, end: float) -> Survival:
    last = steps[-1]
    every = [(max(one.value, start), one) for one in steps]
    every.append((end, last))
    return Survival(
        name,
        number,
        tuple(at for at, _ in every),
        tuple(one.share for _, one in every),
        tuple(one.low for _, one in every),
        tuple(one.high for _, one in every),
    )


def _scores(answer: Target) -> ScorePanel | None:
    lines = tuple(line for one in answer.trainings if (line := _line(answer, one)) is not None)
    if not lines or answer.target >= 1:
        return None
    ends = [line.seconds[-1] for line in lines]
    name = answer.score_name or "score"
    log = max(ends) / min(ends) > _MANY_TIMES
    return ScorePanel(
        f"Error on the {answer.part} part, each training",
        f"1 − {name}, logarithmic",
        lines,
        1 - answer.target,
        log,
    )


def _line(answer: Target, one: Trained) -> ScoreLine | None:
    """Return the errors of one training; an error of 0 has no place on a logarithmic axis."""
    points = [
        (seconds, 1 - score)
        for seconds, score in zip(one.elapsed_s, one.scores, strict=True)
        if score is not None and isfinite(score) and score < 1
    ]
    if not points:
        return None
    seconds, errors = zip(*points, strict=True)
    name = f"{answer.rows[one.candidate].label}, seed {one.seed}"
    return ScoreLine(name, one.candidate, seconds, errors, bool(one.reached))
