"""What the system runs in and beside: virtual machine, container, WSL2, other programs, the battery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.doctor.finding import advice, ok
from wattlab.machine.processor import describe_processor
from wattlab.machine.virtual import container, hypervisor
from wattlab.meter.load import BUSY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_host"]

_WSL_HIDES: Final = (
    "WSL2 hides the processor's energy counters, temperatures and governor, and shows a part of NVML"
)
_VM_HIDES: Final = (
    "a virtual machine has no energy counters, temperatures or governor; neighbours share the processor"
)


def check_host(surroundings: Surroundings) -> list[Finding]:
    """Look at what is around this system."""
    return [*_between(surroundings), *_load(surroundings), *_battery(surroundings), *_nodes(surroundings)]


def _between(surroundings: Surroundings) -> Iterator[Finding]:
    under = describe_processor(surroundings.root).under_hypervisor
    kernel = surroundings.read("/proc/sys/kernel/osrelease")
    above = hypervisor(under_hypervisor=under, kernel=kernel, root=surroundings.root)
    inside = container(surroundings.environ, surroundings.root)
    if above == "WSL2":
        yield ok(
            "host.virtual", "WSL2", _WSL_HIDES, ("for measured energy: a wall plug that wattlab can read",)
        )
    elif above:
        yield ok("host.virtual", f"virtual machine ({above})", _VM_HIDES)
    if inside:
        detail = "a container masks the energy counters unless /sys/class/powercap is passed in"
        mend = ("docker run -v /sys/class/powercap:/sys/class/powercap:ro ...",)
        yield ok("host.container", f"container ({inside})", detail, () if above else mend)
    if not above and not inside:
        yield ok("host.real", "neither virtual machine nor container")


def _load(surroundings: Surroundings) -> Iterator[Finding]:
    surroundings.watching("watching other programs")
    share = surroundings.load()
    if share > BUSY:
        yield advice(
            "host.load",
            f"other programs keep {share:.0%} of the cores busy",
            "right now, over half a second",
            "a training beside them takes longer, and their energy is counted with it",
            ("top -o %CPU", "nice -n 19 wattlab train ...    # where the others come first"),
        )
    else:
        yield ok("host.load", f"other programs keep {share:.0%} of the cores busy")


def _battery(surroundings: Surroundings) -> Iterator[Finding]:
    folders = sorted(surroundings.at("/sys/class/power_supply").glob("*"))
    places = [surroundings.outside(folder) for folder in folders]
    kinds = {place: surroundings.read(f"{place}/type") for place in places}
    # A mouse has a battery, too, but its scope is "Device".
    batteries = [
        place
        for place, kind in kinds.items()
        if kind == "Battery" and surroundings.read(f"{place}/scope") != "Device"
    ]
    plugged = any(
        kind in ("Mains", "USB") and surroundings.read(f"{place}/online") == "1"
        for place, kind in kinds.items()
    )
    if batteries and not plugged:
        yield advice(
            "host.battery",
            "running on battery",
            ", ".join(place.rpartition("/")[2] for place in batteries),
            "most machines lower clocks and power limits: a training takes longer, and figures do not repeat",
            ("plug in the charger",),
        )
    elif batteries:
        yield ok("host.battery", "on mains")


def _nodes(surroundings: Surroundings) -> Iterator[Finding]:
    nodes = [
        folder
        for folder in surroundings.at("/sys/devices/system/node").glob("node*")
        if folder.name[4:].isdigit()
    ]
    if len(nodes) > 1:
        yield ok(
            "host.numa",
            f"memory in {len(nodes)} nodes (NUMA)",
            "a small network is fastest with its threads on one node",
            ("numactl --cpunodebind=0 --membind=0 wattlab train ...",),
        )
