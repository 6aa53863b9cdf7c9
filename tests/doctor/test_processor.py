from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.doctor.blas import check_blas
from wattlab.doctor.processor import check_processor
from wattlab.doctor.running import Ran

if TYPE_CHECKING:
    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]

OPENBLAS = {
    "user_api": "blas",
    "internal_api": "openblas",
    "num_threads": 8,
    "prefix": "libscipy_openblas",
    "filepath": "/x/libscipy_openblas64_.so",
    "version": "0.3.30",
    "architecture": "Haswell",
}


def openmp(prefix: str) -> dict[str, object]:
    path = f"/x/{prefix}.so"
    return {
        "user_api": "openmp",
        "internal_api": "openmp",
        "num_threads": 8,
        "prefix": prefix,
        "filepath": path,
    }


def test_each_instruction_set_says_what_it_gives(place: Place) -> None:
    found = place.find(check_processor)
    assert found["processor.cores"].title == "ACME 1: 8 cores"
    lines = found["processor.instructions"].detail.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["AVX", "AVX2", "FMA", "F16C"]
    assert lines[-1].startswith("not here: AVX-512, AVX-VNNI")
    assert found["processor.formats"].title == "worthwhile number formats: float32"


@pytest.mark.parametrize(
    ("flags", "formats"),
    [
        ("avx avx2 fma avx512f avx512_bf16", "bfloat16"),
        ("fp asimd asimdhp fphp bf16 i8mm sve", "bfloat16 and float16"),
    ],
)
def test_formats_that_have_instructions_are_worth_a_try(place: Place, flags: str, formats: str) -> None:
    place.processor(flags)
    found = place.find(check_processor)["processor.formats"]
    assert found.title == f"worthwhile number formats: float32, and {formats} to try"
    assert found.mend == ("wattlab compare RECIPE --engines torch --vary precision=float32,bfloat16",)


def test_arm_has_other_names(place: Place) -> None:
    place.processor("fp asimd sve bf16")
    lines = place.find(check_processor)["processor.instructions"].detail.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["NEON", "SVE", "BF16"]


@pytest.mark.parametrize(("flags", "id_", "status"), [("avx2", "avx", "problem"), ("avx", "avx2", "advice")])
def test_a_virtual_machine_that_hides_avx(place: Place, flags: str, id_: str, status: str) -> None:
    place.processor(f"sse2 f16c {flags}")
    found = place.find(check_processor)[f"processor.{id_}"]
    assert found.status == status
    assert "host-passthrough" in found.mend[0]


def test_a_quota_and_an_affinity_are_told(place: Place) -> None:
    place.options["cores"] = lambda: 6
    place.files({"/sys/fs/cgroup/cpu.max": "150000 100000\n"})
    assert place.find(check_processor)["processor.cores"].detail == (
        "of these, this process may use 6, and no more time than 1.5 of them have"
    )


def test_numpy_says_what_it_computes_with(place: Place) -> None:
    place.engine("numpy", {"version": "2.4", "pools": [OPENBLAS]})
    found = place.find(check_blas)
    assert found.keys() == {"blas.library"}
    assert (
        found["blas.library"].title == "NumPy computes with OpenBLAS 0.3.30, 8 threads, kernels for Haswell"
    )


def test_old_kernels_and_too_many_threads(place: Place) -> None:
    place.options["cores"] = lambda: 4
    place.engine("numpy", {"version": "2.4", "pools": [{**OPENBLAS, "architecture": "Nehalem"}]})
    found = place.find(check_blas)
    assert "Nehalem" in found["blas.kernels"].title
    assert found["blas.threads"].title == "NumPy would compute with 8 threads on 4 usable cores"
    assert found["blas.threads"].mend[0] == "export OPENBLAS_NUM_THREADS=4"


def test_numpy_that_cannot_be_imported_is_a_problem(place: Place) -> None:
    place.programs["numpy"] = Ran(failure="it ended with exit code 1: ImportError: no libgfortran")
    found = place.find(check_blas)["blas.numpy"]
    assert (found.status, "libgfortran" in found.detail) == ("problem", True)


@pytest.mark.parametrize(
    ("prefixes", "status"),
    [(("libgomp", "libgomp"), "ok"), (("libomp", "libiomp"), "problem"), (("libgomp",), "ok")],
)
def test_openmp_runtimes_in_one_process(place: Place, prefixes: tuple[str, ...], status: str) -> None:
    place.packages["torch"] = "2.13.0"
    place.engine("numpy", {"version": "2.4", "pools": [OPENBLAS]})
    place.engine("torch", {"version": "2.13.0", "pools": [OPENBLAS, *map(openmp, prefixes)]})
    assert place.find(check_blas)["blas.openmp"].status == status
