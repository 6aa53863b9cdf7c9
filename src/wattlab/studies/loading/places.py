"""Where a path lies: on a network, a disk of which kind, or in memory.

References
----------
Linux manual pages, proc_pid_mountinfo(5): the fields of a mount, octal escapes, stacked mounts.
Linux kernel documentation, Documentation/ABI/stable/sysfs-block: queue/rotational.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from wattlab.machine.system_files import read_text
from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Kind", "Place", "place_of"]

Kind = Literal["network", "host share", "hard disk", "SSD", "virtual disk", "disk", "memory files", "unknown"]

_NETWORK: Final = re.compile(
    r"nfs4?|cifs|smb3|smbfs|afs|ceph|glusterfs|lustre|beegfs|gpfs|ocfs2|orangefs|pvfs2|davfs|"
    r"fuse\.(sshfs|ceph.*|gluster.*|rclone|s3fs|gcsfuse|goofys|curlftpfs|smbnetfs|davfs2?|moosefs|juicefs|.*nfs.*)"
)
_HOST: Final = re.compile(r"9p|virtiofs|vboxsf|vmhgfs|fuse\.vmhgfs-fuse|drvfs|fuse\.grpcfuse|fakeowner")
_MEMORY: Final = re.compile(r"tmpfs|ramfs|devtmpfs|hugetlbfs")
_VIRTUAL: Final = re.compile(r"(vd|xvd)[a-z]+\d*")
_WORST: Final[tuple[Kind, ...]] = ("hard disk", "virtual disk", "SSD")


class Place(Frozen):
    """Where files lie."""

    kind: Kind
    mount: str
    """Folder at which the file system is mounted; empty where the system does not tell."""
    file_system: str
    """Such as "ext4" or "nfs4"; empty where the system does not tell."""
    source: str
    """Device or server, such as "/dev/sda1" or "server:/data"."""

    @property
    def label(self) -> str:
        """The kind and the file system, such as "network (nfs4)"."""
        return f"{self.kind} ({self.file_system})" if self.file_system else self.kind


class _Mount(NamedTuple):
    number: str
    folder: str
    file_system: str
    source: str


def place_of(path: Path, root: Path = Path("/")) -> Place:
    """Return where a path lies.

    Parameters
    ----------
    path : Path
        It need not exist.
    root : Path, optional
        Where ``proc`` and ``sys`` are found.

    Returns
    -------
    Place
        Of the kind "unknown" where the system does not tell, as off Linux.
    """
    mount = _mount_of(path.resolve(), _mounts(read_text(root / "proc/self/mountinfo")))
    if mount is None:
        return Place(kind="unknown", mount="", file_system="", source="")
    return Place(
        kind=_kind(mount, root / "sys"),
        mount=mount.folder,
        file_system=mount.file_system,
        source=mount.source,
    )


def _mounts(text: str) -> list[_Mount]:
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        first, last = before.split(), after.split()
        if len(first) > 4 and len(last) > 1:
            found.append(_Mount(first[2], _unescaped(first[4]), last[0], _unescaped(last[1])))
    return found


def _unescaped(text: str) -> str:
    """Return a name without the octal escapes of space, tab, newline and backslash."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _mount_of(path: Path, mounts: Sequence[_Mount]) -> _Mount | None:
    """Return the mount with the longest folder above a path; of stacked ones the last, which hides the others."""
    above = {str(path), *map(str, path.parents)}
    holding = [mount for mount in mounts if mount.folder in above]
    longest = max((len(mount.folder) for mount in holding), default=0)
    return next((mount for mount in reversed(holding) if len(mount.folder) == longest), None)


def _kind(mount: _Mount, sys: Path) -> Kind:
    for pattern, kind in _BY_FILE_SYSTEM.items():
        if pattern.fullmatch(mount.file_system):
            return kind
    device = _device(mount, sys)
    return _disk_kind(device) if device is not None else "unknown"


_BY_FILE_SYSTEM: Final[dict[re.Pattern[str], Kind]] = {
    _NETWORK: "network",
    _HOST: "host share",
    _MEMORY: "memory files",
}


def _device(mount: _Mount, sys: Path) -> Path | None:
    """Return the folder of a block device; btrfs has a number of its own, so its device goes by name."""
    by_number = sys / "dev/block" / mount.number
    by_name = sys / "class/block" / Path(mount.source).name
    if by_number.exists():
        return by_number.resolve()
    return by_name.resolve() if mount.source.startswith("/dev/") and by_name.exists() else None


def _disk_kind(device: Path) -> Kind:
    """Return the kind of a device; of one that is made of others, as by LVM or RAID, the slowest of theirs."""
    parts = device / "slaves"
    below = sorted(parts.iterdir()) if parts.is_dir() else []
    if below:
        kinds = {_disk_kind(one.resolve()) for one in below}
        return next((kind for kind in _WORST if kind in kinds), "disk")
    if _VIRTUAL.fullmatch(device.name):
        # What a hypervisor says about rotation is no fact about the disk below it.
        return "virtual disk"
    # A partition has no queue of its own.
    answers = (read_text(one / "queue/rotational") for one in (device, device.parent))
    rotational = next((text for text in answers if text), "")
    return {"0": "SSD", "1": "hard disk"}.get(rotational, "disk")  # type: ignore[return-value]
