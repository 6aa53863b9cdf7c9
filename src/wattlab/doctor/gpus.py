"""Each NVIDIA GPU: compute capability, tensor cores, what mixed precision gives on it, and what slows it down.

References
----------
NVIDIA CUDA C++ Programming Guide, "Compute Capabilities" (arithmetic throughput, tensor cores by capability).
NVML API, nvmlClocksEventReasons. S. Keydana, RStudio AI blog, 13 January 2020, for the measured gains by capability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.doctor.compatibility import version
from wattlab.doctor.driver import driver_version, smi_program
from wattlab.doctor.finding import advice, ok, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["Gpu", "check_gpus", "gpus", "precision_of"]

_FIELDS: Final = (
    "index,name,memory.total,persistence_mode,power.limit,power.default_limit,clocks_throttle_reasons.active"
)
_TIME_LIMIT_S: Final = 20.0
_NO_TENSOR_CORES: Final = "no tensor cores; mixed precision saves memory, so larger batches fit, but no time"
_MEASURED_52: Final = " (measured on a Quadro M2200, 5.2: 1.06 × in time at batch 32, and batch 256 fits)"
_MEASURED_61: Final = " (measured on a Titan XP, 6.1: 0.86 to 1.04 ×)"
_MEASURED_70: Final = (
    " (measured on a V100 with a small network: 1.07 to 1.10 ×; large matrix products gain more)"
)
# From which capability on, what the GPU computes with, and what that gives. The last row that fits counts.
_PRECISION: Final[tuple[tuple[tuple[int, int], str], ...]] = (
    ((1, 0), f"{_NO_TENSOR_CORES}{_MEASURED_52}"),
    ((5, 3), "float16 at twice the rate of float32, no tensor cores"),
    ((6, 0), "float16 at twice the rate of float32, no tensor cores"),
    ((6, 1), f"float16 at 1/64 the rate of float32, {_NO_TENSOR_CORES}{_MEASURED_61}"),
    ((6, 2), "float16 at twice the rate of float32, no tensor cores"),
    ((7, 0), f"tensor cores for float16, with loss scaling; neither bfloat16 nor TF32{_MEASURED_70}"),
    ((7, 5), "tensor cores for float16, with loss scaling; neither bfloat16 nor TF32"),
    ((8, 0), "tensor cores for float16, bfloat16 (needs no loss scaling) and TF32; no FP8"),
    ((8, 9), "tensor cores for float16, bfloat16, TF32 and FP8"),
    ((10, 0), "tensor cores for float16, bfloat16, TF32, FP8 and FP4"),
)
_SMALL_TURING: Final = ("GTX 16", "T400", "T600", "T1000", "MX450", "MX550")
_MULTIPLES: Final = "sizes of layers and batches should be multiples of 8 for tensor cores"
# Bits of NVML's reasons for lower clocks, those that cost time.
_REASONS: Final = (
    (0x08, "hardware slowdown: too hot, or too little power"),
    (0x20, "too hot (software limit)"),
    (0x40, "too hot (hardware limit)"),
    (0x80, "the power supply asks for less (power brake)"),
)


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU, as nvidia-smi tells.

    Attributes
    ----------
    index, name : str
    capability : tuple of int
        Compute capability, such as (8, 6); empty where the driver does not tell.
    memory_MiB, limit_W, default_W : float or None
        None where the driver does not tell.
    persistent : bool or None
        Whether the driver stays loaded without a program.
    reasons : int
        Bits of why its clocks are lower than they could be.
    """

    index: str
    name: str
    capability: tuple[int, ...]
    memory_MiB: float | None
    persistent: bool | None
    limit_W: float | None
    default_W: float | None
    reasons: int


def precision_of(name: str, capability: tuple[int, ...]) -> str:
    """Say what mixed precision can and cannot give on a GPU.

    Examples
    --------
    >>> precision_of("NVIDIA GeForce RTX 3090", (8, 6))
    'tensor cores for float16, bfloat16 (needs no loss scaling) and TF32; no FP8'
    """
    if capability == (7, 5) and any(small in name for small in _SMALL_TURING):
        return "float16 at twice the rate of float32; this small Turing has no tensor cores"
    return [gives for least, gives in _PRECISION if least <= capability][-1]


def gpus(surroundings: Surroundings) -> tuple[list[Gpu], str | None]:
    """Return the GPUs, and why nvidia-smi did not tell."""
    smi = smi_program(surroundings)
    query = (smi, f"--query-gpu={_FIELDS}", "--format=csv,noheader,nounits")
    ran = surroundings.ask(query, _TIME_LIMIT_S)
    if ran.failure:
        return [], f"{ran.out.strip()} {ran.failure}".strip()
    # Drivers before 510 do not know this field, and then answer nothing.
    asked = surroundings.ask((smi, "--query-gpu=compute_cap", "--format=csv,noheader"), _TIME_LIMIT_S)
    known = [] if asked.failure else [line.strip() for line in asked.out.splitlines() if line.strip()]
    rows = [[part.strip() for part in line.split(",")] for line in ran.out.splitlines() if line.strip()]
    capabilities = known if len(known) == len(rows) else [""] * len(rows)
    pairs = zip(rows, capabilities, strict=True)
    return [_gpu(row, capability) for row, capability in pairs if len(row) == 7], None


