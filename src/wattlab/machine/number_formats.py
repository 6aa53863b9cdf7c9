"""In which number formats the processor computes by instructions of its own; all others must be emulated."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattlab.recipe.engine import Precision

__all__ = ["formats_by_flags", "number_formats", "processor_flags"]

# Multiply and add in the format itself; instructions that only convert (F16C, AVX-NE-CONVERT) do not count.
_INSTRUCTIONS: Final[dict[Precision, tuple[frozenset[str], ...]]] = {
    "bfloat16": (frozenset({"avx512_bf16"}), frozenset({"amx_bf16"}), frozenset({"bf16"})),
    "float16": (frozenset({"avx512_fp16"}), frozenset({"amx_fp16"}), frozenset({"fphp", "asimdhp"})),
}


def number_formats(root: Path = Path("/")) -> tuple[Precision, ...]:
    """Return the number formats that the processor has instructions for, widest first.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` is found.

    Returns
    -------
    tuple of str
        float64 and float32, which every processor has, then bfloat16 and float16 where its flags name them.
        Where there is no ``/proc``, py-cpuinfo is asked, which knows fewer flags: formats may be left out then.

    Examples
    --------
    >>> number_formats()[:2]
    ('float64', 'float32')
    """
    return formats_by_flags(processor_flags(root))


def formats_by_flags(flags: Iterable[str]) -> tuple[Precision, ...]:
    """Return the number formats that the flags of an x86 or ARM processor stand for.

    Parameters
    ----------
    flags : iterable of str
        As Linux writes them behind ``flags`` (x86) or ``Features`` (ARM).

    Examples
    --------
    >>> formats_by_flags({"avx512f", "avx512_bf16"})
    ('float64', 'float32', 'bfloat16')
    """
    known = set(flags)
    low = [name for name, ways in _INSTRUCTIONS.items() if any(way <= known for way in ways)]
    return ("float64", "float32", *low)


def processor_flags(root: Path = Path("/")) -> list[str]:
    """Return the processor's flags as Linux writes them, behind ``flags`` (x86) or ``Features`` (ARM).

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` is found; where it is not, py-cpuinfo is asked.
    """
    try:
        text = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        # py-cpuinfo takes a tenth of a second and may start other programs: only where there is no /proc.
        import cpuinfo

        return list(cpuinfo.get_cpu_info().get("flags", ()))
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    return found[1].split() if found else []
