"""What happened to the people whose texts wattlab grew out of, each as a made-up machine and what the doctor says.

The machines follow two posts of linux-blog.anracom.com (TensorFlow 2 with CUDA 10.2, spring of 2020; CUDA 12.3 on Leap
15.5, January 2024), one of August 2019 (CUDA 10.1), and RStudio's AI blog of 13 January 2020 (compute capabilities).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.doctor.cuda import check_cuda
from wattlab.doctor.cudnn import check_cudnn
from wattlab.doctor.driver import check_drivers
from wattlab.doctor.engines import check_engines
from wattlab.doctor.libraries import check_libraries
from wattlab.doctor.packages import check_packages
from wattlab.doctor.threads import check_threads
from wattlab.doctor.variables import check_variables

if TYPE_CHECKING:
    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]

# As TensorFlow 2.0 to 2.11 wrote it (dso_loader.cc).
NOT_LOADED = (
    "W tensorflow/stream_executor/platform/default/dso_loader.cc:55] Could not load dynamic library '{0}'; "
    "dlerror: {0}: cannot open shared object file: No such file or directory\n"
)


@pytest.fixture
def cuda_10_2(place: Place) -> Place:
    """CUDA 10.2 and cuDNN 7.6 as openSUSE's packages put them, TensorFlow 2.1 built for CUDA 10.1."""
    place.nvidia("440.64")
    folder = place.toolkit("10.2.89")
    place.link("/usr/local/cuda", folder)
    place.files({f"{folder}/lib64/libcudnn.so.7.6.5": ""})
    place.packages["tensorflow"] = "2.1.0"
    return place


def test_libcudart_10_1_is_missing_beside_10_2(cuda_10_2: Place) -> None:
    facts = {"version": "2.1.0", "cuda": "10.1", "cudnn": "7", "gpu": False, "devices": []}
    cuda_10_2.engine("tensorflow", facts, err=NOT_LOADED.format("libcudart.so.10.1"))
    found = cuda_10_2.find(check_engines)
    library = found["engines.tensorflow-library"]
    assert library.status == "problem"
    assert "libcudart.so.10.1" in library.title
    assert "/usr/local/cuda-10.2/lib64/libcudart.so.10.2.89" in library.detail
    assert library.mend[0] == "install CUDA 10.1 beside the other"
    assert found["engines.tensorflow-no-gpu"].status == "problem"


def test_a_link_that_pretends_to_be_10_1_is_named(cuda_10_2: Place) -> None:
    cuda_10_2.link("/usr/lib64/libcudart.so.10.1", "/usr/local/cuda-10.2/lib64/libcudart.so.10.2.89")
    found = cuda_10_2.find(check_libraries)["libraries.pretender"]
    assert found.status == "advice"
    assert found.title == "/usr/lib64/libcudart.so.10.1 is another version than its name says"
    assert found.detail == "it leads to /usr/local/cuda-10.2/lib64/libcudart.so.10.2.89"


def test_libnvinfer_is_for_inference_alone(cuda_10_2: Place) -> None:
    cuda_10_2.files({"/usr/lib64/libnvinfer.so.7": ""})
    facts = {"version": "2.1.0", "cuda": "10.1", "cudnn": "7", "gpu": True, "devices": [{"name": "GPU:0"}]}
    said = NOT_LOADED.format("libnvinfer.so.6") + NOT_LOADED.format("libnvinfer_plugin.so.6")
    cuda_10_2.engine("tensorflow", facts, err=said)
    findings = [
        one for one in check_engines(cuda_10_2.surroundings()) if one.id == "engines.tensorflow-tensorrt"
    ]
    assert [one.status for one in findings] == ["ok", "ok"]
    assert "training does without it; here is libnvinfer.so.7" in findings[0].detail


def test_libnvinfer_6_that_is_7(cuda_10_2: Place) -> None:
    cuda_10_2.files({"/usr/lib64/libnvinfer.so.7": ""})
    cuda_10_2.link("/usr/lib64/libnvinfer.so.6", "libnvinfer.so.7")
    assert (
        "libnvinfer.so.6 is another version" in cuda_10_2.find(check_libraries)["libraries.pretender"].title
    )


