"""A meter that needs no sensors, and commands under it in this process."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from wattlab.command import Measurement, measure
from wattlab.meter.clock import wall_s
from wattlab.meter.quantity import modelled
from wattlab.meter.sensors.base import Facts, Reading, Sensor
from wattlab.meter.sensors.discover import Sensors
from wattlab.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

WATTS = 50.0


class Steady(Sensor):
    """A counter of a machine that draws the same power all the time."""

    def __init__(self) -> None:
        self.facts = Facts("rapl:package-0", "package-0", "measured", resolution_s=0.001, max_power_W=100.0)
        self._started_s = wall_s()

    def read(self) -> Reading:
        now_s = wall_s()
        return Reading(now_s, WATTS * (now_s - self._started_s))


@pytest.fixture
def sensors() -> Sensors:
    return Sensors((Steady(),), idle=modelled(10.0, "W", "model:tdp-idle", (5.0, 15.0)))


class Run(Protocol):
    """Measures a command."""

    def __call__(self, *command: str, **options: Any) -> Measurement: ...


@pytest.fixture
def run(sensors: Sensors) -> Run:
    """Return a function that measures a command in this process, and looks often at its children."""

    def begin(*command: str, **options: Any) -> Measurement:
        chosen: dict[str, Any] = {"interval_s": 0.05, "settings": Settings(), "sensors": sensors}
        return measure(command, **(chosen | options))

    return begin


class Later(Protocol):
    """Does something with this process in a moment, from another one."""

    def __call__(self, script: str) -> None: ...


@pytest.fixture
def later() -> Iterator[Later]:
    """Return a function that starts a shell script beside the command, not below it, and waits for it at the end."""
    started = []

    def begin(script: str) -> None:
        started.append(subprocess.Popen(["sh", "-c", script], stdin=subprocess.DEVNULL))

    yield begin
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def python() -> str:
    return sys.executable
