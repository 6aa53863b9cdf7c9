"""MNIST and its relatives: four IDX files, from a folder of the user's or downloaded once."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from wattlab.data.download import obtain
from wattlab.data.idx import IDX_FILES, read_idx_files
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.data.raw import RawData

__all__ = ["FASHION_CLASSES", "MNIST_CRC32", "fashion_mnist", "mnist"]

FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
MNIST_CRC32 = dict(zip(IDX_FILES, (0xE9F4D8B3, 0xE0CB4AD2, 0x91373BDF, 0x4AB9EFF9), strict=True))
"""CRC-32 of the unpacked files: it tells apart what lies on the user's own disk; downloads have SHA-256."""


def mnist() -> RawData:
    """Return MNIST: 60,000 training and 10,000 test images of handwritten digits, uint8.

    Raises
    ------
    wattlab.errors.DataError
        If the files cannot be had or hold something else.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE 86 (1998).
    """
    paths = obtain("mnist")
    raw = read_idx_files(paths, "mnist", f"MNIST, from {paths[0].parent}")
    for path in paths:
        _check_mnist(path)
    return raw


def fashion_mnist() -> RawData:
    """Return Fashion-MNIST: 60,000 training and 10,000 test pictures of clothes, uint8.

    Raises
    ------
    wattlab.errors.DataError
        If the files cannot be had or are damaged.

    References
    ----------
    H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
    algorithms", 2017, arXiv:1708.07747.
    """
    paths = obtain("fashion-mnist")
    raw = read_idx_files(paths, "fashion-mnist", f"Fashion-MNIST, from {paths[0].parent}")
    return replace(raw, class_names=FASHION_CLASSES)


def _check_mnist(path: Path) -> None:
    """Refuse a sound file that holds something else than MNIST does."""
    expected = MNIST_CRC32[path.name.removesuffix(".gz")]
    found = _content_crc32(path)
    if found != expected:
        raise DataError(
            f"data file {str(path)!r} does not hold what MNIST's does (CRC-32 {found:08x}, expected "
            f"{expected:08x}); fetch it again, or give the path of its folder as the data set if it is "
            "another one on purpose"
        )


def _content_crc32(path: Path) -> int:
    """Return the CRC-32 of the unpacked content, which gzip keeps at the end and has checked on reading."""
    if path.suffix != ".gz":
        return zlib.crc32(path.read_bytes())
    with path.open("rb") as file:
        file.seek(-8, 2)
        return int.from_bytes(file.read(4), "little")
