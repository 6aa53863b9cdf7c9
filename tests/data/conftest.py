"""Files as they come: written by the test, or real ones where this machine has them."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest

from wattlab.data.idx import IDX_FILES
from wattlab.recipe.recipe import Data

if TYPE_CHECKING:
    from numpy.typing import NDArray

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


class IdxWriter(Protocol):
    def __call__(self, path: Path, array: NDArray[Any], *, counts: tuple[int, ...] | None = None) -> Path: ...


def write_idx(path: Path, array: NDArray[Any], *, counts: tuple[int, ...] | None = None) -> Path:
    """Write an array as IDX, by gzip if the name says so; `counts` puts other lengths into the header."""
    shape = array.shape if counts is None else counts
    header = struct.pack(f">HBB{len(shape)}I", 0, CODES[array.dtype.str[1:]], len(shape), *shape)
    content = header + array.astype(array.dtype.newbyteorder(">")).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.fixture(name="write_idx", scope="session")
def write_idx_fixture() -> IdxWriter:
    return write_idx


@pytest.fixture
def idx_folder(tmp_path: Path) -> Path:
    """A small data set in MNIST's four files: 40 + 10 images of 3 × 2 pixels, 5 classes."""
    draws = np.random.default_rng(0)
    for images, labels, count in ((IDX_FILES[0], IDX_FILES[1], 40), (IDX_FILES[2], IDX_FILES[3], 10)):
        pixels = draws.integers(0, 256, (count, 3, 2), dtype=np.uint8)
        write_idx(tmp_path / "small" / f"{images}.gz", pixels)
        write_idx(tmp_path / "small" / labels, (np.arange(count) % 5).astype(np.uint8))
    return tmp_path / "small"


@pytest.fixture(scope="session")
def real_mnist() -> Path:
    """The folder of the real MNIST files; the test is skipped where they are not."""
    given = os.environ.get("WATTLAB_DATA")
    data = Path(given) if given else Path(__file__).parents[2] / ".." / "shared" / "datasets"
    folder = data.resolve() / "mnist"
    if not all((folder / f"{file}.gz").is_file() for file in IDX_FILES):
        pytest.skip(f"the MNIST files are not in {folder}; set WATTLAB_DATA to the folder that holds mnist/")
    return folder


@pytest.fixture
def data() -> Data:
    """The recipe's part on data with its defaults."""
    return Data(dataset="test")
