"""A file that grows by whole pieces: what stands in it can be read whatever happens to who writes it."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import MissingExtraError, StorageError
from wattlab.records.files import storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from io import BufferedReader, FileIO
    from pathlib import Path

    from wattlab.monitor.sample import Value

__all__ = ["CsvJournal", "Journal", "ParquetJournal", "batches", "journal_of", "rescue"]

Row = dict[str, "Value"]

# These figures are text; all others are numbers.
_TEXTS: Final = (".provenance", ".throttle")
_ROW_GROUP: Final = 65_536


class Journal(ABC):
    """Rows with the same columns, appended to a file.

    Parameters
    ----------
    file : Path
        Must not exist yet.
    columns : sequence of str
        In order; a row may lack some.

    Raises
    ------
    StorageError
        The file exists, or cannot be made.
    """

    def __init__(self, file: Path, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._path, self._good_B = file, 0
        with storage_errors(file):
            try:
                self._file = file.open("xb", buffering=0)
            except FileExistsError:
                _refuse_to_replace(file)
        _hold(self._file)
        self._write(self._head())

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows; if that fails, the file ends where it ended before.

        Raises
        ------
        StorageError
            The disk is full, say.
        """
        self._write(self._body(rows))

    @abstractmethod
    def finish(self) -> Path:
        """Close the file and return the recording, which may have another name."""

    @abstractmethod
    def _head(self) -> bytes: ...

    @abstractmethod
    def _body(self, rows: Sequence[Row]) -> bytes: ...

    def _write(self, content: bytes) -> None:
        with storage_errors(self._path):
            try:
                view = memoryview(content)
                while view:
                    view = view[self._file.write(view) :]
            except OSError:
                with suppress(OSError):
                    os.truncate(self._path, self._good_B)
                raise
        self._good_B += len(content)


class CsvJournal(Journal):
    """Comma-separated text with a line of names; what is not known is empty."""

    def finish(self) -> Path:
        """Close the file."""
        self._file.close()
        return self._path

    def _head(self) -> bytes:
        return self._lines([self.columns])

    def _body(self, rows: Sequence[Row]) -> bytes:
        return self._lines([[row.get(name) for name in self.columns] for row in rows])

    def _lines(self, rows: Sequence[Sequence[Any]]) -> bytes:
        import csv

        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue().encode()


class ParquetJournal(Journal):
    """Arrow batches in ``NAME.journal``, made into a Parquet file at the end: that cannot be read without its own end.

    Parameters
    ----------
    target : Path
        The Parquet file. Must not exist yet.
    columns : sequence of str
        In order.
    metadata : mapping of str
        Facts about the recording, kept in the file's schema.
    """

    def __init__(self, target: Path, columns: Sequence[str], metadata: Mapping[str, str]) -> None:
        self._arrow = _pyarrow()
        self._target = target
        if target.exists():
            _refuse_to_replace(target)
        kinds = [self._arrow.string() if name.endswith(_TEXTS) else self._arrow.float64() for name in columns]
        fields = zip(columns, kinds, strict=True)
        self._schema = self._arrow.schema(list(fields), metadata=dict(metadata))
        super().__init__(journal_of(target), columns)

    def finish(self) -> Path:
        """Write the Parquet file and remove the journal, which stays if that fails."""
        self._file.close()
        return _converted(self._path, self._target)

    def _head(self) -> bytes:
        return bytes(self._schema.serialize())

    def _body(self, rows: Sequence[Row]) -> bytes:
        columns = [[row.get(name) for row in rows] for name in self.columns]
        arrays = [
            self._arrow.array(values, field.type) for values, field in zip(columns, self._schema, strict=True)
        ]
        return bytes(self._arrow.record_batch(arrays, schema=self._schema).serialize())


def journal_of(target: Path) -> Path:
    """Return where a Parquet file grows."""
    return target.with_name(f"{target.name}.journal")


def batches(journal: Path) -> Iterator[Any]:
    """Yield the whole batches of a journal, as `pyarrow.RecordBatch`; what a kill cut off is left out."""
    arrow = _pyarrow()
    with journal.open("rb") as file:
        try:
            yield from arrow.ipc.open_stream(file)
        except arrow.ArrowInvalid:
            return
        except OSError as error:
            # pyarrow says "Expected to be able to read … bytes": the last batch is not whole.
            if error.errno is not None:
                raise


def rescue(target: Path) -> Path | None:
    """Make a Parquet file of what a killed recording of this name left.

    Returns
    -------
    Path or None
        A name of its own beside `target`; None if nothing was left.

    Raises
    ------
    StorageError
        Another process writes it still, or the disk is full.
    """
    journal = journal_of(target)
    if not journal.exists():
        return None
    with journal.open("rb") as file:
        if not _hold(file):
            msg = f"another process is recording {str(target)!r}; choose another name"
            raise StorageError(msg)
    number = 1
    while (place := target.with_name(f"{target.stem}.rescued-{number}.parquet")).exists():
        number += 1
    return _converted(journal, place)


def _converted(journal: Path, target: Path) -> Path:
    arrow = _pyarrow()
    temporary = target.with_name(f"{target.name}.tmp")
    with storage_errors(target):
        try:
            _write_parquet(arrow, journal, temporary)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    journal.unlink()
    return target


def _write_parquet(arrow: Any, journal: Path, place: Path) -> None:
    with journal.open("rb") as file:
        schema = arrow.ipc.read_schema(file)
    with arrow.parquet.ParquetWriter(place, schema) as writer:
        group: list[Any] = []
        for batch in batches(journal):
            group.append(batch)
            if sum(one.num_rows for one in group) >= _ROW_GROUP:
                writer.write_table(arrow.Table.from_batches(group, schema))
                group = []
        writer.write_table(arrow.Table.from_batches(group, schema))


def _hold(file: FileIO | BufferedReader) -> bool:
    """Lock a file for as long as it is open; return whether nobody else holds it."""
    if sys.platform == "win32":  # an open file cannot be removed there, so nothing can be taken away
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _pyarrow() -> Any:
    try:
        # The slow import, too, before the watch begins.
        from pyarrow import ipc, parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet", "a recording as Parquet") from None
    del ipc, parquet
    return sys.modules["pyarrow"]


def _refuse_to_replace(file: Path) -> None:
    msg = f"{str(file)!r} exists already; choose another name for the recording, or remove it"
    raise StorageError(msg)
