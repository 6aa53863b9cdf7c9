"""Where the loader looks for shared libraries: what is missing there, dangling, shadowed, or not what its name says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wattlab.doctor.compatibility import version
from wattlab.doctor.finding import advice, ok, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_libraries", "libraries_named", "search_folders"]

_STANDARD: Final = (
    "/usr/lib64",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib/wsl/lib",
    "/usr/lib",
)
_CUDA_FILES: Final = re.compile(r"lib(?:cu|nv)[\w+-]*\.so\.(\d[\d.]*)$")
# Those that carry the version of their name: the driver's libraries and CUPTI count in another way.
_NUMBERED: Final = re.compile(r"lib(?:cudart|cublas|cufft|curand|cusolver|cusparse|cudnn|nvinfer|nvrtc)")
_LDCONFIG: Final = ("ldconfig", "/sbin/ldconfig")


def _given(surroundings: Surroundings) -> list[str]:
    text = surroundings.environ.get("LD_LIBRARY_PATH", "")
    return text.split(":") if text else []


def search_folders(surroundings: Surroundings) -> list[str]:
    """Return the folders that the loader searches, in its order: LD_LIBRARY_PATH, its cache, the standard ones."""
    given = [folder.rstrip("/") for folder in _given(surroundings) if folder]
    cached = [path.rpartition("/")[0] for path in _cached(surroundings)]
    known: dict[str, str] = {}
    for folder in dict.fromkeys([*given, *cached, *_STANDARD]):
        end = surroundings.follow(folder)
        if end is not None:
            known.setdefault(end, folder)
    return list(known.values())


def _cached(surroundings: Surroundings) -> list[str]:
    for command in _LDCONFIG:
        ran = surroundings.ask((command, "-p"))
        if not ran.failure:
            return re.findall(r"=> (/\S+)", ran.out)
    return []


def libraries_named(surroundings: Surroundings, beginning: str) -> list[str]:
    """Return the files on the loader's path whose names begin so, in the order in which it would find them."""
    found: list[str] = []
    for folder in search_folders(surroundings):
        files = sorted(surroundings.at(folder).glob(f"{beginning}*"))
        found += [surroundings.outside(file) for file in files]
    return found


def check_libraries(surroundings: Surroundings) -> list[Finding]:
    """Look at the search path of shared libraries."""
    found = [*_missing(surroundings), *_shadowed(surroundings), *_pretenders(surroundings)]
    folders = _given(surroundings)
    title = "LD_LIBRARY_PATH: every folder exists" if folders else "LD_LIBRARY_PATH is not set"
    return found or [ok("libraries.path", title, "\n".join(folders))]


def _missing(surroundings: Surroundings) -> Iterator[Finding]:
    folders = _given(surroundings)
    gone = [folder for folder in folders if folder and surroundings.follow(folder) is None]
    if gone:
        kept = ":".join(folder for folder in folders if folder and folder not in gone)
        yield advice(
            "libraries.missing",
            "LD_LIBRARY_PATH names folders that do not exist",
            "\n".join(gone),
            "the libraries meant are not found, and an engine falls back to the processor without a word",
            (f"export LD_LIBRARY_PATH={kept}" if kept else "unset LD_LIBRARY_PATH",),
        )
    if folders and "" in folders:
        kept = ":".join(folder for folder in folders if folder)
        yield advice(
            "libraries.empty",
            "LD_LIBRARY_PATH has an empty entry",
            "the loader takes it for the present folder",
            "which libraries are loaded then depends on where a program is started",
            (f"export LD_LIBRARY_PATH={kept}",),
        )


def _shadowed(surroundings: Surroundings) -> Iterator[Finding]:
    """Find several CUDA runtimes on the path: the first hides the others."""
    given = [folder for folder in _given(surroundings) if folder]
    runtimes: dict[str, str] = {}
    for folder in given:
        for file in sorted(surroundings.at(folder).glob("libcudart.so.*")):
            end = surroundings.follow(surroundings.outside(file)) or ""
            runtimes.setdefault(end, folder)
    if len({version(end.rpartition(".so.")[2])[:2] for end in runtimes if end}) > 1:
        first, *others = runtimes
        yield advice(
            "libraries.shadowed",
            "several CUDA runtimes are on LD_LIBRARY_PATH",
            f"found first: {first}\nhidden behind it: {', '.join(others)}",
            "an engine built for the hidden one loads the wrong one, and does without the GPU",
            (f"export LD_LIBRARY_PATH={runtimes[first]}    # the one that your engine was built for",),
        )
    if given and surroundings.version_of("jax-cuda12-plugin") and runtimes:
        yield advice(
            "libraries.wheels",
            "LD_LIBRARY_PATH overrides the CUDA libraries that JAX brought along",
            "\n".join(runtimes.values()),
            "JAX's installation page names it as the first cause of wrong versions",
            ("unset LD_LIBRARY_PATH",),
        )


def _pretenders(surroundings: Surroundings) -> Iterator[Finding]:
    """Find links whose name promises another version than they lead to."""
    for folder in dict.fromkeys([*search_folders(surroundings), *_toolkit_folders(surroundings)]):
        for file in sorted(surroundings.at(folder).glob("lib*.so.*")):
            if file.is_symlink() and (promised := _CUDA_FILES.search(file.name)):
                yield from _pretender(surroundings, surroundings.outside(file), version(promised[1]))


def _toolkit_folders(surroundings: Surroundings) -> list[str]:
    return [
        surroundings.outside(folder) for folder in sorted(surroundings.at("/usr/local").glob("cuda-*/lib64"))
    ]


def _pretender(surroundings: Surroundings, link: str, promised: tuple[int, ...]) -> Iterator[Finding]:
    end = surroundings.follow(link)
    if end is None:
        yield problem(
            "libraries.dangling",
            f"{link} leads nowhere",
            f"the link points to {surroundings.at(link).readlink()}, which does not exist",
            "an engine that asks for it does without the GPU",
            (f"sudo rm {link}", "sudo ldconfig"),
        )
        return
    given = _CUDA_FILES.search(end.rpartition("/")[2])
    if given and _NUMBERED.match(end.rpartition("/")[2]) and version(given[1])[: len(promised)] != promised:
        yield advice(
            "libraries.pretender",
            f"{link} is another version than its name says",
            f"it leads to {end}",
            "an engine takes it for the version it was built for; what differs shows as a crash or, worse, "
            "as wrong results in a long training",
            (f"install the version asked for beside the other, then: sudo rm {link} && sudo ldconfig",),
        )
