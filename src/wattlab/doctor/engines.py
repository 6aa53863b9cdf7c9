"""The engines: installed, importable, built for what, and whether they see the GPU."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from wattlab.doctor.asking import ask_engine, installed
from wattlab.doctor.cuda import runtimes
from wattlab.doctor.driver import driver_version
from wattlab.doctor.finding import ok, problem
from wattlab.doctor.fit import check_fit
from wattlab.doctor.libraries import libraries_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.asking import Answer
    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_engines"]

_EXTRAS: Final = {"torch": "torch", "tensorflow": "tensorflow", "jax": "jax", "numba": "compiled"}
_ENGINES: Final = ("torch", "tensorflow", "jax", "numba", "scikit-learn")
_ON_GPU: Final = ("torch", "tensorflow", "jax")
_UNUSABLE: Final = "no training can use this engine; a comparison names it as failed"
_PROCESSOR: Final = "training runs on the processor: many times the time and the energy"
_FOR_GPU: Final = {
    "torch": "install PyTorch's build for CUDA: pytorch.org, 'Get Started' shows the command for your driver",
    "tensorflow": "pip uninstall tensorflow-cpu && pip install 'tensorflow[and-cuda]'",
    "jax": "pip install 'jax[cuda13]'    # or jax[cuda12] with a driver older than 580",
}
_MISSING: Final = re.compile(r"Could not load dynamic library '([^']+)'|(lib[\w+.-]+\.so[\d.]*): cannot open")
_UNUSED: Final = re.compile(r"enable the following instructions: ([\w .]+?),? in other operations")


def check_engines(surroundings: Surroundings) -> list[Finding]:
    """Ask every engine, one after the other."""
    return [finding for engine in _ENGINES for finding in _engine(surroundings, engine)]


def _engine(surroundings: Surroundings, engine: str) -> Iterator[Finding]:
    here = installed(surroundings, engine)
    if not here:
        extra = _EXTRAS.get(engine)
        mend = (f"pip install 'wattlab[{extra}]'",) if extra else (f"pip install {engine}",)
        yield ok(f"engines.{engine}", f"{engine} is not installed", mend=mend)
        return
    if len(here) > 1:
        yield _doubled(engine, here)
    answer = ask_engine(surroundings, engine)
    if answer.failure:
        yield _failed(engine, here, answer)
        yield from _missing_libraries(surroundings, engine, answer)
        return
    yield _sound(engine, answer)
    yield from _missing_libraries(surroundings, engine, answer)
    yield from _unseen(surroundings, engine, answer)
    yield from check_fit(surroundings, engine, answer)


def _doubled(engine: str, here: dict[str, str]) -> Finding:
    named = " ".join(here)
    return problem(
        f"engines.{engine}-doubled",
        f"{engine} is installed more than once",
        ", ".join(f"{name} {version}" for name, version in here.items()),
        "they write to the same folder: what is imported is a mixture, with or without the GPU by chance",
        (f"pip uninstall {named}", f"pip install {engine}"),
    )


def _failed(engine: str, here: dict[str, str], answer: Answer) -> Finding:
    name, version = next(iter(here.items()))
    reason = str(answer.failure)
    mend = f"pip install --force-reinstall {name}"
    if "does not have (SIGILL)" in reason:
        mend = f"install a {engine} built without AVX, or let the virtual machine pass the processor through"
    elif "took longer" in reason:
        mend = f"python -X importtime -c 'import {_module(engine)}' 2>&1 | tail    # what takes so long"
    return problem(f"engines.{engine}", f"{engine} {version} cannot be imported", reason, _UNUSABLE, (mend,))


def _module(engine: str) -> str:
    return "sklearn" if engine == "scikit-learn" else engine


def _sound(engine: str, answer: Answer) -> Finding:
    facts = answer.facts
    devices = ", ".join(str(device["name"]) for device in facts.get("devices", ()))
    where = devices or "the processor"
    lines = [*_built(engine, facts), *_instructions(engine, answer)]
    lines.append(f"importing it took {answer.wall_s:.1f} s")
    place = f", computes on {where}" if engine in _ON_GPU else ""
    return ok(f"engines.{engine}", f"{engine} {facts['version']}{place}", "\n".join(lines))


def _built(engine: str, facts: Any) -> Iterator[str]:
    if engine not in ("torch", "tensorflow"):
        return
    if facts.get("cuda"):
        cudnn = f", cuDNN {facts['cudnn']}" if facts.get("cudnn") else ""
        yield f"built for CUDA {facts['cuda']}{cudnn}"
    elif facts.get("rocm"):
        yield f"built for ROCm {facts['rocm']}"
    else:
        yield "built for the processor alone"


def _instructions(engine: str, answer: Answer) -> Iterator[str]:
    if answer.facts.get("capability"):
        yield f"kernels for {answer.facts['capability']}, {answer.facts.get('threads', '?')} threads"
    unused = _UNUSED.search(answer.said)
    if engine == "tensorflow" and unused:
        yield (
            f"the wheel is not compiled for {unused[1]}, which this processor has; oneDNN chooses its kernels at "
            "run time all the same. One measurement of 2020 (RStudio AI blog): 321 s a step with a wheel, 304 s with "
            "a build for AVX2 and FMA"
        )


def _missing_libraries(surroundings: Surroundings, engine: str, answer: Answer) -> Iterator[Finding]:
    names = dict.fromkeys(first or second for first, second in _MISSING.findall(answer.said))
    for name in names:
        if name.startswith("libnvinfer"):
            yield _no_tensorrt(surroundings, engine, name)
        else:
            yield _no_library(surroundings, engine, name)


def _no_tensorrt(surroundings: Surroundings, engine: str, name: str) -> Finding:
    stem = f"{name.partition('.so')[0]}.so"
    others = [path.rpartition("/")[2] for path in libraries_named(surroundings, stem)]
    beside = f"; here is {', '.join(dict.fromkeys(others))}" if others else ""
    return ok(
        f"engines.{engine}-tensorrt",
        f"{engine} found no {name}",
        f"it belongs to TensorRT, which speeds up inference; training does without it{beside}",
    )


def _no_library(surroundings: Surroundings, engine: str, name: str) -> Finding:
    stem, _, wanted = name.partition(".so.")
    if stem == "libcudart":
        others = list(runtimes(surroundings).values())
    else:
        others = libraries_named(surroundings, f"{stem}.so.")
    beside = f"another version is here: {', '.join(others)}" if others else "no version of it is here"
    installs = f"install CUDA {wanted} beside the other" if stem == "libcudart" else f"install {name}"
    return problem(
        f"engines.{engine}-library",
        f"{engine} asks for {name}, which the loader does not find",
        f"{beside}\nengines ask for the exact version that they were built with; a link of that name to another "
        "version may work, but is tested by nobody",
        _PROCESSOR,
        (
            installs,
            f"or take a release of {engine} that brings its CUDA along: {_FOR_GPU.get(engine, engine)}",
        ),
    )


def _unseen(surroundings: Surroundings, engine: str, answer: Answer) -> Iterator[Finding]:
    driver = driver_version(surroundings)
    if engine not in _ON_GPU or driver is None or answer.facts.get("gpu"):
        return
    hidden = surroundings.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None and (not hidden.strip() or hidden.strip().startswith("-")):
        return
    built = answer.facts.get("cuda")
    reason = f"it is built for CUDA {built}" if built else "it is built for the processor alone"
    if engine == "jax":
        reason = "its plugin for CUDA is not installed, or did not start"
    yield problem(
        f"engines.{engine}-no-gpu",
        f"{engine} does not see the GPU",
        f"driver {driver} is loaded; {reason}",
        _PROCESSOR,
        (_FOR_GPU[engine],),
    )
