"""Whether an engine's build fits the driver, the GPU and the libraries: by the dated table of versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.doctor.compatibility import table, version
from wattlab.doctor.cudnn import cudnn_versions
from wattlab.doctor.driver import driver_version
from wattlab.doctor.finding import ok, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.asking import Answer
    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_fit"]

_PROCESSOR = "training runs on the processor: many times the time and the energy"


def check_fit(surroundings: Surroundings, engine: str, answer: Answer) -> Iterator[Finding]:
    """Hold an engine's build against driver, GPU and cuDNN."""
    driver = driver_version(surroundings)
    if driver is None:
        return
    yield from _driver(engine, answer, driver)
    if engine == "torch":
        yield from _architectures(answer)
    if engine == "tensorflow":
        yield from _cudnn(surroundings, answer)


def _driver(engine: str, answer: Answer, driver: str) -> Iterator[Finding]:
    cuda = answer.facts.get("cuda")
    if not cuda:
        return
    least = table().driver_for(cuda)
    if least is None:
        title = f"{engine}: CUDA {cuda} is not in the table of drivers of {table().date}"
        yield ok(f"engines.{engine}-unknown", title, "whether the driver is new enough is unknown")
    elif version(driver) < version(least):
        wheels = ", ".join(table().torch_wheels(answer.facts["version"])) if engine == "torch" else ""
        others = f"; wheels of this release exist for CUDA {wheels}" if wheels else ""
        yield problem(
            f"engines.{engine}-driver",
            f"the driver is too old for {engine}",
            f"driver {driver}; CUDA {cuda} needs {least} or newer ({table().source('driver_minimum')})",
            _PROCESSOR,
            (f"install a driver of {least} or newer", f"or a {engine} for an older CUDA{others}"),
        )


def _architectures(answer: Answer) -> Iterator[Finding]:
    compiled = [name.partition("_")[2].rstrip("a") for name in answer.facts.get("architectures", ())]
    numbers = [int(name) for name in compiled if name.isdigit()]
    for device in answer.facts.get("devices", ()):
        major, minor = version(device.get("capability", ""))[:2] or (0, 0)
        # Code for 8.0 runs on 8.6, but not on 9.0.
        if numbers and major and not any(one // 10 == major and one % 10 <= minor for one in numbers):
            known = ", ".join(f"{one // 10}.{one % 10}" for one in numbers)
            yield problem(
                "engines.torch-architecture",
                f"this torch has no kernels for the {device['name']}",
                f"compute capability {major}.{minor}; built for {known}",
                'the first operation on the GPU stops with "no kernel image is available"',
                (f"install a torch whose CUDA still, or already, supports {major}.{minor}",),
            )


def _cudnn(surroundings: Surroundings, answer: Answer) -> Iterator[Finding]:
    """Compare with what TensorFlow was built with: the major must be the same, the minor at least as new."""
    release = answer.facts["version"]
    known = table().tensorflow_built(release)
    wanted = answer.facts.get("cudnn") or (known[0] if known else None)
    brought = surroundings.version_of("nvidia-cudnn-cu12") or surroundings.version_of("nvidia-cudnn-cu11")
    here = [brought] if brought else list(cudnn_versions(surroundings))
    if not answer.facts.get("cuda") or not wanted or not here:
        return
    need = version(wanted)
    if not any(version(one)[:1] == need[:1] and version(one)[: len(need)] >= need for one in here):
        source = f" ({table().source('tensorflow')})" if known else ""
        yield problem(
            "engines.tensorflow-cudnn",
            f"TensorFlow {release} and cuDNN {', '.join(here)} do not fit",
            f"it was built with cuDNN {wanted}; needed is the same major version, and the same or a higher minor "
            f"one{source}",
            "the first convolution stops the training, or it runs on the processor",
            (f"install cuDNN {wanted}", "or: pip install 'tensorflow[and-cuda]', which brings its own"),
        )
