"""Folders of runs: names, locks, damage, and disks that refuse."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.errors import MissingExtraError, RunError, StorageError
from wattlab.records.lock import FolderLock
from wattlab.records.run import Run
from wattlab.records.store import RunStore
from wattlab.training import train

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.recipe import Recipe


@pytest.fixture
def store(run: Run) -> RunStore:
    return RunStore(run.path.parent)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def copy(run: Run, name: str, **fields: object) -> Path:
    """Copy a run under another name, with other values in its record."""
    import json

    target = run.path.with_name(name)
    shutil.copytree(run.path, target)
    values = json.loads((target / "record.json").read_text())
    (target / "record.json").write_text(json.dumps({**values, "id": name, **fields}))
    return target


# A finished run


def test_a_run_is_one_folder_with_four_files(run: Run) -> None:
    assert sorted(path.name for path in run.path.iterdir()) == [
        "history.npz",
        "recipe.toml",
        "record.json",
        "weights.safetensors",
    ]


def test_a_run_reads_back_what_was_trained(run: Run, tiny_recipe: Recipe) -> None:
    again = Run(str(run.path))
    assert again.id == "first"
    assert again.recipe == tiny_recipe
    assert again.record == run.record
    assert again.history.n_epochs == 4
    assert again.model.predict(np.zeros((3, 2))).shape == (3,)
    assert repr(again).startswith("Run('first': accuracy 0.")
    assert "wall time" in str(again)
    assert "<table" in again._repr_html_()
    assert repr(again.model) == "Model(tiny: 2-5-3)"


def test_the_model_predicts_as_the_record_says(run: Run) -> None:
    data = wattlab.load(run.recipe.data)
    predicted = run.model.predict(data.test.features)
    assert float(np.mean(predicted == data.test.labels)) == pytest.approx(run.record.test_score)
    outputs = run.model.outputs(data.test.features)
    np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(outputs.argmax(axis=1), predicted)
    np.testing.assert_array_equal(run.model.predict(data.test.features[0]), predicted[:1])


@pytest.mark.parametrize(
    ("file", "content", "read"),
    [
        ("record.json", None, lambda run: run.record),
        ("record.json", b"\xff\xfe", lambda run: run.record),
        ("history.npz", None, lambda run: run.history),
        ("history.npz", b"", lambda run: run.history),
        ("history.npz", b"PK\x03\x04 and no more", lambda run: run.history),
        ("history.npz", b"no archive at all", lambda run: run.history),
        ("weights.safetensors", None, lambda run: run.model),
        ("weights.safetensors", b"", lambda run: run.model),
        ("weights.safetensors", b"\x00" * 99, lambda run: run.model),
    ],
)
def test_a_damaged_file_is_named(
    run: Run, file: str, content: bytes | None, read: Callable[[Run], object]
) -> None:
    if content is None:
        (run.path / file).unlink()
    else:
        (run.path / file).write_bytes(content)
    with pytest.raises(
        RunError, match=rf"/{file}' cannot be read \(.*\); the run is damaged: delete its folder"
    ):
        read(Run(run.path))


@pytest.mark.parametrize("end", [0.3, 0.7, 0.99])
def test_a_truncated_history_is_named(run: Run, end: float) -> None:
    path = run.path / "history.npz"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * end)])
    with pytest.raises(RunError, match=r"history.npz' cannot be read"):
        _ = Run(run.path).history


def test_a_history_without_its_columns_is_named(run: Run) -> None:
    np.savez(run.path / "history.npz", test_score=np.zeros(3))
    with pytest.raises(RunError, match=r"history.npz' has no batches_s, .* the run is damaged"):
        _ = Run(run.path).history


def test_weights_of_another_network_are_named(run: Run, tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes({"network.layers[0].units": 6})
    (run.path / "recipe.toml").write_text(recipe.to_toml())
    with pytest.raises(
        RunError, match=r"does not fit the run's recipe \(layers.0.weights has shape \(2, 5\)"
    ):
        _ = Run(run.path).model
    from safetensors.numpy import save_file

    save_file({"layers.0.weights": np.zeros((2, 5))}, run.path / "weights.safetensors")
    with pytest.raises(RunError, match="does not fit the run's recipe"):
        _ = Run(run.path).model


# Names


def test_a_run_is_named_after_recipe_and_time(tiny_recipe: Recipe, tmp_path: Path) -> None:
    runs = [train(tiny_recipe, runs=tmp_path / "runs") for _ in range(3)]
    assert len({run.id for run in runs}) == 3
    assert all(run.id.startswith("tiny-2") for run in runs)


def test_two_runs_of_the_same_second_get_different_names(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, stamp = RunStore(tmp_path), "tiny-20260101-000000"

    class Clock:
        @staticmethod
        def now(zone: object) -> Clock:
            return Clock()

        def __format__(self, spec: str) -> str:
            return "20260101-000000"

    monkeypatch.setattr("wattlab.records.store.datetime", Clock)
    (tmp_path / stamp).mkdir()
    names = [store.create(tiny_recipe).id for _ in range(3)]
    assert names == [f"{stamp}-2", f"{stamp}-3", f"{stamp}-4"]


@pytest.mark.parametrize("name", ["a/b", "../up", "", ".hidden", "-x", "a b", "é", "x.partial", "a\nb"])
def test_a_name_that_is_no_folders_is_refused(tiny_recipe: Recipe, tmp_path: Path, name: str) -> None:
    if not name:
        assert RunStore(tmp_path).create(tiny_recipe, name).id.startswith("tiny-")
        return
    with pytest.raises(RunError, match=r"run name .* is not allowed; expected ASCII letters, digits"):
        RunStore(tmp_path / "runs").create(tiny_recipe, name)
    assert snapshot(tmp_path / "runs") == {}


def test_a_name_is_given_once(store: RunStore, tiny_recipe: Recipe) -> None:
    before = snapshot(store.folder)
    with pytest.raises(RunError, match=r"run 'first' exists already in .*; choose another name"):
        store.create(tiny_recipe, "first")
    assert snapshot(store.folder) == before
    assert [path.name for path in store.folder.iterdir()] == ["first"]


def test_an_interrupted_name_is_not_overwritten(store: RunStore, tiny_recipe: Recipe) -> None:
    store.create(tiny_recipe, "half").close()
    before = snapshot(store.folder)
    with pytest.raises(RunError, match=r"run 'half' was interrupted: go on with `wattlab resume half`"):
        store.create(tiny_recipe, "half")
    assert snapshot(store.folder) == before


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    assert RunStore(tmp_path / "nowhere").list() == ([], [], [])
    assert len(wattlab.runs(tmp_path / "nowhere")) == 0
    with pytest.raises(RunError, match=r"there is no run 'last' in .*; see `wattlab runs`"):
        RunStore(tmp_path / "nowhere").find("last")


# Looking up


def test_a_run_is_found_by_name_beginning_path_and_last(run: Run, store: RunStore) -> None:
    copy(run, "second", created_utc="2999-01-01T00:00:00+00:00")
    assert store.find("first").path == run.path
    assert store.find("fi").id == "first"
    assert store.find(str(run.path)).id == "first"
    assert store.find("last").id == "second"


def test_last_is_the_run_that_began_last(tiny_recipe: Recipe, tmp_path: Path) -> None:
    for name in ("zebra", "ant"):
        train(tiny_recipe, runs=tmp_path, name=name)
    assert RunStore(tmp_path).find("last").id == "ant"


def test_an_exact_name_wins_over_a_beginning(run: Run, store: RunStore) -> None:
    copy(run, "first-2")
    assert store.find("first").id == "first"
    with pytest.raises(RunError, match=r"run 'fir' could be any of first, first-2; give more of its name"):
        store.find("fir")


def test_an_unknown_run_is_named_with_the_nearest(store: RunStore) -> None:
    with pytest.raises(RunError, match=r"there is no run 'frist' in '.*'; did you mean 'first'\?"):
        store.find("frist")


def test_an_unfinished_or_damaged_run_is_told_from_an_unknown_one(
    run: Run, store: RunStore, tiny_recipe: Recipe
) -> None:
    store.create(tiny_recipe, "half").close()
    with pytest.raises(RunError, match="run 'half' is unfinished; go on with `wattlab resume half`"):
        store.find("half")
    broken = copy(run, "broken")
    (broken / "record.json").write_text("{")
    with pytest.raises(RunError, match="is not valid JSON"):
        _ = store.find("broken").record
    (broken / "record.json").unlink()
    with pytest.raises(RunError, match=r"record.json' cannot be read"):
        store.find("broken")


# Listing


def test_the_list_skips_and_reports_what_is_no_finished_run(
    run: Run, store: RunStore, tiny_recipe: Recipe
) -> None:
    store.create(tiny_recipe, "half").close()
    writing = store.create(tiny_recipe, "busy")
    resumable = store.create(tiny_recipe, "stopped")
    (resumable.path / "checkpoint.safetensors").touch()
    resumable.close()
    (store.folder / "figures").mkdir()
    (store.folder / ".hidden").mkdir()
    (store.folder / "notes.txt").write_text("mine")
    damaged = copy(run, "damaged")
    (damaged / "record.json").write_text("{}")
    future = copy(run, "future", schema_version=2)
    finished, unfinished, broken = store.list()
    assert [one.id for one in finished] == ["first"]
    assert {one.id: (one.resumable, one.in_use) for one in unfinished} == {
        "busy": (False, True),
        "half": (False, False),
        "stopped": (True, False),
    }
    assert {one.path.name for one in broken} == {"damaged", "figures", "future"}
    assert "schema version 2" in next(one.reason for one in broken if one.path == future)
    assert [one.id for one in wattlab.runs(store.folder)] == ["first"]
    writing.close()


def test_listing_writes_nothing(store: RunStore, tiny_recipe: Recipe) -> None:
    half = store.create(tiny_recipe, "half")
    half.close()
    (half.path / "lock").unlink()
    before = snapshot(store.folder)
    store.list()
    assert snapshot(store.folder) == before


# Two at a time

_HOLD = """
import sys, pathlib
from wattlab.records.lock import FolderLock
assert FolderLock.take(pathlib.Path(sys.argv[1])) is not None
print("held", flush=True)
sys.stdin.read()
"""


def test_another_process_cannot_write_the_same_run(store: RunStore, tiny_recipe: Recipe) -> None:
    half = store.create(tiny_recipe, "half")
    half.close()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(half.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        before = snapshot(store.folder)
        message = "run 'half' is being written by another process; wait for it, or choose another name"
        with pytest.raises(RunError, match=message):
            store.reopen("half")
        with pytest.raises(RunError, match=message):
            store.create(tiny_recipe, "half")
        assert [one.in_use for one in store.list()[1]] == [True]
        assert snapshot(store.folder) == before
        holder.kill()
    assert [one.in_use for one in store.list()[1]] == [False]
    store.reopen("half").close()


def test_a_lock_is_given_back(tmp_path: Path) -> None:
    lock = FolderLock.take(tmp_path)
    assert lock is not None
    assert FolderLock.is_taken(tmp_path)
    assert FolderLock.take(tmp_path) is None
    lock.release()
    lock.release()
    assert not FolderLock.is_taken(tmp_path)
    again = FolderLock.take(tmp_path)
    assert again is not None
    again.release()


def test_a_run_killed_before_its_last_renaming_only_needs_its_name(run: Run, store: RunStore) -> None:
    partial = run.path.rename(run.path.with_name("first.partial"))
    assert store.list()[0] == []
    with pytest.raises(RunError, match="unfinished"):
        store.find("first.partial")
    with pytest.raises(RunError, match=r"there is no run|unfinished"):
        store.find(str(partial))
    assert [one.resumable for one in store.list()[1]] == [True]
    resumed = wattlab.resume("first", runs=store.folder)
    assert resumed.path == run.path
    assert resumed.record.epochs == 4
    assert (resumed.path / "weights.safetensors").is_file()
    assert not (resumed.path / "lock").exists()


def test_what_is_finished_or_unknown_is_not_resumed(store: RunStore) -> None:
    with pytest.raises(RunError, match=r"run 'first' is finished; .*--start-from first"):
        store.reopen("first")
    with pytest.raises(RunError, match="there is no run 'second'"):
        store.reopen("second")


# Disks that refuse


def test_a_file_in_place_of_the_folder_is_named(tiny_recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("no folder")
    with pytest.raises(StorageError, match=r"/runs' cannot be written: File exists; .*choose another folder"):
        train(tiny_recipe, runs=tmp_path / "runs")
    with pytest.raises(StorageError, match="cannot be written: Not a directory"):
        train(tiny_recipe, runs=tmp_path / "runs" / "below")


def test_a_full_disk_at_the_start_leaves_nothing_behind(
    store: RunStore, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(store.folder)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for name in ("new", None):
        with pytest.raises(StorageError, match="No space left on device"):
            train(tiny_recipe, runs=store.folder, name=name)
    assert snapshot(store.folder) == before
    assert [path.name for path in store.folder.iterdir()] == ["first"]


@pytest.mark.parametrize("failing", ["weights.safetensors", "history.npz", "record.json"])
def test_a_disk_that_fills_up_at_the_end_keeps_what_can_be_resumed(
    store: RunStore, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    before = snapshot(store.folder / "first")
    opened = Path.open

    def full(path: Path, *args: Any, **options: Any) -> object:
        if path.name == f"{failing}.tmp":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(path, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(StorageError, match="No space left on device"):
            train(tiny_recipe.with_changes({"checkpoint.every": 1}), runs=store.folder, name="second")
    finished, unfinished, damaged = store.list()
    assert ([one.id for one in finished], damaged) == (["first"], [])
    assert [(one.id, one.resumable, one.in_use) for one in unfinished] == [("second", True, False)]
    assert snapshot(store.folder / "first") == before
    assert wattlab.resume("second", runs=store.folder).record.epochs == 4


def test_classes_come_back_under_their_own_names(tiny_toml: str, tmp_path: Path) -> None:
    rng, names = np.random.default_rng(0), np.array(["007", "1_0", "3"])
    index = np.arange(60) % 3
    np.savez(tmp_path / "mine.npz", X=rng.normal(size=(60, 2)) + 9 * index[:, None], y=names[index])
    text = tiny_toml.replace('dataset = "blobs"', 'dataset = "mine.npz"').replace(
        "options = { samples = 120, classes = 3, spread = 3.0 }", ""
    )
    run = train(wattlab.Recipe.from_toml(text))
    assert set(run.model.predict([[0, 0], [9, 9], [18, 18]])) <= set(names)
    np.savez(tmp_path / "mine.npz", X=rng.normal(size=(60, 2)), y=index - 1)
    assert train(wattlab.Recipe.from_toml(text)).model.predict([[0, 0]])[0] in {-1, 0, 1}


# What is meant by a name to resume


def test_an_unfinished_run_is_found_by_prefix_folder_or_as_the_last(
    tiny_recipe: Recipe, tmp_path: Path
) -> None:
    store = RunStore(tmp_path / "unfinished")
    for number, name in enumerate(["old-b", "new-a", "old-c"]):
        half = store.create(tiny_recipe, name)
        half.write("checkpoint.safetensors", b"")
        half.close()
        os.utime(half.path / "recipe.toml", (number % 2, number % 2))

    def found(name: str, where: RunStore = store) -> str:
        half = where.reopen(name)
        half.close()
        return half.id

    assert found("new") == "new-a"
    assert found("last") == "new-a"
    assert found(str(tmp_path / "unfinished" / "old-b.partial")) == "old-b"
    assert found(f"{tmp_path / 'unfinished' / 'old-b'}.partial/", RunStore(tmp_path)) == "old-b"
    with pytest.raises(RunError, match="run 'old' could be any of old-b, old-c; give more of its name"):
        store.reopen("old")
    busy = store.reopen("new-a")
    assert found("last") in {"old-b", "old-c"}
    busy.close()


def test_a_lock_that_cannot_be_had_does_not_end_the_list(
    tiny_recipe: Recipe, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create(tiny_recipe, "half").close()

    def no_locks(_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("wattlab.records.lock._lock", no_locks)
    finished, unfinished, _ = store.list()
    assert [run.id for run in finished] == ["first"]
    assert [one.in_use for one in unfinished] == [False]


# Predicting


@pytest.mark.parametrize("option", ["compiled", "layer_times", "input_delta"])
def test_what_only_training_needs_does_not_hinder_predicting(
    run: Run, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    expected = run.model.outputs([[0.0, 1.0]])
    changed = run.recipe.with_changes({f"engine.{option}": True})
    (run.path / "recipe.toml").write_text(changed.to_toml())
    monkeypatch.setattr("wattlab.engines.native.engine.find_spec", lambda _: None)
    again = Run(run.path).model
    assert again.recipe == changed
    assert (again.outputs([[0.0, 1.0]]) == expected).all()


def test_an_engine_that_is_not_here_is_no_damage(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> None:
        raise MissingExtraError("numba", "compiled", "engine.compiled = true")

    monkeypatch.setattr("wattlab.records.model.get_engine", absent)
    model = Run(run.path).model
    with pytest.raises(MissingExtraError):
        model.outputs([[0.0, 1.0]])
