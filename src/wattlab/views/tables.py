"""What the figures show, computed once and drawn by matplotlib or plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.errors import RunError
from wattlab.units import JOULES_PER_KWH, JOULES_PER_WH
from wattlab.views.chart import Chart, Curve, Panel, thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from wattlab.records.record import RunRecord
    from wattlab.records.run import Run

    Values = Callable[[Run], NDArray[np.float64]]

__all__ = [
    "all_charts",
    "cost_panels",
    "phase_shares",
    "run_labels",
    "score_and_cost",
    "time_and_energy",
    "weight_sizes",
]

POINTS = 2000
"""Most points of a curve; several runs share them, so that a report stays small."""

_FEWEST_POINTS = 200
_DECADE = 10.0
_NEGLIGIBLE = 0.005
_LEAST_SPAN = 0.05
_BATCH_COLUMNS = ("batch_cost", "batch_regularisation", "batch_mean_abs_error")
_PARTS = {"train": "training", "test": "test", "validation": "validation"}


def all_charts(runs: Sequence[Run]) -> tuple[Chart, ...]:
    """Return every chart of one or several runs that has something to show.

    Raises
    ------
    wattlab.errors.RunError
        If there is no run, or classification and regression would share an axis.
    """
    charts = score_and_cost(runs), time_and_energy(runs), cost_panels(runs), weight_sizes(runs)
    return tuple(chart for chart in charts if any(panel.curves for panel in chart.panels))


def score_and_cost(runs: Sequence[Run]) -> Chart:
    """Return scores and training cost against the epoch."""
    score = _score_panel(runs, "epoch", _epochs)
    cost = _panel(
        "Training cost", "epoch", "mean cost of a batch", _column(runs, "mean_batch_cost"), log=True
    )
    return _chart("score-and-cost", f"{score.title} and cost by epoch", (score, cost))


def time_and_energy(runs: Sequence[Run]) -> Chart:
    """Return scores and training cost against the seconds and the energy spent.

    Energy is gross, from the start of the process; its provenance stands in the axis label.
    """
    unit, size = _energy_unit(runs)
    axes = {
        "time (s)": lambda run: run.history["elapsed_s"],
        f"energy ({unit}, {_provenance(runs)})": lambda run: run.history["energy_J"] / size,
    }
    panels = []
    for label, values in axes.items():
        panels.append(_score_panel(runs, label, values))
        curves = _column(runs, "mean_batch_cost", values)
        panels.append(_panel("Training cost", label, "mean cost of a batch", curves, log=True))
    missing = [
        f"Energy of {name} is missing: {run.record.cost.total.energy.note}."
        for name, run in zip(run_labels(runs), runs, strict=True)
        if run.record.cost.total.energy.is_missing
    ]
    drawn = tuple(panel for panel in panels if panel.curves)
    note = " ".join(["Time and energy count from the start of the process.", *missing])
    return _chart("time-and-energy", f"{panels[0].title} and cost by time and energy", drawn, note)


def cost_panels(runs: Sequence[Run]) -> Chart:
    """Return cost per batch, error of each epoch's last batch, share of regularisation, and total cost."""
    batch, share, error = [], [], []
    for index, run in enumerate(runs):
        cost, part, errors = (_batches(run, name) for name in _BATCH_COLUMNS)
        x = (np.arange(cost.size) + 1.0) / cost.shape[1]
        batch.append(_curve(runs, index, "training", x, cost.ravel()))
        with np.errstate(divide="ignore", invalid="ignore"):
            share.append(_curve(runs, index, "training", x, 100.0 * part.ravel() / cost.ravel()))
        error.append(_curve(runs, index, "training", _epochs(run), errors[:, -1]))
    nothing = all(not curve.y.any() for curve in share)
    panels = (
        _panel("Cost per batch", "epoch", "cost of a batch", batch, log=True),
        _panel("Error of each epoch's last batch", "epoch", "mean |error|", error, log=True),
        _panel("Regularisation in the batch's cost", "epoch", "share (%)", share)._replace(
            low=0.0, high=1.0 if nothing else None
        ),
        _total_cost(runs),
    )
    return _chart("cost-panels", "Cost and error", panels, "No run is regularised." if nothing else "")


def weight_sizes(runs: Sequence[Run]) -> Chart:
    """Return the mean absolute weight of each layer against the epoch."""
    curves = [
        _curve(runs, index, f"layer {layer + 1}", _epochs(run), sizes)
        for index, run in enumerate(runs)
        for layer, sizes in enumerate(run.history["mean_abs_weight"].T)
    ]
    return _chart(
        "weights", "Weights", (_panel("Size of the weights", "epoch", "mean |w|", curves, log=True),)
    )


def phase_shares(record: RunRecord) -> tuple[tuple[str, float, float], ...]:
    """Return name, seconds and share of the wall time for each phase, and for what lies between them."""
    seconds = {name: cost.wall.value or 0.0 for name, cost in record.cost.phases().items()}
    whole_s = record.cost.total.wall.value or sum(seconds.values())
    other_s = whole_s - sum(seconds.values())
    if other_s > _NEGLIGIBLE * whole_s:
        seconds["other"] = other_s
    return tuple((name, spent_s, spent_s / whole_s if whole_s else 0.0) for name, spent_s in seconds.items())


