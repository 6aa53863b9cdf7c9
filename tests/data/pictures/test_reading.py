"""Decoded once, kept on disk or in memory, never copied whole, and nothing half-written left."""

from __future__ import annotations

import shutil
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.data.made_up_pictures import encoded, fill

from wattlab.data import load, memory
from wattlab.data.preparation import prepare
from wattlab.errors import DataError, StorageError
from wattlab.recipe.preparation import Preparation

if TYPE_CHECKING:
    from pathlib import Path

MB = 1 << 20


def test_disk_and_memory_hold_the_same(folder: Path, cache: Path) -> None:
    on_disk = load(str(folder), size=7)
    assert sorted(path.suffix for path in (cache / "decoded").iterdir()) == ["", ".lock"]
    in_memory = load(str(folder), size=7, cache="memory")
    assert in_memory.fingerprint == on_disk.fingerprint
    assert in_memory.image_shape == on_disk.image_shape == (7, 7, 3)
    assert "3.16 KiB kept in" in on_disk.source
    assert str(cache / "decoded") in on_disk.source
    assert "held in memory" in in_memory.source


def test_the_second_time_nothing_is_decoded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = load(str(folder))
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "decoding 22 pictures of things to 6 × 5 pixels of 3 channels, 1.93 KiB, kept in" in told
    assert load(str(folder)).fingerprint == first.fingerprint
    assert not capsys.readouterr().err


