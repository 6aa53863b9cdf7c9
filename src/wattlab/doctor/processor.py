"""The processor: its cores, the instructions that matter for training, and the number formats they make worthwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.doctor.finding import advice, ok, problem
from wattlab.machine.number_formats import formats_by_flags, processor_flags
from wattlab.machine.processor import describe_processor
from wattlab.machine.threads import cpu_quota

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_processor"]

# Name for people, flag as Linux writes it, what it gives.
_X86: Final = (
    ("AVX", "avx", "8 float32 numbers in one instruction; TensorFlow's wheels do not start without it"),
    ("AVX2", "avx2", "the same for whole numbers: quantised and byte input"),
    (
        "FMA",
        "fma",
        "multiply and add in one instruction with one rounding: twice the arithmetic of AVX alone",
    ),
    ("F16C", "f16c", "float16 converts to float32 in one instruction: half the memory, no faster arithmetic"),
    (
        "AVX-512",
        "avx512f",
        "16 float32 numbers in one instruction: matrix products up to twice as fast as AVX2",
    ),
    ("AVX-VNNI", "avx_vnni", "products of bytes summed at once: quantised inference, not training"),
    ("AVX512_VNNI", "avx512_vnni", "products of bytes summed at once: quantised inference, not training"),
    (
        "AVX512_BF16",
        "avx512_bf16",
        "products of bfloat16 at up to twice the rate of float32, at half the memory",
    ),
    ("AVX512_FP16", "avx512_fp16", "arithmetic in float16 at up to twice the rate of float32"),
    ("AMX-BF16", "amx_bf16", "whole tiles of bfloat16 multiplied at once: several times the rate of AVX-512"),
    ("AMX-FP16", "amx_fp16", "whole tiles of float16 multiplied at once"),
)
_ARM: Final = (
    ("NEON", "asimd", "4 float32 numbers in one instruction"),
    ("FP16", "asimdhp", "arithmetic in float16: 8 numbers in one instruction"),
    ("SVE", "sve", "vectors of 128 to 2048 bits, as long as this processor has them"),
    ("SVE2", "sve2", "SVE for whole numbers too"),
    ("BF16", "bf16", "products of bfloat16 at up to four times the rate of float32"),
    ("I8MM", "i8mm", "products of bytes summed at once: quantised inference, not training"),
)


def check_processor(surroundings: Surroundings) -> list[Finding]:
    """Say what the processor is and what it can."""
    flags = set(processor_flags(surroundings.root))
    return [_cores(surroundings), *_instructions(flags), _formats(flags)]


def _cores(surroundings: Surroundings) -> Finding:
    found = describe_processor(surroundings.root)
    threads = (
        "" if found.logical_cores == found.physical_cores else f", {found.logical_cores} hardware threads"
    )
    sockets = f" in {found.packages} sockets" if found.packages > 1 else ""
    cores = f"{found.physical_cores} core{'s' if found.physical_cores > 1 else ''}{sockets}{threads}"
    usable = surroundings.cores()
    quota = cpu_quota(surroundings.root)
    limits = [f"of these, this process may use {usable}"] if usable < found.logical_cores else []
    limits += [f"and no more time than {quota:g} of them have"] if quota is not None else []
    return ok("processor.cores", f"{found.model}: {cores}", ", ".join(limits))


def _instructions(flags: set[str]) -> Iterator[Finding]:
    known = _ARM if "asimd" in flags else _X86
    here = [f"{name}: {gives}" for name, flag, gives in known if flag in flags]
    absent = [name for name, flag, _ in known if flag not in flags]
    if not here:
        yield ok("processor.instructions", "vector instructions unknown", "the system does not list them")
        return
    rest = [f"not here: {', '.join(absent)}"] if absent else []
    yield ok("processor.instructions", "vector instructions", "\n".join([*here, *rest]))
    if known is _X86 and "avx" not in flags:
        yield problem(
            "processor.avx",
            "no AVX instructions",
            "the processor, or the virtual machine around it, does not offer AVX",
            "TensorFlow's wheels end with an illegal instruction here, and everything else computes slowly",
            (
                "in a virtual machine: pass the host's processor through (libvirt: <cpu mode='host-passthrough'/>)",
            ),
        )
    elif known is _X86 and not {"avx2", "fma"} <= flags:
        yield advice(
            "processor.avx2",
            "AVX2 or FMA are missing",
            "the processor, or the virtual machine around it, offers AVX only",
            "matrix products run at half the speed, or less, of what the same clock gives with FMA",
            (
                "in a virtual machine: pass the host's processor through (libvirt: <cpu mode='host-passthrough'/>)",
            ),
        )


def _formats(flags: set[str]) -> Finding:
    low = [name for name in formats_by_flags(flags) if name in ("bfloat16", "float16")]
    if not low:
        return ok(
            "processor.formats",
            "worthwhile number formats: float32",
            "float64 doubles time and memory; half formats would be emulated here, and be slower than float32",
        )
    words = " and ".join(low)
    return ok(
        "processor.formats",
        f"worthwhile number formats: float32, and {words} to try",
        f"there are instructions for {words}; whether they pay depends on the sizes of the layers, so measure it",
        (f"wattlab compare RECIPE --engines torch --vary precision=float32,{low[0]}",),
    )
