"""Samples kept in a file that survives whatever ends the recording."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final

from wattlab.errors import StorageError, UserError
from wattlab.meter import clock
from wattlab.monitor.journal import CsvJournal, Journal, ParquetJournal, journal_of, rescue
from wattlab.monitor.watch import Audience
from wattlab.records.files import check_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wattlab.meter.sensors.base import Facts
    from wattlab.monitor.sample import Sample, Value

__all__ = ["Recorder"]

FLUSH_S: Final = 2.0
"""A kill costs no more than the samples of so much time. Unit: s."""


class Recorder(Audience):
    """Writes samples as Parquet or CSV, by the name of the file.

    A full disk ends the recording, not the watch: it is told once, and what was written stays.

    Parameters
    ----------
    path : Path
        Ends in ``.parquet`` or ``.csv``, and does not exist yet.
    first : Sample
        Its figures are the columns.
    sensors : sequence of Facts
        What the energy sensors are; kept in a Parquet file's schema.
    tell : callable
        Says a line to the user.
    wall_s : callable, optional
        The clock.

    Raises
    ------
    UserError
        Another ending.
    StorageError
        The file exists, or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        first: Sample,
        sensors: Sequence[Facts],
        tell: Callable[[str], None],
        wall_s: Callable[[], float] = clock.wall_s,
    ) -> None:
        self.path, self._tell, self._wall_s = path, tell, wall_s
        self._journal = _journal(path, tuple(first.values()), sensors, tell)
        self._rows: list[dict[str, Value]] = []
        self._flushed_s = wall_s()
        self.samples = 0

    def show(self, sample: Sample) -> None:
        """Keep a sample; every two seconds they are written."""
        if self.problem:
            return
        self._rows.append(sample.values())
        if self._wall_s() - self._flushed_s >= FLUSH_S:
            self._flush()

    @property
    def status(self) -> str:
        """What is being recorded, or why no longer."""
        return self.problem or f"recording {self.path.name}"

    def _flush(self) -> None:
        rows, self._rows, self._flushed_s = self._rows, [], self._wall_s()
        try:
            self._journal.append(rows)
        except StorageError as error:
            self._fail(f"recording stopped {self._kept()}: {error}")
        else:
            self.samples += len(rows)

    def close(self) -> None:
        """Write what is left, and finish the file."""
        if self._rows and not self.problem:
            self._flush()
        try:
            self._journal.finish()
        except StorageError as error:
            self._fail(
                f"{error}; what was recorded ({_samples(self.samples)}) is in {journal_of(self.path)}, and becomes a "
                f"Parquet file with the next: wattlab monitor --record {shlex.quote(str(self.path))}"
            )

    def _kept(self) -> str:
        """Return when it stopped, as the end of a clause."""
        if not self.samples:
            return "before the first sample was written"
        return f"after {_samples(self.samples)}, which {'is' if self.samples == 1 else 'are'} kept"

    def _fail(self, problem: str) -> None:
        self.problem = problem
        self._tell(problem)


def _samples(count: int) -> str:
    return "1 sample" if count == 1 else f"{count} samples"


def _journal(
    path: Path, columns: Sequence[str], sensors: Sequence[Facts], tell: Callable[[str], None]
) -> Journal:
    check_folder(path)
    match path.suffix.lower():
        case ".csv":
            return CsvJournal(path, columns)
        case ".parquet":
            left = rescue(path)
            if left:
                tell(f"what an interrupted recording left is now in {left}")
            return ParquetJournal(path, columns, {"wattlab.sensors": _described(sensors)})
    msg = f"--record {str(path)!r}: expected a name that ends in .parquet or .csv"
    raise UserError(msg)


def _described(sensors: Sequence[Facts]) -> str:
    kept = ("name", "domain", "provenance", "resolution_s", "source", "note")
    return json.dumps([{field: getattr(facts, field) for field in kept} for facts in sensors])
