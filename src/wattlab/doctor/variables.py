"""Variables that hide the GPU or warnings, or that point engines to a place where nothing is.

References
----------
XLA, "XLA flags" and "Known errors: libdevice not found". TensorFlow, "XLA: auto-clustering". PyTorch, "CUDA semantics:
optimizing memory usage with PYTORCH_CUDA_ALLOC_CONF". CUDA C++ Programming Guide, "CUDA environment variables".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wattlab.doctor.cuda import toolkits
from wattlab.doctor.driver import driver_version, has_nvidia
from wattlab.doctor.finding import advice, ok, problem
from wattlab.doctor.shell import exported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding, Fix
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["WATCHED", "check_variables"]

WATCHED: Final = (
    "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES",
    "KERAS_BACKEND",
    "LD_LIBRARY_PATH",
    "PYTORCH_CUDA_ALLOC_CONF",
    "TF_CPP_MIN_LOG_LEVEL",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
)
"""What decides how and where engines compute, apart from numbers of threads."""

_LIBDEVICE: Final = "nvvm/libdevice/libdevice.10.bc"
_ALLOCATOR: Final = {
    "backend",
    "expandable_segments",
    "garbage_collection_threshold",
    "graph_capture_record_stream_reuse",
    "large_segment_size_mb",
    "max_non_split_rounding_mb",
    "max_split_size_mb",
    "per_process_memory_fraction",
    "pinned_max_register_threads",
    "pinned_num_register_threads",
    "pinned_reserve_segment_size_mb",
    "pinned_use_background_threads",
    "pinned_use_cuda_host_register",
    "release_lock_on_cudamalloc",
    "roundup_power2_divisions",
    "throw_on_cudamalloc_oom",
}
_BACKENDS: Final = ("tensorflow", "jax", "torch", "openvino")
_PROCESSOR: Final = "training runs on the processor: many times the time and the energy"
_HIDDEN: Final = (
    "warnings tell of missing libraries and of an unused GPU: what makes a training slow stays unseen"
)


def check_variables(surroundings: Surroundings) -> list[Finding]:
    """Look at each variable that engines obey."""
    found = [
        *_visible(surroundings),
        *_xla_data(surroundings),
        *_auto_jit(surroundings),
        *_log_level(surroundings),
        *_growth(surroundings),
        *_allocator(surroundings),
        *_slow(surroundings),
        *_home(surroundings),
        *_backend(surroundings),
    ]
    here = [f"{name}={surroundings.environ[name]}" for name in WATCHED if name in surroundings.environ]
    title = "variables of the engines are sound" if here else "no variable of the engines is set"
    return found or [ok("variables.engines", title, "\n".join(here))]


def _visible(surroundings: Surroundings) -> Iterator[Finding]:
    value = surroundings.environ.get("CUDA_VISIBLE_DEVICES")
    if value is None or not has_nvidia(surroundings):
        return
    if value.strip() == "" or value.strip().startswith("-"):
        yield advice(
            "variables.hidden-gpu",
            f"CUDA_VISIBLE_DEVICES={value!r} hides every GPU",
            "no program started from this shell sees one",
            _PROCESSOR,
            ("unset CUDA_VISIBLE_DEVICES",),
        )
        return
    count = len(list(surroundings.at("/proc/driver/nvidia/gpus").glob("*")))
    numbers = [int(part) for part in value.split(",") if part.strip().isdigit()]
    if count and any(number >= count for number in numbers):
        yield problem(
            "variables.hidden-gpu",
            f"CUDA_VISIBLE_DEVICES={value} names a GPU that is not there",
            f"GPUs here: {', '.join(map(str, range(count)))}; from the first unknown one on, all are hidden",
            _PROCESSOR,
            ("unset CUDA_VISIBLE_DEVICES",),
        )


def _xla_data(surroundings: Surroundings) -> Iterator[Finding]:
    flags = surroundings.environ.get("XLA_FLAGS", "")
    asked = re.search(r"--xla_gpu_cuda_data_dir=(\S+)", flags)
    fitting = [
        one.path for one in toolkits(surroundings) if surroundings.at(f"{one.path}/{_LIBDEVICE}").exists()
    ]
    if asked:
        folder = asked[1]
        if not surroundings.follow(f"{folder}/{_LIBDEVICE}"):
            mend, fix = _data_folder(surroundings, fitting)
            yield problem(
                "variables.xla-data",
                "XLA_FLAGS names a folder without CUDA's libdevice",
                f"{folder} has no {_LIBDEVICE}",
                "what XLA compiles for the GPU fails: JAX, jit_compile=True and torch_xla stop with an error",
                mend,
                fix,
            )
        return
    if flags and not flags.lstrip().startswith("-") and not surroundings.follow(flags.strip()):
        yield problem(
            "variables.xla-flags",
            "XLA_FLAGS is neither a list of flags nor a file",
            f"{flags!r}: flags begin with --; anything else is taken for the name of a file with flags",
            "XLA ends the program at its start",
            ("unset XLA_FLAGS",),
        )
    elif (
        driver_version(surroundings) and fitting and not surroundings.follow(f"/usr/local/cuda/{_LIBDEVICE}")
    ):
        mend, fix = _data_folder(surroundings, fitting)
        yield advice(
            "variables.xla-data",
            "XLA will not find CUDA's libdevice",
            f"it looks in /usr/local/cuda and in the present folder; here it is in {fitting[-1]}",
            'steps that XLA compiles for the GPU stop with "libdevice not found", or with missing files in ./bin',
            mend,
            fix,
        )


def _data_folder(surroundings: Surroundings, fitting: list[str]) -> tuple[tuple[str, ...], Fix | None]:
    if not fitting:
        return ("unset XLA_FLAGS",), None
    return exported(surroundings, {"XLA_FLAGS": f"--xla_gpu_cuda_data_dir={fitting[-1]}"})


def _auto_jit(surroundings: Surroundings) -> Iterator[Finding]:
    flags = surroundings.environ.get("TF_XLA_FLAGS", "")
    if "--tf_xla_cpu_global_jit" in flags and "--tf_xla_auto_jit" not in flags:
        value = f"--tf_xla_auto_jit=2 {flags}"
        mend, fix = exported(surroundings, {"TF_XLA_FLAGS": value})
        yield advice(
            "variables.auto-jit",
            "TF_XLA_FLAGS allows XLA on the processor, but does not turn it on",
            "--tf_xla_cpu_global_jit counts only together with --tf_xla_auto_jit=2",
            "nothing is compiled: the flag costs nothing and brings nothing",
            (*mend, "or in the program: model.compile(..., jit_compile=True)"),
            fix,
        )


def _log_level(surroundings: Surroundings) -> Iterator[Finding]:
    level = surroundings.environ.get("TF_CPP_MIN_LOG_LEVEL", "")
    if level in ("2", "3"):
        hidden = "warnings" if level == "2" else "warnings and errors"
        detail = "1 hides information alone"
        mend, fix = exported(surroundings, {"TF_CPP_MIN_LOG_LEVEL": "1"})
        title = f"TF_CPP_MIN_LOG_LEVEL={level} hides TensorFlow's {hidden}"
        yield advice("variables.log-level", title, detail, _HIDDEN, mend, fix)


def _growth(surroundings: Surroundings) -> Iterator[Finding]:
    value = surroundings.environ.get("TF_FORCE_GPU_ALLOW_GROWTH")
    tensorflow = surroundings.version_of("tensorflow")
    if value is not None and value.lower() not in ("true", "false"):
        yield problem(
            "variables.growth",
            f"TF_FORCE_GPU_ALLOW_GROWTH is {value!r}",
            "expected true or false",
            "TensorFlow ignores it with an error in its log, and takes nearly all of the GPU's memory",
            ("export TF_FORCE_GPU_ALLOW_GROWTH=true",),
        )
    elif value is None and tensorflow and driver_version(surroundings):
        mend, fix = exported(surroundings, {"TF_FORCE_GPU_ALLOW_GROWTH": "true"})
        yield advice(
            "variables.growth",
            "TensorFlow takes nearly all of the GPU's memory at its start",
            "TF_FORCE_GPU_ALLOW_GROWTH is not set",
            "other programs find no room, and how much a training needs cannot be measured",
            mend,
            fix,
        )


def _allocator(surroundings: Surroundings) -> Iterator[Finding]:
    for name in ("PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF"):
        text = surroundings.environ.get(name, "")
        options = [
            part.partition(":")[0].strip() for part in re.sub(r"\[[^\]]*\]", "", text).split(",") if part
        ]
        unknown = [option for option in options if option not in _ALLOCATOR]
        if unknown:
            yield problem(
                "variables.allocator",
                f"{name} has options that torch does not know",
                f"{', '.join(unknown)}; known are {', '.join(sorted(_ALLOCATOR))}",
                "torch stops with an error at the first use of the GPU",
                (f"unset {name}", f"export {name}=expandable_segments:True    # against fragmentation"),
            )


def _slow(surroundings: Surroundings) -> Iterator[Finding]:
    slow = {
        "CUDA_LAUNCH_BLOCKING": (
            "1",
            "every kernel waits for the one before: for the search for errors only",
        ),
        "NVIDIA_TF32_OVERRIDE": ("0", "TF32 is off: float32 products run without tensor cores"),
        "TF_ENABLE_ONEDNN_OPTS": ("0", "oneDNN's kernels are off: TensorFlow is slower on the processor"),
        "JAX_DISABLE_JIT": ("1", "nothing is compiled: for the search for errors only"),
    }
    for name, (value, effect) in slow.items():
        if surroundings.environ.get(name, "").lower() in {value, {"1": "true", "0": "false"}[value]}:
            why = "steps take longer, at nearly the same power"
            yield advice(
                "variables.slow", f"{name}={value} makes training slower", effect, why, (f"unset {name}",)
            )
    if surroundings.environ.get("JAX_PLATFORMS", "") == "cpu" and driver_version(surroundings):
        detail = "JAX_PLATFORMS=cpu"
        yield advice("variables.jax", "JAX is kept off the GPU", detail, _PROCESSOR, ("unset JAX_PLATFORMS",))


def _home(surroundings: Surroundings) -> Iterator[Finding]:
    for name in ("CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"):
        folder = surroundings.environ.get(name)
        if folder and surroundings.follow(folder) is None:
            yield advice(
                "variables.cuda-home",
                f"{name} names a folder that does not exist",
                folder,
                "extensions cannot be compiled, and slower code takes their place",
                (f"unset {name}",),
            )


def _backend(surroundings: Surroundings) -> Iterator[Finding]:
    name = surroundings.environ.get("KERAS_BACKEND")
    if name is not None and name not in _BACKENDS:
        yield problem(
            "variables.keras",
            f"KERAS_BACKEND is {name!r}",
            f"expected one of {', '.join(_BACKENDS)}",
            "Keras does not start",
            ("unset KERAS_BACKEND",),
        )