def run_labels(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return a name for each run: its own, numbered where two runs share it."""
    labels: list[str] = []
    for run in runs:
        same = sum(other.id == run.id for other in runs[: len(labels)])
        labels.append(f"{run.id} ({same + 1})" if same else run.id)
    return tuple(labels)


def _epochs(run: Run) -> NDArray[np.float64]:
    return np.arange(1.0, run.history.n_epochs + 1.0)


def _batches(run: Run, name: str) -> NDArray[np.float64]:
    """Return a column of shape (n_epochs, n_batches), also for a run that diverged in its first epoch."""
    return run.history[name].reshape(run.history.n_epochs, -1) if run.history.n_epochs else np.zeros((0, 1))


def _curve(runs: Sequence[Run], index: int, part: str, x: ArrayLike, y: ArrayLike) -> Curve:
    """Return a curve of the points that are known, thinned for drawing."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    few_x, few_y = thinned(x[known], y[known], max(_FEWEST_POINTS, POINTS // len(runs)))
    n_known = int(known.sum())
    return Curve(index, part, few_x, few_y, n_known if len(few_x) < n_known else 0)


def _panel(title: str, x_label: str, y_label: str, curves: Sequence[Curve], *, log: bool = False) -> Panel:
    """Return a panel of all curves that have points; `log` is taken back where it would not help."""
    drawn = tuple(curve for curve in curves if len(curve.x))
    least = min((curve.y.min() for curve in drawn), default=0.0)
    greatest = max((curve.y.max() for curve in drawn), default=0.0)
    return Panel(title, x_label, y_label, drawn, log=bool(log and least > 0 and greatest / least > _DECADE))


def _chart(name: str, title: str, panels: Sequence[Panel], note: str = "") -> Chart:
    longest = max((curve.thinned_from for panel in panels for curve in panel.curves), default=0)
    thin = (
        f"Up to {longest:,} points a curve; drawn are the least and greatest of each stretch."
        if longest
        else ""
    )
    clipped = any(
        curve.y.min() < panel.low for panel in panels if panel.low is not None for curve in panel.curves
    )
    below = "The first epochs lie below the score's axis." if clipped else ""
    return Chart(name, title, tuple(panels), " ".join(part for part in (note, below, thin) if part))


def _column(runs: Sequence[Run], name: str, x: Values | None = None, part: str = "training") -> list[Curve]:
    """Return a curve of an epoch column for each run."""
    return [
        _curve(runs, index, part, (x or _epochs)(run), run.history[name]) for index, run in enumerate(runs)
    ]


def _score_panel(runs: Sequence[Run], x_label: str, x: Values) -> Panel:
    name = _score_name(runs)
    curves = [curve for key, part in _PARTS.items() for curve in _column(runs, f"{key}_score", x, part)]
    panel = _panel(name[0].upper() + name[1:], x_label, name, curves)
    if len(panel.parts) == 1:
        panel = panel._replace(y_label=f"{panel.parts[0]} {name}")
    targets = sorted({run.record.target for run in runs if run.record.target is not None})
    low, high = _ends(panel.curves, targets)
    return panel._replace(targets=tuple(targets), low=low, high=high)


def _score_name(runs: Sequence[Run]) -> str:
    names = sorted({run.record.score_name for run in runs})
    if len(names) != 1:
        what = (
            f"they have {' and '.join(names)}; show them apart"
            if names
            else "there is none; see `wattlab runs`"
        )
        msg = f"runs to be shown together must have the same kind of score: {what}"
        raise RunError(msg)
    return names[0]


def _ends(curves: Sequence[Curve], targets: Sequence[float]) -> tuple[float | None, float | None]:
    """Return where the axis of scores ends if the first epochs would press all others together."""
    scores = np.concatenate([curve.y for curve in curves]) if curves else np.zeros(1)
    best, usual = float(scores.max()), float(np.quantile(scores, 0.25))
    low = min([usual - 3.0 * (best - usual), best - _LEAST_SPAN, *targets])
    if low <= scores.min():
        return None, None
    high = max([best, *targets])
    return low, high + 0.05 * (high - low)


def _total_cost(runs: Sequence[Run]) -> Panel:
    """Return the cost of the whole training part if every run has it, else the mean of the batches."""
    if all(np.isfinite(run.history["train_cost"]).any() for run in runs):
        curves = _column(runs, "train_cost")
        return _panel("Total training cost", "epoch", "cost of the training part", curves, log=True)
    curves = _column(runs, "mean_batch_cost")
    return _panel("Training cost", "epoch", "mean cost of a batch", curves, log=True)


def _energy_unit(runs: Sequence[Run]) -> tuple[str, float]:
    """Return the unit that suits the dearest run, and its size in joules."""
    most_J = max((run.record.cost.total.energy.value or 0.0 for run in runs), default=0.0)
    if most_J < JOULES_PER_WH:
        return "J", 1.0
    return ("Wh", JOULES_PER_WH) if most_J < JOULES_PER_KWH else ("kWh", JOULES_PER_KWH)


def _provenance(runs: Sequence[Run]) -> str:
    known = [run.record.cost.total.energy.provenance for run in runs]
    return " or ".join(dict.fromkeys(one for one in known if one != "missing")) or "missing"
