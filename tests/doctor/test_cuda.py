"""Toolkits and libraries beside those of the stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.doctor.cuda import check_cuda
from wattlab.doctor.cudnn import check_cudnn
from wattlab.doctor.libraries import check_libraries, search_folders

if TYPE_CHECKING:
    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]


def test_no_toolkit_is_fine(place: Place) -> None:
    assert {name: one.status for name, one in place.find(check_cuda).items()} == {"cuda.none": "ok"}
    assert check_cudnn(place.surroundings()) == []


@pytest.mark.parametrize(
    ("toolkit", "driver", "id_", "status"),
    [
        ("12.3.52", "515.65.01", "cuda.driver", "problem"),
        ("12.3.52", "535.129.03", "cuda.driver", "advice"),
        ("12.3.52", "545.23.06", None, ""),
        ("10.2.89", "418.67", "cuda.driver", "problem"),
        ("10.2.89", "440.33.01", None, ""),
        ("13.0.88", "570.124.06", "cuda.driver", "problem"),
        ("99.0.1", "570.124.06", "cuda.unknown", "ok"),
    ],
)
def test_a_toolkit_needs_a_driver(
    place: Place, toolkit: str, driver: str, id_: str | None, status: str
) -> None:
    place.nvidia(driver)
    place.toolkit(toolkit)
    found = place.find(check_cuda)
    if id_ is None:
        assert not {"cuda.driver", "cuda.unknown"} & found.keys()
    else:
        assert found[id_].status == status


def test_path_and_link_lead_to_different_toolkits(place: Place) -> None:
    old, new = place.toolkit("11.8.89"), place.toolkit("12.3.52")
    place.link("/usr/local/cuda", new)
    place.environ["PATH"] = f"/usr/bin:{old}/bin"
    assert place.find(check_cuda)["cuda.shadowed"].mend[0] == f"sudo ln -sfn {old} /usr/local/cuda"
    place.environ["PATH"] = "/usr/local/cuda/bin:/usr/bin"
    assert "cuda.shadowed" not in place.find(check_cuda)


def test_folders_of_the_loader_in_its_order(place: Place) -> None:
    folder = place.toolkit("12.3.52")
    place.files({"/opt/lib/libx.so": "", "/usr/lib64/liby.so": ""})
    place.loader("/opt/lib/libx.so")
    place.link("/lib64", "usr/lib64")
    place.environ["LD_LIBRARY_PATH"] = f"{folder}/lib64:/lib64"
    assert search_folders(place.surroundings()) == [f"{folder}/lib64", "/lib64", "/opt/lib"]


def test_a_search_path_with_missing_and_empty_entries(place: Place) -> None:
    folder = place.toolkit("12.3.52")
    place.environ["LD_LIBRARY_PATH"] = f"{folder}/lib64:/usr/local/cuda-10.0/lib64:"
    found = place.find(check_libraries)
    assert found["libraries.missing"].detail == "/usr/local/cuda-10.0/lib64"
    assert found["libraries.missing"].mend == (f"export LD_LIBRARY_PATH={folder}/lib64",)
    assert found["libraries.empty"].status == "advice"
    place.environ["LD_LIBRARY_PATH"] = f"{folder}/lib64"
    assert place.find(check_libraries).keys() == {"libraries.path"}


def test_toolkits_that_hide_each_other(place: Place) -> None:
    old, new = place.toolkit("10.2.89"), place.toolkit("12.3.52")
    place.environ["LD_LIBRARY_PATH"] = f"{new}/lib64:{old}/lib64"
    found = place.find(check_libraries)["libraries.shadowed"]
    assert found.detail.splitlines()[0] == f"found first: {new}/lib64/libcudart.so.12.3.52"
    assert f"{old}/lib64/libcudart.so.10.2.89" in found.detail


def test_the_wheels_of_jax_do_not_bear_a_search_path(place: Place) -> None:
    place.environ["LD_LIBRARY_PATH"] = f"{place.toolkit('12.3.52')}/lib64"
    place.packages["jax-cuda12-plugin"] = "0.10.2"
    assert place.find(check_libraries)["libraries.wheels"].mend == ("unset LD_LIBRARY_PATH",)


def test_a_dangling_library(place: Place) -> None:
    place.link("/usr/lib64/libcudnn.so.7", "/usr/local/cuda-10.1/lib64/libcudnn.so.7")
    found = place.find(check_libraries)["libraries.dangling"]
    assert found.status == "problem"
    assert found.title == "/usr/lib64/libcudnn.so.7 leads nowhere"


def test_driver_libraries_and_cupti_count_in_their_own_way(place: Place) -> None:
    for name, target in (
        ("libcuda.so.1", "libcuda.so.545.29.06"),
        ("libcupti.so.12", "libcupti.so.2023.3.0"),
    ):
        place.files({f"/usr/lib64/{target}": ""})
        place.link(f"/usr/lib64/{name}", target)
    assert place.find(check_libraries).keys() == {"libraries.path"}


def test_cudnn_by_its_header_and_several_of_them(place: Place) -> None:
    text = "#define CUDNN_MAJOR 8\n#define CUDNN_MINOR 9\n#define CUDNN_PATCHLEVEL 7\n"
    place.files({"/usr/include/cudnn_version.h": text})
    assert place.find(check_cudnn)["cudnn.version"].title == "cuDNN 8.9.7"
    place.files({"/usr/lib64/libcudnn.so.9.1.0": ""})
    assert place.find(check_cudnn)["cudnn.several"].status == "advice"


def test_links_in_a_circle_lead_nowhere(place: Place) -> None:
    place.link("/usr/local/cuda", "/etc/alternatives/cuda")
    place.link("/etc/alternatives/cuda", "/usr/local/cuda")
    assert place.find(check_cuda)["cuda.dangling"].status == "problem"
