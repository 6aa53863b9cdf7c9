"""The live view on consoles of several sizes, and the keys."""

from __future__ import annotations

import io
import os
import pty
import threading
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from wattlab.meter.sensors.base import Absent
from wattlab.monitor.trace import History, Trace
from wattlab.views.keyboard import Keyboard
from wattlab.views.monitor_live import LiveMonitor
from wattlab.views.monitor_rows import bar, curve
from wattlab.views.monitor_screen import Facts, screen

from ..monitor.conftest import Machine, a_card  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.machine.gpu_state import GpuState
    from wattlab.monitor.sample import Sample

__all__ = ["a_card"]

ABSENT = "perf: closed to ordinary users; open it with: sudo sysctl kernel.perf_event_paranoid=0"
FACTS = Facts(
    0.25, "q or Ctrl-C ends", ("recording power.parquet", "http://127.0.0.1:9101/metrics"), (ABSENT,)
)


def watched(machine: Machine, *, lost: bool = False) -> tuple[Sample, History]:
    other = machine.sensor("nvml:GPU-7c0e5b6e-aaaa", "gpu-7c0e5b6e", 350.0)
    gauges, history = machine.gauges(other), History(4)
    for _ in range(200):
        sample = gauges.read()
        history.add(sample.values())
        machine.clock.wait(0.25)
    if lost:
        other.lost = "nvml:GPU-7c0e5b6e-aaaa can no longer be read (GPU is lost)"
        sample = gauges.read()
        history.add(sample.values())
    return sample, history


def lines(sample: Sample, history: History, width: int, height: int, facts: Facts = FACTS) -> list[str]:
    return [line.plain for line in screen(sample, history, facts, width, height)]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 45), (40, 12), (20, 6), (250, 80)])
@pytest.mark.parametrize("cards", [0, 1, 8])
def test_the_screen_fits_and_is_filled(
    a_card: Callable[..., GpuState], width: int, height: int, cards: int
) -> None:
    sample, history = watched(Machine(cards=tuple(map(a_card, range(cards)))))
    shown = lines(sample, history, width, height)
    assert len(shown) == height
    assert max(map(len, shown)) <= width


def test_everything_is_on_a_screen_of_80_by_24(a_card: Callable[..., GpuState]) -> None:
    sample, history = watched(Machine(cards=(a_card(),)))
    text = "\n".join(lines(sample, history, 80, 24))
    for part in (
        "wattlab monitor  0:00:49  every 0.25 s",
        "total                 390 W     390 W     390 W  measured",
        "rapl:core-0",
        "75%",
        "2.0-3.0 GHz 61 °C",
        "8.00 GiB",
        "of 16.0 GiB",
        "1755 MHz 71 °C",
        "of 80.0 GiB",
        "held back",
        "power limit",
        "recording power.parquet  http://127.0.0.1:9101/metrics",
        "q or Ctrl-C ends",
        "perf: closed to ordinary users",
    ):
        assert part in text


def test_a_tall_screen_shows_each_core_with_its_clock() -> None:
    sample, history = watched(Machine())
    assert any("0 ████     2.00 GHz" in line for line in lines(sample, history, 140, 45))
    assert any(line.strip() == "cores            ▅█".strip() for line in lines(sample, history, 80, 24))


def test_a_lost_sensor_is_marked_and_the_others_go_on() -> None:
    sample, history = watched(Machine(), lost=True)
    shown = lines(sample, history, 140, 24)
    (lost,) = (line for line in shown if "nvml:GPU-7c0e5b6e" in line and "total" not in line)
    assert "—     350 W     350 W" in lost
    assert "lost: nvml:GPU-7c0e5b6e-aaaa can no longer be read (GPU is lost)" in lost
    assert any("rapl:package-0" in line and "40.0 W" in line for line in shown)


def test_what_there_is_no_room_for_is_counted(a_card: Callable[..., GpuState]) -> None:
    sample, history = watched(Machine(cards=tuple(map(a_card, range(8)))))
    shown = lines(sample, history, 80, 24)
    assert any("more; a taller terminal shows them" in line for line in shown)
    assert any("gpu-nvidia-0" in line for line in shown)
    assert not any("more; a taller" in line for line in lines(sample, history, 80, 60))


