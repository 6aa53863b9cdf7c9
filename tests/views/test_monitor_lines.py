from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from wattlab.monitor.watch import watch
from wattlab.views.monitor_lines import JsonMonitor, PlainMonitor, summary_lines

from ..monitor.conftest import Machine, a_card  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.machine.gpu_state import GpuState

__all__ = ["a_card"]


def test_a_log_gets_a_line_a_second_without_escape_codes(a_card: Callable[..., GpuState]) -> None:
    file, machine = io.StringIO(), Machine(cards=(a_card(),))
    plain = PlainMonitor(file, machine.clock)
    watch(machine.gauges(), [plain], 0.25, 4.25, machine.clock.wait, machine.clock)
    shown = file.getvalue().splitlines()
    assert len(shown) == 5
    assert shown[-1] == (
        "    4.25 s  40.0 W measured  cpu 75%  61 °C  memory 8.00 GiB  gpu-nvidia-0 97% 350 W 71 °C"
    )
    assert shown[0].startswith("    0.25 s  40.0 W measured")
    assert "\x1b" not in file.getvalue()


def test_a_log_says_which_sensor_is_lost_and_why() -> None:
    file, machine = io.StringIO(), Machine()
    machine.core.lost = "rapl:core-0 jumped"
    watch(machine.gauges(), [PlainMonitor(file, machine.clock)], 1.0, 1.0, machine.clock.wait, machine.clock)
    assert "40.0 W measured  rapl:core-0 lost: rapl:core-0 jumped" in file.getvalue()


def test_json_is_an_object_a_line() -> None:
    file, machine = io.StringIO(), Machine()
    watch(machine.gauges(), [JsonMonitor(file)], 0.25, 1.0, machine.clock.wait, machine.clock)
    samples = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [sample["kind"] for sample in samples] == ["sample"] * 5
    assert samples[-1]["total.power_W"] == pytest.approx(40.0)
    assert samples[0]["total.power_W"] is None


def test_the_summary_names_energy_with_interval_power_and_own_cost() -> None:
    machine = Machine()
    text = "\n".join(
        summary_lines(watch(machine.gauges(), [], 0.25, 90.0, machine.clock.wait, machine.clock))
    )
    assert "watched for 1 min 30 s: 361 samples\n" in text
    assert "energy 3.60 kJ (1.00 Wh) [3.60-3.60 kJ], measured by rapl:package-0\n" in text
    assert "power 40.0 W on average, at most 40.0 W\n" in text
    assert "  rapl:core-0: 2.70 kJ\n" in text
    assert "% of one core busy" in text


def test_the_summary_of_a_lost_sensor_says_so() -> None:
    machine = Machine()
    machine.package.lost = "gone"
    text = "\n".join(summary_lines(watch(machine.gauges(), [], 0.25, 1.0, machine.clock.wait, machine.clock)))
    assert "energy missing (lost: gone)" in text
    assert "on average" not in text
