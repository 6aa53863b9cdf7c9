"""What processors draw at most, by their makers: the table behind the model.

Thermal design power, cores and hardware threads per package, for common processors. A maker's figure for
sustained load, not a measurement: the model's interval is wide for that reason. Your own figure goes into the
settings (``machine.tdp_W``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# One line a processor: what its name contains, then W, hardware threads.
_TABLE: Final = r"""
i9-1[34]900K      125  32
i7-14700K         125  28
i7-13700K         125  24
i5-1[34]600K      125  20
i5-13400F?\b       65  16
i9-12900K         125  24
i7-12700K         125  20
i5-12600K         125  16
i5-12400           65  12
i9-11900K         125  16
i7-11700K         125  16
i5-1[01]400F?\b    65  12
i9-10900K         125  20
i7-10700K         125  16
i9-9900K           95  16
i7-9700K           95   8
i5-9[46]00F?\b     65   6
i7-8700K           95  12
i7-8700\b          65  12
i5-8[45]00\b       65   6
i7-7700K           91   8
i7-7700\b          65   8
i7-6700K           95   8
i7-6700\b          65   8
i5-[67][56]00\b    65   4
i7-4790K           88   8
i7-4770\b          84   8
i7-2600K           95   8
Ultra 9 285K      125  24
Ultra 7 265K      125  20
Ultra 5 245K      125  14
i9-13900H\b        45  20
i7-1[23]700H\b     45  20
i5-12500H          45  16
i7-11800H          45  16
i7-10750H          45  12
i7-(9750|8750)H    45  12
i[57]-1[23][46]0P  28  16
i7-1[13][68]5G7    28   8
i5-1135G7          28   8
i[57]-8[25]50U     15   8
i[57]-8[25]65U     15   8
i7-1355U           15  12
Ultra 7 155H       28  22
Ultra 5 125H       28  18
Ultra 7 258V       17   8
Ryzen 9 7950X3D   120  32
Ryzen 9 9950X3D   170  32
Ryzen 9 (79|99)50X\b 170 32
Ryzen 9 7900X\b   170  24
Ryzen 9 9900X\b   120  24
Ryzen 7 (78|98)00X3D 120 16
Ryzen 7 7700X     105  16
Ryzen 7 9700X      65  16
Ryzen 5 7600X     105  12
Ryzen 5 (76|96)00\b 65 12
Ryzen 9 [35]950X  105  32
Ryzen 9 [35]900X  105  24
Ryzen 7 5800X     105  16
Ryzen 7 (57|37)00[XG]\b 65 16
Ryzen 5 5600[XG]?\b 65 12
Ryzen 5 3600\b     65  12
Ryzen 7 2700X     105  16
Ryzen 7 [456]800H\b 45 16
Ryzen 7 5800U      15  16
Ryzen 7 7840U      28  16
Threadripper.* (3990X|[35]995WX) 280 128
Threadripper.* (3970X|[35]975WX) 280 64
Threadripper.* (3960X|5965WX) 280 48
Threadripper.* 7980X 350 128
Threadripper.* 7970X 350 64
Platinum 8380\b   270  80
Platinum 8358\b   250  64
Platinum 8360Y    250  72
Platinum 8280\b   205  56
Platinum 8259CL   210  48
Platinum 8175M    240  48
Platinum 8168     205  48
Platinum 8480\+   350 112
Platinum 8468\b   350  96
Gold 6430         270  64
Gold 6348\b       235  56
Gold 6338\b       205  64
Gold 6248R        205  48
Gold 6[12]48\b    150  40
Gold 6230\b       125  40
Gold 6130\b       125  32
Silver 4314       135  32
Silver 4214\b      85  24
Silver 4210\b      85  20
E5-2680 v4        120  28
E5-2690 v4        135  28
E5-2698 v4        135  40
E5-2686 v4        145  36
E5-2650 v4        105  24
E5-26[78]0 v3     120  24
EPYC 9754         360 256
EPYC 9654         360 192
EPYC 9554\b       360 128
EPYC 9354\b       280  64
EPYC 7763         280 128
EPYC 7713P?\b     225 128
EPYC 7543P?\b     225  64
EPYC 7742         225 128
EPYC 7702P?\b     200 128
EPYC 7502P?\b     180  64
EPYC 7452         155  64
EPYC 7402P?\b     180  48
EPYC 7551P?\b     180  64
"""

# For processors that the table does not know: what the name contains, then W per hardware thread.
_FALLBACK: Final = (
    (re.compile(r"Xeon|EPYC|Opteron|Platinum|Neoverse|Graviton", re.IGNORECASE), 3.5),
    (re.compile(r"\d[UYHGPV]\d?\b|\d(HS|HX|HK|HQ)\b|Mobile|Apple M\d", re.IGNORECASE), 2.5),
    (re.compile(r"Cortex|Raspberry|Atom|Celeron N", re.IGNORECASE), 1.5),
)
_FALLBACK_W: Final = 6.0


@dataclass(frozen=True, slots=True)
class ThermalPower:
    """What a processor package draws with every core busy.

    Attributes
    ----------
    tdp_W : float
        Per package. Unit: W.
    threads : int
        Hardware threads per package, of the whole chip, also if a virtual machine shows fewer.
    known : bool
        True from the table, False from watts per thread.
    """

    tdp_W: float
    threads: int
    known: bool


def thermal_power(cpu_model: str, threads: int) -> ThermalPower:
    """Look a processor up.

    Parameters
    ----------
    cpu_model : str
        The maker's name, as the system shows it.
    threads : int
        Hardware threads per package that the system shows; used where the table does not know the chip.

    Examples
    --------
    >>> thermal_power("AMD Ryzen 9 5950X 16-Core Processor", threads=32)
    ThermalPower(tdp_W=105.0, threads=32, known=True)
    >>> thermal_power("Intel(R) Xeon(R) Processor @ 2.80GHz", threads=2)
    ThermalPower(tdp_W=7.0, threads=2, known=False)
    """
    for pattern, tdp_W, chip_threads in _rows():
        if re.search(pattern, cpu_model):
            return ThermalPower(tdp_W, chip_threads, known=True)
    per_thread_W = next((watts for pattern, watts in _FALLBACK if pattern.search(cpu_model)), _FALLBACK_W)
    return ThermalPower(per_thread_W * threads, threads, known=False)


def _rows() -> list[tuple[str, float, int]]:
    rows = (line.rsplit(maxsplit=2) for line in _TABLE.strip().splitlines())
    return [(pattern.strip(), float(watts), int(threads)) for pattern, watts, threads in rows]
