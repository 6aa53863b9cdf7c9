from __future__ import annotations

import time
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

import pytest
from tests.fake_gpus import UUIDS, Discovered, FakeCard, FakeNvml, pynvml

from wattlab.machine.nvml import Nvml, find_devices, open_nvml
from wattlab.meter.sensors.base import SensorLost, quantity
from wattlab.meter.sensors.domains import choose
from wattlab.meter.sensors.nvml import counter_sensor, discover_nvml, power_sensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.machine.nvml import NvmlDevice
    from wattlab.meter.quantity import Quantity

OTHER = "00000000:0B:00.0"


class Bench(Discovered):
    """Cards and a clock that the test moves."""

    def __init__(self, *cards: FakeCard, **environ: str) -> None:
        self.cards, self.time_s = cards, 100.0
        self.library = FakeNvml(*cards)
        self.sensors, self.absent = discover_nvml(self.library, environ, lambda: self.time_s)

    def after(self, seconds: float, **changes: object) -> float:
        self.time_s += seconds
        for name, value in changes.items():
            setattr(self.cards[0], name, value)
        return self.sensor.read().energy_J


def test_a_card_with_a_counter_is_counted_by_it() -> None:
    bench = Bench(FakeCard(energy_mJ=5_000))
    facts = bench.sensor.facts
    assert (facts.name, facts.domain) == ("nvml:GPU-8932f937", f"gpu-{UUIDS[0]}")
    assert (facts.source, facts.provenance, facts.resolution_s) == ("counter", "measured", 0.1)
    assert facts.max_power_W == 1.5 * 500.0
    assert facts.note == ""
    assert bench.absent == []
    assert bench.after(10.0, energy_mJ=2_005_000) == pytest.approx(2000.0)


@pytest.mark.parametrize("energy_mJ", [None, 0])
def test_a_card_without_one_is_integrated(energy_mJ: int | None) -> None:
    bench = Bench(FakeCard(energy_mJ=energy_mJ, capability=(8, 6), power_mW=100_000))
    facts = bench.sensor.facts
    assert (facts.source, facts.resolution_s, facts.sample_s) == ("integrated", 1.0, 0.1)
    assert facts.spread == (0.05, 0.05)
    assert "samples of power" in facts.note
    assert bench.after(2.0, power_mW=200_000) == pytest.approx(300.0)


def test_older_cards_tell_the_power_of_the_moment() -> None:
    bench = Bench(FakeCard(energy_mJ=None, capability=(6, 1), limits_mW=None))
    assert bench.sensor.facts.resolution_s == 0.1
    assert bench.sensor.facts.max_power_W == 2000.0


def test_a_card_that_tells_nothing_is_absent() -> None:
    bench = Bench(FakeCard(energy_mJ=None, power_mW=None))
    assert bench.sensors == []
    assert str(bench.why) == (
        "nvml:GPU-8932f937: NVIDIA A100-SXM4-80GB tells neither energy (NVML says: Not Supported) "
        "nor power (NVML says: Not Supported)"
    )


def test_a_driver_loaded_anew_is_a_lost_sensor() -> None:
    bench = Bench(FakeCard(energy_mJ=9_000_000))
    with pytest.raises(SensorLost, match="its driver was loaded anew"):
        bench.after(1.0, energy_mJ=20_000)


def test_a_counter_that_leaps_is_lost() -> None:
    bench = Bench(FakeCard(energy_mJ=9_000_000))
    assert bench.after(1.0, energy_mJ=9_000_000 + 749_000) == pytest.approx(749.0)
    with pytest.raises(SensorLost, match="jumped"):
        bench.after(1.0, energy_mJ=99_000_000)


def test_a_counter_that_stands_still_is_lost_not_a_zero() -> None:
    bench = Bench(FakeCard(energy_mJ=9_000))
    assert bench.after(0.05) == 0.0
    assert bench.after(1.0, energy_mJ=9_010) == pytest.approx(0.01)
    assert bench.after(9.9) == pytest.approx(0.01)
    with pytest.raises(SensorLost, match=r"stands still at 9\.01 J"):
        bench.after(0.2)


def test_a_card_that_falls_off_the_bus_is_lost() -> None:
    bench = Bench(FakeCard())
    with pytest.raises(SensorLost, match="NVML says: GPU is lost"):
        bench.after(1.0, error=pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST))


def test_only_visible_cards_are_counted_and_the_others_named() -> None:
    cards = FakeCard(), FakeCard(uuid=UUIDS[1], bus=OTHER)
    bench = Bench(*cards, CUDA_VISIBLE_DEVICES=UUIDS[1])
    assert bench.sensor.facts.domain == f"gpu-{UUIDS[1]}"
    assert bench.why.name == "nvml:GPU-8932f937"
    assert "CUDA_VISIBLE_DEVICES leaves it out" in bench.why.reason
    assert len(Bench(*cards, CUDA_VISIBLE_DEVICES="").absent) == 2
    assert len(Bench(*cards).sensors) == 2


def test_all_cards_are_added_and_none_twice() -> None:
    bench = Bench(FakeCard(), FakeCard(), FakeCard(uuid=UUIDS[1], bus=OTHER))
    assert len(choose(bench.sensors)) == 2


def test_a_number_that_may_be_another_card_says_so() -> None:
    cards = FakeCard(name="NVIDIA T400"), FakeCard(name="NVIDIA RTX 4090", uuid=UUIDS[1], bus=OTHER)
    assert "set CUDA_DEVICE_ORDER=PCI_BUS_ID" in Bench(*cards, CUDA_VISIBLE_DEVICES="0").sensor.facts.note


