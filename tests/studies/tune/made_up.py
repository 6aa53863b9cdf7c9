"""Searches without waiting: trials, trainings, and a made-up machine on which every combination has a known cost."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING, Any

from wattlab.meter.quantity import measured
from wattlab.studies.trainings.trained import Trained
from wattlab.studies.tune.answer import TunedTrial

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.tune.ending import Cap
    from wattlab.studies.tune.sampling import Proposal

TARGET = 0.9


def make_trial(number: int = 0, seconds: float | None = 1.0, **changes: Any) -> TunedTrial:
    """Return a trial that reached the target in so many seconds, or missed it."""
    known: dict[str, Any] = {
        "number": number,
        "values": {"batch_size": 32 * (number + 1)},
        "label": f"trial {number}",
        "state": "missed" if seconds is None else "reached",
        "origin": "sampled",
        "cost": {"time": seconds, "energy": None, "memory": 1e6, "accuracy": 0.91},
        "score": 0.85 if seconds is None else 0.91,
        "wall_s": seconds or 3.0,
        "spent_s": 10.0 * number,
    }
    return TunedTrial(**(known | changes))


def make_trained(seed: int, seconds: float | None, candidate: int = 0, **changes: Any) -> Trained:
    """Return a training that reached the target in so many seconds, or missed it."""
    known: dict[str, Any] = {
        "candidate": candidate,
        "seed": seed,
        "run": f"candidate-{candidate}-seed-{seed}",
        "target": TARGET,
        "reached": seconds is not None,
        "best": 0.91 if seconds is not None else 0.85,
        "score": 0.91 if seconds is not None else 0.85,
        "time_to_target": None if seconds is None else measured(seconds, "s", "clock"),
        "wall": measured(seconds or 3.0, "s", "clock"),
        "peak_memory": measured(1e6, "B", "rss"),
    }
    return Trained(**(known | changes))


class Landscape:
    """A machine on which the least time is at batch size 128, 4 epochs and a rate of 0.1; fewer epochs miss."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.spent_s = 0.0

    def seconds(self, values: dict[str, Any]) -> float | None:
        """Return what a combination takes; None: it misses."""
        rate = next((float(value) for name, value in values.items() if name.startswith("learning_rate")), 0.1)
        score = 0.95 - 0.08 * abs(log10(rate / 0.1)) - (0.1 if values["epochs"] < 4 else 0.0)
        if score < TARGET:
            return None
        batch_size = float(values.get("batch_size", 128))
        return 0.5 + 0.1 * float(values["epochs"]) * (1 + abs(batch_size - 128) / 128)

    def __call__(
        self,
        proposal: Proposal,
        label: str,
        recipe: Any,
        folder: Any,
        cap: Cap,
        *rest: Callable[..., Any],
    ) -> TunedTrial:
        self.asked.append(proposal.values)
        cap_s = cap.seconds
        seconds = self.seconds(proposal.values)
        self.spent_s += min(cap_s, seconds or 0.5 + 0.1 * float(proposal.values["epochs"]))  # type: ignore[arg-type]
        changes: dict[str, Any] = {"values": proposal.values, "label": label, "origin": proposal.origin}
        if seconds is not None and seconds > cap_s:
            changes |= {"state": "stopped", "cost": {}, "wall_s": cap_s}
        return make_trial(proposal.number, seconds, recipe=recipe.to_toml(), spent_s=self.spent_s, **changes)
