"""CUDA toolkits in the file system: which, complete or not, dangling, shadowed, and newer than the driver allows."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.doctor.compatibility import table, version
from wattlab.doctor.driver import driver_version
from wattlab.doctor.finding import advice, ok, problem
from wattlab.doctor.libraries import libraries_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["Toolkit", "check_cuda", "runtimes", "toolkits"]

_LINKS: Final = ("/usr/local/cuda", "/etc/alternatives/cuda")
_PLACES: Final = (("/usr/local", "cuda-*"), ("/opt", "cuda"), ("/usr/lib", "cuda"))
_NO_GPU: Final = "an engine that relies on it computes on the processor: many times the time and the energy"


@dataclass(frozen=True, slots=True)
class Toolkit:
    """One installed toolkit.

    Attributes
    ----------
    path, version : str
        Its folder, and its version as far as it tells, such as "10.2.89".
    """

    path: str
    version: str


def toolkits(surroundings: Surroundings) -> list[Toolkit]:
    """Return the installed toolkits, oldest first."""
    found = []
    for place, pattern in _PLACES:
        for folder in sorted(surroundings.at(place).glob(pattern)):
            path = surroundings.outside(folder)
            if folder.is_dir() and not folder.is_symlink() and (number := _version(surroundings, path)):
                found.append(Toolkit(path, number))
    return sorted(found, key=lambda toolkit: version(toolkit.version))


def _version(surroundings: Surroundings, path: str) -> str:
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(surroundings.read(f"{path}/version.json"))["cuda"]["version"])
    found = re.search(r"CUDA Version (\d[\d.]*)", surroundings.read(f"{path}/version.txt"))
    named = re.search(r"cuda-(\d+\.\d+)", path)
    return found[1] if found else named[1] if named else ""


def runtimes(surroundings: Surroundings) -> dict[str, str]:
    """Return the files of the CUDA runtime that the loader or a toolkit has, by version, such as "10.2.89"."""
    files = libraries_named(surroundings, "libcudart.so.")
    for toolkit in toolkits(surroundings):
        inside = surroundings.at(f"{toolkit.path}/lib64").glob("libcudart.so.*")
        files += [surroundings.outside(file) for file in sorted(inside)]
    found: dict[str, str] = {}
    for file in files:
        end = surroundings.follow(file)
        if end is not None:
            found.setdefault(end.rpartition(".so.")[2], end)
    return found


def check_cuda(surroundings: Surroundings) -> list[Finding]:
    """Look at the installed toolkits and the links to them."""
    found = toolkits(surroundings)
    findings = [*_dangling(surroundings, found)]
    if not found:
        own = "not needed: the wheels of PyTorch, TensorFlow and JAX for CUDA bring the libraries along"
        return [*findings, ok("cuda.none", "no CUDA toolkit is installed", own)]
    named = "\n".join(f"{toolkit.path}: {toolkit.version}" for toolkit in found)
    findings.append(ok("cuda.toolkits", f"CUDA {', '.join(one.version for one in found)}", named))
    for toolkit in found:
        findings += _incomplete(surroundings, toolkit)
        findings += _too_new(surroundings, toolkit)
    return [*findings, *_other_compiler(surroundings), *_not_loaded(surroundings, found)]


def _dangling(surroundings: Surroundings, found: list[Toolkit]) -> Iterator[Finding]:
    for link in _LINKS:
        if surroundings.is_link_to_nowhere(link):
            target = surroundings.at(link).readlink()
            instead = found[-1].path if found else None
            mend = f"sudo ln -sfn {instead} {link}" if instead else f"sudo rm {link}"
            detail = f"the link points to {target}"
            yield problem("cuda.dangling", f"{link} leads nowhere", detail, _NO_GPU, (mend,))


def _incomplete(surroundings: Surroundings, toolkit: Toolkit) -> Iterator[Finding]:
    libraries = surroundings.follow(f"{toolkit.path}/lib64")
    here = surroundings.at(libraries) if libraries else None
    if here is None or not any(here.glob("libcudart.so*")):
        yield problem(
            "cuda.libraries",
            f"{toolkit.path}/lib64 has no CUDA runtime",
            "libcudart is missing there, or lib64 is a link to nowhere",
            _NO_GPU,
            ("install the toolkit again; two thirds of it are of no use to training, but the runtime is",),
        )
    headers = surroundings.follow(f"{toolkit.path}/include")
    if surroundings.is_link_to_nowhere(f"{toolkit.path}/include") or not headers:
        yield advice(
            "cuda.headers",
            f"{toolkit.path}/include is missing",
            "what compiles for the GPU at run time (extensions, some kernels) needs the headers",
            "a compilation that fails sends an engine back to slower kernels",
            ("install the toolkit's development package",),
        )


def _too_new(surroundings: Surroundings, toolkit: Toolkit) -> Iterator[Finding]:
    driver = driver_version(surroundings)
    if driver is None:
        return
    least, own = table().driver_for(toolkit.version), table().toolkit_driver(toolkit.version)
    if least is None:
        title = f"CUDA {toolkit.version} is not in the table of drivers of {table().date}"
        yield ok("cuda.unknown", title, "whether the driver is new enough is unknown")
    elif version(driver) < version(least):
        yield problem(
            "cuda.driver",
            f"the driver is too old for CUDA {toolkit.version}",
            f"driver {driver}; needed: {least} or newer ({table().source('driver_minimum')})",
            _NO_GPU,
            (f"install a driver of {least} or newer, or use an older toolkit",),
        )
    elif own is not None and version(driver) < version(own):
        yield advice(
            "cuda.driver",
            f"the driver is older than CUDA {toolkit.version}'s own",
            f"driver {driver}; released with {own}. Programs run, but not those that the driver must compile (PTX)",
            "a kernel that cannot be compiled stops a training, or makes it slower",
            (f"install a driver of {own} or newer",),
        )


def _other_compiler(surroundings: Surroundings) -> Iterator[Finding]:
    compiler = surroundings.which("nvcc")
    end = surroundings.follow(compiler) if compiler else None
    main = surroundings.follow("/usr/local/cuda")
    # /usr/local/bin/nvcc may be a script that starts any of them.
    others = {f"{toolkit.path}/bin/nvcc" for toolkit in toolkits(surroundings)} - {f"{main}/bin/nvcc"}
    if end in others and main:
        yield advice(
            "cuda.shadowed",
            "PATH and /usr/local/cuda lead to different toolkits",
            f"PATH finds {end}\n/usr/local/cuda is {main}",
            "extensions are compiled with one version and linked with another",
            (
                f"sudo ln -sfn {end.removesuffix('/bin/nvcc')} /usr/local/cuda",
                f"export PATH={main}/bin:$PATH",
            ),
        )


def _not_loaded(surroundings: Surroundings, found: list[Toolkit]) -> Iterator[Finding]:
    if driver_version(surroundings) is None or libraries_named(surroundings, "libcudart.so"):
        return
    path = found[-1].path
    yield advice(
        "cuda.not-loaded",
        "the loader does not know any CUDA toolkit",
        f"libcudart is in {path}/lib64, but neither in LD_LIBRARY_PATH nor in the loader's cache",
        "engines that do not bring CUDA along do without the GPU",
        (f"echo {path}/lib64 | sudo tee /etc/ld.so.conf.d/cuda.conf && sudo ldconfig",),
    )
