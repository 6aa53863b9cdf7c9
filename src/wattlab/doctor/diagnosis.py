"""All checks in their order, and what they found together."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from wattlab.doctor.blas import check_blas
from wattlab.doctor.clocks import check_clocks
from wattlab.doctor.compatibility import table
from wattlab.doctor.cuda import check_cuda
from wattlab.doctor.cudnn import check_cudnn
from wattlab.doctor.disks import check_disks
from wattlab.doctor.driver import check_drivers
from wattlab.doctor.energy import check_energy
from wattlab.doctor.engines import check_engines
from wattlab.doctor.finding import advice
from wattlab.doctor.gpus import check_gpus
from wattlab.doctor.host import check_host
from wattlab.doctor.kernels import check_kernels
from wattlab.doctor.libraries import check_libraries
from wattlab.doctor.memory import check_memory
from wattlab.doctor.mending import settled
from wattlab.doctor.own import check_own
from wattlab.doctor.packages import check_packages
from wattlab.doctor.processor import check_processor
from wattlab.doctor.running import remembering
from wattlab.doctor.surroundings import Surroundings
from wattlab.doctor.threads import check_threads
from wattlab.doctor.variables import check_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wattlab.doctor.finding import Finding, Status

__all__ = ["CHECKS", "Diagnosis", "Section", "diagnose"]

FORMAT: Final = 1
"""Version of the JSON; a later one may add fields, but takes none away."""

CHECKS: Final[tuple[tuple[str, tuple[Callable[[Surroundings], list[Finding]], ...]], ...]] = (
    ("machine", (check_host, check_clocks)),
    ("processor", (check_processor, check_blas, check_threads)),
    ("memory and disks", (check_memory, check_disks)),
    ("GPU", (check_drivers, check_gpus)),
    ("CUDA and libraries", (check_cuda, check_cudnn, check_libraries)),
    ("engines", (check_engines, check_packages, check_variables)),
    ("Jupyter", (check_kernels,)),
    ("energy sensors", (check_energy,)),
    ("wattlab", (check_own,)),
)
"""Sections, and the checks of each, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Section:
    """What was found about one part of the machine.

    Attributes
    ----------
    title : str
    findings : tuple of Finding
    """

    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was found.

    Attributes
    ----------
    sections : tuple of Section
        In the order in which they are shown.
    date : str
        The day, as ISO 8601 has it.
    table_date : str
        When the table of versions was put together.
    """

    sections: tuple[Section, ...]
    date: str
    table_date: str

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, in order."""
        return tuple(finding for section in self.sections for finding in section.findings)

    def count(self, status: Status) -> int:
        """Return how many findings have a status."""
        return sum(finding.status == status for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it for a JSON file, with its version."""
        return {
            "format": FORMAT,
            "date": self.date,
            "table_date": self.table_date,
            "counts": {status: self.count(status) for status in ("ok", "advice", "problem")},
            "sections": [
                {"title": section.title, "findings": [finding.to_dict() for finding in section.findings]}
                for section in self.sections
            ],
        }

    def to_json(self) -> str:
        """Return all of it as one JSON object."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)


def diagnose(surroundings: Surroundings | None = None) -> Diagnosis:
    """Examine this machine: some seconds, no root, nothing changed.

    Parameters
    ----------
    surroundings : Surroundings, optional
        What to examine; left out: this machine.
    """
    given = surroundings or Surroundings()
    examined = replace(given, run=remembering(given.run))
    sections = []
    for title, checks in CHECKS:
        examined.watching(title)
        sections.append(Section(title, tuple(settled(_findings(examined, checks)))))
    return Diagnosis(tuple(sections), examined.today.isoformat(), table().date)


def _findings(
    surroundings: Surroundings, checks: Iterable[Callable[[Surroundings], list[Finding]]]
) -> Iterable[Finding]:
    for check in checks:
        try:
            yield from check(surroundings)
        except Exception as error:  # noqa: BLE001 (one check that fails must not take the others with it)
            yield _failed(check.__name__, error)


def _failed(check: str, error: Exception) -> Finding:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return advice(
        f"doctor.{check}",
        f"{check} could not be completed",
        f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})",
        "this is a fault of wattlab's doctor, not of the machine",
        ("report it with the output of: wattlab doctor --json",),
    )
