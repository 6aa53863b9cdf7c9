"""The linear algebra library that NumPy really uses, its threads, and OpenMP runtimes that do not bear each other.

References
----------
threadpoolctl, multiple_openmp.md: programs with libomp (LLVM) and libiomp (Intel) may crash or hang on Linux.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.doctor.asking import ask_engine, installed
from wattlab.doctor.finding import advice, ok, problem
from wattlab.doctor.threads import usable
from wattlab.machine.number_formats import processor_flags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_blas"]

_WITHOUT_AVX2: Final = {"Prescott", "Core2", "Penryn", "Nehalem", "Sandybridge", "Generic", "Barcelona"}
_NAMES: Final = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS"}
Pool = dict[str, Any]


def check_blas(surroundings: Surroundings) -> list[Finding]:
    """Say which library computes matrix products, and with how many threads."""
    answer = ask_engine(surroundings, "numpy")
    if answer.failure:
        return [
            problem(
                "blas.numpy",
                "NumPy cannot be imported",
                answer.failure,
                "nothing in wattlab computes without it",
                (f"{surroundings.python} -m pip install --force-reinstall numpy",),
            )
        ]
    pools: list[Pool] = answer.facts.get("pools", [])
    blas = [pool for pool in pools if pool["user_api"] == "blas"]
    if not blas:
        return [ok("blas.library", "NumPy's linear algebra library is not one that tells about itself")]
    flags = set(processor_flags(surroundings.root))
    return [_library(blas), *_kernels(blas, flags), *_threads(blas, surroundings), *_runtimes(surroundings)]


def _library(pools: Iterable[Pool]) -> Finding:
    named = [
        f"{_NAMES.get(pool['internal_api'], pool['internal_api'])} {pool.get('version') or ''}".strip()
        + f", {pool['num_threads']} threads"
        + (f", kernels for {pool['architecture']}" if pool.get("architecture") else "")
        for pool in pools
    ]
    return ok("blas.library", f"NumPy computes with {'; '.join(named)}")


def _kernels(pools: Iterable[Pool], flags: set[str]) -> Iterator[Finding]:
    old = sorted({pool.get("architecture") or "" for pool in pools} & _WITHOUT_AVX2)
    if old and "avx2" in flags:
        yield advice(
            "blas.kernels",
            f"OpenBLAS uses its kernels for {old[0]}, which are older than this processor",
            "the processor has AVX2, which these kernels do not use",
            "matrix products take twice the time and more",
            ("unset OPENBLAS_CORETYPE", "python -m pip install --upgrade numpy"),
        )


def _threads(pools: Iterable[Pool], surroundings: Surroundings) -> Iterator[Finding]:
    most = usable(surroundings)
    count = max(pool["num_threads"] for pool in pools)
    if count > most:
        yield advice(
            "blas.threads",
            f"NumPy would compute with {count} threads on {most} usable cores",
            "so says the library itself, in a fresh process with the variables of this shell",
            "more threads than cores wait for each other: steps get slower and no result comes sooner",
            (f"export OPENBLAS_NUM_THREADS={most}", f"export OMP_NUM_THREADS={most}"),
        )


def _runtimes(surroundings: Surroundings) -> Iterator[Finding]:
    if not installed(surroundings, "torch"):
        return
    pools = ask_engine(surroundings, "torch").facts.get("pools", [])
    by_prefix: Mapping[str, str] = {
        pool["prefix"]: pool["filepath"] for pool in pools if pool["user_api"] == "openmp"
    }
    if {"libomp", "libiomp"} <= by_prefix.keys():
        yield problem(
            "blas.openmp",
            "LLVM's and Intel's OpenMP runtimes meet in one process",
            "\n".join(by_prefix.values()),
            "programs that load both may hang or crash on Linux, so a long training is lost",
            ("install NumPy, scikit-learn and torch from one source: all by pip, or all by conda",),
        )
    elif by_prefix:
        count = len([pool for pool in pools if pool["user_api"] == "openmp"])
        names = " and ".join(sorted(by_prefix))
        several = f"{count} copies, which bear each other" if count > 1 else "one runtime"
        yield ok("blas.openmp", f"OpenMP in torch and scikit-learn together: {names}, {several}")
