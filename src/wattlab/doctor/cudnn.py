"""cuDNN and TensorRT: which versions lie on the machine, and whether they fit the CUDA beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wattlab.doctor.compatibility import table, version
from wattlab.doctor.cuda import toolkits
from wattlab.doctor.finding import advice, ok
from wattlab.doctor.libraries import libraries_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_cudnn", "cudnn_versions"]


def cudnn_versions(surroundings: Surroundings) -> dict[str, str]:
    """Return where cuDNN lies, by version, such as "8.9.7"; what engines bring along is not among them."""
    files = libraries_named(surroundings, "libcudnn.so.")
    for toolkit in toolkits(surroundings):
        inside = surroundings.at(f"{toolkit.path}/lib64").glob("libcudnn.so.*")
        files += [surroundings.outside(file) for file in sorted(inside)]
    ends = [end for file in files if (end := surroundings.follow(file))]
    found = {end.rpartition(".so.")[2]: end for end in ends if len(version(end.rpartition(".so.")[2])) > 1}
    return found | {number: path for path, number in _headers(surroundings) if number not in found}


def _headers(surroundings: Surroundings) -> Iterator[tuple[str, str]]:
    folders = ["/usr/include", *(f"{toolkit.path}/include" for toolkit in toolkits(surroundings))]
    for path in (f"{folder}/{name}" for folder in folders for name in ("cudnn_version.h", "cudnn.h")):
        numbers = dict(re.findall(r"#define CUDNN_(MAJOR|MINOR|PATCHLEVEL)\s+(\d+)", surroundings.read(path)))
        if len(numbers) == 3:
            yield path, f"{numbers['MAJOR']}.{numbers['MINOR']}.{numbers['PATCHLEVEL']}"


def check_cudnn(surroundings: Surroundings) -> list[Finding]:
    """Look at cuDNN, and at links to TensorRT."""
    found = cudnn_versions(surroundings)
    if not found:
        return []
    named = "\n".join(f"{path}: {number}" for number, path in found.items())
    findings: list[Finding] = [ok("cudnn.version", f"cuDNN {', '.join(found)}", named)]
    for number in found:
        findings += _unfit(surroundings, number)
    if len({version(number)[:2] for number in found}) > 1:
        findings.append(
            advice(
                "cudnn.several",
                "several versions of cuDNN are installed",
                named,
                "an engine may be compiled against one and load the other; it then stops, or computes on the processor",
                ("remove all but the one that your engine was built with",),
            )
        )
    return findings


def _unfit(surroundings: Surroundings, number: str) -> Iterator[Finding]:
    fitting = table().cudnn_range(number)
    installed = [toolkit.version for toolkit in toolkits(surroundings)]
    if fitting is None or not installed:
        return
    first, last = fitting
    if not any(version(first) <= version(one)[:2] <= version(last) for one in installed):
        yield advice(
            "cudnn.cuda",
            f"cuDNN {number} does not fit CUDA {', '.join(installed)}",
            f"this series is documented with CUDA {first} to {last} ({table().source('cudnn')})",
            "convolutions and recurrent layers do not start, or fall back to the processor",
            (f"install cuDNN for CUDA {installed[-1]}, or CUDA {last}",),
        )
