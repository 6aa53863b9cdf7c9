"""Measure what any command costs: time, memory, energy and money, with all the processes that it starts."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from wattlab.command.children import adopting
from wattlab.command.ending import MeasurementCutShortError, MeasurementInterrupted
from wattlab.command.environment import present
from wattlab.command.events import listening
from wattlab.command.execution import Execution
from wattlab.command.measurement import CommandRun, Measurement
from wattlab.command.program import find_program
from wattlab.command.repeat import counted_runs, level, notes_on_runs, summary
from wattlab.command.standard_input import READ_ON, STDIN, is_pipe, place_in_file
from wattlab.errors import CommandError, UserError
from wattlab.meter.clock import wall_s
from wattlab.meter.meter import Meter
from wattlab.meter.sampler import SHORTEST_SAMPLE_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.command.events import Events
    from wattlab.command.execution import Outcome
    from wattlab.machine import Machine
    from wattlab.meter.sensors.discover import Sensors
    from wattlab.settings import Settings

__all__ = ["INTERVAL_S", "MeasureObserver", "MeasurementCutShortError", "MeasurementInterrupted", "measure"]

INTERVAL_S: Final = 0.5


class MeasureObserver:
    """Watches a measurement; every method may be overridden, none has to be."""

    def idle(self, seconds: float) -> None:
        """Take note that the idle machine is being measured. Unit: s."""

    def ran(self, number: int, run: CommandRun) -> None:
        """Take note that a measured run has ended, the first of them with the number 1."""


class _AskedToEndError(Exception):
    """A signal that asks for the end, while no command runs."""

    def __init__(self, signal: str, *, by_terminal: bool) -> None:
        super().__init__(signal)
        self.signal = signal
        self.by_terminal = by_terminal


@dataclass(frozen=True, slots=True)
class _Plan:
    """What was asked for."""

    command: tuple[str, ...]
    program: str
    environ: Mapping[str, str]
    repeat: int
    warm_up: int
    baseline_s: float
    interval_s: float
    ignore_failure: bool


def measure(  # noqa: PLR0913 (as many as there are options)
    command: Sequence[str],
    *,
    repeat: int = 1,
    warm_up: int = 0,
    baseline_s: float = 0.0,
    interval_s: float = INTERVAL_S,
    ignore_failure: bool = False,
    environ: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    sensors: Sensors | None = None,
    events: Events | None = None,
    observer: MeasureObserver | None = None,
) -> Measurement:
    """Run a command, and return what it cost with all the processes that it started.

    It has the standard input, output and error, the folder, the process group and, unless others are given, the
    variables of this process.
    Signals to this process are passed on to it, but for those that it has got from the terminal itself.

    Parameters
    ----------
    command : sequence of str
        Program and arguments; no shell takes them apart.
    repeat : int, optional
        How often to run it; a file on its standard input is read from the same place each time.
    warm_up : int, optional
        How often to run it before that, unmeasured.
    baseline_s : float, optional
        If positive and an energy counter exists, how long to measure the idle machine first. Unit: s.
    interval_s : float, optional
        Time between two samples, at least 0.05 s. Unit: s.
    ignore_failure : bool, optional
        Go on after a run that ended with another exit code than 0, and count it; else it is the last one. One that
        was ended by a signal is never counted among others.
    environ : mapping of str, optional
        All variables of the command; by default, those of this process, but for what imports have set: see
        `wattlab.command.environment.present`.
    settings : Settings, optional
        Price, CO2e and figures for the model; by default, those of the settings file.
    sensors : Sensors, optional
        What counts energy; by default, all that is found.
    events : Events, optional
        Tells of signals, where somebody listens to them already; see `wattlab.command.events.listening`.
    observer : MeasureObserver, optional
        Is told what goes on.

    Returns
    -------
    Measurement
        Whatever became of the command: its exit code is a result.

    Raises
    ------
    wattlab.errors.CommandError
        If the command cannot be started; a `MeasurementCutShortError` if some of its runs had ended by then.
    wattlab.errors.UserError
        If an argument makes no sense.
    MeasurementInterrupted
        If somebody asked for the end, as by Ctrl-C; the command has got the signal and has ended.

    Notes
    -----
    A signal that a program sends to the whole process group, as timeout(1) does, reaches the command twice: from there
    and from here, since nothing tells that it has got it already. What a terminal sends reaches it once.

    On Linux, processes whose parent ends before them come to this process and are waited for. So are children that
    other threads of this process start meanwhile: start none.

    Examples
    --------
    >>> found = measure(["true"])
    >>> found.exit_code, found.cost.wall.unit, found.cost.cpu.provenance
    (0, 's', 'measured')
    """
    variables = present() if environ is None else environ
    plan = _plan(command, variables, repeat, warm_up, baseline_s, interval_s, ignore_failure=ignore_failure)
    with ExitStack() as stack:
        # First of all: threads that libraries start from here on leave the signals to this one.
        heard = events or stack.enter_context(listening())
        adopts = stack.enter_context(adopting())
        return _Session(
            plan, heard, settings, sensors, observer or MeasureObserver(), adopts=adopts
        ).measurement()


def _plan(
    command: Sequence[str],
    environ: Mapping[str, str],
    repeat: int,
    warm_up: int,
    baseline_s: float,
    interval_s: float,
    *,
    ignore_failure: bool,
) -> _Plan:
    if isinstance(command, str):
        msg = f"the command is one text, {command!r}; expected a list, such as shlex.split makes of it"
        raise UserError(msg)
    if not command:
        msg = "the command is empty; name a program and its arguments"
        raise UserError(msg)
    if repeat < 1 or warm_up < 0:
        name, value, least = ("warm_up", warm_up, 0) if warm_up < 0 else ("repeat", repeat, 1)
        msg = f"{name} is {value}; expected at least {least}"
        raise UserError(msg)
    if not interval_s >= SHORTEST_SAMPLE_S:
        msg = f"the interval is {interval_s:g} s; expected at least {SHORTEST_SAMPLE_S} s, or sampling would disturb"
        raise UserError(msg)
    program, idle_s = find_program(command[0], environ), max(0.0, baseline_s)
    return _Plan(tuple(command), program, environ, repeat, warm_up, idle_s, interval_s, ignore_failure)


class _Session:
    """The runs of one command, one after another."""

    def __init__(
        self,
        plan: _Plan,
        events: Events,
        settings: Settings | None,
        sensors: Sensors | None,
        observer: MeasureObserver,
        *,
        adopts: bool,
    ) -> None:
        # numpy and pydantic come with these.
        from wattlab.machine import describe_machine
        from wattlab.settings import load_settings

        self._plan, self._events, self._observer, self._adopts = plan, events, observer, adopts
        self._settings = settings or load_settings()
        self._machine: Machine = describe_machine()
        self._meter = Meter(
            sensors,
            self._settings,
            plan.interval_s,
            plan.baseline_s,
            sleep=self._idle,
            cpu_s=time.process_time,
        )
        self._runs: list[CommandRun] = []
        self._created_utc = ""
        self._stdin = place_in_file()

    def measurement(self) -> Measurement:
        """Do it all."""
        try:
            with self._meter:
                self._warm_up()
                self._created_utc = datetime.now(UTC).isoformat(timespec="seconds")
                asked = self._run_all()
                self._check_signals()
        except _AskedToEndError as end:
            asked = end
        except CommandError as error:
            if not self._runs:
                raise
            raise MeasurementCutShortError(error, self._result()) from error
        if asked:
            found = self._result() if self._runs else None
            raise MeasurementInterrupted(asked.signal, found, by_terminal=asked.by_terminal)
        return self._result()

    def _warm_up(self) -> None:
        for _ in range(self._plan.warm_up):
            asked = _asked(self._run()[0])
            if asked:
                raise asked

    def _run_all(self) -> _AskedToEndError | None:
        for number in range(1, self._plan.repeat + 1):
            outcome, run = self._run()
            self._runs.append(run)
            self._observer.ran(number, run)
            asked = _asked(outcome)
            if asked:
                return asked
            if outcome.exit_code != 0 and not self._plan.ignore_failure:
                return None
        return None

    def _run(self) -> tuple[Outcome, CommandRun]:
        self._check_signals()
        self._rewind()
        plan = self._plan
        execution = Execution(
            plan.program, plan.command, plan.environ, self._events, plan.interval_s, adopts=self._adopts
        )
        with self._meter.window("command") as window:
            execution.run()
        outcome = execution.outcome()
        # Counted by the meter as this process's own: the command's is known from its processes.
        cost, overhead = window.cost, window.cost.cpu
        return outcome, CommandRun(
            exit_code=outcome.exit_code,
            signal=outcome.signal,
            interrupted_by=outcome.interrupted_by,
            cost=replace(cost, cpu=outcome.cpu, peak_memory=outcome.peak_memory),
            processes=outcome.processes,
            left_running=outcome.left_running,
            overhead=overhead,
        )

    def _check_signals(self) -> None:
        self._sleep(0.0)

    def _idle(self, seconds: float) -> None:
        self._observer.idle(seconds)
        self._sleep(seconds)

    def _sleep(self, seconds: float) -> None:
        """Wait, but not longer than until somebody asks for the end; the other signals have nobody to go to."""
        until_s = wall_s() + seconds
        while received := self._events.wait(until_s - wall_s()):
            if received.ends:
                raise _AskedToEndError(received.name, by_terminal=received.sender is None)

    def _rewind(self) -> None:
        if self._stdin is not None:
            os.lseek(STDIN, self._stdin, os.SEEK_SET)

    def _result(self) -> Measurement:
        from wattlab import __version__
        from wattlab.meter.price import co2e, money, surcharges

        plan, settings = self._plan, self._settings
        counted = counted_runs(self._runs, ignore_failure=plan.ignore_failure)
        cost = summary(counted)
        return Measurement(
            wattlab_version=__version__,
            command=plan.command,
            created_utc=self._created_utc,
            machine={**self._machine.to_dict(), "line": self._machine.one_line()},
            repeat=plan.repeat,
            warm_up=plan.warm_up,
            baseline_s=plan.baseline_s,
            interval_s=plan.interval_s,
            runs=tuple(self._runs),
            counted=len(counted),
            level=level(counted),
            cost=cost,
            price=money(cost.energy, settings),
            co2e=co2e(cost.energy, settings),
            surcharges=surcharges(cost.energy, settings),
            notes=(*notes_on_runs(self._runs, counted, plan.repeat), *self._notes()),
        )

    def _notes(self) -> list[str]:
        repeated = self._plan.repeat + self._plan.warm_up > 1
        advice = [f"{line[0].upper()}{line[1:]}" for line in self._meter.advice]
        return [*([READ_ON] if repeated and is_pipe() else []), *advice]


def _asked(outcome: Outcome) -> _AskedToEndError | None:
    if outcome.interrupted_by:
        return _AskedToEndError(outcome.interrupted_by, by_terminal=outcome.by_terminal)
    after = outcome.asked_after
    return after and _AskedToEndError(after.name, by_terminal=after.sender is None)
