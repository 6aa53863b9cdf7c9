"""From pictures in files to samples: divided first, then decoded once, to disk or to memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.data.memory import check_memory
from wattlab.data.origin import left_out_text, origin
from wattlab.data.pictures.blocks import Form, LeftOut, decoded_blocks, find_form
from wattlab.data.pictures.kept import (
    KeptFacts,
    check_room,
    kept,
    key_of,
    open_part,
    read_facts,
    write_facts,
    write_part,
)
from wattlab.data.pictures.progress import say, telling
from wattlab.data.raw import RawData, Samples
from wattlab.data.split import divided_rows
from wattlab.errors import DataError
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.data.pictures.album import Album, Found
    from wattlab.data.pictures.options import PictureOptions
    from wattlab.recipe.recipe import Data

__all__ = ["read_pictures"]

_VERSION: Final = 1
"""Of what is kept on disk; another number has everything decoded anew."""


def read_pictures(found: Found, data: Data, options: PictureOptions) -> RawData:
    """Return the samples of pictures, each part of which is whole in memory or mapped from a file.

    Samples are divided before they are decoded, so that a part that is cut off another one is never copied.

    Parameters
    ----------
    found : Found
        The pictures.
    data : Data
        The recipe's part on data: how samples are divided.
    options : PictureOptions
        Size, cache, and what happens to pictures that cannot be decoded.

    Raises
    ------
    wattlab.errors.DataError
        If pictures cannot be decoded, are of several sizes, or do not fit into memory that is asked to hold them.
    wattlab.errors.StorageError
        If they cannot be kept on disk.
    """
    decoding = partial(_Decoding.of, found, data, options)
    if options.cache == "memory":
        return _in_memory(found, decoding())
    key = key_of(
        {
            "version": _VERSION,
            "files": found.files,
            "options": {"size": options.size, "undecodable": options.undecodable},
            "division": _division(found, data),
            "classes": found.class_names,
        }
    )
    folder = kept(found.name, key, lambda place: decoding().write(place))
    return _from_disk(found, folder)


def _division(found: Found, data: Data) -> dict[str, Any]:
    """Return what decides which picture is in which part."""
    fractions = {"test": data.test_fraction, "validation": data.validation_fraction}
    cut = {role: share for role, share in fractions.items() if role not in found.albums and share}
    task = "auto" if data.task == "reconstruction" else data.task
    return {"label": data.label, "cut": cut} | ({"seed": data.split_seed, "task": task} if cut else {})


@dataclass(frozen=True)
class _Decoding:
    """Pictures about to be decoded."""

    found: Found
    form: Form
    rows: Mapping[str, tuple[Album, NDArray[np.int64]]]
    left_out: LeftOut

    @classmethod
    def of(cls, found: Found, data: Data, options: PictureOptions) -> _Decoding:
        """Divide the pictures and look at their headers."""
        left_out = LeftOut(allowed=options.undecodable == "skip")
        form = find_form(found.albums.values(), options.size, left_out)
        strata = {role: _strata(album.labels, data.task) for role, album in found.albums.items()}
        rows = {
            role: (found.albums[origin], index)
            for role, (origin, index) in divided_rows(strata, data, found.name).items()
        }
        return cls(found, form, rows, left_out)

    @property
    def count(self) -> int:
        """Pictures of all parts."""
        return sum(len(index) for _, index in self.rows.values())

    @property
    def size_B(self) -> int:
        """Of all pixels."""
        return self.count * self.form.n_features

    def write(self, place: Path) -> None:
        """Decode into the files of a folder."""
        check_room(place, self.size_B, self.count)
        with telling(self._text(f"kept in {str(place.parent)!r}"), self.count) as show:
            for role, (_, index) in self.rows.items():
                blocks = self.blocks(role, show)
                write_part(place, role, len(index), self.form.n_features, blocks)
        write_facts(place, self.facts())

    def blocks(
        self, role: str, show: Callable[[int], None]
    ) -> Iterator[tuple[NDArray[Any], NDArray[np.uint8]]]:
        """Yield labels and pixels of a part."""
        album, index = self.rows[role]
        n_samples = 0
        for chosen, pixels in decoded_blocks(album, index, self.form, self.left_out):
            show(len(chosen))
            n_samples += len(chosen)
            yield album.labels[chosen], pixels
        if n_samples == 0:
            raise DataError(f"data {self.found.source!r}: no picture of the {role} part can be decoded")

    def facts(self) -> KeptFacts:
        """Return what is known once all is decoded, and say which pictures were left out."""
        if self.left_out.pictures:
            say(left_out_text(self.left_out.pictures))
        return KeptFacts(
            self.form.shape, self.found.class_names, tuple(self.rows), tuple(self.left_out.pictures)
        )

    def _text(self, where: str) -> str:
        return (
            f"decoding {self.count:,} pictures of {self.found.name} to {_pixels_text(self.form.shape)}, "
            f"{format_bytes(self.size_B)}, {where}"
        )

    def fill(self) -> tuple[dict[str, Samples], KeptFacts]:
        """Decode into memory."""
        check_memory(
            f'data {self.found.name!r} with cache = "memory"',
            self.size_B,
            'set the data\'s option cache = "disk", or a smaller size',
        )
        parts = {}
        with telling(self._text("in memory"), self.count) as show:
            for role, (_, index) in self.rows.items():
                parts[role] = _gathered(self.blocks(role, show), len(index), self.form.n_features)
        return parts, self.facts()


def _strata(labels: NDArray[Any], task: str) -> NDArray[np.int64]:
    """Return class indices, in which every part gets its share; all zeros where labels are numbers to predict."""
    if task == "regression" or (task != "classification" and labels.dtype.kind == "f"):
        return np.zeros(len(labels), np.int64)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _gathered(
    blocks: Iterator[tuple[NDArray[Any], NDArray[np.uint8]]], count: int, n_features: int
) -> Samples:
    pixels, labels = np.empty((count, n_features), np.uint8), []
    done = 0
    for block_labels, block in blocks:
        pixels[done : done + len(block)] = block
        done += len(block)
        labels.append(block_labels)
    return Samples(pixels[:done], np.concatenate(labels))


def _in_memory(found: Found, decoding: _Decoding) -> RawData:
    parts, facts = decoding.fill()
    return _raw(found, parts, facts, "held in memory")


def _from_disk(found: Found, folder: Path) -> RawData:
    facts = read_facts(folder)
    parts = {role: Samples(*open_part(folder, role)) for role in facts.parts}
    return _raw(found, parts, facts, f"kept in {folder}")


def _raw(found: Found, parts: Mapping[str, Samples], facts: KeptFacts, where: str) -> RawData:
    size_B = sum(part.features.nbytes for part in parts.values())
    source = origin(
        found.source,
        f"{_pixels_text(facts.image_shape)}, {format_bytes(size_B)} {where}",
        *([left_out_text(facts.left_out)] if facts.left_out else []),
    )
    return RawData(
        found.name,
        source,
        parts["training"],
        parts["test"],
        parts.get("validation"),
        class_names=facts.class_names,
        image_shape=facts.image_shape,
    )


def _pixels_text(shape: tuple[int, int, int]) -> str:
    return f"{shape[0]} × {shape[1]} pixels of {shape[2]} channel{'s' * (shape[2] > 1)}"