def test_a_divided_card_counts_as_a_whole_and_says_so() -> None:
    bench = Bench(FakeCard(mig=1))
    assert "the whole card" in bench.sensor.facts.note
    assert "MIG" in quantity(bench.sensor.facts, 100.0, 10.0).note


def test_no_driver_and_no_card_are_absent() -> None:
    refused = pynvml.NVMLError(pynvml.NVML_ERROR_DRIVER_NOT_LOADED)
    sensors, (absent,) = discover_nvml(FakeNvml(refuses=refused), {})
    assert sensors == []
    assert "modprobe nvidia" in absent.remedy
    assert str(Bench().why) == "nvml: the NVIDIA driver knows no card"


def test_sensors_keep_the_driver_open_and_let_go_of_it_at_the_end() -> None:
    bench = Bench(FakeCard())
    assert bench.library.users == 1
    assert bench.sensor.read().energy_J == 0.0
    bench.sensors.clear()
    assert bench.library.users == 0


def _real_nvml() -> Nvml:
    nvml = open_nvml()
    if not isinstance(nvml, Nvml):
        pytest.skip(f"needs an NVIDIA GPU: {nvml.reason}")
    return nvml


class Work(Thread):
    """Multiplies matrices on a card, whenever it is told to."""

    def __init__(self, multiply: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._multiply, self.wanted, self.ended = multiply, Event(), Event()

    def run(self) -> None:
        while not self.ended.is_set():
            if self.wanted.wait(0.05):
                self._multiply()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.join()


def both(device: NvmlDevice, work: Work | None, *plan: tuple[float, bool]) -> tuple[Quantity, Quantity]:
    """Return what a card's counter and its power say of some seconds, some of them at work."""
    try:
        sensors = counter_sensor(device), power_sensor(device)
    except OSError as error:
        pytest.skip(f"needs a card that counts energy and tells power: {error}")
    first = [sensor.read() for sensor in sensors]
    for seconds, busy in plan:
        if work:
            (work.wanted.set if busy else work.wanted.clear)()
        end_s = time.perf_counter() + seconds
        while time.perf_counter() < end_s:
            time.sleep(0.1)
            last = [sensor.read() for sensor in sensors]
    counted, added = (
        quantity(one.facts, end.energy_J - start.energy_J, end.time_s - start.time_s)
        for one, start, end in zip(sensors, first, last, strict=True)
    )
    return counted, added


def agree(counted: Quantity, added: Quantity, share: float) -> bool:
    """Return whether two figures agree to a share, and their intervals overlap."""
    assert counted.value is not None
    assert added.value is not None
    assert counted.interval is not None
    assert added.interval is not None
    overlap = max(counted.interval[0], added.interval[0]) <= min(counted.interval[1], added.interval[1])
    return overlap and added.value == pytest.approx(counted.value, rel=share)


@pytest.mark.slow
def test_a_real_idle_cards_counter_and_power_agree_over_ten_seconds() -> None:
    devices, _ = find_devices(_real_nvml())
    if not devices:
        pytest.skip("needs an NVIDIA GPU: the driver knows no card")
    counted, added = both(devices[0], None, (10.0, False))
    assert counted.value
    assert agree(counted, added, 0.05)


@pytest.fixture
def loaded() -> Iterator[tuple[NvmlDevice, Work]]:
    """A real card, and work for it."""
    nvml = _real_nvml()
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("needs a torch that sees the NVIDIA GPU")
    identity = f"GPU-{torch.cuda.get_device_properties(0).uuid}"
    device = next(one for one in find_devices(nvml)[0] if one.gpu.id == identity)
    matrix = torch.randn(4096, 4096, device="cuda:0")

    def multiply() -> None:
        for _ in range(4):
            torch.matmul(matrix, matrix)
        torch.cuda.synchronize()

    multiply()
    with Work(multiply) as work:
        yield device, work


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Attempting to run cuBLAS")  # the first product in a thread
def test_a_real_busy_cards_counter_and_power_agree_over_ten_seconds(loaded: tuple[NvmlDevice, Work]) -> None:
    device, work = loaded
    idle, _ = both(device, work, (3.0, False))
    # The mean of a second needs one to arrive.
    both(device, work, (2.0, True))
    counted, added = both(device, work, (10.0, True))
    assert idle.value is not None
    assert counted.value is not None
    assert counted.value / 10.0 > 1.2 * idle.value / 3.0  # the work is seen
    assert agree(counted, added, 0.05)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Attempting to run cuBLAS")  # the first product in a thread
def test_a_real_cards_change_of_load_is_in_both_once_the_mean_has_arrived(
    loaded: tuple[NvmlDevice, Work],
) -> None:
    """The power lags by its mean; from idle to idle, all of it has come. Its edges stand in the intervals."""
    device, work = loaded
    both(device, work, (2.0, False))
    counted, added = both(device, work, (2.0, False), (5.0, True), (4.0, False))
    assert agree(counted, added, 0.1)


def test_real_cards_are_found_by_the_sensors() -> None:
    devices, problems = find_devices(_real_nvml())
    sensors, absent = discover_nvml()
    assert len(sensors) + len(absent) == max(1, len(devices) + len(problems))
    for sensor in sensors:
        assert sensor.read().energy_J >= 0.0
