"""How a measurement ends before its time, with all that was measured by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.errors import CommandError

if TYPE_CHECKING:
    from wattlab.command.measurement import Measurement

__all__ = ["MeasurementCutShortError", "MeasurementInterrupted"]


class MeasurementInterrupted(KeyboardInterrupt):
    """Somebody asked for the end while a command was measured; what had ended by then is kept.

    Parameters
    ----------
    signal : str
        Name of the signal, such as "SIGINT".
    measurement : Measurement or None
        What is known so far; None if no run had begun.
    by_terminal : bool
        Whether the signal came from the terminal, as Ctrl-C does.
    """

    def __init__(self, signal: str, measurement: Measurement | None, *, by_terminal: bool) -> None:
        runs = len(measurement.runs) if measurement else 0
        super().__init__(f"the measurement was interrupted by {signal} after {runs} runs")
        self.signal = signal
        self.measurement = measurement
        self.by_terminal = by_terminal


class MeasurementCutShortError(CommandError):
    """A command could be started at first, and later could not; the runs before that are kept.

    Parameters
    ----------
    error : CommandError
        Why it could not be started.
    measurement : Measurement
        What is known so far.
    """

    def __init__(self, error: CommandError, measurement: Measurement) -> None:
        super().__init__(f"run {len(measurement.runs) + 1} of {measurement.repeat}: {error}", error.exit_code)
        self.measurement = measurement
