"""The latest sample for Prometheus, over HTTP, for this machine only unless asked otherwise.

References
----------
Prometheus documentation, "Metric and label naming": base units (watts, joules, bytes, ratio, celsius, hertz) as
suffix, ``_total`` for what only grows.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wattlab.errors import MissingExtraError, UserError
from wattlab.monitor.sample import gpu_name
from wattlab.monitor.watch import Audience

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wattlab.machine.gpu_state import GpuState
    from wattlab.monitor.sample import Sample

__all__ = ["Address", "Exporter", "parse_address"]

HOME: Final = "127.0.0.1"


class Address(NamedTuple):
    """Where a server listens."""

    host: str
    port: int


def parse_address(text: str) -> Address:
    """Read ``9101`` or ``0.0.0.0:9101``; without a host only this machine is served.

    Raises
    ------
    UserError
        It is no port.

    Examples
    --------
    >>> parse_address("9101"), parse_address("[::]:80")
    (Address(host='127.0.0.1', port=9101), Address(host='::', port=80))
    """
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 2**16):
        msg = (
            f"--prometheus {text!r}: expected a port from 0 to 65535, such as 9101, or an address and a port"
        )
        raise UserError(msg)
    return Address(host.strip("[]") or HOME, int(port))


class Exporter(Audience):
    """Serves the latest sample at ``/metrics`` from a thread of its own.

    Parameters
    ----------
    address : Address
        Where to listen; port 0 takes a free one.

    Attributes
    ----------
    status : str
        Its address.

    Raises
    ------
    UserError
        The port is in use, or may not be used.
    MissingExtraError
        prometheus_client is not installed.
    """

    def __init__(self, address: Address) -> None:
        try:
            from prometheus_client import CollectorRegistry, start_http_server
        except ImportError:
            raise MissingExtraError("prometheus_client", "prometheus", "--prometheus") from None
        self._sample: Sample | None = None
        registry = CollectorRegistry()
        registry.register(self)
        try:
            self._server, self._thread = start_http_server(address.port, address.host, registry)
        except OSError as error:
            raise UserError(_explained(address, error)) from None
        host = f"[{address.host}]" if ":" in address.host else address.host
        self.status = f"http://{host}:{self._server.server_port}/metrics"

    def show(self, sample: Sample) -> None:
        """Make a sample the latest."""
        self._sample = sample

    def collect(self) -> Iterator[Any]:
        """Yield the metrics of the latest sample; prometheus_client calls this at each request."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        if self._sample is None:
            return
        for name, help_text, labels, values in _metrics(self._sample):
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            family = kind(name, help_text, labels=labels)
            for labelled, value in values:
                if value is not None:
                    family.add_metric(labelled, value)
            yield family

    def close(self) -> None:
        """Stop to serve."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Metric(NamedTuple):
    name: str
    help_text: str
    labels: tuple[str, ...]
    values: Sequence[tuple[Sequence[str], float | None]]


def _metrics(sample: Sample) -> Iterator[_Metric]:
    yield from _power_metrics(sample)
    processor, memory = sample.processor, sample.memory
    alone: tuple[tuple[str, str, float | None], ...] = (
        ("wattlab_cpu_utilization_ratio", "Share of all cores that were busy.", processor.load),
        ("wattlab_cpu_temperature_celsius", "Hottest sensor of the processor.", processor.temperature_C),
        ("wattlab_memory_used_bytes", "Main memory that programs hold.", memory.used_B),
        ("wattlab_memory_available_bytes", "Main memory to be had without swapping.", memory.available_B),
        ("wattlab_swap_used_bytes", "Memory on disk that is in use.", memory.swap_used_B),
    )
    for name, help_text, value in alone:
        yield _Metric(name, help_text, (), [((), value)])
    loads = [((str(core),), load) for core, load in enumerate(processor.core_loads)]
    clocks = [((str(core),), clock_Hz) for core, clock_Hz in enumerate(processor.core_clocks_Hz)]
    yield _Metric("wattlab_cpu_core_utilization_ratio", "Share of time a core was busy.", ("core",), loads)
    yield _Metric("wattlab_cpu_core_frequency_hertz", "Clock of a core.", ("core",), clocks)
    yield from _gpu_metrics(sample.gpus)


def _power_metrics(sample: Sample) -> Iterator[_Metric]:
    labels = ("domain", "sensor", "provenance")
    known = [(one, (one.domain, one.name, one.power.provenance)) for one in sample.domains]
    yield _Metric(
        "wattlab_power_watts",
        "Power of a domain; domains may lie inside one another.",
        labels,
        [(values, one.power.value) for one, values in known],
    )
    # A counter's labels must not change while it counts, so it has no provenance: that of a lost sensor is "missing".
    yield _Metric(
        "wattlab_energy_joules_total",
        "Energy of a domain since the watch began.",
        labels[:2],
        [(values[:2], one.energy_J) for one, values in known],
    )
    yield _Metric(
        "wattlab_machine_power_watts",
        "Power of all domains that may be added up.",
        labels[2:],
        [((sample.power.provenance,), sample.power.value)],
    )
    yield _Metric(
        "wattlab_sensor_up",
        "1 while a sensor can be read, 0 once it is lost.",
        labels[:2],
        [(values[:2], float(one.energy_J is not None)) for one, values in known],
    )


def _gpu_metrics(gpus: Sequence[GpuState]) -> Iterator[_Metric]:
    labels = ("gpu", "name", "id")
    named = [(state, (gpu_name(state), state.gpu.name, state.gpu.id)) for state in gpus]
    gauges: dict[str, tuple[str, Any]] = {
        "power_watts": ("Power of a card, as its driver tells it.", lambda one: one.power_W),
        "utilization_ratio": ("Share of time a card was busy.", lambda one: one.utilisation),
        "memory_used_bytes": ("Memory of a card in use.", lambda one: one.memory_used_B),
        "temperature_celsius": ("Temperature of a card's chip.", lambda one: one.temperature_C),
        "core_clock_hertz": ("Clock of a card's cores.", lambda one: _hertz(one.core_clock_MHz)),
        "memory_clock_hertz": ("Clock of a card's memory.", lambda one: _hertz(one.memory_clock_MHz)),
    }
    for name, (help_text, value) in gauges.items():
        yield _Metric(
            f"wattlab_gpu_{name}", help_text, labels, [(values, value(state)) for state, values in named]
        )
    reasons = [((*values, reason), 1.0) for state, values in named for reason in state.throttle or ()]
    yield _Metric("wattlab_gpu_throttled", "1 for each reason of lower clocks.", (*labels, "reason"), reasons)


def _hertz(clock_MHz: float | None) -> float | None:
    return None if clock_MHz is None else clock_MHz * 1e6


def _explained(address: Address, error: OSError) -> str:
    where = f"--prometheus: port {address.port} of {address.host}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use by another program; choose another port, such as {address.port + 1}"
    if error.errno == errno.EACCES:
        return f"{where} needs the rights of root; choose a port above 1023, such as 9101"
    return f"{where} cannot be used: {error.strerror or error}; choose an address of this machine, or leave it out"
