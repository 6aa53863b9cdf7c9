"""Which versions of driver, CUDA, cuDNN and frameworks fit together: a dated table that ships with the package."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FaultyDriver", "Table", "Version", "series", "table", "version"]

Version = tuple[int, ...]


def version(text: str) -> Version:
    """Return the numbers at the beginning of a version; what follows them does not count.

    Examples
    --------
    >>> version("545.29.06"), version("2.13.0+cpu"), version("unknown")
    ((545, 29, 6), (2, 13, 0), ())
    """
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def series(text: str) -> str:
    """Return the first two numbers of a version, "2.13" of "2.13.0+cpu"; one where there is no second."""
    return ".".join(str(part) for part in version(text)[:2])


@dataclass(frozen=True, slots=True)
class FaultyDriver:
    """A release of NVIDIA's driver with a known fault.

    Attributes
    ----------
    version, fault, advice, source : str
        The release, what is wrong with it, what to do, and who says so.
    """

    version: str
    fault: str
    advice: str
    source: str


@dataclass(frozen=True, slots=True)
class Table:
    """The table of versions.

    Attributes
    ----------
    date : str
        When it was put together.
    facts : mapping
        Its content as the file has it.
    """

    date: str
    facts: Mapping[str, Any]

    def driver_for(self, cuda: str) -> str | None:
        """Return the oldest driver that runs programs built with a CUDA version; None: unknown."""
        rows = self.facts["driver_minimum"]
        oldest: str | None = rows["major"].get(cuda.partition(".")[0])
        return oldest or rows["toolkit"].get(series(cuda))

    def toolkit_driver(self, cuda: str) -> str | None:
        """Return the driver that a toolkit was released with, which can all that the toolkit can; None: unknown."""
        found: str | None = self.facts["driver_minimum"]["toolkit"].get(series(cuda))
        return found

    def newest_cuda(self, driver: str) -> str | None:
        """Return the newest CUDA version in the table that a driver was released for; None: unknown."""
        rows = self.facts["driver_minimum"]["toolkit"]
        fitting = [cuda for cuda, oldest in rows.items() if version(oldest) <= version(driver)]
        return max(fitting, key=version, default=None)

    def cudnn_range(self, cudnn: str) -> tuple[str, str] | None:
        """Return the first and last CUDA version that a series of cuDNN is documented with; None: unknown."""
        found = self.facts["cudnn"]["cuda"].get(cudnn.partition(".")[0])
        return (found[0], found[1]) if found else None

    def tensorflow_built(self, release: str) -> tuple[str, str] | None:
        """Return cuDNN and CUDA version that a release of TensorFlow was built and tested with; None: unknown."""
        found = self.facts["tensorflow"]["built"].get(series(release))
        return (found[0], found[1]) if found else None

    def torch_wheels(self, release: str) -> tuple[str, ...]:
        """Return the CUDA versions for which PyTorch publishes wheels of a release; none: unknown."""
        return tuple(self.facts["torch"]["wheels"].get(series(release), ()))

    def faulty(self, driver: str) -> FaultyDriver | None:
        """Return what is known to be wrong with a release of the driver; None: nothing is known."""
        rows = [FaultyDriver(**row) for row in self.facts["faulty_driver"]]
        return next((row for row in rows if version(row.version) == version(driver)), None)

    def source(self, part: str) -> str:
        """Return where a part of the table was read, and when."""
        rows = self.facts[part]
        return f"{rows['source']}, read {rows['read']}"


@cache
def table() -> Table:
    """Return the table that ships with this version of wattlab."""
    text = files("wattlab.doctor").joinpath("compatibility.toml").read_text(encoding="utf-8")
    facts = tomllib.loads(text)
    return Table(facts["date"], facts)