def _gpu(row: list[str], capability: str) -> Gpu:
    index, name, memory, persistence, limit, default, reasons = row
    persistent = {"Enabled": True, "Disabled": False}.get(persistence)
    bits = int(reasons, 16) if reasons.startswith("0x") else 0
    return Gpu(
        index, name, version(capability), _number(memory), persistent, _number(limit), _number(default), bits
    )


def _number(text: str) -> float | None:
    # "[N/A]" and "[Not Supported]" are common in virtual machines and on laptops.
    try:
        return float(text)
    except ValueError:
        return None


def check_gpus(surroundings: Surroundings) -> list[Finding]:
    """Look at each GPU."""
    return [*_nvidia(surroundings), *_unanswered(surroundings)]


def _nvidia(surroundings: Surroundings) -> Iterator[Finding]:
    if driver_version(surroundings) is None:
        return
    found, failure = gpus(surroundings)
    if failure is not None:
        yield _silent(failure)
    for gpu in found:
        yield from _one(gpu)


def _unanswered(surroundings: Surroundings) -> Iterator[Finding]:
    problems = surroundings.gpu_problems()
    if problems:
        yield problem(
            "gpu.unanswered",
            "a graphics card does not answer",
            "\n".join(problems),
            "the monitor does not show it, and the meter cannot read its energy: what it draws is in no cost",
            ("sudo dmesg | grep -i -e nvrm -e xid -e amdgpu | tail",),
        )


def _silent(failure: str) -> Finding:
    return problem(
        "gpu.silent",
        "nvidia-smi does not tell about the GPUs",
        failure,
        "what cannot ask the driver can neither compute on the GPU nor measure its energy",
        ("nvidia-smi", "sudo dmesg | grep -i -e nvrm -e xid | tail"),
    )


def _one(gpu: Gpu) -> Iterator[Finding]:
    memory = f", {gpu.memory_MiB / 1024:.3g} GiB" if gpu.memory_MiB else ""
    capability = ".".join(map(str, gpu.capability)) or "unknown"
    name = f"GPU {gpu.index}: {gpu.name}{memory}, compute capability {capability}"
    yield ok(f"gpu.{gpu.index}", name, _mixed(gpu))
    if gpu.limit_W and gpu.default_W and gpu.limit_W < 0.99 * gpu.default_W:
        yield _limited(gpu, gpu.limit_W, gpu.default_W)
    slow = [why for bit, why in _REASONS if gpu.reasons & bit]
    if slow:
        yield advice(
            f"gpu.{gpu.index}.throttled",
            f"GPU {gpu.index} runs below its clocks",
            "\n".join(slow),
            "the same training takes longer, and figures taken now do not repeat",
            (
                f"nvidia-smi -q -i {gpu.index} -d PERFORMANCE,TEMPERATURE",
                "clean fans and filters; let air in",
            ),
        )
    if gpu.persistent is False:
        yield advice(
            f"gpu.{gpu.index}.persistence",
            f"GPU {gpu.index}: the driver is unloaded between programs",
            "persistence mode is off; where a screen is attached, that does not matter",
            "without a screen, each start of a training waits 1 to 3 s for the GPU to wake up",
            (f"sudo nvidia-smi -i {gpu.index} -pm 1", "sudo systemctl enable --now nvidia-persistenced"),
        )


def _mixed(gpu: Gpu) -> str:
    if not gpu.capability:
        return "what mixed precision gives is unknown: the driver does not tell the compute capability"
    gives = precision_of(gpu.name, gpu.capability)
    tensor_cores = gives.startswith("tensor cores")
    return f"mixed precision: {gives}" + (f"\n{_MULTIPLES}" if tensor_cores else "")


def _limited(gpu: Gpu, limit_W: float, default_W: float) -> Finding:
    return advice(
        f"gpu.{gpu.index}.power-limit",
        f"GPU {gpu.index}: power is limited to {limit_W:.0f} of {default_W:.0f} W",
        "often set on purpose: less energy for a little more time",
        "published: an RTX 3090 at 280 of 350 W keeps 95 % of its speed; 150 of 250 W saved 13.7 % energy for "
        "6.8 % time (arXiv 2205.09646). Figures taken at another limit do not compare",
        (f"sudo nvidia-smi -i {gpu.index} -pl {default_W:.0f}    # only if the limit is not meant",),
    )
