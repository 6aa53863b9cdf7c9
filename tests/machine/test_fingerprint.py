from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from wattlab.machine import Machine, describe_machine
from wattlab.machine.processor import describe_processor, from_cpuinfo
from wattlab.machine.virtual import container, hypervisor

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = Machine(
    cpu_model="ACME 9000",
    packages=1,
    physical_cores=8,
    logical_cores=16,
    usable_cores=16,
    memory_B=32 * 2**30,
    architecture="x86_64",
    os="ACME Linux 1",
    kernel="6.0",
    python="CPython 3.11.0",
    numpy="2.4.0",
    blas="openblas 0.3",
    blas_threads=16,
    hypervisor=None,
    container=None,
)


def cpuinfo(sockets: int, cores: int, threads: int, flags: str = "fpu") -> str:
    blocks = []
    for socket in range(sockets):
        for core in range(cores):
            block = (
                f"model name\t: ACME   9000\nphysical id\t: {socket}\ncore id\t\t: {core}\nflags\t\t: {flags}"
            )
            blocks += [f"processor\t: 0\n{block}"] * threads
    return "\n\n".join(blocks) + "\n\n"


def test_counts_sockets_cores_and_threads() -> None:
    found = from_cpuinfo(cpuinfo(sockets=2, cores=4, threads=2))
    assert (found.model, found.packages, found.physical_cores, found.logical_cores) == ("ACME 9000", 2, 8, 16)
    assert not found.under_hypervisor


def test_reads_an_arm_board() -> None:
    text = "".join(f"processor\t: {n}\nBogoMIPS\t: 108.00\n\n" for n in range(4)) + "Hardware\t: BCM2835\n"
    found = from_cpuinfo(text, device_tree="Raspberry Pi 4 Model B")
    assert (found.model, found.physical_cores, found.logical_cores) == ("Raspberry Pi 4 Model B", 4, 4)


def test_without_proc_others_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpuinfo.get_cpu_info", lambda: {"brand_raw": "ACME  M1", "flags": []})
    monkeypatch.setattr("psutil.cpu_count", lambda *, logical=True: 10 if logical else 8)
    found = describe_processor(tmp_path)
    assert (found.model, found.physical_cores, found.logical_cores) == ("ACME M1", 8, 10)


@pytest.mark.parametrize(
    ("vendor", "under", "kernel", "name"),
    [
        ("QEMU", True, "6.1", "QEMU/KVM"),
        ("Amazon EC2", True, "6.1", "Amazon EC2"),
        ("Amazon EC2", False, "6.1", None),
        ("", True, "6.1", "unknown hypervisor"),
        ("", True, "5.15.90.1-microsoft-standard-WSL2", "WSL2"),
        ("ACME", False, "6.1", None),
    ],
)
def test_names_the_hypervisor(
    tmp_path: Path, vendor: str, under: bool, kernel: str, name: str | None
) -> None:
    (tmp_path / "sys/class/dmi/id").mkdir(parents=True)
    (tmp_path / "sys/class/dmi/id/sys_vendor").write_text(vendor)
    assert hypervisor(under_hypervisor=under, kernel=kernel, root=tmp_path) == name


@pytest.mark.parametrize(
    ("marker", "environ", "name"),
    [
        (".dockerenv", {}, "docker"),
        ("run/.containerenv", {}, "podman"),
        ("", {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes"),
        ("", {"container": "lxc"}, "lxc"),
        ("", {}, None),
    ],
)
def test_names_the_container(tmp_path: Path, marker: str, environ: dict[str, str], name: str | None) -> None:
    if marker:
        (tmp_path / marker).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / marker).touch()
    assert container(environ, tmp_path) == name


def test_names_the_container_by_its_control_group(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/kubepods/besteffort/pod1\n")
    assert container({}, tmp_path) == "kubernetes"


def test_the_id_is_of_the_hardware_alone() -> None:
    for change in (
        {"kernel": "7.0"},
        {"numpy": "3.0"},
        {"usable_cores": 1},
        {"memory_B": 32 * 2**30 - 10**8},
    ):
        assert dataclasses.replace(MACHINE, **change).id == MACHINE.id
    for change in (
        {"cpu_model": "ACME 9001"},
        {"logical_cores": 8},
        {"memory_B": 2**34},
        {"hypervisor": "KVM"},
        {"gpus": "NVIDIA T4"},
        {"gpus": "2 × NVIDIA T4"},
    ):
        assert dataclasses.replace(MACHINE, **change).id != MACHINE.id


def test_one_line_tells_what_matters() -> None:
    assert MACHINE.one_line() == f"ACME 9000 · 8 cores / 16 threads · 32 GiB · ACME Linux 1 · id {MACHINE.id}"
    part = dataclasses.replace(MACHINE, gpus="2 × NVIDIA T4")
    assert "32 GiB · 2 × NVIDIA T4 · ACME" in part.one_line()
    part = dataclasses.replace(MACHINE, usable_cores=2, hypervisor="KVM", container="docker")
    assert "(2 usable)" in part.one_line()
    assert "KVM, docker" in part.one_line()


def test_a_machine_without_gpu_keeps_the_id_it_always_had() -> None:
    assert MACHINE.id == "7619554b"


def test_machines_that_differ_in_their_gpu_have_different_ids(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 33554432 kB\n")
    (tmp_path / "proc/cpuinfo").write_text(cpuinfo(sockets=1, cores=4, threads=2))
    bare = describe_machine(tmp_path)
    card = tmp_path / "proc/driver/nvidia/gpus/0000:01:00.0/information"
    card.parent.mkdir(parents=True)
    card.write_text("Model: \t\t NVIDIA T4\n")
    one = describe_machine(tmp_path)
    card.write_text("Model: \t\t NVIDIA L4\n")
    assert len({bare.id, one.id, describe_machine(tmp_path).id}) == 3
    assert one.gpus == "NVIDIA T4"


def test_a_record_holds_every_fact() -> None:
    record = json.loads(json.dumps(MACHINE.to_dict()))
    assert record.pop("id") == MACHINE.id
    assert record.pop("virtual") is False
    assert Machine(**record) == MACHINE


def test_this_machine_can_be_described() -> None:
    machine = describe_machine()
    assert machine.cpu_model
    assert 1 <= machine.usable_cores <= machine.logical_cores
    assert machine.packages <= machine.physical_cores <= machine.logical_cores
    assert machine.memory_B > 2**26
    assert machine.numpy.count(".") >= 1
