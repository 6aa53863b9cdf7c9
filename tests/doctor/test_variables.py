from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.doctor.variables import check_variables

if TYPE_CHECKING:
    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]


def test_nothing_set_is_fine(place: Place) -> None:
    assert {name: one.status for name, one in place.find(check_variables).items()} == {
        "variables.engines": "ok"
    }


@pytest.mark.parametrize(
    ("value", "status"), [("-1", "advice"), ("", "advice"), ("0", None), ("1", "problem"), ("GPU-5f2b", None)]
)
def test_variables_that_hide_the_gpu(place: Place, value: str, status: str | None) -> None:
    place.environ["CUDA_VISIBLE_DEVICES"] = value
    assert place.find(check_variables).keys() == {"variables.engines"}  # without a GPU, nothing is hidden
    place.nvidia()
    found = place.find(check_variables).get("variables.hidden-gpu")
    assert (found and found.status) == status


@pytest.mark.parametrize(
    ("name", "value", "id_", "status"),
    [
        ("TF_CPP_MIN_LOG_LEVEL", "2", "log-level", "advice"),
        ("TF_CPP_MIN_LOG_LEVEL", "3", "log-level", "advice"),
        ("TF_FORCE_GPU_ALLOW_GROWTH", "yes", "growth", "problem"),
        ("PYTORCH_CUDA_ALLOC_CONF", "max_split_mb:64", "allocator", "problem"),
        ("PYTORCH_CUDA_ALLOC_CONF", "garbage", "allocator", "problem"),
        ("XLA_FLAGS", "xla_gpu_cuda_data_dir=/usr", "xla-flags", "problem"),
        ("CUDA_LAUNCH_BLOCKING", "1", "slow", "advice"),
        ("NVIDIA_TF32_OVERRIDE", "0", "slow", "advice"),
        ("TF_ENABLE_ONEDNN_OPTS", "0", "slow", "advice"),
        ("JAX_DISABLE_JIT", "true", "slow", "advice"),
        ("CUDA_HOME", "/usr/local/cuda-9.9", "cuda-home", "advice"),
        ("KERAS_BACKEND", "theano", "keras", "problem"),
    ],
)
def test_variables_that_cost_something(place: Place, name: str, value: str, id_: str, status: str) -> None:
    place.environ[name] = value
    found = place.find(check_variables)
    assert {key: one.status for key, one in found.items()} == {f"variables.{id_}": status}
    assert all(one.mend and one.why for one in found.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TF_CPP_MIN_LOG_LEVEL", "1"),
        ("TF_FORCE_GPU_ALLOW_GROWTH", "true"),
        ("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True,roundup_power2_divisions:[256:1,512:2,>:8]"),
        ("XLA_FLAGS", "--xla_dump_to=/tmp/x"),
        ("CUDA_LAUNCH_BLOCKING", "0"),
        ("TF_ENABLE_ONEDNN_OPTS", "1"),
        ("KERAS_BACKEND", "jax"),
    ],
)
def test_variables_that_are_sound(place: Place, name: str, value: str) -> None:
    place.environ[name] = value
    assert place.find(check_variables).keys() == {"variables.engines"}


def test_tensorflow_takes_all_memory_unless_told(place: Place) -> None:
    place.nvidia()
    place.packages["tensorflow"] = "2.18.0"
    assert place.find(check_variables)["variables.growth"].mend == ("export TF_FORCE_GPU_ALLOW_GROWTH=true",)
    place.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    assert "variables.growth" not in place.find(check_variables)


def test_jax_kept_off_the_gpu(place: Place) -> None:
    place.environ["JAX_PLATFORMS"] = "cpu"
    assert "variables.jax" not in place.find(check_variables)
    place.nvidia()
    assert place.find(check_variables)["variables.jax"].status == "advice"
