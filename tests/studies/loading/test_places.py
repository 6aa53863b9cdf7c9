"""Where a path lies, on fake trees built to proc_pid_mountinfo(5) and the kernel's sysfs-block documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from wattlab.studies.loading.places import place_of

MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,discard
30 27 8:17 / /data\040two rw - xfs /dev/sdb1 rw
31 27 259:2 / /fast rw,noatime shared:7 master:2 - ext4 /dev/nvme0n1p2 rw
32 27 0:50 / /net rw - nfs4 server:/export/scans rw,vers=4.2
33 27 0:51 / /win rw - cifs //server/share rw
34 27 0:52 / /ssh rw - fuse.sshfs me@server:/data rw
35 27 0:53 / /mnt/c rw - 9p C:\134 rw
36 27 0:54 / /dev/shm rw - tmpfs tmpfs rw
37 27 253:0 / /raid rw - ext4 /dev/mapper/vg-data rw
38 27 254:0 / /vm rw - ext4 /dev/vda rw
39 27 0:60 /sub /tree rw - btrfs /dev/sdb1 rw
40 27 0:61 / /pool rw - zfs tank/data rw
41 27 8:1 / /hidden rw - ext4 /dev/sda1 rw
42 41 0:62 / /hidden rw - tmpfs tmpfs rw
"""
DISKS = {"sda": ("8:1", "sda1", "1"), "sdb": ("8:17", "sdb1", "0"), "nvme0n1": ("259:2", "nvme0n1p2", "0")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    sys = tmp_path / "sys"
    for folder in ("dev/block", "class/block"):
        (sys / folder).mkdir(parents=True)
    for disk, (number, partition, rotational) in DISKS.items():
        device = sys / "devices/pci0" / disk
        (device / partition).mkdir(parents=True)
        (device / "queue").mkdir()
        (device / "queue/rotational").write_text(f"{rotational}\n")
        (sys / "dev/block" / number).symlink_to(device / partition)
        (sys / "class/block" / partition).symlink_to(device / partition)
    virtual = sys / "devices/virtio1/vda"
    (virtual / "queue").mkdir(parents=True)
    (virtual / "queue/rotational").write_text("1\n")
    (sys / "dev/block/254:0").symlink_to(virtual)
    volume = sys / "devices/virtual/dm-0"
    (volume / "slaves").mkdir(parents=True)
    for disk, partition in (("sda", "sda1"), ("nvme0n1", "nvme0n1p2")):
        (volume / "slaves" / partition).symlink_to(sys / "devices/pci0" / disk / partition)
    (sys / "dev/block/253:0").symlink_to(volume)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(MOUNTS)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "kind", "file_system", "source"),
    [
        ("/home/me/scans", "hard disk", "ext4", "/dev/sda1"),
        ("/data two/scans", "SSD", "xfs", "/dev/sdb1"),
        ("/fast", "SSD", "ext4", "/dev/nvme0n1p2"),
        ("/fasten/seat", "hard disk", "ext4", "/dev/sda1"),
        ("/net/scans", "network", "nfs4", "server:/export/scans"),
        ("/win/x", "network", "cifs", "//server/share"),
        ("/ssh/x", "network", "fuse.sshfs", "me@server:/data"),
        ("/mnt/c/Users", "host share", "9p", "C:\\"),
        ("/dev/shm/x", "memory files", "tmpfs", "tmpfs"),
        ("/raid/x", "hard disk", "ext4", "/dev/mapper/vg-data"),
        ("/vm/x", "virtual disk", "ext4", "/dev/vda"),
        ("/tree/x", "SSD", "btrfs", "/dev/sdb1"),
        ("/pool/x", "unknown", "zfs", "tank/data"),
        ("/hidden/x", "memory files", "tmpfs", "tmpfs"),
    ],
)
def test_every_kind_of_place(root: Path, path: str, kind: str, file_system: str, source: str) -> None:
    found = place_of(Path(path), root)
    assert (found.kind, found.file_system, found.source) == (kind, file_system, source)
    assert found.label == f"{kind} ({file_system})"


def test_without_proc_the_place_is_unknown(tmp_path: Path) -> None:
    found = place_of(Path("/anywhere"), tmp_path)
    assert (found.kind, found.label) == ("unknown", "unknown")


def test_a_link_leads_to_where_it_points(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/net/scans")
    assert place_of(link, root).kind == "network"
