"""One reading of all files in a process of its own: ``python -m wattlab.studies.loading.trial SPEC OUT``.

Exit code 2 with ``error: …`` on standard error for what the user can mend.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.cluster.ending import exit_code
from wattlab.errors import DataError, UnsupportedError
from wattlab.meter.clock import process_started_s, wall_s
from wattlab.meter.cost import Cost  # noqa: TC001 (pydantic reads it)
from wattlab.meter.meter import Meter
from wattlab.records.files import write_atomically
from wattlab.studies.loading.cache import COLD, WARM, cached_share, evict
from wattlab.studies.loading.plan import Cache, Kind  # noqa: TC001 (pydantic reads it)
from wattlab.studies.loading.workers import Job, Processes, Spent, Threads, shares
from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.loading.workers import Crew

__all__ = ["MODULE", "Measured", "TrialSpec", "main", "measure"]

MODULE: Final = "wattlab.studies.loading.trial"
_FETCHED: Final = 0.95
"""Least share of the files that the disk must have given for a reading to count as cold, where nothing else tells."""
_WINDOW: Final = "loading"


class TrialSpec(Frozen):
    """What a trial reads, and how."""

    jobs: tuple[Job, ...]
    cache: Cache
    workers: int
    kind: Kind
    seed: int


class Measured(Frozen):
    """What a trial found."""

    wall_s: float
    """From the first file to the last."""
    cpu_s: float
    """Of all workers together."""
    start_s: float
    """From the start of the process until all workers were ready: not part of `wall_s`."""
    delivered_B: int
    """What came out of the readers."""
    storage_B: int | None
    """What the system fetched from disk or server; None where it does not tell."""
    cached_before: float | None
    """Share of the files in the page cache when reading began; None where the system does not tell."""
    cost: Cost


def measure(spec: TrialSpec) -> Measured:
    """Read all files once, and return what that took.

    Parameters
    ----------
    spec : TrialSpec
        Files, state of the cache, workers.

    Raises
    ------
    wattlab.errors.UserError
        If a file cannot be read, or the cache cannot be made as it was asked for: what is warm is never
        called cold.
    """
    paths = [Path(job.path) for job in spec.jobs]
    parts = shares(spec.jobs, spec.workers, spec.seed)
    crew: Crew = (Processes if spec.kind == "processes" else Threads)(
        parts, from_memory=spec.cache == "memory"
    )
    try:
        start_s = process_started_s()
        cached = _prepare(spec.cache, paths)
        with Meter() as meter, meter.window(_WINDOW):
            began_s = wall_s()
            spent = crew.work()
            taken_s = wall_s() - began_s
    finally:
        crew.leave()
    _check_cold(spec, cached, spent)
    return Measured(
        wall_s=taken_s,
        cpu_s=spent.cpu_s,
        start_s=start_s,
        delivered_B=spent.delivered_B,
        storage_B=spent.storage_B,
        cached_before=cached,
        cost=meter[_WINDOW],
    )


def _prepare(cache: Cache, paths: Sequence[Path]) -> float | None:
    """Bring the page cache into the state that was asked for, and return which share of the files is in it."""
    try:
        if cache == "cold":
            return _made_cold(paths)
        return _made_warm(paths) if cache == "warm" else None
    except OSError as error:
        msg = f"file {str(error.filename or paths[0])!r} cannot be read: {error.strerror or error}"
        raise DataError(msg) from error


def _made_cold(paths: Sequence[Path]) -> float | None:
    share = evict(paths)
    if share is not None and share > COLD:
        msg = (
            f"it could not be made cold: {share:.0%} of the files stay in the page cache, as another program uses them "
            "or their file system keeps them; --formats direct reads past the cache"
        )
        raise UnsupportedError(msg)
    return share


def _made_warm(paths: Sequence[Path]) -> float | None:
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 20):
                pass
    share = cached_share(paths)
    if share is not None and share < WARM:
        msg = f"it could not be made warm: only {share:.0%} of the files stay in the page cache; memory is short"
        raise UnsupportedError(msg)
    return share


def _check_cold(spec: TrialSpec, cached: float | None, spent: Spent) -> None:
    """Refuse to call cold what the system does not tell about, unless the disk gave all of it."""
    if spec.cache != "cold" or cached is not None:
        return
    size_B = sum(job.size_B for job in spec.jobs)
    if spent.storage_B is None or spent.storage_B < _FETCHED * size_B:
        msg = (
            "it cannot be shown to be cold: the system does not tell whether these files are in its cache, since they "
            "belong to another user; copy them to a place of your own with --scratch DIR"
        )
        raise UnsupportedError(msg)


def main(arguments: Sequence[str]) -> int:
    """Do the trial of a file, write what it found, and return the exit code."""
    spec, out = (Path(argument) for argument in arguments)

    def work() -> None:
        found = measure(TrialSpec.model_validate_json(spec.read_bytes()))
        write_atomically(out, found.model_dump_json(indent=1).encode())

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