def test_links_to_10_0_that_are_10_1_168(place: Place) -> None:
    place.files({"/usr/lib64/libcufftw.so.10.1.168": ""})
    place.link("/usr/lib64/libcufftw.so.10", "libcufftw.so.10.1.168")
    place.link("/usr/lib64/libcufftw.so.10.0", "libcufftw.so.10.1.168")
    found = [one for one in check_libraries(place.surroundings()) if one.id == "libraries.pretender"]
    assert [one.title.split()[0] for one in found] == ["/usr/lib64/libcufftw.so.10.0"]


def test_the_loader_does_not_know_the_toolkit(cuda_10_2: Place) -> None:
    found = cuda_10_2.find(check_cuda)["cuda.not-loaded"]
    assert found.mend == (
        "echo /usr/local/cuda-10.2/lib64 | sudo tee /etc/ld.so.conf.d/cuda.conf && sudo ldconfig",
    )
    cuda_10_2.environ["LD_LIBRARY_PATH"] = "/usr/local/cuda-10.2/lib64"
    assert "cuda.not-loaded" not in cuda_10_2.find(check_cuda)


def test_cudnn_7_beside_cuda_12(place: Place) -> None:
    folder = place.toolkit("12.3.52")
    place.files({f"{folder}/lib64/libcudnn.so.7.6.5": ""})
    found = place.find(check_cudnn)["cudnn.cuda"]
    assert found.title == "cuDNN 7.6.5 does not fit CUDA 12.3.52"
    assert "CUDA 8.0 to 10.2" in found.detail


def test_cudnn_8_9_7_and_cuda_12_3_fit_tensorflow_2_15(place: Place) -> None:
    place.nvidia("545.29.06")
    folder = place.toolkit("12.3.52")
    place.files({f"{folder}/lib64/libcudnn.so.8.9.7": ""})
    place.packages["tensorflow"] = "2.15.0"
    facts = {"version": "2.15.0", "cuda": "12.2", "cudnn": "8", "gpu": True, "devices": [{"name": "GPU:0"}]}
    place.engine("tensorflow", facts)
    assert {one.status for one in check_cudnn(place.surroundings())} == {"ok"}
    assert "engines.tensorflow-cudnn" not in place.find(check_engines)


@pytest.mark.parametrize(
    ("cudnn", "fits"), [("7.6.5", True), ("7.6.2", True), ("7.4.2", False), ("8.0.5", False)]
)
def test_cudnn_that_tensorflow_was_not_built_with(place: Place, cudnn: str, fits: bool) -> None:
    place.nvidia("440.64")
    folder = place.toolkit("10.1.243")
    place.files({f"{folder}/lib64/libcudnn.so.{cudnn}": ""})
    place.packages["tensorflow"] = "2.1.0"
    place.engine("tensorflow", {"version": "2.1.0", "cuda": "10.1", "gpu": True, "devices": []})
    found = place.find(check_engines)
    assert ("engines.tensorflow-cudnn" not in found) == fits
    if not fits:
        assert "built with cuDNN 7.6" in found["engines.tensorflow-cudnn"].detail


def test_xla_does_not_find_libdevice(place: Place) -> None:
    place.nvidia()
    folder = place.toolkit("10.2.89")
    found = place.find(check_variables)["variables.xla-data"]
    assert found.status == "advice"
    assert found.mend == (f"export XLA_FLAGS=--xla_gpu_cuda_data_dir={folder}",)
    assert found.fix is not None
    assert found.fix.path == place.root / "home/.config/wattlab/environment.sh"
    place.link("/usr/local/cuda", folder)
    assert "variables.xla-data" not in place.find(check_variables)


def test_xla_flags_point_to_a_folder_without_libdevice(place: Place) -> None:
    folder = place.toolkit("10.2.89")
    place.environ["XLA_FLAGS"] = "--xla_gpu_cuda_data_dir=/usr/lib/cuda-10.2"
    found = place.find(check_variables)["variables.xla-data"]
    assert found.status == "problem"
    assert found.mend == (f"export XLA_FLAGS=--xla_gpu_cuda_data_dir={folder}",)
    place.environ["XLA_FLAGS"] = f"--xla_gpu_cuda_data_dir={folder} --xla_dump_to=/tmp/x"
    assert "variables.xla-data" not in place.find(check_variables)


