"""The one way to data: by the name of a known data set, or by the path of a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattlab.data.assembly import assemble
from wattlab.data.entries import ENTRIES, checked_options
from wattlab.data.files import KINDS, find_pictures, looks_like_path, read_path
from wattlab.data.pictures.options import PICTURE_OPTIONS, PictureOptions
from wattlab.data.pictures.reading import read_pictures
from wattlab.data.stand_in import stand_in
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.data.dataset import Dataset
    from wattlab.data.entries import Entry, Option
    from wattlab.data.raw import RawData
    from wattlab.recipe.recipe import Data

__all__ = ["dataset_names", "dataset_options", "described", "load", "located", "stand_in"]


def dataset_names() -> dict[str, str]:
    """Return the known data sets, each with one line that describes it.

    Examples
    --------
    >>> dataset_names()["moons"]
    'two interleaving half circles in the plane'
    """
    return {name: entry.description for name, entry in ENTRIES.items()}


def dataset_options(name: str) -> dict[str, Option]:
    """Return the options of a known data set with their defaults.

    Raises
    ------
    wattlab.errors.DataError
        If there is none of that name.

    Examples
    --------
    >>> dataset_options("moons")
    {'samples': 1000, 'noise': 0.2, 'seed': 0, 'share': 0.5}
    """
    return dict(_entry(name).options)


def described() -> list[tuple[str, str]]:
    """Return name and description of every data set, and below it, beside an empty name, its options.

    Examples
    --------
    >>> described()[0]
    ('digits', '1797 handwritten digits of 8 × 8 pixels, inside scikit-learn')
    """
    known = [(name, entry.description, entry.options) for name, entry in ENTRIES.items()]
    rows: list[tuple[str, str]] = []
    for name, description, options in (*known, ("PATH", KINDS, PICTURE_OPTIONS)):
        rows.append((name, description))
        listed = ", ".join(f"{option} = {value}" for option, value in options.items())
        if listed:
            rows.append(("", f"options{' of pictures' * (name == 'PATH')}: {listed}"))
    return rows


def load(data: Data | str, **options: Any) -> Dataset:
    """Load a data set.

    Parameters
    ----------
    data : Data or str
        The recipe's part on data; or a name from `dataset_names`; or the path of a .npz, .csv, .tsv,
        .parquet or IDX file, of a folder of IDX files, or of a folder of pictures: one folder a class, or
        Parquet files.
    **options
        Fields of `Data` (label, task, test_fraction, validation_fraction, split_seed) and options of the
        data set itself, such as samples and noise of the moons, or size, cache and undecodable of pictures.

    Returns
    -------
    Dataset
        Divided into training, test and, if asked for, validation part, by seed and with every class
        keeping its share.

    Raises
    ------
    wattlab.errors.DataError
        If the data is unknown, missing, damaged or unfit, or an option is unknown or of the wrong type.

    Examples
    --------
    >>> load("moons", samples=200, noise=0.1)
    Dataset('moons': 160 training + 40 test samples, 2 features (float64), 2 classes)
    >>> load("digits", validation_fraction=0.1).validation.n_samples
    144
    """
    asked = _as_data(data, options)
    return assemble(_reader(asked)(), asked)


def located(data: Data) -> Data:
    """Return the same data, a file's path made absolute, so that every folder finds it.

    Examples
    --------
    >>> from wattlab.recipe.recipe import Data
    >>> located(Data(dataset="moons")).dataset
    'moons'
    >>> Path(located(Data(dataset="mine.csv", label="kind")).dataset).is_absolute()
    True
    """
    if _is_name(data.dataset):
        return data
    return data.model_copy(update={"dataset": str(Path(data.dataset).expanduser().absolute())})


def _is_name(dataset: str) -> bool:
    """Tell the name of a data set, be it a wrong one, from the path of a file."""
    return dataset in ENTRIES or not (looks_like_path(dataset) or Path(dataset).expanduser().exists())


def _as_data(data: Data | str, options: dict[str, Any]) -> Data:
    """Return the recipe's part on data with `options` put where they belong."""
    if not (isinstance(data, str) or options):
        return data
    from pydantic import ValidationError

    from wattlab.recipe.recipe import Data

    given: dict[str, Any] = {"dataset": data} if isinstance(data, str) else data.model_dump()
    fields = {name: value for name, value in options.items() if name in Data.model_fields}
    own = {name: value for name, value in options.items() if name not in Data.model_fields}
    try:
        return Data(**{**given, **fields, "options": {**given.get("options", {}), **own}})
    except ValidationError as error:
        raise DataError(_first_problem(error, str(given["dataset"]))) from error


def _first_problem(error: Any, name: str) -> str:
    finding = error.errors(include_url=False)[0]
    if finding["loc"][0] == "options":
        wanted = "a finite number, text, or true or false"
        return f"data {name!r}: option {finding['loc'][1]} is {finding['input']!r}; expected {wanted}"
    place = ".".join(str(key) for key in finding["loc"] if isinstance(key, str))
    return f"data {name!r}: {place} is {finding['input']!r}; {finding['msg'].lower()}"


def _reader(data: Data) -> Callable[[], RawData]:
    """Return what reads the data when called."""
    if _is_name(data.dataset):
        entry = _entry(data.dataset)
        if data.label is not None:
            raise DataError(
                f"data {data.dataset!r} has labels of its own, but data.label is {data.label!r}; leave it out, "
                "or give the path of a file"
            )
        first = (data,) if entry.divides else ()
        return partial(entry.read, *first, **checked_options(data.dataset, entry.options, data.options))
    path = Path(data.dataset).expanduser()
    found = find_pictures(path, data.label)
    if found is not None:
        given = checked_options(data.dataset, PICTURE_OPTIONS, data.options)
        return partial(read_pictures, found, data, PictureOptions.given(found.name, given))
    if data.options:
        raise DataError(
            f"data {data.dataset!r}: a file takes no options, but {', '.join(data.options)} was given; only "
            f"pictures in folders or Parquet do: {', '.join(PICTURE_OPTIONS)}"
        )
    return partial(read_path, path, data.label)


def _entry(name: str) -> Entry:
    if name in ENTRIES:
        return ENTRIES[name]
    from wattlab.recipe.problems import nearest

    raise DataError(
        f"there is no data set {name!r}{nearest(name, list(ENTRIES))} Known are {', '.join(ENTRIES)}; "
        f"or give the path of a file: {KINDS}"
    )