@pytest.mark.parametrize("change", ["content", "one more", "option", "division"])
def test_what_changed_is_decoded_anew(folder: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    before = load(str(folder)).fingerprint
    if change == "content":
        (folder / "train" / "pig" / "0.png").write_bytes(encoded(99))
    if change == "one more":
        (folder / "train" / "pig" / "9.png").write_bytes(encoded(99))
    changed = load(
        str(folder),
        size=4 if change == "option" else 0,
        validation_fraction=0.3 if change == "division" else 0.0,
    )
    assert changed.fingerprint != before
    assert capsys.readouterr().err.count("decoding") == 2


def test_a_fraction_that_cuts_nothing_off_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(str(folder))
    load(str(folder), test_fraction=0.5, split_seed=9)
    assert capsys.readouterr().err.count("decoding") == 1


def test_grey_pictures_stay_grey_until_a_coloured_one_is_among_them(tmp_path: Path) -> None:
    fill(tmp_path / "grey", ("a", "b"), 5, mode="L")
    assert load(str(tmp_path / "grey")).image_shape == (6, 5, 1)
    (tmp_path / "grey" / "b" / "z.png").write_bytes(encoded(9))
    assert load(str(tmp_path / "grey")).image_shape == (6, 5, 3)


def test_mixed_sizes_are_named(folder: Path) -> None:
    (folder / "train" / "pig" / "3.png").write_bytes(encoded(9, (8, 9)))
    expected = (
        r"0.png' has 6 rows × 5 columns, but .*pig/3.png' has 8 rows × 9 columns; "
        r"set the data's option size, such as size = 128"
    )
    with pytest.raises(DataError, match=expected):
        load(str(folder))
    resized = load(str(folder), size=8).train.features
    original = Image.open(folder / "train" / "pig" / "0.png").resize((8, 8), Image.Resampling.BILINEAR)
    assert np.array_equal(resized[8], np.asarray(original).reshape(-1))


@pytest.mark.parametrize("cache_option", ["disk", "memory"])
def test_what_cannot_be_decoded_stops_or_is_left_out(
    folder: Path, cache: Path, cache_option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = folder / "train" / "pig" / "3.png"
    bad.write_bytes(encoded(9, (64, 64))[:200])
    (folder / "val" / "pig" / "0.png").write_bytes(b"?")
    with pytest.raises(DataError, match=r"pig/3.png' cannot be decoded: .*truncated.*undecodable = \"skip\""):
        load(str(folder), cache=cache_option, size=6)
    assert not list(cache.rglob("*.npy"))
    dataset = load(str(folder), cache=cache_option, undecodable="skip", size=6)
    assert (dataset.train.n_samples, dataset.test.n_samples) == (15, 5)
    assert dataset.train.labels.tolist() == [0] * 8 + [1] * 7
    assert f"2 pictures that cannot be decoded left out: {str(bad)!r} (" in dataset.source
    assert "2 pictures that cannot be decoded left out" in capsys.readouterr().err
    assert load(str(folder), cache=cache_option, undecodable="skip", size=6).source == dataset.source


def test_no_picture_at_all(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(4):
            (tmp_path / "set" / name / f"{number}.png").write_bytes(b"?")
    with pytest.raises(DataError, match="none of the pictures can be decoded"):
        load(str(tmp_path / "set"), undecodable="skip")


def test_more_than_memory_holds_is_refused_before_it_is_decoded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory_B", lambda: 1000)
    expected = (
        r"data 'things' with cache = \"memory\": 1.93 KiB of memory \(1,980 bytes\) are needed, and 1000 B "
        r"\(1,000 bytes\) are available; set the data's option cache = \"disk\", or a smaller size"
    )
    with pytest.raises(DataError, match=expected):
        load(str(folder), cache="memory")
    dataset = load(str(folder))
    with pytest.raises(DataError, match=r"'things', scaled to float32: .*preparation.after = 'bytes'"):
        prepare(dataset, Preparation(after="standard"), np.float32)
    assert prepare(dataset, Preparation(after="bytes"), np.float32).byte_scale == 1 / 255


def test_pictures_larger_than_memory_are_mapped_and_never_copied(tmp_path: Path) -> None:
    place = fill(tmp_path / "many", ("a", "b"), 200, size=(4, 4))
    tracemalloc.start()
    dataset = load(str(place), size=256, test_fraction=0.3, validation_fraction=0.2)
    decoded_B = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    again = load(str(place), size=256, test_fraction=0.3, validation_fraction=0.2)
    prepared = prepare(again, Preparation(after="bytes"), np.float32)
    assert again.fingerprint == dataset.fingerprint
    used_B = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    whole_B = sum(part.features.nbytes for part in again.parts().values())
    assert whole_B == 75 * MB
    assert decoded_B < 45 * MB  # two blocks and the one that is being gathered, however many there are
    assert used_B < 2 * MB
    assert np.shares_memory(prepared.train.features, again.train.features)


def test_a_disk_that_is_too_small_is_noticed_before(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1500)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    expected = r"too full for 22 decoded pictures: they take 1.93 KiB, and 1.46 KiB are free; make room"
    with pytest.raises(StorageError, match=expected):
        load(str(folder))
    assert [path.suffix for path in (cache / "decoded").iterdir()] == [".lock"]


def test_a_disk_that_fills_while_it_is_written_leaves_nothing(folder: Path, cache: Path) -> None:
    resource = pytest.importorskip("resource", reason="only Unix limits the size of files")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(
            StorageError, match=r"cannot be kept in .*: File too large; make it writable, make room"
        ):
            load(str(folder))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.suffix for path in (cache / "decoded").iterdir()] == [".lock"]
    assert load(str(folder)).train.n_samples == 16


def test_two_at_the_same_time_decode_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda _: load(str(folder)).fingerprint, range(2)))
    assert found[0] == found[1]
    assert capsys.readouterr().err.count("decoding") == 1


def test_what_was_damaged_or_left_half_written_is_made_anew(folder: Path, cache: Path) -> None:
    before = load(str(folder)).fingerprint
    pixels = next(cache.rglob("training-pixels.npy"))
    pixels.write_bytes(pixels.read_bytes()[:-1])
    partial = pixels.parent.with_name(f"{pixels.parent.name}.partial")
    partial.mkdir()
    (partial / "training-pixels.npy").write_bytes(b"half")
    assert load(str(folder)).fingerprint == before
    assert not partial.exists()
