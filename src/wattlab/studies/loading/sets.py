"""The sets of files that a study reads: those that were asked for, converted ones, copies at another place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wattlab.errors import UserError
from wattlab.records.files import storage_errors
from wattlab.studies.loading.counting import Counted, count_samples
from wattlab.studies.loading.files import Found, find_files, own_reader
from wattlab.studies.loading.making import check_formats, convert, copy, generate
from wattlab.studies.loading.places import place_of
from wattlab.studies.loading.plan import FileSet
from wattlab.studies.loading.readers import READERS
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from wattlab.studies.loading.asked import Asked
    from wattlab.studies.loading.making import Wanted
    from wattlab.studies.loading.store import LoadingFolder
    from wattlab.studies.observer import StudyObserver

__all__ = ["Sets"]


class Sets:
    """Finds and makes the files of a study.

    Parameters
    ----------
    asked : Asked
    observer : StudyObserver
        Told of what is written.

    Attributes
    ----------
    made : list of Path
        Folders that were made so far, to be removed in the end.
    around : list of Path
        Folders that had to be made around them, each before the one that holds it; to be removed if empty.
    counted : Counted
        How many samples the files hold.
    """

    def __init__(self, asked: Asked, observer: StudyObserver) -> None:
        self._asked, self._observer = asked, observer
        self.made: list[Path] = []
        self.around: list[Path] = []
        self._found = None if asked.generate else find_files(asked.target, asked.limit_B, asked.order_seed)
        self.counted = _counted(asked, self._found)

    @property
    def title(self) -> str:
        """What is read, in a word or two."""
        return self._found.title if self._found else "generated"

    def make(self, folder: LoadingFolder) -> tuple[Found, tuple[FileSet, ...]]:
        """Return what was found, and all sets; the first is what was asked for.

        Raises
        ------
        wattlab.errors.UserError
            If files cannot be read or converted, or a disk has no room.
        """
        asked, made_in = self._asked, ""
        target = Path(asked.target).expanduser().absolute()
        if asked.generate is not None:
            self._found = self._generated(asked.generate, target / f"wattlab-{folder.id}")
            made_in = str(self.made[0])
        assert self._found is not None
        files = self._found.files
        place = place_of(Path(files[0].path).parent)
        home = FileSet(
            name="as they are", place=place, reader=own_reader(files), files=files, made_in=made_in
        )
        scratch = asked.scratch or (target if asked.generate else folder.files)
        return self._found, (home, *self._others(home, scratch.expanduser().absolute(), folder.id))

    def _generated(self, wanted: Wanted, folder: Path) -> Found:
        self._claim(folder, f"{wanted.count} files of {format_bytes(wanted.size_B)}")
        files = generate(wanted, folder).files
        return Found("generated files", files, sum(one.size_B for one in files), len(files))

    def _others(self, home: FileSet, scratch: Path, study_id: str) -> list[FileSet]:
        """Return converted files, and copies of all as they are where those lie at another place.

        Without the copies nobody could tell whether format or place made the difference.
        """
        own = READERS[home.reader].file_format if home.reader in READERS else ""
        wanted = (READERS[name].file_format for name in self._asked.formats)
        formats = [name for name in dict.fromkeys(wanted) if name and name != own]
        place = place_of(scratch)
        elsewhere = place != home.place and (formats or self._asked.scratch is not None)
        check_formats(home.files, formats)
        found = []
        for name in [*(["copies"] if elsewhere else []), *formats]:
            folder = scratch / f"wattlab-{study_id}-{name}"
            self._claim(folder, f"{len(home.files)} files as {name}")
            made = copy(home.files, folder) if name == "copies" else convert(home.files, name, folder)
            found.append(
                FileSet(
                    name=name,
                    place=place,
                    reader=home.reader if name == "copies" else name,
                    files=made.files,
                    made_in=str(folder),
                    made_s=made.seconds,
                )
            )
        return found

    def _claim(self, folder: Path, what: str) -> None:
        """Make a folder that is ours alone, since it is removed in the end."""
        self._observer.preparing(f"writing {what} to {folder}")
        with storage_errors(folder):
            self.around[:0] = [one for one in folder.parents if not one.exists()]
            folder.mkdir(parents=True)
        self.made.append(folder)


def _counted(asked: Asked, found: Found | None) -> Counted:
    """Return how many samples there are; refuse a training whose answer would be unknown after the whole study."""
    n_files = len(found.files) if found else asked.generate.count if asked.generate else 0
    if asked.samples_per_file is not None:
        return Counted(n_files * asked.samples_per_file, "")
    if found is None:
        return Counted(n_files, f"Samples: {n_files:,} scans, unless --samples-per-file says otherwise.")
    counted = count_samples(found.files)
    option = "--recipe" if asked.recipe else "--run" if asked.run else ""
    if option and counted.samples is None:
        msg = (
            f"{option} needs to know how many samples the files of {found.title!r} hold, and {counted.how}; "
            "say how many are in each: --samples-per-file N"
        )
        raise UserError(msg)
    return counted
