"""Stands for the processes of trainings: they train in this process, or end as badly as is asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wattlab.cluster import trial
from wattlab.studies.trainings import once
from wattlab.studies.trainings.rounds import Candidate, TrainingsFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest
    from pydantic import BaseModel

ENDINGS = {
    "segfault": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "memory": "raise MemoryError('Unable to allocate 9 EiB')",
    "nothing": "pass",
    "hangs": "import time; time.sleep(60)",
}
EPOCHS = """
import sys, time
with open(sys.argv[1], "a") as file:
    for epoch in range(1, 4):
        file.write('{"epoch": %d, "elapsed_s": %d, "energy_J": null, "score": 0.%d}\\n' % (epoch, epoch, epoch))
    file.write('{"epoch": 4, "elap')
"""


class Processes:
    """Stands for `module_command`.

    Parameters
    ----------
    fates : dict of str to str
        By a part of the run's name: a key of `ENDINGS`, or code that gets the file of epochs; else it trains at once.
    """

    def __init__(self, fates: dict[str, str] | None = None) -> None:
        self.fates = fates or {}
        self.started: list[str] = []
        self.interrupt_after: int | None = None

    def __call__(self, module: str, recipe: str, runs: str, name: str, *more: str) -> Sequence[str]:
        assert module == trial.MODULE
        if len(self.started) == self.interrupt_after:
            raise KeyboardInterrupt
        self.started.append(name)
        fate = next((fate for part, fate in self.fates.items() if part in name), None)
        if fate is None:
            trial.main([recipe, runs, name, *more])
        code = ENDINGS.get(fate or "nothing", fate) or ""
        return [sys.executable, "-I", "-S", "-c", code, more[1]]


def install(monkeypatch: pytest.MonkeyPatch, fates: dict[str, str] | None = None) -> Processes:
    """Let trainings ask `Processes` for their command."""
    found = Processes(fates)
    monkeypatch.setattr(once, "module_command", found)
    return found


class Shelf(TrainingsFolder):
    """A folder of trainings without a plan."""

    def plan(self) -> BaseModel:
        return Candidate(label="", recipe="")
