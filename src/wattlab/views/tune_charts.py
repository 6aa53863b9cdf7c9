"""From the answer of a tuning study to its figure as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.studies.tune.wording import goal_text
from wattlab.views.tune_chart import KINDS, Bar, Dot, Stroke, TuneChart, TunePanel
from wattlab.views.tune_hover import adam_hover, trial_hover
from wattlab.views.tune_tables import cost_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.tune.answer import Baseline, Goal, Tune, TunedTrial
    from wattlab.views.tune_chart import Kind

__all__ = ["tune_chart"]

_DECADE: Final = 10.0
_NEAR: Final = 4.0
_LEAST_SPAN: Final = 0.02
_STATES: Final[dict[str, Kind]] = {
    "reached": "won",
    "done": "won",
    "missed": "missed",
    "stopped": "stopped",
    "failed": "failed",
}


class _Axis(NamedTuple):
    label: str
    where: Callable[[TunedTrial], float | None]
    adam: Callable[[Baseline], float | None]


def tune_chart(answer: Tune) -> TuneChart:
    """Return what the figure of a tuning study shows: front, importance, history, and the course of every training.

    Parameters
    ----------
    answer : Tune
        Any, also one that was interrupted.
    """
    panels = (_front(answer), _importance(answer), _history(answer), _courses(answer))
    known = tuple(one for one in panels if one.dots or one.strokes or one.bars)
    kinds = {one.kind for panel in known for one in panel.dots}
    kinds |= {one.kind for panel in known for one in panel.strokes}
    words = {kind: _words(kind, answer) for kind in KINDS if kind in kinds}
    return TuneChart(answer.title, known, words, _note(answer, known))


def _words(kind: Kind, answer: Tune) -> str:
    if kind == "won" and answer.target is not None:
        return "reached the target"
    if kind == "front" and len(answer.goals) == 1:
        return "best of the search"
    return KINDS[kind].words


def _note(answer: Tune, panels: Sequence[TunePanel]) -> str:
    ended = any(one.state in {"missed", "stopped", "failed"} for one in answer.trials)
    spent = "Trials that missed, failed or were ended stand at what they had spent." if ended else ""
    more = ", ".join(goal_text(goal, answer) for goal in answer.goals if goal not in _drawn(answer))
    below = sum(one.y < panel.low for panel in panels[:1] if panel.low is not None for one in panel.dots)
    hidden = (
        f"{below} trial{' lies' if below == 1 else 's lie'} below the axis of the first panel."
        if below
        else ""
    )
    return " ".join(filter(None, (spent, hidden, f"Not drawn, but a goal too: {more}." if more else "")))


def _spent(trial: TunedTrial, goal: Goal) -> float | None:
    """Return a trial's cost; what it had spent where it has none."""
    cost = trial.cost.get(goal)
    if cost is not None:
        return cost
    if goal == "time":
        return trial.wall_s or None
    if goal == "accuracy":
        return trial.told_score
    found = trial.energy if goal == "energy" else trial.peak_memory
    return None if found is None else found.value


def _axis(goal: Goal, answer: Tune) -> _Axis:
    if goal == "accuracy":
        return _score_axis(answer)
    most = max((_spent(one, goal) or 0.0 for one in answer.trials), default=0.0)
    unit, factor = cost_unit(goal, most)
    until = " to target" if answer.target is not None and goal != "memory" else ""

    def scaled(value: float | None) -> float | None:
        return None if value is None else value * factor

    return _Axis(
        f"{goal_text(goal, answer)}{until} ({unit})",
        lambda trial: scaled(_spent(trial, goal)),
        lambda adam: scaled(adam.cost.get(goal) or (adam.wall_s if goal == "time" else None)),
    )


def _score_axis(answer: Tune) -> _Axis:
    return _Axis(
        f"validation {answer.score_name or 'score'}",
        lambda trial: trial.told_score,
        lambda adam: adam.told_score,
    )


def _drawn(answer: Tune) -> tuple[Goal, Goal]:
    """Return which goals are drawn across and up."""
    goals = answer.goals
    across: Goal = "time" if goals[0] == "accuracy" else goals[0]
    return across, goals[1] if len(goals) > 1 and "accuracy" not in goals else "accuracy"


def _front(answer: Tune) -> TunePanel:
    """Return the first goal against the score, or against the second where the score is none."""
    alone = len(answer.goals) == 1
    x_goal, y_goal = _drawn(answer)
    across, up = _axis(x_goal, answer), _axis(y_goal, answer)
    begun = [one for one in answer.trials if one.state in _STATES]
    dots = _dots([(one, across.where(one), up.where(one)) for one in begun])
    marked = [one for one in begun if one.number in answer.front]
    rings = _dots([(one, across.where(one), up.where(one)) for one in marked], "front")
    line = _front_line(rings) if len(answer.goals) == 2 else ()
    adam = _adam(answer.baseline, across, up)
    panel = TunePanel(
        "front",
        "Cost and score of every trial" if alone else "Pareto front",
        across.label,
        up.label,
        (*dots, *rings, *adam),
        line,
        x_log=_is_wide([one.x for one in dots]),
    )
    return _with_target(panel, answer) if y_goal == "accuracy" else panel