def test_cpu_global_jit_alone_turns_nothing_on(place: Place) -> None:
    place.environ["TF_XLA_FLAGS"] = "--tf_xla_cpu_global_jit"
    found = place.find(check_variables)["variables.auto-jit"]
    assert found.mend[0] == "export TF_XLA_FLAGS='--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit'"
    place.environ["TF_XLA_FLAGS"] = "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit"
    assert "variables.auto-jit" not in place.find(check_variables)


def test_driver_545_29_06_breaks_suspend(place: Place) -> None:
    place.nvidia("545.29.06")
    found = place.find(check_drivers)["driver.fault"]
    assert found.status == "problem"
    assert "Suspend-to-RAM" in found.detail
    assert "2024-01-27" in found.detail
    assert "535" in found.mend[0]


@pytest.mark.parametrize("driver", ["535.154.05", "545.23.08", "550.54.14"])
def test_other_drivers_have_no_known_fault(place: Place, driver: str) -> None:
    place.nvidia(driver)
    assert "driver.fault" not in place.find(check_drivers)


def test_four_threads_for_openblas_do_not_limit_tensorflow(place: Place) -> None:
    place.environ["OPENBLAS_NUM_THREADS"] = "4"
    assert place.find(check_threads).keys() == {"threads.variables"}
    place.packages["tensorflow"] = "2.2.0"
    found = place.find(check_threads)["threads.tensorflow"]
    assert found.mend == ("export TF_NUM_INTRAOP_THREADS=4", "export TF_NUM_INTEROP_THREADS=1")
    assert "34415" in found.detail
    place.environ["TF_NUM_INTRAOP_THREADS"] = "6"
    assert "threads.tensorflow" not in place.find(check_threads)


def test_mixed_styles_keras_3_and_a_tensorflow_with_keras_2(place: Place) -> None:
    place.packages.update(keras="3.15.1", tensorflow="2.15.0")
    found = place.find(check_packages)["packages.keras"]
    assert found.status == "problem"
    assert "pip install --upgrade tensorflow" in found.mend
    place.packages["tensorflow"] = "2.16.1"
    assert "packages.keras" not in place.find(check_packages)


def test_tensorflow_gpu_installed_over_tensorflow(place: Place) -> None:
    place.packages.update({"tensorflow": "2.0.0", "tensorflow-gpu": "1.14.0"})
    place.engine("tensorflow", {"version": "2.0.0", "gpu": False, "devices": []})
    found = place.find(check_engines)["engines.tensorflow-doubled"]
    assert found.mend == ("pip uninstall tensorflow tensorflow-gpu", "pip install tensorflow")


def test_links_of_the_alternatives_that_lead_nowhere(place: Place) -> None:
    folder = place.toolkit("12.3.52")
    place.link("/usr/local/cuda", "/etc/alternatives/cuda")
    place.link("/etc/alternatives/cuda", "/usr/local/cuda-12.2")
    findings = [one for one in check_cuda(place.surroundings()) if one.id == "cuda.dangling"]
    assert [one.mend for one in findings] == [
        (f"sudo ln -sfn {folder} /usr/local/cuda",),
        (f"sudo ln -sfn {folder} /etc/alternatives/cuda",),
    ]
    (place.root / "etc/alternatives/cuda").unlink()
    place.link("/etc/alternatives/cuda", folder)
    assert "cuda.dangling" not in place.find(check_cuda)


def test_a_toolkit_without_lib64_and_include(place: Place) -> None:
    place.files({"/usr/local/cuda-10.1/version.txt": "CUDA Version 10.1.168\n"})
    place.link("/usr/local/cuda-10.1/include", "targets/x86_64-linux/include")
    found = place.find(check_cuda)
    assert found["cuda.toolkits"].title == "CUDA 10.1.168"
    assert found["cuda.libraries"].status == "problem"
    assert found["cuda.headers"].status == "advice"
