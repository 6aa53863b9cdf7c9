"""Is this a real machine? A hypervisor or a container hides sensors and shares the processor with others."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

# What the firmware calls itself, and who that is.
_FIRMWARE: Final = (
    ("amazon ec2", "Amazon EC2"),
    ("google", "Google Compute Engine"),
    ("microsoft corporation virtual", "Hyper-V"),
    ("vmware", "VMware"),
    ("virtualbox", "VirtualBox"),
    ("innotek", "VirtualBox"),
    ("parallels", "Parallels"),
    ("openstack", "OpenStack"),
    ("qemu", "QEMU/KVM"),
    ("kvm", "KVM"),
    ("xen", "Xen"),
)
_CONTAINER_GROUPS: Final = (
    ("kubepods", "kubernetes"),
    ("docker", "docker"),
    ("libpod", "podman"),
    ("lxc", "lxc"),
    ("containerd", "containerd"),
)


def hypervisor(*, under_hypervisor: bool, kernel: str = "", root: Path = Path("/")) -> str | None:
    """Name the hypervisor above this system, or None where there is none.

    Parameters
    ----------
    under_hypervisor : bool
        Whether the processor says that there is one.
    kernel : str, optional
        The kernel's release, which tells WSL.
    root : Path, optional
        Where ``sys`` is found.

    Returns
    -------
    str or None
        "unknown hypervisor" where there is one that does not say its name.
    """
    if re.search("microsoft", kernel, re.IGNORECASE):
        return "WSL2"
    names = ("sys_vendor", "product_name")
    firmware = " ".join(read_text(root / "sys/class/dmi/id" / name) for name in names).lower()
    # Amazon and Google sell whole machines too: the firmware's name counts only if the processor agrees.
    if under_hypervisor:
        return next((name for word, name in _FIRMWARE if word in firmware), "unknown hypervisor")
    return None


def container(environ: Mapping[str, str] = os.environ, root: Path = Path("/")) -> str | None:
    """Name the kind of container this process runs in, or None where there is none.

    Parameters
    ----------
    environ : mapping, optional
        The process's environment.
    root : Path, optional
        Where ``proc`` and the marker files are found.
    """
    if "KUBERNETES_SERVICE_HOST" in environ:
        return "kubernetes"
    if (root / "run/.containerenv").exists():
        return "podman"
    if (root / ".dockerenv").exists():
        return "docker"
    if environ.get("container"):  # systemd and others write it in small letters
        return environ["container"]
    groups = read_text(root / "proc/self/cgroup")
    return next((name for word, name in _CONTAINER_GROUPS if word in groups), None)
