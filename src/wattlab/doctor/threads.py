"""Variables that say how many threads compute: nonsense in them, conflicts among them and with the cores.

References
----------
OpenBLAS, "Setting the number of threads": OPENBLAS_NUM_THREADS, then GOTO_NUM_THREADS, then OMP_NUM_THREADS.
TensorFlow issue 34415: OpenBLAS' and OpenMP's variables do not limit TensorFlow's own pools.
OpenMP 5.2, 21.1.2: OMP_NUM_THREADS may be a list.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from wattlab.doctor.finding import advice, ok, problem
from wattlab.doctor.shell import exported
from wattlab.machine.number_formats import processor_flags
from wattlab.machine.threads import cpu_quota

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["THREAD_VARIABLES", "check_threads", "usable"]

THREAD_VARIABLES: Final[dict[str, str]] = {
    "OMP_NUM_THREADS": "every library with OpenMP: torch, scikit-learn, numba, MKL",
    "OPENBLAS_NUM_THREADS": "OpenBLAS: NumPy and SciPy",
    "GOTO_NUM_THREADS": "OpenBLAS, if OPENBLAS_NUM_THREADS is not set",
    "MKL_NUM_THREADS": "MKL: torch's matrix products, NumPy of conda",
    "BLIS_NUM_THREADS": "BLIS",
    "VECLIB_MAXIMUM_THREADS": "Apple's Accelerate: NumPy on macOS",
    "NUMEXPR_NUM_THREADS": "numexpr",
    "NUMBA_NUM_THREADS": "numba: the engine native:compiled",
    "TF_NUM_INTRAOP_THREADS": "TensorFlow, within an operation",
    "TF_NUM_INTEROP_THREADS": "TensorFlow, operations side by side",
}
"""Every variable that sets a number of threads, and who obeys it."""

_BLAS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_IDLE: Final = (
    "the other cores stay idle but still draw power: the same work takes longer and costs more energy"
)
_WAIT: Final = "more threads than cores wait for each other: steps get slower and no result comes sooner"
_TENSORFLOW: Final = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu")
# What forces OpenBLAS' kernels, and the instruction that these need.
_KERNELS: Final = {"SKYLAKEX": "avx512f", "COOPERLAKE": "avx512_bf16", "SAPPHIRERAPIDS": "avx512_bf16"}
_KERNELS_AVX2: Final = ("HASWELL", "ZEN")


def usable(surroundings: Surroundings) -> int:
    """Return how many cores the examined process may keep busy, the quota rounded up."""
    quota, cores = cpu_quota(surroundings.root), surroundings.cores()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def check_threads(surroundings: Surroundings) -> list[Finding]:
    """Look at every variable that sets a number of threads."""
    given = {name: surroundings.environ[name] for name in THREAD_VARIABLES if name in surroundings.environ}
    counts = {name: count for name, text in given.items() if (count := _count(name, text)) is not None}
    found = [
        *_nonsense(given, counts),
        *_too_many(surroundings, counts),
        *_too_few(surroundings, counts),
        *_conflict(surroundings, counts),
        *_not_tensorflow(surroundings, counts),
        *_quota(surroundings, counts),
        *_forced(surroundings),
    ]
    return found or [_fine(surroundings, counts)]


def _count(name: str, text: str) -> int | None:
    first = text.split(",", maxsplit=1)[0] if name == "OMP_NUM_THREADS" else text
    return int(first) if first.strip().isdigit() and int(first) > 0 else None


def _listed(counts: Mapping[str, int]) -> str:
    return "\n".join(f"{name}={count}: {THREAD_VARIABLES[name]}" for name, count in counts.items())


def _nonsense(given: Mapping[str, str], counts: Mapping[str, int]) -> Iterator[Finding]:
    # TensorFlow takes 0 for its own choice.
    for name in given.keys() - counts.keys():
        if name.startswith("TF_") and given[name] == "0":
            continue
        yield problem(
            "threads.nonsense",
            f"{name} is {given[name]!r}",
            f"expected a whole number of at least 1; it is read by {THREAD_VARIABLES[name]}",
            "the libraries ignore it, each in its own way, or refuse to start",
            (f"unset {name}",),
        )


def _too_many(surroundings: Surroundings, counts: Mapping[str, int]) -> Iterator[Finding]:
    most = usable(surroundings)
    above = {name: count for name, count in counts.items() if count > most and "INTEROP" not in name}
    if above:
        mend, fix = exported(surroundings, dict.fromkeys(above, str(most)))
        cores = f"{most} core{'s' if most > 1 else ''}"
        yield advice(
            "threads.too-many", f"more threads are set than {cores} can run", _listed(above), _WAIT, mend, fix
        )


def _too_few(surroundings: Surroundings, counts: Mapping[str, int]) -> Iterator[Finding]:
    most = usable(surroundings)
    single = {name: count for name, count in counts.items() if name in _BLAS and count == 1}
    if single and most > 1:
        yield advice(
            "threads.single",
            f"computing is limited to 1 of {most} cores",
            _listed(single),
            f"{_IDLE}; one thread is right only where many trainings run side by side",
            tuple(f"unset {name}" for name in single),
        )


def _conflict(surroundings: Surroundings, counts: Mapping[str, int]) -> Iterator[Finding]:
    set_here = {name: counts[name] for name in _BLAS if name in counts}
    if len(set(set_here.values())) > 1:
        count = min(max(set_here.values()), usable(surroundings))
        yield advice(
            "threads.conflict",
            "thread variables contradict each other",
            _listed(set_here),
            "each library obeys another one: a comparison of engines then compares numbers of threads",
            tuple(f"export {name}={count}" for name in set_here),
        )


def _not_tensorflow(surroundings: Surroundings, counts: Mapping[str, int]) -> Iterator[Finding]:
    limit = next((counts[name] for name in _BLAS if name in counts), None)
    installed = any(surroundings.version_of(name) for name in _TENSORFLOW)
    if limit is None or not installed or "TF_NUM_INTRAOP_THREADS" in surroundings.environ:
        return
    most = min(limit, usable(surroundings))
    mend, fix = exported(surroundings, {"TF_NUM_INTRAOP_THREADS": str(most), "TF_NUM_INTEROP_THREADS": "1"})
    yield advice(
        "threads.tensorflow",
        "the limit of threads does not hold for TensorFlow",
        f"{_listed({name: counts[name] for name in _BLAS if name in counts})}\n"
        "TensorFlow has pools of its own and uses every core (tensorflow issue 34415)",
        "beside a limited NumPy it looks faster than it is, and costs more power while it runs",
        mend,
        fix,
    )


def _quota(surroundings: Surroundings, counts: Mapping[str, int]) -> Iterator[Finding]:
    most, cores = usable(surroundings), surroundings.cores()
    if most < cores and "OMP_NUM_THREADS" not in counts:
        mend, fix = exported(surroundings, {"OMP_NUM_THREADS": str(most), "OPENBLAS_NUM_THREADS": str(most)})
        yield advice(
            "threads.quota",
            f"a control group allows {most} of the {cores} cores that the libraries see",
            "they start one thread for each core that they see (wattlab's own engines know the quota)",
            _WAIT,
            mend,
            fix,
        )


def _forced(surroundings: Surroundings) -> Iterator[Finding]:
    environ, flags = surroundings.environ, set(processor_flags(surroundings.root))
    kernel = environ.get("OPENBLAS_CORETYPE", "").upper()
    needed = _KERNELS.get(kernel, "avx2" if kernel in _KERNELS_AVX2 else "")
    if needed and needed not in flags:
        yield problem(
            "threads.coretype",
            f"OPENBLAS_CORETYPE={kernel} asks for instructions that this processor lacks",
            f"those kernels need {needed}",
            "NumPy ends with an illegal instruction",
            ("unset OPENBLAS_CORETYPE",),
        )
    elif kernel:
        yield advice(
            "threads.coretype",
            f"OPENBLAS_CORETYPE={kernel} forces OpenBLAS' kernels",
            "left alone, OpenBLAS picks the best for this processor",
            "kernels for an older processor leave half of the arithmetic unused",
            ("unset OPENBLAS_CORETYPE",),
        )
    if environ.get("KMP_DUPLICATE_LIB_OK", "").upper() in ("TRUE", "1", "YES"):
        yield advice(
            "threads.duplicate-openmp",
            "KMP_DUPLICATE_LIB_OK hides a second OpenMP runtime",
            "Intel's runtime would have stopped the program; its makers warn of wrong results and slow runs",
            "two runtimes in one process start two sets of threads that take the cores from each other",
            ("unset KMP_DUPLICATE_LIB_OK",),
        )


def _fine(surroundings: Surroundings, counts: Mapping[str, int]) -> Finding:
    title = "thread variables agree" if counts else "no variable limits the threads"
    return ok("threads.variables", title, _listed(counts) or f"usable cores: {usable(surroundings)}")
