from __future__ import annotations

import gc
import os
import re
from importlib.metadata import requires
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fake_gpus import UUIDS, FakeCard, FakeNvml, pynvml

from wattlab.machine.gpu_state import GpuProcess, PowerLimits
from wattlab.machine.nvml import Nvml, NvmlDevice, NvmlRefusedError, NvmlUnavailable, find_devices, open_nvml
from wattlab.machine.nvml_state import averages_power, nvml_state


def error(code: int) -> Exception:
    found = pynvml.NVMLError(code)
    assert isinstance(found, Exception)
    return found


def only_device(card: FakeCard, library: FakeNvml | None = None) -> NvmlDevice:
    nvml = open_nvml(library or FakeNvml(card))
    assert isinstance(nvml, Nvml)
    (device,), _ = find_devices(nvml)
    return device


def test_a_machine_without_the_driver_does_not_import_its_binding() -> None:
    def load(name: str) -> Any:
        raise AssertionError(name)

    assert open_nvml(load=load, driver_here=lambda: False) == NvmlUnavailable(
        "no NVIDIA driver on this machine"
    )


def test_a_driver_without_the_binding_names_the_command_that_installs_it() -> None:
    def load(name: str) -> Any:
        raise ModuleNotFoundError(name)

    found = open_nvml(load=load, driver_here=lambda: True)
    assert isinstance(found, NvmlUnavailable)
    assert found.remedy == "pip install 'wattlab[nvidia]'"
    assert "nvidia-ml-py" in found.reason


def test_the_deprecated_package_is_told_from_the_binding() -> None:
    package = SimpleNamespace(__spec__=SimpleNamespace(submodule_search_locations=["site-packages/pynvml"]))
    found = open_nvml(load=lambda _: package, driver_here=lambda: True)
    assert isinstance(found, NvmlUnavailable)
    assert "deprecated package pynvml" in found.reason
    assert "pip uninstall --yes pynvml" in found.remedy
    assert found.remedy.endswith("pip install 'wattlab[nvidia]'")


def test_the_extra_installs_the_binding_and_nothing_the_deprecated_package() -> None:
    wanted = [re.split(r"[^A-Za-z0-9_.-]", line)[0].lower() for line in requires("wattlab") or ()]
    assert "nvidia-ml-py" in wanted
    assert "pynvml" not in wanted


def test_the_real_binding_is_not_taken_for_the_deprecated_package() -> None:
    found = open_nvml(load=lambda _: pynvml, driver_here=lambda: True)
    if isinstance(found, Nvml):
        found.close()
    else:
        assert found.reason.startswith("NVML says: ")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (pynvml.NVML_ERROR_DRIVER_NOT_LOADED, "sudo modprobe nvidia"),
        (pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH, "restart the machine"),
        (pynvml.NVML_ERROR_NO_PERMISSION, "/dev/nvidiactl"),
        (pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, ""),
    ],
)
def test_a_driver_that_does_not_start_says_why_and_what_mends_it(code: int, remedy: str) -> None:
    found = open_nvml(FakeNvml(refuses=error(code)))
    assert isinstance(found, NvmlUnavailable)
    assert found.reason == f"NVML says: {error(code)}"
    assert remedy in found.remedy
    assert bool(remedy) == bool(found.remedy)


@pytest.mark.parametrize(
    "fault", [AttributeError("undefined symbol"), OSError("x"), RuntimeError("y")], ids=repr
)
def test_a_driver_that_fails_in_another_way_says_how(fault: Exception) -> None:
    found = open_nvml(FakeNvml(refuses=fault))
    assert isinstance(found, NvmlUnavailable)
    assert found.reason == f"NVML cannot be opened ({type(fault).__name__}: {fault})"
    assert found.remedy.startswith("pip uninstall --yes pynvml nvidia-ml-py && pip install")


def test_a_binding_that_cannot_be_imported_says_why() -> None:
    def load(_: str) -> Any:
        msg = "multiple exception types must be parenthesized"
        raise SyntaxError(msg)

    found = open_nvml(load=load, driver_here=lambda: True)
    assert isinstance(found, NvmlUnavailable)
    assert "cannot be imported (SyntaxError: multiple exception types" in found.reason
    assert found.remedy.endswith("pip install 'wattlab[nvidia]'")


def test_a_binding_older_than_a_function_refuses_it() -> None:
    nvml = open_nvml(FakeNvml(FakeCard()))
    assert isinstance(nvml, Nvml)
    with pytest.raises(NvmlRefusedError, match="this nvidia-ml-py has no nvmlDeviceGetTheFuture"):
        nvml.call("nvmlDeviceGetTheFuture")
    assert nvml.probe("nvmlDeviceGetTheFuture") is None


def test_a_binding_older_than_an_error_tells_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(pynvml, "NVMLLibraryMismatchError")
    device = only_device(FakeCard(energy_mJ=None))
    assert device.probe("TotalEnergyConsumption") is None


def test_who_opens_it_closes_it_once_and_the_forgetful_are_closed() -> None:
    library = FakeNvml()
    first, second = open_nvml(library), open_nvml(library)
    assert isinstance(first, Nvml)
    assert library.users == 2
    first.close()
    first.close()
    assert library.users == 1
    with pytest.raises(NvmlRefusedError, match="closed"):
        first.call("nvmlDeviceGetCount")
    del second
    gc.collect()
    assert library.users == 0


def test_a_driver_that_went_away_can_be_closed() -> None:
    library = FakeNvml()
    nvml = open_nvml(library)
    library.users = 0
    assert isinstance(nvml, Nvml)
    nvml.close()


