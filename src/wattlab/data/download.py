"""Where the files of a known data set lie, and how they get there."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wattlab.data.idx import IDX_FILES
from wattlab.errors import DataError, DownloadError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "ARCHIVES",
    "DATA_VARIABLE",
    "REMOTES",
    "Remote",
    "alone",
    "cache_folder",
    "data_folders",
    "fetch",
    "is_here",
    "obtain",
    "storage_error",
]

DATA_VARIABLE = "WATTLAB_DATA"
"""Environment variable that names a folder with one folder a data set, such as ``mnist/``."""


@dataclass(frozen=True)
class Remote:
    """Where the files of a data set can be downloaded from.

    Parameters
    ----------
    mirrors : tuple of str
        URLs of folders, the first choice first.
    sha256 : mapping of str to str
        File name, as downloaded, to the SHA-256 of its bytes.
    """

    mirrors: tuple[str, ...]
    sha256: Mapping[str, str]


# The digests are those of the original gzip files. They were looked up, not computed here: several
# independent projects publish them, next to the MD5 sums that the data sets' own pages give.
REMOTES = {
    "mnist": Remote(
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        sha256={
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
    ),
    "fashion-mnist": Remote(
        mirrors=(
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        sha256={
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
    ),
}


# Published by several independent projects, and beside them the MD5 sums of the data sets' own pages.
ARCHIVES = {
    "cifar10": Remote(
        mirrors=(
            "https://www.cs.toronto.edu/~kriz/",
            "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
        ),
        sha256={
            "cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        },
    ),
    "imagenette": Remote(
        mirrors=("https://s3.amazonaws.com/fast-ai-imageclas/",),
        sha256={
            "imagenette2-320.tgz": "569b4497c98db6dd29f335d1f109cf315fe127053cedf69010d047f0188e158c",
        },
    ),
}
"""Data sets that come as one archive."""


def cache_folder() -> Path:
    """Return the folder that downloads go to, one folder a data set inside."""
    from platformdirs import user_cache_path

    return user_cache_path("wattlab", appauthor=False) / "datasets"


def obtain(dataset: str) -> list[Path]:
    """Return the paths of a data set's four IDX files, downloading what is nowhere to be found.

    Each file, with ``.gz`` or without, is looked for in the folder that the environment variable
    WATTLAB_DATA names, then among earlier downloads.

    Parameters
    ----------
    dataset : str
        A key of `REMOTES`; also the name of the folder.

    Raises
    ------
    wattlab.errors.DownloadError
        If a file is not there and cannot be downloaded; the message says where to put it.
    wattlab.errors.DataError
        If WATTLAB_DATA does not name a folder.
    """
    folders = [folder / dataset for folder in data_folders()]
    return [_find(folders, file) or fetch(dataset, f"{file}.gz") for file in IDX_FILES]


def is_here(dataset: str) -> bool:
    """Tell whether `obtain` would find all of a data set without downloading anything."""
    folders = [folder / dataset for folder in data_folders()]
    return all(_find(folders, file) for file in IDX_FILES)


def data_folders() -> list[Path]:
    """Return where data sets are looked for: the folder that WATTLAB_DATA names, if it is set, and the cache.

    Raises
    ------
    wattlab.errors.DataError
        If WATTLAB_DATA does not name a folder.
    """
    text = os.environ.get(DATA_VARIABLE, "")
    folder = Path(text).expanduser()
    if text and not folder.is_dir():
        raise DataError(
            f"the environment variable {DATA_VARIABLE} names {text!r}, which is not a folder; "
            "name the folder that holds mnist/ and the like, or unset it"
        )
    return [folder, cache_folder()] if text else [cache_folder()]


def _find(folders: list[Path], file: str) -> Path | None:
    candidates = (folder / name for folder in folders for name in (f"{file}.gz", file))
    return next((path for path in candidates if path.is_file()), None)


def fetch(dataset: str, file: str) -> Path:
    """Download one file to the cache, from the first mirror that has it right.

    What was received before a broken connection is kept and continued. The file gets its name only
    after its SHA-256 was found right.

    Parameters
    ----------
    dataset : str
        A key of `REMOTES` or `ARCHIVES`.
    file : str
        Name of the file.

    Returns
    -------
    Path
        Where it lies now.

    Raises
    ------
    wattlab.errors.DownloadError
        If no mirror answers or none has the right content.
    wattlab.errors.StorageError
        If the cache cannot be written.
    """
    remote, folder = {**ARCHIVES, **REMOTES}[dataset], cache_folder() / dataset
    problems = []
    with alone(folder / f"{file}.lock", storage_error):
        for mirror in remote.mirrors:
            try:
                return _retrieve(mirror + file, folder / file, remote.sha256[file])
            except DownloadError as error:
                problems.append(str(error))
    raise DownloadError(
        f"data {dataset!r} is not on this machine and could not be downloaded ({'; '.join(problems)}). "
        f"Connect to the internet and try again; or put the file {file!r} at {str(folder / file)!r}; or set "
        f"{DATA_VARIABLE} to a folder that holds {dataset}/{file}"
    )


def _retrieve(url: str, path: Path, sha256: str) -> Path:
    """Let pooch fetch, check and move one file into place."""
    import pooch

    from wattlab.data.transfer import ResumableDownload

    pooch.get_logger().setLevel("WARNING")  # what happens is said by the progress bar
    download = ResumableDownload(path.with_name(f"{path.name}.part"))
    try:
        pooch.retrieve(url, f"sha256:{sha256}", fname=path.name, path=path.parent, downloader=download)
    except ValueError as error:
        raise DownloadError(f"{url} does not have the expected SHA-256 {sha256}") from error
    except OSError as error:
        raise storage_error(path, error) from error
    return path


@contextmanager
def alone(lock: Path, fault: Callable[[Path, OSError], StorageError]) -> Iterator[None]:
    """Let one process at a time into the block; the system takes the lock from one that dies.

    Parameters
    ----------
    lock : Path
        A file, made if it is not there.
    fault : callable
        Makes an error of the lock's path and what the system has against it.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("w", encoding="utf-8")
    except OSError as error:
        raise fault(lock, error) from error
    with handle:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def storage_error(path: Path, error: OSError) -> StorageError:
    """Return what is said where a download cannot be written at `path`."""
    return StorageError(
        f"the download folder {str(path.parent)!r} cannot be written: {error.strerror or error}; make it "
        f"writable, make room, or put the files into a folder of your own and set {DATA_VARIABLE} to it"
    )