def _dots(
    places: Sequence[tuple[TunedTrial, float | None, float | None]], kind: Kind | None = None
) -> tuple[Dot, ...]:
    return tuple(
        Dot(kind or _STATES[trial.state], x, y, trial_hover(trial))
        for trial, x, y in places
        if x is not None and y is not None
    )


def _front_line(rings: Sequence[Dot]) -> tuple[Stroke, ...]:
    ordered = sorted(rings)
    points = sorted((one.x, one.y) for one in ordered)
    if len(points) < 2:
        return ()
    return (Stroke("front", tuple(x for x, _ in points), tuple(y for _, y in points), is_stepped=True),)


def _adam(adam: Baseline | None, across: _Axis, up: _Axis) -> tuple[Dot, ...]:
    if adam is None:
        return ()
    x, y = across.adam(adam), up.adam(adam)
    return () if x is None or y is None else (Dot("adam", x, y, adam_hover(adam)),)


def _with_target(panel: TunePanel, answer: Tune) -> TunePanel:
    """Return a panel of scores with the target, its axis cut where the worst would press all others together."""
    scores = [one.y for one in panel.dots] + [y for one in panel.strokes for y in one.y]
    low, high = _ends(scores, answer.target)
    name = "" if answer.target is None else f"target {answer.target:g}"
    return panel._replace(level=answer.target, level_name=name, low=low, high=high)


def _ends(scores: Sequence[float], target: float | None) -> tuple[float | None, float | None]:
    if not scores:
        return None, None
    best = max(*scores, target if target is not None else scores[0], scores[0])
    usual = sorted(scores)[len(scores) // 4]
    low = best - max(_NEAR * (best - usual), _LEAST_SPAN)
    if low <= min(scores):
        return None, None
    return low, best + 0.06 * (best - low)


def _importance(answer: Tune) -> TunePanel:
    bars = tuple(Bar(name, share) for name, share in answer.importance.items())
    return TunePanel("importance", "Importance of settings", "share (%)", "", bars=bars)


def _history(answer: Tune) -> TunePanel:
    """Return the first goal of each trial against the budget that was spent, and the best so far."""
    goal = answer.goals[0]
    up = _axis(goal, answer)
    begun = [one for one in answer.trials if one.state in _STATES]
    dots = _dots([(one, one.spent_s, up.where(one)) for one in begun])
    line = _best_so_far(begun, goal, up)
    adam = answer.baseline
    level = None if adam is None or goal not in adam.cost or adam.cost[goal] is None else up.adam(adam)
    panel = TunePanel(
        "history",
        "History",
        "budget spent (s)",
        up.label,
        dots,
        line,
        level=level,
        level_name="" if level is None else "Adam at its defaults",
        y_log=goal != "accuracy" and _is_wide([one.y for one in dots]),
    )
    return _with_target(panel, answer) if goal == "accuracy" else panel


def _best_so_far(begun: Sequence[TunedTrial], goal: Goal, up: _Axis) -> tuple[Stroke, ...]:
    better = max if goal == "accuracy" else min
    x: list[float] = []
    y: list[float] = []
    for one in sorted(begun, key=lambda trial: trial.spent_s):
        value = up.where(one) if one.cost.get(goal) is not None else None
        if value is not None or y:
            x.append(one.spent_s)
            y.append(better([*y[-1:], *([] if value is None else [value])]))
    return (Stroke("best", tuple(x), tuple(y), is_stepped=True, is_strong=True),) if y else ()


def _courses(answer: Tune) -> TunePanel:
    """Return the score of every training against its time."""
    chosen = answer.finalists if answer.written is None else (answer.written,)
    best = {one.trial for one in chosen}
    strokes = [
        Stroke(
            _STATES[one.state],
            *_known(one.elapsed_s, one.scores),
            trial_hover(one),
            is_strong=one.number in best,
        )
        for one in answer.trials
        if one.state in _STATES
    ]
    adam = answer.baseline
    if adam is not None:
        strokes.append(Stroke("adam", *_known(adam.elapsed_s, adam.scores), adam_hover(adam), is_strong=True))
    drawn = tuple(one for one in strokes if one.x)
    name = answer.score_name or "score"
    panel = TunePanel(
        "courses",
        "Course of every trial",
        "time since the process began (s)",
        f"validation {name}",
        strokes=drawn,
        x_log=_is_wide([one.x[-1] for one in drawn]),
    )
    return _with_target(panel, answer)


def _known(
    elapsed_s: Sequence[float], scores: Sequence[float | None]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    pairs = [(x, y) for x, y in zip(elapsed_s, scores, strict=False) if y is not None]
    return tuple(x for x, _ in pairs), tuple(y for _, y in pairs)


def _is_wide(values: Sequence[float]) -> bool:
    """Return whether positive values span more than a decade."""
    return bool(values) and 0 < min(values) * _DECADE < max(values)
