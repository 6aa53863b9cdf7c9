"""What a loading study is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from wattlab.errors import RunError, UserError
from wattlab.studies.loading.cache import why_never_cold
from wattlab.studies.loading.files import FileEntry  # noqa: TC001 (pydantic reads it)
from wattlab.studies.loading.places import Place  # noqa: TC001 (pydantic reads it)
from wattlab.studies.loading.readers import AS_THEY_ARE, READERS
from wattlab.studies.row import Frozen
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Cache",
    "FileSet",
    "Kind",
    "LoadingPlan",
    "PlannedTraining",
    "Variant",
    "check_files",
    "parse_workers",
    "variants",
]

Cache = Literal["cold", "warm", "memory", "bypassed"]
Kind = Literal["alone", "threads", "processes"]
KINDS: Final[tuple[Kind, ...]] = ("threads", "processes")
_MOST_WORKERS: Final = 256
_SHARE_OF_MEMORY: Final = 0.8
"""Of what is available; the rest is for the workers themselves."""


class FileSet(Frozen):
    """Files of one format at one place."""

    name: str
    """Such as "as they are", "npz" or "copies"."""
    place: Place
    reader: str
    """By which its files are read, if nothing else is asked for."""
    files: tuple[FileEntry, ...]
    made_in: str = ""
    """Folder that was made for it, and is removed in the end; empty where the files are the user's own."""
    made_s: float | None = None
    """Seconds that converting or copying took; None where the files were there."""

    @property
    def size_B(self) -> int:
        """All files together. Unit: B."""
        return sum(one.size_B for one in self.files)


class Variant(Frozen):
    """One way to read, which becomes one row."""

    file_set: int
    """Index in the plan."""
    reader: str
    cache: Cache
    workers: int
    kind: Kind
    refusal: str = ""
    """Why it cannot be tried; empty where it can."""

    @property
    def label(self) -> str:
        """Reader, state of the cache and workers, such as "npy cold, 2 threads"."""
        crew = "1 worker" if self.kind == "alone" else f"{self.workers} {self.kind}"
        return f"{self.reader} {self.cache}, {crew}"


class PlannedTraining(Frozen):
    """Whose rate the loading is held against."""

    label: str
    """Name of the recipe or the run."""
    recipe: str = ""
    """As TOML, where it is to be trained here; empty for a past run."""
    rates: tuple[float, ...] = ()
    """Training samples per second of each epoch of a past run."""


class LoadingPlan(Frozen):
    """All that decides what a study runs, and in which order."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    sets: tuple[FileSet, ...]
    """The first is what was asked for."""
    variants: tuple[Variant, ...]
    rounds: int
    order_seed: int
    whole_B: int
    """Size of all files of the target, those that a limit left out included."""
    n_whole: int
    samples: int | None = None
    """Samples in the files that are read; None: nobody said."""
    available_B: int
    """Memory that was to be had when the study began."""
    training: PlannedTraining | None = None
    keep: bool = False
    around: tuple[str, ...] = ()
    """Folders that had to be made around those of the sets, innermost first; removed in the end if empty."""
    notes: tuple[str, ...] = ()

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])


def variants(
    sets: Sequence[FileSet], extra: Sequence[str], workers: Sequence[tuple[int, Kind]], available_B: int
) -> tuple[Variant, ...]:
    """Return all ways to read: each set by its reader, cold and warm, and once from memory, by each crew.

    Parameters
    ----------
    sets : sequence of FileSet
        The first is what was asked for.
    extra : sequence of str
        Further readers, such as "raw" and "direct", for all sets that they can read.
    workers : sequence of (int, Kind)
        As `parse_workers` gives them.
    available_B : int
        Memory that can be had. Unit: B.
    """
    found: list[Variant] = []
    in_memory: set[str] = set()
    for index, one in enumerate(sets):
        for reader in dict.fromkeys((one.reader, *(name for name in extra if _can_read(name, one, index)))):
            caches = _caches(reader, one, available_B)
            if reader in in_memory:
                caches.pop("memory", None)
            in_memory.add(reader)
            found += [
                Variant(file_set=index, reader=reader, cache=cache, workers=n, kind=kind, refusal=refusal)
                for cache, refusal in caches.items()
                for n, kind in workers
            ]
    return tuple(found)


def _can_read(name: str, one: FileSet, index: int) -> bool:
    """Tell whether a further reader suits a set: plain bytes are read of what the user has, and of its copies."""
    reader = READERS[name]
    if not reader.file_format:
        return index == 0 or one.name == "copies"
    return one.reader in READERS and reader.file_format == READERS[one.reader].file_format


def _caches(reader: str, one: FileSet, available_B: int) -> dict[Cache, str]:
    """Return in which states of the cache a set can be read, and why not."""
    if reader == "direct":
        return {"bypassed": ""}
    large = one.size_B > available_B * _SHARE_OF_MEMORY
    room = f"{format_bytes(one.size_B)} do not fit into the {format_bytes(available_B)} of memory that is available"
    refusal = room if large else ""
    return {"cold": why_never_cold(one.place), "warm": refusal, "memory": refusal}


def parse_workers(text: str, kinds: str = "threads,processes") -> tuple[tuple[int, Kind], ...]:
    """Read ``1,2,4`` and ``threads,processes``; one worker is of no kind.

    Raises
    ------
    wattlab.errors.UserError
        If a number is no whole number of at least 1, or a kind is unknown.

    Examples
    --------
    >>> parse_workers("1,2")
    ((1, 'alone'), (2, 'threads'), (2, 'processes'))
    """
    wanted = [part.strip() for part in text.split(",")]
    for part in wanted:
        if not part.isdecimal() or not 1 <= int(part) <= _MOST_WORKERS:
            wanted_text = f"expected whole numbers from 1 to {_MOST_WORKERS}, such as 1,2,4"
            msg = f"--workers {text!r}: {part!r} is not allowed; {wanted_text}"
            raise UserError(msg)
    named = {part.strip() for part in kinds.split(",")}
    if not named or not named <= set(KINDS):
        msg = f"--kinds {kinds!r} is not understood; expected threads, processes or both: threads,processes"
        raise UserError(msg)
    chosen = [kind for kind in KINDS if kind in named]
    counts = list(dict.fromkeys(int(part) for part in wanted))
    alone: Kind = "alone"
    return tuple((n, kind) for n in counts for kind in (chosen if n > 1 else [alone]))


def check_files(plan: LoadingPlan) -> None:
    """Raise `wattlab.errors.RunError` if a file is gone, or is not as it was when the study began."""
    for one in plan.sets:
        for file in one.files:
            try:
                stat = Path(file.path).stat()
            except OSError as error:
                msg = f"study {plan.id!r}: file {file.path!r} is gone ({error.strerror}); begin anew"
                raise RunError(msg) from error
            if (stat.st_size, stat.st_mtime_ns) != (file.size_B, file.modified_ns):
                msg = f"study {plan.id!r}: file {file.path!r} was changed since the study began; begin anew"
                raise RunError(msg)


def reader_of(variant_reader: str, file: FileEntry) -> str:
    """Return by which reader a variant reads a file."""
    return file.reader if variant_reader == AS_THEY_ARE else variant_reader
