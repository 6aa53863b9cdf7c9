"""Memory and disks of made-up machines; the files follow proc(5) and the kernel's ABI/stable/sysfs-block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.doctor.disks import check_disks
from wattlab.doctor.memory import check_memory

if TYPE_CHECKING:
    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]

GIB = 1 << 20
"""In kB, as /proc/meminfo counts."""


def meminfo(place: Place, available: int, swap_used: int = 0) -> None:
    sizes = {
        "MemTotal": 16,
        "MemFree": 1,
        "MemAvailable": available,
        "SwapTotal": 8,
        "SwapFree": 8 - swap_used,
    }
    text = "".join(f"{name}:{size * GIB:>16} kB\n" for name, size in sizes.items())
    place.files({"/proc/meminfo": text})


def test_enough_memory(place: Place) -> None:
    meminfo(place, available=12)
    found = place.find(check_memory)
    assert found.keys() == {"memory.size"}
    assert found["memory.size"].title == "memory: 16.0 GiB, 12.0 GiB of it free"


def test_scarce_memory_swap_and_a_limit(place: Place) -> None:
    meminfo(place, available=1, swap_used=4)
    place.files({"/sys/fs/cgroup/memory.max": f"{4 << 30}\n"})
    found = place.find(check_memory)
    assert found["memory.scarce"].status == "advice"
    assert found["memory.swap"].title == "4.00 GiB lie in swap"
    assert found["memory.size"].detail == "a control group allows 4.00 GiB"


def mounted(place: Place, *lines: str) -> Place:
    place.environ["WATTLAB_DATA"] = str(place.root / "home/data")
    place.files({"/proc/self/mounts": "\n".join(["/dev/sda2 / ext4 rw 0 0", *lines])})
    return place


def test_a_local_disk_with_room(place: Place) -> None:
    mounted(place)
    place.files({"/sys/class/block/sda2/queue/rotational": "0\n"})
    assert place.find(check_disks).keys() == {"disks.runs", "disks.data"}


def test_a_network_mount_and_a_rotating_disk(place: Place) -> None:
    mounted(place, "server:/home /home/data nfs4 rw 0 0")
    (place.root / "home/data").mkdir()
    place.files(
        {"/sys/devices/pci/block/sda/queue/rotational": "1\n", "/sys/devices/pci/block/sda/sda2/size": "1"}
    )
    place.link("/sys/class/block/sda2", "../../devices/pci/block/sda/sda2")
    found = place.find(check_disks)
    assert "(nfs4)" in found["disks.data-network"].title
    assert found["disks.data-network"].mend == ("export WATTLAB_DATA=/path/on/a/local/ssd",)
    assert found["disks.runs-rotating"].mend == ("export WATTLAB_RUNS=/path/on/a/local/ssd",)
    place.processor("avx2 hypervisor")
    assert "disks.runs-rotating" not in place.find(check_disks)


@pytest.mark.parametrize(
    ("free", "kind", "status"), [(1 << 29, "full", "problem"), (3 << 30, "scant", "advice")]
)
def test_little_room(place: Place, free: int, kind: str, status: str) -> None:
    mounted(place)
    place.options["free_B"] = lambda _: free
    assert place.find(check_disks)[f"disks.runs-{kind}"].status == status


def test_a_folder_that_cannot_be_written(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(place)
    monkeypatch.setattr("os.access", lambda *_: False)
    assert place.find(check_disks)["disks.runs-closed"].status == "problem"
