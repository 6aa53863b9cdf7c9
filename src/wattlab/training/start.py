"""When a training began, and what interrupts it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wattlab.meter.clock import cpu_s, process_started_s, wall_s

__all__ = ["Start", "TrainingInterrupted"]


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C during a training; what was finished has been saved.

    Parameters
    ----------
    run_id : str
        What to resume.
    epochs : int
        Finished epochs in the checkpoint.
    """

    def __init__(self, run_id: str, epochs: int) -> None:
        super().__init__(f"run {run_id!r} was interrupted after {epochs} epochs and can be resumed")
        self.run_id = run_id
        self.epochs = epochs


@dataclass(frozen=True)
class Start:
    """When a training began: before any of our clocks could run, if it is a process of its own.

    Parameters
    ----------
    wall_s : float
        Moment on the clock of `wattlab.meter.clock.wall_s`.
    cpu_s : float
        Processor time of the process at that moment.
    """

    wall_s: float
    cpu_s: float

    @classmethod
    def now(cls) -> Start:
        """Return the start of a training inside a program that did other things before."""
        return cls(wall_s(), cpu_s())

    @classmethod
    def of_process(cls) -> Start:
        """Return the start of a process that exists for one training: interpreter and imports count."""
        return cls(wall_s() - process_started_s(), 0.0)

    def without(self, pause_s: float) -> Start:
        """Return a start that leaves out a pause since then, such as the measuring of the idle baseline."""
        return replace(self, wall_s=self.wall_s + pause_s)

    def elapsed_s(self) -> float:
        """Return wall seconds since then."""
        return wall_s() - self.wall_s
