"""A made-up machine: a tree of files, a shell's variables, programs that answer, packages that are installed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.doctor.running import Ran
from wattlab.doctor.surroundings import Surroundings
from wattlab.meter.sensors.discover import Sensors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from wattlab.doctor.finding import Finding

NOT_THERE = Ran(failure="it could not be started: No such file or directory")
HASWELL = "fpu sse sse2 avx avx2 fma f16c"


class Place:
    """A machine to be made up piece by piece."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs: dict[str, Ran] = {}
        self.packages: dict[str, str] = {}
        self.environ: dict[str, str] = {"WATTLAB_CONFIG": str(root / "home/.config/wattlab/config.toml")}
        self.asked: list[tuple[str, ...]] = []
        self.environs: list[Mapping[str, str]] = []
        self.options: dict[str, Any] = {"cores": lambda: 8}
        (root / "home/work").mkdir(parents=True)

    def files(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def link(self, name: str, target: str) -> None:
        path = self.root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def processor(self, flags: str = HASWELL, cores: int = 8) -> None:
        block = "processor: {}\nmodel name: ACME 1\nphysical id: 0\ncore id: {}\nflags: {}\n"
        self.files({"/proc/cpuinfo": "\n".join(block.format(n, n, flags) for n in range(cores))})

    def nvidia(self, driver: str = "550.54.14", cards: int = 1) -> None:
        # As in NVIDIA's driver README, chapter "The /proc/driver/nvidia file system".
        text = f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {driver}  Thu Nov 16 01:59:08 UTC 2023\nGCC version:\n"
        self.files({"/proc/driver/nvidia/version": text, "/dev/nvidia0": ""})
        for number in range(cards):
            self.files({f"/proc/driver/nvidia/gpus/0000:0{number}:00.0/information": "Model: \t NVIDIA\n"})

    def toolkit(self, version: str) -> str:
        """Install a toolkit as NVIDIA's packages do, and return its folder."""
        major, minor, _ = version.split(".")
        folder, soname = f"/usr/local/cuda-{major}.{minor}", major if int(major) > 10 else f"{major}.{minor}"
        self.files(
            {
                f"{folder}/version.json": json.dumps({"cuda": {"name": "CUDA SDK", "version": version}}),
                f"{folder}/lib64/libcudart.so.{version}": "",
                f"{folder}/include/cuda.h": "",
                f"{folder}/bin/nvcc": "",
                f"{folder}/nvvm/libdevice/libdevice.10.bc": "",
            }
        )
        self.link(f"{folder}/lib64/libcudart.so.{soname}", f"libcudart.so.{version}")
        return folder

    def loader(self, *paths: str) -> None:
        """Let ``ldconfig -p`` name these files."""
        lines = [f"\t{path.rpartition('/')[2]} (libc6,x86-64) => {path}" for path in paths]
        self.programs["ldconfig"] = Ran(out="\n".join(["3 libs found in cache", *lines]))

    def engine(self, name: str, facts: Mapping[str, Any] | None = None, **ran: Any) -> None:
        """Let an engine answer so when it is asked."""
        out = "" if facts is None else f"some banner\n{json.dumps(dict(facts))}\n"
        self.programs[name] = Ran(out=out, **ran)

    def run(self, command: Sequence[str], environ: Mapping[str, str], timeout_s: float) -> Ran:
        assert timeout_s > 0
        self.asked.append(tuple(command))
        self.environs.append(environ)
        joined = " ".join(command)
        keys = [key for key in self.programs if key == command[-1] or key in joined]
        return self.programs[max(keys, key=len)] if keys else NOT_THERE

    def surroundings(self) -> Surroundings:
        base = Surroundings(
            root=self.root,
            environ=dict(self.environ),
            home=self.root / "home",
            folder=self.root / "home/work",
            python="/usr/bin/python3",
            prefix=self.root / "venv",
            today=date(2026, 11, 27),
            run=self.run,
            version_of=self.packages.get,
            free_B=lambda _: 100 << 30,
            load=lambda: 0.01,
            sensors=lambda: Sensors(()),
            gpu_problems=lambda: (),
        )
        return replace(base, **self.options)

    def find(self, check: Callable[[Surroundings], list[Finding]]) -> dict[str, Finding]:
        """Run a check; findings by id. All ids of one check on one machine differ, but for repeated kinds."""
        return {finding.id: finding for finding in check(self.surroundings())}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return an empty machine with eight cores."""
    made = Place(tmp_path / "root")
    made.processor()
    return made
