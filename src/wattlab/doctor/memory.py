"""Main memory: how much there is, how much is free, and whether the system swaps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wattlab.doctor.finding import advice, ok
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_memory"]

_LEAST_FREE: float = 0.1
_MUCH_SWAP: float = 0.1
_SWAP_WHY = "a training that swaps waits for the disk: minutes become hours, at nearly full power"


def check_memory(surroundings: Surroundings) -> list[Finding]:
    """Look at memory and swap."""
    sizes = _sizes(surroundings)
    total, available = sizes["MemTotal"], sizes["MemAvailable"]
    limit = _limit(surroundings)
    title = f"memory: {format_bytes(total)}, {format_bytes(available)} of it free"
    detail = "" if limit is None or limit >= total else f"a control group allows {format_bytes(limit)}"
    return [ok("memory.size", title, detail), *_scarce(total, available), *_swap(sizes)]


def _sizes(surroundings: Surroundings) -> dict[str, int]:
    text = surroundings.read("/proc/meminfo")
    found = {name: int(kB) * 1024 for name, kB in re.findall(r"^(\w+):\s*(\d+) kB", text, re.MULTILINE)}
    if "MemTotal" in found:
        return {"MemAvailable": found.get("MemFree", 0), "SwapTotal": 0, "SwapFree": 0, **found}
    import psutil  # only where there is no /proc

    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return {
        "MemTotal": memory.total,
        "MemAvailable": memory.available,
        "SwapTotal": swap.total,
        "SwapFree": swap.free,
    }


def _limit(surroundings: Surroundings) -> int | None:
    files = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
    texts = (surroundings.read(file) for file in files)
    return next((int(text) for text in texts if text.isdigit()), None)


def _scarce(total: int, available: int) -> Iterator[Finding]:
    if available < _LEAST_FREE * total:
        yield advice(
            "memory.scarce",
            f"only {format_bytes(available)} of memory is free",
            f"of {format_bytes(total)}; the rest is in use by other programs",
            _SWAP_WHY,
            ("ps --sort=-rss -eo rss,pid,comm | head",),
        )


def _swap(sizes: dict[str, int]) -> Iterator[Finding]:
    used = sizes["SwapTotal"] - sizes["SwapFree"]
    if used > _MUCH_SWAP * sizes["MemTotal"]:
        yield advice(
            "memory.swap",
            f"{format_bytes(used)} lie in swap",
            f"of {format_bytes(sizes['SwapTotal'])} swap, beside {format_bytes(sizes['MemTotal'])} of memory",
            _SWAP_WHY,
            ("close what is not needed, then: sudo swapoff -a && sudo swapon -a",),
        )