def test_a_copy_of_the_process_neither_asks_nor_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    library = FakeNvml(FakeCard())
    nvml = open_nvml(library)
    assert isinstance(nvml, Nvml)
    own = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: own + 1)
    with pytest.raises(NvmlRefusedError, match=f"opened by process {own}"):
        nvml.call("nvmlDeviceGetCount")
    nvml.close()
    assert library.users == 1


def test_a_card_says_what_it_is() -> None:
    gpu = only_device(FakeCard()).gpu
    assert (gpu.vendor, gpu.index, gpu.id, gpu.name) == ("nvidia", 0, UUIDS[0], "NVIDIA A100-SXM4-80GB")
    assert (gpu.pci, gpu.driver) == ("0000:07:00.0", "570.86.15")
    assert (gpu.capability, gpu.cuda) == ((8, 0), "12.8")


def test_the_same_card_is_listed_once() -> None:
    cards = FakeCard(), FakeCard(bus="00000000:08:00.0"), FakeCard(uuid=UUIDS[1])
    nvml = open_nvml(FakeNvml(*cards))
    assert isinstance(nvml, Nvml)
    devices, problems = find_devices(nvml)
    assert [device.gpu.id for device in devices] == [UUIDS[0]]
    assert problems == []


def test_two_gpus_on_a_board_are_two() -> None:
    nvml = open_nvml(FakeNvml(FakeCard(), FakeCard(uuid=UUIDS[1], bus="00000000:08:00.0")))
    assert isinstance(nvml, Nvml)
    assert [device.gpu.id for device in find_devices(nvml)[0]] == list(UUIDS)


def test_a_card_that_fell_off_the_bus_is_a_problem_not_a_gap() -> None:
    library = FakeNvml(FakeCard(error=error(pynvml.NVML_ERROR_GPU_IS_LOST)), FakeCard(uuid=UUIDS[1]))
    library.lost_from_the_start = (0,)
    nvml = open_nvml(library)
    assert isinstance(nvml, Nvml)
    devices, problems = find_devices(nvml)
    assert [device.gpu.id for device in devices] == [UUIDS[1]]
    assert problems == ["GPU 0 does not answer (NVML says: GPU is lost)"]


def test_the_made_up_driver_has_no_function_that_the_real_binding_lacks() -> None:
    functions = [name for name in vars(FakeNvml) if name.startswith("nvml")]
    assert [name for name in functions if not callable(getattr(pynvml, name, None))] == []


def test_the_state_of_a_card_that_tells_everything() -> None:
    reasons = pynvml.nvmlClocksEventReasonSwPowerCap | pynvml.nvmlClocksEventReasonHwThermalSlowdown
    card = FakeCard(
        computing=[(10, 2**30), (11, None)], drawing=[(11, None), (12, 2**20)], reasons=reasons, mig=1
    )
    state = nvml_state(only_device(card))
    assert state.power_W == 63.0
    assert state.limits == PowerLimits(400.0, 400.0, 100.0, 500.0)
    assert (state.utilisation, state.temperature_C) == (0.37, 41.0)
    assert (state.memory_used_B, state.memory_total_B) == (3 * 2**30, 80 * 2**30)
    assert (state.core_clock_MHz, state.memory_clock_MHz) == (1410, 1512)
    assert state.throttle == ("power limit", "too hot")
    assert (state.persistence, state.mig) == (True, True)
    assert state.processes == (
        GpuProcess(10, 2**30, computes=True, draws=False),
        GpuProcess(11, None, computes=True, draws=True),
        GpuProcess(12, 2**20, computes=False, draws=True),
    )


def test_what_a_card_does_not_support_is_none_and_costs_nothing_else() -> None:
    card = FakeCard(instant_mW=None, limits_mW=None, mig=None, computing=None, drawing=None, reasons=None)
    state = nvml_state(only_device(card))
    assert state.power_W == 61.5
    assert state.limits == PowerLimits()
    assert state.limits.ceiling_W() is None
    assert (state.processes, state.throttle, state.mig) == (None, None, None)
    assert state.temperature_C == 41.0


def test_a_card_that_is_lost_in_between_tells_nothing() -> None:
    card = FakeCard()
    device = only_device(card)
    card.error = error(pynvml.NVML_ERROR_GPU_IS_LOST)
    state = nvml_state(device)
    assert {state.power_W, state.utilisation, state.temperature_C, state.memory_used_B} == {None}


def test_an_idle_card_is_not_throttled() -> None:
    assert nvml_state(only_device(FakeCard(reasons=pynvml.nvmlClocksEventReasonGpuIdle))).throttle == ()


def test_drivers_before_535_have_another_name_for_the_reasons() -> None:
    card = FakeCard(reasons=pynvml.nvmlClocksEventReasonSyncBoost)
    library = FakeNvml(card)
    library.refused.add("nvmlDeviceGetCurrentClocksEventReasons")
    assert nvml_state(only_device(card, library)).throttle == ("in step with another card",)


def test_a_process_in_two_instances_is_one() -> None:
    card = FakeCard(computing=[(10, 2**30), (10, 2**20)])
    assert nvml_state(only_device(card)).processes == (GpuProcess(10, 2**30 + 2**20),)


@pytest.mark.parametrize(
    ("capability", "averages"),
    [
        ((7, 0), False),
        ((7, 5), False),
        ((8, 0), False),
        ((8, 6), True),
        ((8, 9), True),
        ((9, 0), True),
        (None, True),
    ],
)
def test_power_is_a_mean_from_ampere_on_but_on_ga100(
    capability: tuple[int, int] | None, averages: bool
) -> None:
    assert averages_power(only_device(FakeCard(capability=capability))) is averages
