"""The folders that wattlab writes to: room, permission, and what kind of disk is under them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.data.download import DATA_VARIABLE, cache_folder
from wattlab.doctor.finding import advice, ok, problem
from wattlab.machine.processor import describe_processor
from wattlab.records.store import DEFAULT_FOLDER
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_disks"]

_NETWORK: Final = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.sshfs",
    "gpfs",
    "lustre",
}
_LEAST_B: Final = 1 << 30
_SCANT_B: Final = 5 << 30


class Mount(NamedTuple):
    """Where a folder's file system comes from.

    Attributes
    ----------
    device, kind : str
        Such as "/dev/nvme0n1p2" and "ext4".
    """

    device: str
    kind: str


def check_disks(surroundings: Surroundings) -> list[Finding]:
    """Look at the folder of runs and that of data."""
    environ = surroundings.environ
    runs = surroundings.folder / environ.get("WATTLAB_RUNS", str(DEFAULT_FOLDER))
    data = Path(environ[DATA_VARIABLE]) if environ.get(DATA_VARIABLE) else cache_folder()
    found: list[Finding] = []
    for use, folder in (("runs", runs), ("data", data)):
        found += _folder(surroundings, use, folder)
    return found


def _folder(surroundings: Surroundings, use: str, folder: Path) -> Iterator[Finding]:
    existing = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
    free = surroundings.free_B(existing)
    mount = _mount(surroundings, surroundings.outside(existing))
    where = f"{folder} on {mount.kind}" if mount else str(folder)
    yield ok(f"disks.{use}", f"room for {use}: {format_bytes(free)}", where)
    if not os.access(existing, os.W_OK) and use == "runs":
        yield problem(
            f"disks.{use}-closed",
            f"the folder for {use} cannot be written",
            str(existing),
            "a training ends with an error before its first epoch",
            ("export WATTLAB_RUNS=$HOME/wattlab-runs", f"sudo chown $USER {existing}"),
        )
    yield from _room(use, folder, free)
    if mount and mount.kind in _NETWORK:
        yield advice(
            f"disks.{use}-network",
            f"the folder for {use} lies on the network ({mount.kind})",
            f"{folder}, from {mount.device}",
            "reading data from there can take longer than computing, while the machine draws power and waits",
            (_local(use),),
        )
    elif mount and _rotates(surroundings, mount.device):
        yield advice(
            f"disks.{use}-rotating",
            f"the folder for {use} lies on a rotating disk",
            f"{folder}, on {mount.device}",
            "small files in random order come at some hundred a second; a training may wait for them",
            (_local(use),),
        )


def _local(use: str) -> str:
    variable = "WATTLAB_RUNS" if use == "runs" else DATA_VARIABLE
    return f"export {variable}=/path/on/a/local/ssd"


def _room(use: str, folder: Path, free: int) -> Iterator[Finding]:
    mend = (f"du -xh --max-depth=1 {folder.parent} | sort -h | tail",)
    if free < _LEAST_B:
        why = "a full disk ends a training at its next checkpoint"
        yield problem(f"disks.{use}-full", f"the disk for {use} is nearly full", str(folder), why, mend)
    elif free < _SCANT_B:
        why = "data sets, checkpoints and a CUDA toolkit (3 GB) soon fill it"
        yield advice(
            f"disks.{use}-scant", f"little room for {use}", f"{folder}: {format_bytes(free)}", why, mend
        )


def _mount(surroundings: Surroundings, folder: str) -> Mount | None:
    lines = [line.split() for line in surroundings.read("/proc/self/mounts").splitlines()]
    above = {
        fields[1]: Mount(fields[0], fields[2])
        for fields in lines
        if len(fields) >= 3 and f"{folder}/".startswith(f"{fields[1].rstrip('/')}/")
    }
    return above[max(above, key=len)] if above else None


def _rotates(surroundings: Surroundings, device: str) -> bool:
    # A virtual disk says that it rotates, whatever is behind it.
    if describe_processor(surroundings.root).under_hypervisor:
        return False
    name = device.rpartition("/")[2]
    disk = surroundings.follow(f"/sys/class/block/{name}") or f"/sys/class/block/{name}"
    files = (f"{disk}/queue/rotational", f"{disk.rpartition('/')[0]}/queue/rotational")
    return next((text for file in files if (text := surroundings.read(file))), "") == "1"
