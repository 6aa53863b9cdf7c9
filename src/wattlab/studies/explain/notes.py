"""What a reader of an explanation must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.load import BUSY
from wattlab.studies.explain.wording import share_text, time_text

if TYPE_CHECKING:
    from wattlab.cluster.step_report import DataUsed
    from wattlab.studies.explain.findings import Findings
    from wattlab.studies.explain.subject import Subject

__all__ = ["find_notes", "is_synthetic"]


def find_notes(subject: Subject, found: Findings) -> tuple[str, ...]:
    """Return it, a sentence each."""
    told = [*_of_run(subject, found), *_of_data(found), *_of_engine(found), *found.step.notes]
    told += [f"Unknown: {name}; {reason}" for name, reason in found.unknown.items()]
    told += _of_load(found)
    return tuple(dict.fromkeys(told))


def is_synthetic(data: DataUsed) -> bool:
    """Tell whether samples are made up: in place of the recipe's data, or because that data is made up itself."""
    return data.synthetic or data.source.startswith("synthetic")


def _of_run(subject: Subject, found: Findings) -> list[str]:
    run = subject.run
    if run is None:
        return []
    if not run.same_machine:
        return [
            f"Run {run.id!r} was measured on another machine ({run.machine}); its recipe is explained on this one."
        ]
    if run.step_s is None:
        return []
    times = f"a step took {time_text(run.step_s)} in run {run.id!r}, and {time_text(found.step_s)} now"
    return [f"{times[0].upper()}{times[1:]}."]


def _of_data(found: Findings) -> list[str]:
    data = found.step.data
    name = data.name
    if not data.synthetic:
        made_up = f"The data {name!r} is synthetic: made-up samples, as the recipe says."
        return [made_up] if is_synthetic(data) else []
    return [f"The data {name!r} is not on this machine: synthetic samples of the same shape stood in for it."]


def _of_engine(found: Findings) -> list[str]:
    engine = found.recipe.engine
    if engine.name == "keras":
        return ["Layers and ceilings are timed as torch computes them, whatever Keras' backend."]
    if engine.name == "native" and engine.compiled:
        return ["Layers are timed as NumPy computes them, not compiled."]
    return []


def _of_load(found: Findings) -> list[str]:
    measured = {"ceilings": found.ceilings, "parts": found.parts}
    busy = [name for name, one in measured.items() if one is not None and one.foreign_load > BUSY]
    load = found.step.cost.foreign.value or 0.0
    if load > BUSY:
        busy.insert(0, "steps")
    if not busy:
        return []
    most = max([load, *(one.foreign_load for one in measured.values() if one is not None)])
    told = (
        f"Other programs kept up to {share_text(most)} of the cores busy while {' and '.join(busy)} were timed: "
        "times, and what is predicted from them, are less certain than their intervals say."
    )
    return [told]
