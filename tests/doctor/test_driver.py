"""Drivers of graphics cards on made-up machines.

References
----------
NVIDIA driver README, "The /proc/driver/nvidia file system"; Linux kernel, ABI/testing/sysfs-bus-pci; os-release(5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.doctor.driver import check_drivers, driver_version
from wattlab.doctor.running import Ran

if TYPE_CHECKING:
    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]


def card(place: Place, vendor: str, slot: str = "0000:01:00.0", kind: str = "0x030000") -> None:
    folder = f"/sys/bus/pci/devices/{slot}"
    place.files({f"{folder}/vendor": f"{vendor}\n", f"{folder}/class": f"{kind}\n"})


def test_no_card_is_fine(place: Place) -> None:
    card(place, "0x10de", kind="0x040300")  # the sound device of a card that was passed elsewhere
    assert {name: one.status for name, one in place.find(check_drivers).items()} == {"driver.none": "ok"}


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  418.67  Sat Apr  6 03:07:24 CDT 2019", "418.67"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.35.03  Release Build", "560.35.03"),
    ],
)
def test_the_driver_tells_its_version(place: Place, text: str, version: str) -> None:
    place.files({"/proc/driver/nvidia/version": f"{text}\nGCC version:  gcc 12\n"})
    assert driver_version(place.surroundings()) == version


def test_wsl2_asks_nvidia_smi_where_it_keeps_it(place: Place) -> None:
    place.files({"/usr/lib/wsl/lib/nvidia-smi": ""})
    place.programs["/usr/lib/wsl/lib/nvidia-smi"] = Ran(out="551.86\n")
    found = place.find(check_drivers)
    assert found.keys() == {"driver.version"}
    assert found["driver.version"].title == "NVIDIA driver 551.86"
    assert found["driver.version"].detail == "released for CUDA 12.4 or newer"


@pytest.mark.parametrize(
    ("system", "command"),
    [
        ("ID=ubuntu\nID_LIKE=debian\n", "sudo ubuntu-drivers install"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "sudo zypper install nvidia-driver-G06"),
        ("ID=gentoo\n", "install NVIDIA's driver"),
    ],
)
def test_a_card_without_a_driver(place: Place, system: str, command: str) -> None:
    card(place, "0x10de")
    place.files({"/etc/os-release": system, "/sys/module/nouveau/version": ""})
    found = place.find(check_drivers)["driver.none"]
    assert found.status == "problem"
    assert "nouveau" in found.detail
    assert found.mend[0].startswith(command)


def test_library_and_loaded_driver_differ_after_an_update(place: Place) -> None:
    place.nvidia("535.129.03")
    place.files({"/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14": ""})
    place.link("/usr/lib/x86_64-linux-gnu/libcuda.so.1", "libcuda.so.550.54.14")
    assert place.find(check_drivers)["driver.mismatch"].mend == ("sudo reboot",)
    place.files({"/usr/lib/x86_64-linux-gnu/libcuda.so.535.129.03": ""})
    assert "driver.mismatch" not in place.find(check_drivers)


@pytest.mark.parametrize(
    ("inside", "mend"), [(True, "docker run --gpus all"), (False, "sudo nvidia-modprobe")]
)
def test_the_device_file_is_missing(place: Place, inside: bool, mend: str) -> None:
    place.nvidia()
    (place.root / "dev/nvidia0").unlink()
    if inside:
        place.files({"/.dockerenv": ""})
    assert place.find(check_drivers)["driver.node"].mend[0].startswith(mend)


def test_amd_with_and_without_its_compute_driver(place: Place) -> None:
    card(place, "0x1002")
    assert place.find(check_drivers)["driver.rocm"].status == "advice"
    place.files({"/dev/kfd": "", "/opt/rocm/.info/version": "6.2.0-66\n"})
    assert place.find(check_drivers)["driver.rocm"].title == "AMD GPU, ROCm 6.2.0-66"
