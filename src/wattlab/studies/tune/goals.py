"""What is made small or large: which goals can be measured here, and what a training costs by each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter.quantity import value_of
from wattlab.meter.sensors.discover import discover

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.sensors.discover import Sensors
    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.tune.answer import Goal

__all__ = ["ALL_GOALS", "UNITS", "costs_of", "measurable", "ranked"]

ALL_GOALS: Final[tuple[Goal, ...]] = ("time", "energy", "memory", "accuracy")
UNITS: Final[dict[Goal, str]] = {"time": "s", "energy": "J", "memory": "B", "accuracy": ""}
_MODELLED: Final = (
    "No sensor here measures energy; it is modelled from time and rated power, so it would rank as time does: ranked "
    "by time. What would measure it is told by: wattlab doctor."
)
_REST: Final = (
    "No sensor here measures energy, which is modelled: it is no goal of its own beside the others."
)


def measurable(sensors: Sensors | None = None) -> bool:
    """Tell whether a sensor measures all the energy that is counted here.

    Parameters
    ----------
    sensors : Sensors, optional
        Of this machine; left out: they are looked for.
    """
    found = discover() if sensors is None else sensors
    return bool(found.active) and all(one.facts.provenance == "measured" for one in found.active)


def ranked(asked: Sequence[Goal], *, is_measured: bool) -> tuple[tuple[Goal, ...], str]:
    """Return by which goals is really ranked, and why these are not the ones that were asked.

    Examples
    --------
    >>> ranked(["energy"], is_measured=False)[0], ranked(["energy", "memory"], is_measured=True)[0]
    (('time',), ('energy', 'memory'))
    """
    if "energy" not in asked or is_measured:
        return tuple(asked), ""
    rest: tuple[Goal, ...] = tuple(goal for goal in asked if goal != "energy")
    if any(goal in {"time", "memory"} for goal in rest):
        return rest, _REST
    return ("time", *rest), _MODELLED


def costs_of(trained: Trained) -> dict[Goal, float | None]:
    """Return what a training cost by each goal; None where it missed its target or failed.

    With a target, time and energy are those until it was reached, start-up, data and compiling included.

    Parameters
    ----------
    trained : Trained
        Judged on the validation part.
    """
    if trained.failure is not None or trained.reached is False:
        return dict.fromkeys(ALL_GOALS)
    to_target = trained.target is not None
    return {
        "time": value_of(trained.time_to_target if to_target else trained.wall),
        "energy": value_of(trained.energy_to_target if to_target else trained.energy),
        "memory": value_of(trained.peak_memory),
        "accuracy": trained.score,
    }