def test_modelled_measured_and_missing_are_told_apart_by_word_and_colour() -> None:
    sample, history = watched(Machine(), lost=True)
    styles = {
        text.plain[span.start : span.end].strip(): span.style
        for text in screen(sample, history, FACTS, 140, 24)
        for span in text.spans
    }
    assert styles["measured"] == "green"
    assert styles["—"] == "red"


def test_curves_hold_the_newest_values_and_leave_blanks() -> None:
    assert curve([1.0, 2.0, 4.0], 2, top=4.0) == "▅█"
    assert curve([None, 0.0], 4, top=0.0) == "   ▁"
    assert curve([1.0], 0, top=1.0) == ""
    assert bar(-1.0, 3) == "   "


def test_a_trace_keeps_the_mean_of_some_samples_and_mean_and_peak_of_all() -> None:
    trace = Trace(per_value=2)
    for value in (1.0, 3.0, None, None, 8.0):
        trace.add(value)
    assert list(trace.values) == [2.0, None, 8.0]
    assert (trace.now, trace.mean, trace.peak) == (8.0, 4.0, 8.0)
    assert (Trace().now, Trace().mean, Trace().peak) == (None, None, None)


def live(console: Console, machine: Machine, interval_s: float = 0.25) -> LiveMonitor:
    absent = [Absent("perf", "closed", "open it")]
    return LiveMonitor(interval_s, "Ctrl-C ends", absent, lambda: ("a note",), console, machine.clock)


@pytest.mark.parametrize(("interval_s", "drawn"), [(0.05, 10), (0.25, 10), (0.4, 13), (1.0, 5)])
def test_the_screen_is_drawn_twice_a_second_at_most_and_given_back(interval_s: float, drawn: int) -> None:
    file, machine = io.StringIO(), Machine()
    view = live(Console(file=file, force_terminal=True, width=80, height=24), machine, interval_s)
    gauges = machine.gauges()
    for _ in range(round(5 / interval_s)):
        view.show(gauges.read())
        machine.clock.wait(interval_s)
    view.close()
    text = file.getvalue()
    assert text.count("wattlab monitor") == pytest.approx(drawn, abs=1)
    # The alternate screen and the hidden cursor, there and back.
    assert text.index("\x1b[?1049h") < text.index("wattlab monitor") < text.index("\x1b[?1049l")
    assert text.index("\x1b[?25l") < text.rindex("\x1b[?25h")
    view.close()


def test_a_terminal_that_changes_its_size_gets_another_screen() -> None:
    file, machine = io.StringIO(), Machine()
    console = Console(file=file, force_terminal=True, width=80, height=24)
    view, gauges = live(console, machine), machine.gauges()
    view.show(gauges.read())
    console.size = (50, 10)
    machine.clock.wait(1.0)
    before = len(file.getvalue())
    view.show(gauges.read())
    view.close()
    assert file.getvalue()[before:].count("\n") <= 10


def keyboard_on_a_terminal(typed: bytes) -> tuple[bool, float]:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r") as stream, Keyboard(stream) as keyboard:
        threading.Timer(0.05, os.write, (master, typed)).start()
        began_s = time.perf_counter()
        answer = keyboard.wait(0.4)
        took_s = time.perf_counter() - began_s
    os.close(master)
    return answer, took_s


@pytest.mark.parametrize(("typed", "ends"), [(b"q", True), (b"Q", True), (b"x", False), (b"\x1b[A", False)])
def test_q_ends_and_other_keys_do_not(typed: bytes, ends: bool) -> None:
    answer, took_s = keyboard_on_a_terminal(typed)
    assert answer is ends
    assert took_s < 0.35


def test_the_terminal_is_left_as_it_was() -> None:
    termios = pytest.importorskip("termios")
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with os.fdopen(os.dup(slave), "r") as stream, Keyboard(stream) as keyboard:
        assert keyboard.advice == "q or Ctrl-C ends"
        assert not termios.tcgetattr(slave)[3] & termios.ECHO
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)


def test_without_a_terminal_there_are_no_keys() -> None:
    with Keyboard(io.StringIO("q")) as keyboard:
        assert keyboard.advice == "Ctrl-C ends"
        assert not keyboard.wait(0.01)
