"""Which SIMD registers the processor has, and how many numbers of a type lie side by side in one."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.machine.number_formats import processor_flags
from wattlab.machine.system_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Register", "find_registers", "lanes", "registers_by_flags"]

_X86: Final = (("sse2", "SSE", 128), ("avx", "AVX", 256), ("avx512f", "AVX-512", 512))
_ARM: Final = frozenset({"aarch64", "arm64"})


@dataclass(frozen=True)
class Register:
    """A kind of SIMD register.

    Attributes
    ----------
    name : str
        The instructions that use it, such as "AVX-512".
    bits : int
        Its width.
    """

    name: str
    bits: int


def find_registers(root: Path = Path("/")) -> tuple[Register, ...]:
    """Return this processor's SIMD registers, narrowest first; empty where its flags are not known.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` is found.
    """
    # The system's default is what a process gets that asks for nothing. Unit: B.
    text = read_text(root / "proc/sys/abi/sve_default_vector_length").strip()
    return registers_by_flags(processor_flags(root), platform.machine(), int(text) * 8 if text else None)


def registers_by_flags(
    flags: Iterable[str], architecture: str, sve_bits: int | None = None
) -> tuple[Register, ...]:
    """Return the SIMD registers that the flags of an x86 or ARM processor stand for.

    Parameters
    ----------
    flags : iterable of str
        As Linux writes them behind ``flags`` (x86) or ``Features`` (ARM).
    architecture : str
        As ``platform.machine()`` has it; every 64-bit ARM processor has Advanced SIMD, every 64-bit x86 one SSE2.
    sve_bits : int, optional
        Width of SVE's registers, which differs from processor to processor; left out: not known.

    Examples
    --------
    >>> registers_by_flags({"sse2", "avx", "avx2"}, "x86_64")
    (Register(name='SSE', bits=128), Register(name='AVX2', bits=256))
    >>> registers_by_flags({"asimd", "sve"}, "aarch64", 256)
    (Register(name='NEON', bits=128), Register(name='SVE', bits=256))
    """
    known = set(flags)
    if architecture.lower() in _ARM:
        sve = (Register("SVE", sve_bits),) if "sve" in known and sve_bits else ()
        return (Register("NEON", 128), *sve)
    if architecture.lower() in {"x86_64", "amd64"}:
        known.add("sse2")
    # AVX2 brings whole numbers into the registers that AVX has for float64 and float32.
    named = {"AVX": "AVX2"} if "avx2" in known else {}
    neon = (Register("NEON", 128),) if "neon" in known else ()
    return (*neon, *(Register(named.get(name, name), bits) for flag, name, bits in _X86 if flag in known))


def lanes(register: Register, bits: int) -> int:
    """Return how many numbers of so many bits a register holds.

    Examples
    --------
    >>> [lanes(Register("SSE", 128), bits) for bits in (64, 32, 16, 8)]
    [2, 4, 8, 16]
    """
    return register.bits // bits
