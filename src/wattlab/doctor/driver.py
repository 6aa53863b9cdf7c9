"""NVIDIA's and AMD's drivers: there or not, reachable, of one version, and free of known faults.

References
----------
NVIDIA driver README, "The /proc/driver/nvidia file system"; NVIDIA, "CUDA on WSL". AMD ROCm, "Install: group
permissions".
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from wattlab.doctor.compatibility import table
from wattlab.doctor.finding import advice, ok, problem
from wattlab.doctor.libraries import libraries_named
from wattlab.machine.virtual import container

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_drivers", "driver_version", "has_nvidia", "smi_program"]

_NVIDIA: Final = "0x10de"
_AMD: Final = "0x1002"
_DISPLAY: Final = "0x03"
_INSTALL: Final = {
    "ubuntu": "sudo ubuntu-drivers install",
    "debian": "sudo apt install nvidia-driver",
    "fedora": "sudo dnf install akmod-nvidia    # from RPM Fusion",
    "opensuse": "sudo zypper install nvidia-driver-G06    # after adding NVIDIA's repository",
    "suse": "sudo zypper install nvidia-driver-G06    # after adding NVIDIA's repository",
    "arch": "sudo pacman -S nvidia",
}
_NO_GPU: Final = "a training that a GPU does in a minute takes a processor many, at less power but for longer"


def driver_version(surroundings: Surroundings) -> str | None:
    """Return the version of NVIDIA's driver that is loaded now, or None."""
    text = surroundings.read("/proc/driver/nvidia/version")
    found = re.search(r"Kernel Module.*?\s(\d+\.[\d.]+)\s", f"{text} ")
    if found:
        return found[1]
    loaded = surroundings.read("/sys/module/nvidia/version")
    if loaded:
        return loaded
    ran = surroundings.ask((smi_program(surroundings), "--query-gpu=driver_version", "--format=csv,noheader"))
    lines = [line.strip() for line in ran.out.splitlines() if re.match(r"\d+\.", line.strip())]
    return lines[0] if lines and not ran.failure else None


def smi_program(surroundings: Surroundings) -> str:
    """Return what to start to ask NVIDIA's driver; WSL2 keeps it aside."""
    wsl = "/usr/lib/wsl/lib/nvidia-smi"
    return wsl if surroundings.at(wsl).exists() else "nvidia-smi"


def has_nvidia(surroundings: Surroundings) -> bool:
    """Return whether there is an NVIDIA card, with a driver or without."""
    return bool(_cards(surroundings, _NVIDIA)) or driver_version(surroundings) is not None


def _cards(surroundings: Surroundings, vendor: str) -> list[str]:
    devices = sorted(surroundings.at("/sys/bus/pci/devices").glob("*"))
    read = surroundings.read
    places = [surroundings.outside(device) for device in devices]
    return [
        place
        for place in places
        if read(f"{place}/vendor") == vendor and read(f"{place}/class").startswith(_DISPLAY)
    ]


def check_drivers(surroundings: Surroundings) -> list[Finding]:
    """Look at the drivers of graphics processors."""
    driver, cards = driver_version(surroundings), _cards(surroundings, _NVIDIA)
    found: list[Finding] = []
    if driver is not None:
        found += [_version(driver), *_fault(driver), *_two_versions(surroundings, driver)]
        found += _nodes(surroundings)
    elif cards:
        found.append(_no_driver(surroundings))
    found += _amd(surroundings)
    return found or [ok("driver.none", "no GPU of NVIDIA or AMD", "training runs on the processor")]


def _version(driver: str) -> Finding:
    cuda = table().newest_cuda(driver)
    known = f"released for CUDA {cuda} or newer" if cuda else "its CUDA version is not in the table"
    return ok("driver.version", f"NVIDIA driver {driver}", known)


def _fault(driver: str) -> Iterator[Finding]:
    fault = table().faulty(driver)
    if fault is not None:
        yield problem(
            "driver.fault",
            f"NVIDIA driver {driver} has a known fault",
            f"{fault.fault}\nsource: {fault.source}",
            "a machine that cannot be suspended, or hangs afterwards, draws its idle power all night",
            (fault.advice,),
        )


def _two_versions(surroundings: Surroundings, driver: str) -> Iterator[Finding]:
    files = [path for path in libraries_named(surroundings, "libcuda.so.") if re.search(r"\.\d+\.\d+", path)]
    versions = {match[1] for path in files if (match := re.search(r"libcuda\.so\.(\d+\.[\d.]+)$", path))}
    if versions and driver not in versions:
        yield problem(
            "driver.mismatch",
            "the loaded driver and its library differ",
            f"the kernel runs {driver}, the library libcuda is {', '.join(sorted(versions))}",
            "after an update and before the next start, no program can use the GPU",
            ("sudo reboot",),
        )


def _nodes(surroundings: Surroundings) -> Iterator[Finding]:
    if not surroundings.at("/proc/driver/nvidia/version").exists():
        return
    node = surroundings.at("/dev/nvidia0")
    if not node.exists():
        inside = container(surroundings.environ, surroundings.root)
        mend = "docker run --gpus all ..." if inside else "sudo nvidia-modprobe -c 0 -u"
        title, detail = (
            "the driver is loaded, but /dev/nvidia0 is not there",
            "programs have no way to the GPU",
        )
        yield problem("driver.node", title, detail, _NO_GPU, (mend,))
    elif not os.access(node, os.R_OK | os.W_OK):
        detail = "the device file is closed to this user"
        mend = "sudo usermod -aG video $USER    # then log in again"
        yield problem("driver.node", "/dev/nvidia0 cannot be opened", detail, _NO_GPU, (mend,))


def _no_driver(surroundings: Surroundings) -> Finding:
    nouveau = surroundings.at("/sys/module/nouveau").exists()
    detail = "the free driver nouveau is loaded, which cannot compute" if nouveau else "no driver is loaded"
    names = re.findall(r'^ID(?:_LIKE)?="?([^"\n]+)', surroundings.read("/etc/os-release"), re.MULTILINE)
    words = " ".join(names).replace("-", " ").split()
    command = next((_INSTALL[word] for word in words if word in _INSTALL), None)
    mend = (command or "install NVIDIA's driver with your system's package manager", "sudo reboot")
    return problem("driver.none", "an NVIDIA card without NVIDIA's driver", detail, _NO_GPU, mend)


def _amd(surroundings: Surroundings) -> Iterator[Finding]:
    if not _cards(surroundings, _AMD):
        return
    rocm = surroundings.read("/opt/rocm/.info/version")
    node = surroundings.at("/dev/kfd")
    if not node.exists():
        yield advice(
            "driver.rocm",
            "an AMD GPU without its compute driver",
            "/dev/kfd is not there; small graphics inside a processor often cannot compute",
            _NO_GPU,
            ("sudo modprobe amdgpu", "amdgpu-install --usecase=rocm    # AMD's installer"),
        )
    elif not os.access(node, os.R_OK | os.W_OK):
        mend = "sudo usermod -aG render,video $USER    # then log in again"
        yield problem(
            "driver.rocm", "/dev/kfd cannot be opened", "it is closed to this user", _NO_GPU, (mend,)
        )
    else:
        yield ok("driver.rocm", f"AMD GPU, ROCm {rocm or 'of unknown version'}")
