"""Small pictures of random pixels, in folders and in Parquet files."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def encoded(seed: int, size: tuple[int, int] = (6, 5), mode: str = "RGB", kind: str = "PNG") -> bytes:
    """Return a picture of random pixels; `size` is rows and columns."""
    rows, columns = size
    shape = (rows, columns) if mode == "L" else (rows, columns, len(mode))
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def fill(folder: Path, classes: Sequence[str], count: int, first: int = 0, **options: Any) -> Path:
    """Put `count` pictures into one folder for each class."""
    for index, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            content = encoded(first + 100 * index + number, **options)
            (folder / name / f"{number}.png").write_bytes(content)
    return folder


def write_parquet(
    path: Path, pictures: Sequence[bytes | None], labels: Sequence[Any], **options: Any
) -> Path:
    """Write pictures as Hugging Face's files have them: a struct of bytes and path, and a label."""
    import pyarrow as pa
    from pyarrow import parquet

    column = pa.array(
        [{"bytes": picture, "path": f"{row}.png"} for row, picture in enumerate(pictures)],
        pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    )
    table = pa.table({"image": column, "label": labels}).replace_schema_metadata(
        options.pop("metadata", None)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path, **options)
    return path
