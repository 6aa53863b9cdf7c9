"""The exporter, scraped as Prometheus does it."""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from wattlab.errors import MissingExtraError, UserError
from wattlab.monitor.exporter import Address, Exporter, parse_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.machine.gpu_state import GpuState

    from .conftest import Machine


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    exporter = Exporter(Address("127.0.0.1", 0))
    yield exporter
    exporter.close()


def scrape(exporter: Exporter) -> str:
    with urllib.request.urlopen(exporter.status, timeout=5) as answer:
        return str(answer.read().decode())


def values(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_scrape_gives_the_latest_sample_in_base_units(
    exporter: Exporter, machine: Machine, a_card: Callable[..., GpuState]
) -> None:
    machine.cards = (a_card(),)
    gauges = machine.gauges()
    for _ in range(5):
        exporter.show(gauges.read())
        machine.clock.wait(0.25)
    text = scrape(exporter)
    found = values(text)
    card = ("GPU-0", "NVIDIA H100", "gpu-nvidia-0")
    assert found["wattlab_power_watts", "measured", "package-0", "rapl:package-0"] == pytest.approx(40.0)
    assert found["wattlab_energy_joules_total", "package-0", "rapl:package-0"] == pytest.approx(40.0)
    assert found["wattlab_machine_power_watts", "measured"] == pytest.approx(40.0)
    assert found["wattlab_sensor_up", "core-0", "rapl:core-0"] == 1.0
    assert found["wattlab_cpu_utilization_ratio",] == 0.75
    assert found["wattlab_cpu_core_frequency_hertz", "1"] == 3e9
    assert found["wattlab_cpu_temperature_celsius",] == 61.0
    assert found["wattlab_memory_used_bytes",] == 8 * 2**30
    assert found["wattlab_gpu_power_watts", *card] == 350.0
    assert found["wattlab_gpu_core_clock_hertz", *card] == 1.755e9
    assert found["wattlab_gpu_throttled", *card, "power limit"] == 1.0
    assert "# TYPE wattlab_energy_joules_total counter" in text
    assert "# TYPE wattlab_power_watts gauge" in text


def test_what_is_not_known_is_left_out(exporter: Exporter, machine: Machine) -> None:
    gauges = machine.gauges()
    machine.package.lost = "gone"
    exporter.show(gauges.read())
    found = values(scrape(exporter))
    assert ("wattlab_energy_joules_total", "package-0", "rapl:package-0") not in found
    assert not [name for name in found if name[0] == "wattlab_power_watts" and "package-0" in name]
    assert found["wattlab_sensor_up", "package-0", "rapl:package-0"] == 0.0
    assert ("wattlab_cpu_utilization_ratio",) not in found


def test_before_the_first_sample_there_are_no_metrics(exporter: Exporter) -> None:
    assert scrape(exporter) == ""


def test_only_this_machine_is_served_unless_asked_otherwise() -> None:
    assert parse_address("9101") == ("127.0.0.1", 9101)
    assert parse_address("0.0.0.0:9101") == ("0.0.0.0", 9101)


@pytest.mark.parametrize("text", ["", "http", "65536", "-1", "1.5", "localhost:", "²"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="expected a port from 0 to 65535"):
        parse_address(text)


def test_a_port_in_use_is_named_with_another_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {port} of 127\.0\.0\.1 is in use .* such as {port + 1}"):
            Exporter(Address("127.0.0.1", port))


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(UserError, match=r"port 9101 of 192\.0\.2\.1 cannot be used"):
        Exporter(Address("192.0.2.1", 9101))


def test_after_the_end_nobody_answers() -> None:
    exporter = Exporter(Address("127.0.0.1", 0))
    exporter.close()
    with pytest.raises(urllib.error.URLError, match="refused"):
        scrape(exporter)


def test_without_the_client_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtraError, match=r"wattlab\[prometheus\]"):
        Exporter(Address("127.0.0.1", 0))
