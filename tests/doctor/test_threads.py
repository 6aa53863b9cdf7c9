from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.doctor.threads import check_threads

if TYPE_CHECKING:
    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]


def test_no_variable_is_fine(place: Place) -> None:
    found = place.find(check_threads)
    assert {name: one.status for name, one in found.items()} == {"threads.variables": "ok"}
    assert found["threads.variables"].detail == "usable cores: 8"


@pytest.mark.parametrize(
    ("name", "value"), [("OMP_NUM_THREADS", "four"), ("MKL_NUM_THREADS", "0"), ("NUMBA_NUM_THREADS", "-1")]
)
def test_nonsense_is_a_problem(place: Place, name: str, value: str) -> None:
    place.environ[name] = value
    found = place.find(check_threads)["threads.nonsense"]
    assert (found.status, found.title, found.mend) == ("problem", f"{name} is {value!r}", (f"unset {name}",))


@pytest.mark.parametrize(("name", "value"), [("OMP_NUM_THREADS", "4,2"), ("TF_NUM_INTRAOP_THREADS", "0")])
def test_what_the_libraries_understand_is_no_nonsense(place: Place, name: str, value: str) -> None:
    place.environ[name] = value
    assert place.find(check_threads).keys() == {"threads.variables"}


def test_more_threads_than_cores(place: Place) -> None:
    place.environ.update(OMP_NUM_THREADS="32", OPENBLAS_NUM_THREADS="32", NUMEXPR_NUM_THREADS="4")
    found = place.find(check_threads)["threads.too-many"]
    assert found.title == "more threads are set than 8 cores can run"
    assert found.mend == ("export OMP_NUM_THREADS=8", "export OPENBLAS_NUM_THREADS=8")
    assert found.fix is not None
    assert found.fix.text.splitlines() == list(found.mend)


def test_one_thread_of_eight_cores(place: Place) -> None:
    place.environ["OMP_NUM_THREADS"] = "1"
    assert place.find(check_threads)["threads.single"].title == "computing is limited to 1 of 8 cores"
    place.options["cores"] = lambda: 1
    assert "threads.single" not in place.find(check_threads)


def test_variables_that_contradict_each_other(place: Place) -> None:
    place.environ.update(OPENBLAS_NUM_THREADS="4", OMP_NUM_THREADS="8")
    found = place.find(check_threads)["threads.conflict"]
    assert found.status == "advice"
    assert "OPENBLAS_NUM_THREADS=4" in found.detail
    place.environ["OMP_NUM_THREADS"] = "64"
    assert place.find(check_threads)["threads.conflict"].mend[0] == "export OPENBLAS_NUM_THREADS=8"
    place.environ["OMP_NUM_THREADS"] = "4"
    assert "threads.conflict" not in place.find(check_threads)


def test_a_quota_that_the_libraries_do_not_see(place: Place) -> None:
    place.files({"/sys/fs/cgroup/cpu.max": "150000 100000\n"})
    found = place.find(check_threads)["threads.quota"]
    assert found.title == "a control group allows 2 of the 8 cores that the libraries see"
    place.environ["OMP_NUM_THREADS"] = "2"
    assert "threads.quota" not in place.find(check_threads)


@pytest.mark.parametrize(
    ("kernel", "status"), [("SkylakeX", "problem"), ("Haswell", "advice"), ("Nehalem", "advice")]
)
def test_forced_kernels(place: Place, kernel: str, status: str) -> None:
    place.environ["OPENBLAS_CORETYPE"] = kernel
    assert place.find(check_threads)["threads.coretype"].status == status


def test_a_hidden_second_openmp_runtime(place: Place) -> None:
    place.environ["KMP_DUPLICATE_LIB_OK"] = "TRUE"
    assert place.find(check_threads)["threads.duplicate-openmp"].mend == ("unset KMP_DUPLICATE_LIB_OK",)
